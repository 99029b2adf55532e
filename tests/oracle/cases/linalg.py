"""Cases of gluax.ops.linalg. MXNet runs these in float32 and float64 only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

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


def _batch(draw: Draw) -> tuple[int, ...]:
    return tuple(draw.integer(1, 3) for _ in range(draw.choice((0, 1, 1, 2, 3))))


def _draw_gemm(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        batch, (n, k, m) = _batch(draw), (draw.integer(1, 5) for _ in range(3))
        attrs = draw.given(transpose_a=draw.flag(), transpose_b=draw.flag(), alpha=draw.number())
        axis = draw.choice((-2, -2, draw.integer(-2 - len(batch), -2), draw.integer(0, len(batch))))
        case = _gemm(batch, (n, k, m), draw.choice(_FLOATS), axis, **attrs)[op == "_linalg_gemm"]
        beta = draw.given(beta=draw.number()) if op == "_linalg_gemm" else {}
        if "beta" not in beta:
            case.attrs.pop("beta", None)
        return replace(case, attrs={**case.attrs, **beta}, grad=draw.flag())

    return generate


def _draw_syrk(draw: Draw) -> Case:
    data = draw.data((*_batch(draw), draw.integer(1, 5), draw.integer(1, 5)), draw.choice(_FLOATS), also=("ties",))
    return Case("_linalg_syrk", (data,), draw.given(transpose=draw.flag(), alpha=draw.number()), grad=draw.flag())


def _draw_triangular(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        attrs = draw.given(transpose=draw.flag(), rightside=draw.flag(), lower=draw.flag(), alpha=draw.number())
        shape = (*_batch(draw), draw.integer(1, 4), draw.integer(1, 4))
        return replace(_triangular(op, shape, draw.choice(_FLOATS), **attrs), grad=draw.flag())

    return generate


def _draw_sumlogdiag(draw: Draw) -> Case:
    size = draw.integer(1, 5)
    return Case(
        "_linalg_sumlogdiag", (In((*_batch(draw), size, size), draw.choice(_FLOATS), 0.1, 3),), grad=draw.flag()
    )


def _draw_diagonal(op: str) -> Callable[[Draw], Case]:
    """extractdiag, extracttrian: the offset lies inside; makediag, maketrian: the vector has the length of one."""

    def generate(draw: Draw) -> Case:
        extract, triangle = "extract" in op, "trian" in op
        size = draw.integer(1, 5)
        length = size * (size + 1) // 2 if triangle else size
        shape = (*_batch(draw), size, size) if extract else (*_batch(draw), length)
        attrs = {"offset": draw.integer(1 - size, size - 1) if extract else draw.integer(-3, 3)}
        choices = {**attrs, "lower": draw.flag()} if triangle else attrs
        data = draw.data(shape, draw.choice(_FLOATS))
        return Case(op, (data,), draw.given(**choices), grad=draw.flag())

    return generate


GENERATORS = {
    **{op: _draw_gemm(op) for op in ("_linalg_gemm2", "_linalg_gemm")},
    "_linalg_syrk": _draw_syrk,
    **{op: _draw_triangular(op) for op in ("_linalg_trmm", "_linalg_trsm")},
    "_linalg_sumlogdiag": _draw_sumlogdiag,
    **{
        f"_linalg_{name}": _draw_diagonal(f"_linalg_{name}")
        for name in ("extractdiag", "makediag", "extracttrian", "maketrian")
    },
}
