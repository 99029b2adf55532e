"""Cases of gluax.ops.numpy_reduce.

MXNet refuses a negative axis in cumsum, and `initial` everywhere; its empty products are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_AXES = [
    {},
    {"axis": -1},
    {"axis": (0, 2)},
    {"axis": (0, 1), "keepdims": True},
    {"axis": ()},
    {"axis": None, "keepdims": True},
]
_TYPES = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64")
_TIES = In(values=[[1, 3, 3], [np.nan, 2, 1], [0, 0, -1]])

CASES = [
    *[
        Case(name, (In((2, 3, 2), low=0.5, high=2),), attrs, grad=True, numpy=True)
        for name in ("_np_sum", "_npi_mean", "_np_prod", "_np_max", "_np_min", "_npi_std", "_npi_var")
        for attrs in _AXES
        if not (attrs.get("axis") == () and name in ("_npi_std", "_npi_var"))
    ],
    *[Case(name, (_TIES,), {"axis": 1}, grad=True, numpy=True) for name in ("_np_max", "_np_min")],
    *[
        Case(name, (In((2, 3), dtype, 0, 5),), numpy=True)
        for name in ("_np_sum", "_npi_mean", "_np_prod", "_np_max")
        for dtype in (*_TYPES, "bool")
    ],
    *[
        Case(name, (In((2, 3), source, 0, 5),), {"dtype": target, "axis": 0}, numpy=True)
        for name in ("_np_sum", "_npi_mean")
        for source in ("float32", "int32", "float64")
        for target in ("float16", "float32", "float64", "int32", "int64")
    ],
    *[Case(name, (In((0, 3)),), {"axis": 0}, numpy=True) for name in ("_np_sum", "_npi_mean")],
    *[Case(name, ((),), numpy=True) for name in ("_np_sum", "_npi_mean", "_np_max")],
    *[
        Case(name, (In((3, 4), dtype, 1, 9),), {"axis": 1, "ddof": 1, "keepdims": True}, numpy=True)
        for name in ("_npi_std", "_npi_var")
        for dtype in ("float64", "float16")
    ],
    *[
        Case(name, (In((2, 3), dtype, 0, 2),), attrs, numpy=True)
        for name in ("_np_any", "_np_all", "_np_sometrue")
        for dtype in ("float32", "int32", "bool")
        for attrs in ({}, {"axis": 1}, {"axis": 1, "keepdims": True})
    ],
    *[
        Case(name, (In((2, 3), dtype, -9, 9, distinct=dtype == "float32"),), attrs, numpy=True)
        for name in ("_npi_argmax", "_npi_argmin")
        for dtype in ("float32", "int32")
        for attrs in ({}, {"axis": 1}, {"axis": -2, "keepdims": True}, {"keepdims": True})
    ],
    Case("_npi_argmax", (_TIES,), {"axis": 1}, numpy=True),
    *[
        Case(name, ((2, 3, 2),), attrs, grad=True, numpy=True)
        for name, attrs in [("_np_cumsum", {}), ("_np_cumsum", {"axis": 0}), ("cumsum", {"axis": 1})]
    ],
    *[Case("_np_cumsum", (In((2, 3), dtype, 0, 5),), {"axis": 1}, numpy=True) for dtype in (*_TYPES, "bool")],
    *[
        Case("_np_cumsum", (In((5,), low=0, high=9),), {"dtype": t}, numpy=True)
        for t in ("float64", "int32", "float16")
    ],
    Case("_np_cumsum", ((),), numpy=True),
]


def _reduction(draw: Draw, low: int = 0) -> tuple[tuple[int, ...], dict[str, Any]]:
    shape = draw.shape(low, 4)
    axes = draw.axes(len(shape), low)
    attrs = draw.given(axis=axes[0] if len(axes) == 1 and draw.flag() else axes, keepdims=draw.flag())
    return shape, attrs


def _draw_total(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, attrs = _reduction(draw)
        source = draw.choice((*NUMBERS, "bool"))
        if source in ("float32", "int32", "float64"):
            attrs.update(draw.given(0.3, dtype=draw.choice(_TARGETS)))
        limits, also = ((0, 2), ()) if source == "bool" else ((0.5, 3), ("ties",))
        same = source in FLOATS and attrs.get("dtype", source) == source
        return Case(op, (draw.data(shape, source, *limits, also=also),), attrs, grad=same, numpy=True)

    return draw_case


def _draw_extremum(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, attrs = _reduction(draw)
        return Case(op, (draw.data(shape, draw.choice(NUMBERS), -9, 9),), attrs, grad=True, numpy=True)

    return draw_case


def _draw_spread(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, attrs = _reduction(draw, 1)
        attrs.update(draw.given(0.3, ddof=draw.integer(0, 1)))
        data = draw.data(shape, draw.choice(FLOATS), -3, 3, also=("ties",))
        return Case(op, (data,), attrs, grad=True, numpy=True)

    return draw_case


def _draw_truth(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, attrs = _reduction(draw)
        dtype = draw.choice((*NUMBERS, "bool"))
        also = () if dtype == "bool" else ("ties", "nonfinite")
        return Case(op, (draw.data(shape, dtype, 0, 2, also=also),), attrs, numpy=True)

    return draw_case


def _draw_position(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape = draw.shape(1, 4)
        attrs = draw.given(axis=draw.axis(len(shape)), keepdims=draw.flag())
        return Case(op, (draw.data(shape, draw.choice(NUMBERS), -9, 9, also=("ties",)),), attrs, numpy=True)

    return draw_case


def _draw_cumsum(draw: Draw) -> Case:
    shape, source = draw.shape(0, 4), draw.choice((*NUMBERS, "bool"))
    attrs = draw.given(axis=draw.choice((None, *range(len(shape)))))
    if source in ("float32", "int32", "float64"):
        attrs.update(draw.given(0.3, dtype=draw.choice(_TARGETS)))
    same = source in FLOATS and attrs.get("dtype", source) == source
    limits, also = ((0, 2), ()) if source == "bool" else ((0, 5), ("ties", *["nonfinite"] * same))
    tolerance = _HALF if "float16" in (source, attrs.get("dtype")) else {}
    return Case(
        "_np_cumsum", (draw.data(shape, source, *limits, also=also),), attrs, grad=same, numpy=True, **tolerance
    )


_HALF: dict[str, Any] = {"rtol": 1e-2, "why": "eighty sums in half precision, each rounded, in another order"}
_TARGETS = ("float16", "float32", "float64", "int32", "int64")

GENERATORS = {
    **{op: _draw_total(op) for op in ("_np_sum", "_npi_mean", "_np_prod")},
    **{op: _draw_extremum(op) for op in ("_np_max", "_np_min")},
    **{op: _draw_spread(op) for op in ("_npi_std", "_npi_var")},
    **{op: _draw_truth(op) for op in ("_np_any", "_np_all")},
    **{op: _draw_position(op) for op in ("_npi_argmax", "_npi_argmin")},
    "_np_cumsum": _draw_cumsum,
}

_SUMS = "MXNet's compensated sums make nan of an infinity with other numbers; gluax adds as IEEE arithmetic does."
NOTES = dict.fromkeys(("_np_sum", "_npi_mean"), _SUMS)
