"""Cases of gluax.ops.factorization. MXNet runs these in float32 and float64 only.

Left out: matrices that MXNet refuses (not positive definite, singular inverses), equal eigenvalues, where the
eigenvectors are arbitrary, and eigenvectors with two components of largest size, where the sign is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

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
    *[Case(f"_linalg_{op}", (_dominant((2, 3, 3), "float64", True, 4),), {"lower": False}, grad=True) for op in ("potrf", "potri")],
    Case("_linalg_inverse", (In((2, 3, 3), "float64"),), grad=True),
    Case("_linalg_det", (In(values=_SINGULAR),), grad=True),
    Case("_linalg_slogdet", (In(values=_SINGULAR),), outputs=2, grad=True),
    Case("_npi_inv", (_dominant((2, 3, 3), "float64", False, 1),), numpy=True, grad=True),
    *[Case(f"linalg_{op}", (_dominant((2, 2), "float32", True, 2),)) for op in ("potrf", "potri", "inverse", "det")],
    *[Case(f"linalg_{op}", (_dominant((2, 2), "float32", True, 2),), outputs=2) for op in ("slogdet", "gelqf")],
]  # fmt: skip


_OUTPUTS = {"slogdet": 2, "gelqf": 2, "syevd": 2}


def _draw(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        size, dtype = draw.integer(1, 5), draw.choice(("float32", "float64"))
        batch = tuple(draw.integer(1, 3) for _ in range(draw.choice((0, 1, 1, 2, 3))))
        shape, seed = (*batch, size, size), draw.integer(0, 10**6)
        if op == "gelqf" and draw.flag():
            data = In((*batch, size, size + draw.integer(0, 3)), dtype)
        elif op in ("det", "slogdet") and draw.flag():
            data = _singular(draw, shape, dtype) if draw.flag(0.3) else In(shape, dtype)
        else:
            data = _dominant(shape, dtype, draw.flag(), seed)
        attrs = draw.given(lower=draw.flag()) if op in ("potrf", "potri") else {}
        return Case(f"_linalg_{op}", (data,), attrs, outputs=_OUTPUTS.get(op, 1), grad=draw.flag(), **_LOOSE[dtype])

    return generate


def _singular(draw: Draw, shape: tuple[int, ...], dtype: str) -> In:
    """Small integers, and a row of zeros in some matrices."""
    values = draw.random.randint(-2, 3, shape).astype("float64")
    values[..., draw.integer(0, shape[-1] - 1), :] *= draw.random.randint(0, 2, shape[:-2])[..., None]
    return In(dtype=dtype, values=values.tolist())


_LOOSE = {
    "float32": {"rtol": 1e-4, "why": "the condition of the matrices multiplies rounding"},
    "float64": {"rtol": 1e-9, "why": "the condition of the matrices multiplies rounding"},
}

GENERATORS = {f"_linalg_{op}": _draw(op) for op in ("potrf", "potri", "inverse", "det", "slogdet", "gelqf", "syevd")}

_SCALAR = (
    "Of a single matrix under numpy semantics MXNet makes a scalar, gluax an array of shape (1,); _npi_{} is a scalar."
)

NOTES = {
    "_linalg_potrf": "Of a matrix that is not positive definite MXNet stops with an error; gluax gives nan.",
    "_linalg_inverse": "Of a singular matrix MXNet stops with an error; gluax gives infinities or nan.",
    "_linalg_det": _SCALAR.format("det"),
    "_linalg_slogdet": _SCALAR.format("slogdet"),
    "_linalg_syevd": "The largest component of each eigenvector is positive, as in MXNet; where two are of one size, which "
    "of them counts is a matter of rounding.",
}
