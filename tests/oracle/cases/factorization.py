"""Cases of gluax.ops.factorization. MXNet runs these in float32 and float64 only.

Left out: matrices that MXNet refuses (not positive definite, singular inverses), equal eigenvalues, where the
eigenvectors are arbitrary, and eigenvectors with two components of largest size, where the sign is; determinants
of a single matrix under numpy semantics, scalars in MXNet and of shape (1,) here.
"""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_SHAPES = [((3, 3), "float32"), ((2, 3, 3), "float64"), ((1, 2, 4, 4), "float32"), ((1, 1), "float32")]
_SINGULAR = [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[2.0, 1.0], [1.0, 3.0]]]
_SPREAD = {"float32": {"rtol": 1e-4, "why": "the condition of the matrices multiplies rounding in the gradients"}}


def _dominant(shape: tuple[int, ...], dtype: str, symmetric: bool, seed: int) -> In:
    """Matrices with a heavy, unequal diagonal: positive definite, far from singular."""
    random = np.random.RandomState(seed)
    values = random.uniform(-1, 1, shape)
    if symmetric:
        values = (values + np.swapaxes(values, -1, -2)) / 2
    return In(dtype=dtype, values=(values + np.diag(2.0 * np.arange(2, shape[-1] + 2))).astype("float32").tolist())


def _cases(shape: tuple[int, ...], dtype: str, seed: int = 0) -> list[Case]:
    definite, lopsided = _dominant(shape, dtype, True, seed), _dominant(shape, dtype, False, seed)
    wide = In((*shape[:-1], shape[-1] + 2), dtype)
    return [
        *[Case(op, (definite,), grad=True) for op in ("_linalg_potrf", "_linalg_potri", "_linalg_inverse")],
        *[Case(op, (lopsided,), grad=True) for op in ("_linalg_potrf", "_linalg_potri", "_linalg_inverse")],
        *[Case("_linalg_det", (data,), grad=True) for data in (definite, lopsided)],
        *[Case("_linalg_slogdet", (data,), outputs=2, grad=True) for data in (definite, lopsided)],
        *[Case("_linalg_gelqf", (data,), outputs=2, grad=True, **_SPREAD.get(dtype, {})) for data in (lopsided, wide)],
        *[Case("_linalg_syevd", (data,), outputs=2, grad=True, **_SPREAD.get(dtype, {})) for data in (definite, lopsided)],
    ]  # fmt: skip


_ONE = {case.id: case for shape, dtype in _SHAPES for case in _cases(shape, dtype)}  # of size 1, some are the same

CASES = [
    *_ONE.values(),
    *[Case("_linalg_det", (In((3, 3), dtype),), grad=True) for dtype in ("float32", "float64")],
    *[Case("_linalg_slogdet", (In((4, 3, 3), dtype),), outputs=2, grad=True, **_SPREAD.get(dtype, {})) for dtype in ("float32", "float64")],
    Case("_linalg_inverse", (In((2, 3, 3), "float64"),), grad=True),
    Case("_linalg_det", (In(values=_SINGULAR),), grad=True),
    Case("_linalg_slogdet", (In(values=_SINGULAR),), outputs=2, grad=True),
    Case("_npi_det", (In((2, 3, 3), "float64"),), numpy=True, grad=True),
    Case("_npi_slogdet", (In((2, 3, 3), "float64"),), outputs=2, numpy=True, grad=True),
    Case("_npi_inv", (_dominant((2, 3, 3), "float64", False, 1),), numpy=True, grad=True),
    *[Case(f"linalg_{op}", (_dominant((2, 2), "float32", True, 2),)) for op in ("potrf", "potri", "inverse", "det")],
    *[Case(f"linalg_{op}", (_dominant((2, 2), "float32", True, 2),), outputs=2) for op in ("slogdet", "gelqf")],
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    size = int(random.randint(2, 6))
    shape = (*random.randint(1, 4, random.randint(3)), size, size)
    return _cases(tuple(int(dim) for dim in shape), "float64", int(random.randint(1000)))
