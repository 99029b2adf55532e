"""Cases of gluax.ops.linalg. MXNet runs these in float32 and float64 only."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tests.oracle.case import Case, In

_BOTH = (False, True)
_FLOATS = ("float32", "float64")


def _turned(rows: int, columns: int, transpose: bool) -> tuple[int, int]:
    return (columns, rows) if transpose else (rows, columns)


def _gemm(
    batch: tuple[int, ...], sizes: tuple[int, int, int], dtype: str = "float32", axis: int = -2, **attrs: Any
) -> list[Case]:
    """gemm2 and gemm on matrices (n, k) and (k, m), with the rows moved to `axis`."""
    n, k, m = sizes
    shapes = [_turned(n, k, attrs.get("transpose_a", False)), _turned(k, m, attrs.get("transpose_b", False)), (n, m)]
    place = axis % (len(batch) + 2)
    placed = [In((*batch[:place], rows, *batch[place:], columns), dtype) for rows, columns in shapes]
    attrs = attrs if axis == -2 else {**attrs, "axis": axis}
    with_beta = {**attrs, "beta": -0.5} if "alpha" in attrs else attrs
    return [
        Case("_linalg_gemm2", tuple(placed[:2]), attrs, grad=True),
        Case("_linalg_gemm", tuple(placed), with_beta, grad=True),
    ]


def _triangular(op: str, shape: tuple[int, ...], dtype: str = "float32", **attrs: Any) -> Case:
    """B of the given shape; A of its batch. Entries around 2 keep the triangular systems well conditioned enough."""
    size = shape[-1] if attrs.get("rightside", False) else shape[-2]
    low, high = (1, 2) if op.endswith("trsm") else (-1, 1)
    return Case(op, (In((*shape[:-2], size, size), dtype, low, high), In(shape, dtype)), attrs, grad=True)


_WAYS = list(product(_BOTH, _BOTH, _BOTH))

CASES = [
    *[case for a, b in product(_BOTH, _BOTH) for case in _gemm((2,), (3, 4, 5), transpose_a=a, transpose_b=b, alpha=2.5)],
    *[case for a, b in product(_BOTH, _BOTH) for case in _gemm((2, 3), (4, 2, 3), axis=0, transpose_a=a, transpose_b=b)],
    *[case for axis in (1, -3) for case in _gemm((2, 3), (4, 2, 3), axis=axis)],
    *[case for dtype in _FLOATS for case in _gemm((), (2, 3, 1), dtype)],
    *_gemm((2, 1, 3), (2, 3, 2), "float64", alpha=-0.3),
    *[
        Case("_linalg_syrk", (In(shape, dtype),), {"transpose": transpose, "alpha": 0.7}, grad=True)
        for transpose in _BOTH
        for shape, dtype in [((3, 4), "float32"), ((2, 4, 3), "float64")]
    ],
    Case("_linalg_syrk", ((1, 2, 2, 3),), grad=True),
    *[
        _triangular(op, (2, 3, 4), transpose=transpose, rightside=right, lower=lower, alpha=1.5)
        for op in ("_linalg_trmm", "_linalg_trsm")
        for transpose, right, lower in _WAYS
    ],
    *[_triangular(op, shape, dtype) for op in ("_linalg_trmm", "_linalg_trsm") for shape, dtype in [((3, 2), "float32"), ((1, 2, 2, 3), "float64")]],
    *[
        Case("_linalg_sumlogdiag", (In(shape, dtype, 0.1, 3),), grad=True)
        for shape, dtype in [((3, 3), "float32"), ((2, 3, 3), "float64"), ((2, 1, 2, 2), "float32"), ((1, 1), "float32")]
    ],
    Case("_linalg_sumlogdiag", (In(values=[[0.0, 1.0], [1.0, -2.0]]),)),
    *[
        Case(op, (shape,), {"offset": offset}, grad=True)
        for op, shape in [("_linalg_extractdiag", (2, 4, 4)), ("_linalg_makediag", (2, 3)), ("_linalg_makediag", (2,))]
        for offset in (-3, -1, 0, 2)
    ],
    *[
        Case(op, (shape,), {"offset": offset, "lower": lower}, grad=True)
        for op, shape in [("_linalg_extracttrian", (2, 4, 4)), ("_linalg_maketrian", (2, 6)), ("_linalg_maketrian", (1,))]
        for offset in (-2, 0, 1)
        for lower in _BOTH
    ],
    *[
        Case(op, (In(shape, "float64"),), grad=True)
        for op, shape in [("extractdiag", (3, 3)), ("makediag", (3,)), ("extracttrian", (3, 3)), ("maketrian", (3,))]
        for op in (f"_linalg_{op}", f"linalg_{op}")
    ],
    *[Case(f"linalg_{op}", ((2, 2),) * count) for op, count in [("gemm", 3), ("gemm2", 2), ("syrk", 1), ("trmm", 2)]],
    Case("linalg_trsm", (In((2, 2), low=1, high=2), (2, 2))),
    Case("linalg_sumlogdiag", (In((2, 2), low=1, high=2),)),
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    def flag() -> bool:
        return bool(random.randint(2))

    def batch() -> tuple[int, ...]:
        return tuple(random.randint(1, 4, random.randint(3)))

    sizes = [tuple(random.randint(1, 6, 3)) for _ in range(3)]
    offset = int(random.randint(-2, 3))
    return [
        *[case for nkm in sizes for case in _gemm(batch(), nkm, transpose_a=flag(), transpose_b=flag(), alpha=2.0)],
        *[
            _triangular(op, (*batch(), *random.randint(1, 4, 2)), transpose=flag(), rightside=flag(), lower=flag())
            for op in ("_linalg_trmm", "_linalg_trsm")
        ],
        Case("_linalg_syrk", ((*batch(), *random.randint(1, 6, 2)),), {"transpose": flag()}, grad=True),
        Case("_linalg_extracttrian", ((*batch(), 4, 4),), {"offset": offset, "lower": flag()}, grad=True),
        Case("_linalg_maketrian", ((*batch(), 10),), {"offset": offset, "lower": flag()}, grad=True),
        Case("_linalg_extractdiag", ((*batch(), 4, 4),), {"offset": offset}, grad=True),
        Case("_linalg_makediag", ((*batch(), 4),), {"offset": offset}, grad=True),
    ]
