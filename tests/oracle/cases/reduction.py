"""Cases of gluax.ops.reduction.

Left out: norm of integers with ord 2, which MXNet computes wrongly; out_dtype of norm other than the data's
dtype, which MXNet refuses without safe accumulation; _square_sum, which MXNet runs on row-sparse arrays only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, NUMBERS, Draw

_OPS = ("sum", "mean", "prod", "nansum", "nanprod", "max", "min")
_AXES: list[dict[str, Any]] = [
    {"axis": ()}, {"axis": None}, {"axis": 0}, {"axis": -1}, {"axis": (0, 2)}, {"axis": (0, 1, 2)}, {"axis": (2, -3)},
    {"axis": 1, "keepdims": True}, {"keepdims": True}, {"axis": 1, "exclude": True}, {"axis": (), "exclude": True},
    {"axis": (-1, -3), "keepdims": True, "exclude": True}, {"axis": (0, 1, 2), "exclude": True},
]  # fmt: skip
_TIES = In(values=[[1, 2, 2, -3], [0.5, 0, 0, -5], [3, 3, 3, 3]])
_NANS = In(values=[[1, np.nan, 3], [2, 4, 5], [0, 2, np.nan], [np.nan, np.nan, np.nan]])
_SMALL = {"int32": [[100, -2, 3], [4, 5, 7]], "uint8": [[200, 200, 3], [4, 5, 6]], "int8": [[100, 2, 30], [-4, 5, 6]]}
_POSITIONS: list[dict[str, Any]] = [
    {}, {"axis": 1}, {"axis": 0}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True},
]  # fmt: skip

_ADDED: dict[str, Any] = {"atol": 0.02, "why": "MXNet rounds each step to half precision"}

CASES = [
    *[Case("sum", ((2, 3, 4),), attrs, grad=True) for attrs in _AXES],
    *[
        Case(op, (In((2, 3, 4), low=0.5, high=1.5),), attrs, grad=True)
        for op in _OPS[1:]
        for attrs in ({}, {"axis": (0, 2)}, {"axis": 1, "keepdims": True, "exclude": True})
    ],
    *[Case(op, (data,), {"axis": 1}, grad=True) for op in _OPS for data in (_TIES, _NANS)],
    *[Case(op, (_NANS,), grad=True) for op in _OPS],
    *[
        Case(op, (In((3, 4), dtype, 0.5, 1.5),), {"axis": 0}, grad=True)
        for op in _OPS
        for dtype in ("float64", "float16")
    ],
    *[
        Case(op, (In(values=values, dtype=dtype),), {"axis": 1})
        for op in _OPS
        for dtype, values in [*_SMALL.items(), ("bool", [[True, False], [False, False], [True, True]])]
        if (op, dtype) != ("mean", "bool")
    ],
    Case("mean", (In(values=[-3, -4, 0], dtype="int64"),)),
    Case("sum", (In(values=[2048] + [1] * 30, dtype="float16"),)),
    *[Case(op, ((3,),), {"axis": 0}) for op in ("sum_axis", "max_axis", "min_axis", "_sparse_sum", "_sparse_mean")],
    *[
        Case("norm", ((2, 3, 4),), {"ord": order, **attrs}, grad=True)
        for order in (1, 2)
        for attrs in ({}, {"axis": 1}, {"axis": (0, -1)}, {"axis": (0, 1, 2)}, {"axis": (1, 2), "keepdims": True})
    ],
    *[Case("norm", (In(values=[[3, -4, 0], [0, 0, 0]]),), {"ord": order, "axis": 1}, grad=True) for order in (1, 2)],
    *[Case("norm", (In((3, 4), dtype),), grad=True) for dtype in ("float64", "float16")],
    Case("_sparse_norm", ((2, 3),), {"ord": 1}),
    Case("norm", (In((3, 4), "int32", -9, 9),), {"ord": 1, "axis": 1, "out_dtype": "int32"}),
    Case("norm", ((3, 4),), {"ord": 2, "axis": 0, "out_dtype": "float32"}),
    *[
        Case("moments", (In((2, 3, 4), dtype),), attrs, outputs=2, grad=dtype != "float16")
        for attrs in ({"axes": 1}, {"axes": (0, -1)}, {"axes": (0, 1, 2)}, {"axes": (1,), "keepdims": True})
        for dtype in ("float32", "float16")
    ],
    *[
        Case(op, (In((2, 3, 2), distinct=True),), attrs, grad=not attrs)
        for op in ("argmax", "argmin")
        for attrs in _POSITIONS
    ],
    *[
        Case(op, (In(values=[[1, 2, 2], [0, 0, -5], [7, -5, -5]], dtype=dtype),), {"axis": 1})
        for op in ("argmax", "argmin")
        for dtype in ("float32", "float64", "float16", "int32", "int8", "int64")
    ],
    *[Case(op, (_NANS,), {"axis": 1}) for op in ("argmax", "argmin")],
    Case("argmax_channel", (In((2, 3), "int32", -9, 9),)),
    Case("argmax_channel", (In((2, 5, 2), "float64"),)),
]  # fmt: skip


def _axes(draw: Draw, rank: int) -> Any:
    """None, one axis, or some of them, none included."""
    return draw.choice((None, draw.axis(rank), draw.axes(rank))) if rank else draw.choice((None, ()))


def _with_nan(draw: Draw, shape: tuple[int, ...], dtype: str) -> In:
    values = draw.random.uniform(-3, 3, shape).round(3)
    return In(values=np.where(draw.random.uniform(size=shape) < 0.4, np.nan, values).tolist(), dtype=dtype)


def _kinds(op: str, dtype: str) -> tuple[str, ...]:
    """The kinds of data for which the order of the operations does not matter, as it does near overflow."""
    if op in ("max", "min") or dtype in INTEGERS:
        return ("ties", "nonfinite", "extreme")
    return ("ties",) if op == "nansum" else ("ties", "nonfinite")


def _draw_reduction(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, numpy = draw.any_shape()
        dtype = draw.choice(NUMBERS if op == "mean" else (*NUMBERS, "bool"))
        if op in ("max", "min") or (op == "mean" and dtype in INTEGERS):  # of nothing, MXNet refuses them or dies
            shape = tuple(size or 1 for size in shape)
        if dtype == "bool":
            data = draw.data(shape, dtype, 0, 2, also=())
        elif op == "nansum" and dtype in FLOATS and 0 not in shape and draw.flag():
            data = _with_nan(draw, shape, dtype)
        else:
            wide = dtype in INTEGERS or not op.endswith("prod")
            low, high = draw.choice(((-3, 3), (-99, 99)) if wide else ((0.5, 1.5), (-2, 2)))
            data = draw.data(shape, dtype, low, high, also=_kinds(op, dtype))
        attrs = draw.given(0.7, axis=_axes(draw, len(shape)), keepdims=draw.flag(), exclude=draw.flag())
        return Case(op, (data,), attrs, grad=True, numpy=numpy, **(_ADDED if dtype == "float16" else {}))

    return draw_case


def _draw_norm(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    order = draw.choice((1, 2))
    dtype, (low, high) = draw.choice(NUMBERS if order == 1 else FLOATS), draw.choice(((-3, 3), (0.1, 1)))
    grad = order == 1 or draw.flag(0.7)
    data = draw.data(shape, dtype, low, high, also=("ties",) if grad else ("ties", "extreme"))
    attrs = draw.given(axis=_axes(draw, len(shape)), keepdims=draw.flag(), out_dtype=dtype)
    return Case("norm", (data,), attrs | draw.given(1 if order == 1 else 0.5, ord=order), grad=grad, numpy=numpy)


def _draw_moments(draw: Draw) -> Case:
    shape = draw.shape(empty=(numpy := draw.flag(0.3)))
    data = draw.data(shape, draw.choice(FLOATS), -3, 3, also=("ties",))
    attrs = {"axes": draw.axes(len(shape), 1), **draw.given(keepdims=draw.flag())}
    return Case("moments", (data,), attrs, 2, grad=True, numpy=numpy)


def _draw_position(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape = draw.shape()
        data = draw.data(shape, draw.choice(NUMBERS), *draw.choice(((-3, 3), (-99, 99))))
        axis = draw.choice((None, draw.axis(len(shape))))
        return Case(op, (data,), draw.given(0.7, axis=axis, keepdims=draw.flag()), grad=True, numpy=draw.flag(0.2))

    return draw_case


def _draw_channel(draw: Draw) -> Case:
    return Case("argmax_channel", (draw.data(draw.shape(2), draw.choice(NUMBERS), -9, 9),))


_INFINITE = (
    "MXNet's compensated summation gives nan once an infinity is followed by another element; gluax gives the infinite "
    "sum. Not compared."
)
NOTES = {
    **dict.fromkeys(("nansum", "moments"), _INFINITE),
    "norm": f"{_INFINITE} Nor is the gradient of a norm near overflow, whose reciprocal XLA takes for 0.",
    "mean": "MXNet's process dies of the mean of no integers; gluax gives some integer. Not compared.",
    "_square_sum": "MXNet runs it on row-sparse arrays only; gluax, whose arrays are dense, sums all squares.",
}

GENERATORS = {
    **{op: _draw_reduction(op) for op in _OPS},
    "norm": _draw_norm,
    "moments": _draw_moments,
    **{op: _draw_position(op) for op in ("argmax", "argmin")},
    "argmax_channel": _draw_channel,
}
