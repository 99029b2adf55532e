"""Cases of gluax.ops.elemwise_binary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, NUMBERS, Draw, cancelling

_ARITHMETIC = ("add", "sub", "mul", "div")
_SMOOTH = ("maximum", "minimum", "mod", "power", "hypot")
_LOGIC = [
    "equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal", "logical_and", "logical_or",
    "logical_xor",
]  # fmt: skip
_ELEMENTWISE = [f"elemwise_{op}" for op in _ARITHMETIC] + [f"_{op}" for op in (*_SMOOTH, *_LOGIC)]
_BROADCASTING = [f"broadcast_{op}" for op in (*_ARITHMETIC, *_SMOOTH, *_LOGIC)]
_ALIASES = [
    "_plus", "_add", "_Plus", "_sparse_elemwise_add", "_minus", "_sub", "_Minus", "_sparse_elemwise_sub", "_mul",
    "_Mul", "_sparse_elemwise_mul", "_div", "_Div", "_sparse_elemwise_div", "_Maximum", "_Minimum", "_Mod", "_Power",
    "_Hypot", "_Equal", "_Not_Equal", "_Greater", "_Greater_Equal", "_Lesser", "_Lesser_Equal", "_Logical_And",
    "_Logical_Or", "_Logical_Xor", "broadcast_plus", "_sparse_broadcast_add", "_sparse_broadcast_plus",
    "broadcast_minus", "_sparse_broadcast_sub", "_sparse_broadcast_minus", "_sparse_broadcast_mul",
    "_sparse_broadcast_div", "_npi_maximum", "_npi_minimum", "_grad_add", "_scatter_elemwise_div",
]  # fmt: skip
# ties, zeros, signs, nan, infinities
_LEFT = [-2, -2, -1, 0, 0, 0, 1, 1, 2, 3, -3, np.nan, 1, np.inf, -np.inf, 5.5, -5.5, 5.5]
_RIGHT = [-2, 3, 0.5, 0, 1, -1, 0, 1, 0.5, -2, 2, 1, np.nan, 2, 3, np.inf, 2, -2]
_INTEGERS = [-7, 7, -7, 7, 0, 2, 3, 10], [2, -2, -2, 2, 3, -1, 2, 4]
_BYTES = [7, 7, 9, 0, 2, 200], [2, 3, 2, 3, 9, 100]
_HALF: dict[str, Any] = {"atol": 0.05, "why": "MXNet rounds each sum to half precision"}
_PAIRS = [((2, 1, 3), (1, 4, 1)), ((3,), (2, 1)), ((2, 3), (2, 3)), ((2, 3, 1, 2), (1,)), ((1, 1), (3, 2, 4))]


def _pair(op: str, left: tuple[int, ...], right: tuple[int, ...], dtype: str = "float32") -> tuple[In, In]:
    low = 0.2 if op.endswith(("power", "div", "mod")) else -2
    return In(left, dtype, low, 2), In(right, dtype, low, 2)


CASES = [
    *[Case(op, (In(values=_LEFT), In(values=_RIGHT)), grad=True) for op in _ELEMENTWISE],
    *[
        Case(op, _pair(op, (2, 3), (2, 3), dtype), grad=True)
        for op in _ELEMENTWISE[:9]
        for dtype in ("float64", "float16")
    ],
    *[Case(op, _pair(op, *_PAIRS[i % len(_PAIRS)]), grad=True) for i, op in enumerate(_BROADCASTING)],
    *[Case("broadcast_plus", _pair("", *pair), grad=True) for pair in _PAIRS],
    *[
        Case(op, (In(values=left, dtype=dtype), In(values=right, dtype=dtype)))
        for op in _ELEMENTWISE
        for dtype, (left, right) in [("int32", _INTEGERS), ("uint8", _BYTES)]
    ],
    *[
        Case(op, (In(values=_INTEGERS[0], dtype=dtype), In(values=_INTEGERS[1], dtype=dtype)))
        for op in ("broadcast_div", "broadcast_mod", "broadcast_power", "broadcast_hypot")
        for dtype in ("int8", "int64")
    ],
    Case("_mod", (In(values=[2**40 + 1, 7], dtype="int64"), In(values=[3, 0], dtype="int64"))),
    Case("_power", (In(values=[3, 3], dtype="int32"), In(values=[25, 10], dtype="int32"))),
    *[Case(op, ((2, 2), (2, 2))) for op in _ALIASES],
    *[
        Case(op, ((2, 3),) * count, {"num_args": count}, grad=True)
        for op, count in [("add_n", 1), ("add_n", 3), ("ElementWiseSum", 5)]
    ],
    Case("_sparse_add_n", (In((3,), "int32", -9, 9),) * 2, {"num_args": 2}),
    Case("_sparse_ElementWiseSum", (In((3,), "float16"),) * 4, {"num_args": 4}, grad=True),
    Case("where", (In(values=[1, 0, np.nan, -2]), (4,), (4,)), grad=True),
    *[
        Case("where", (In(shape, dtype, 0, 2), (3, 2, 2), (3, 2, 2)), grad=(1, 2))
        for shape in [(3,), (3, 2, 2)]
        for dtype in ("int32", "float32", "uint8")
    ],
    Case("_sparse_where", (In((4,), "int64", 0, 2), In((4,), "int32", 0, 9), In((4,), "int32", 0, 9))),
    Case("where", (In((4,), "float32", -1, 1), In((4,), "float64"), In((4,), "float64")), grad=(1, 2)),
    *[
        Case("_contrib_allclose", (In(values=[1, np.nan]), In(values=[1.00001, np.nan])), attrs)
        for attrs in ({}, {"rtol": 1e-4}, {"atol": 1e-3}, {"rtol": 0.1, "equal_nan": False})
    ],
]  # fmt: skip


_NO_ELEMENTS = (
    "MXNet's process dies when this operator's gradient sums over an axis of size 0; gluax gives 0, the sum of nothing, "
    "as MXNet does for other operators. Not compared."
)
NOTES: dict[str, str] = dict.fromkeys(("broadcast_add", "broadcast_sub"), _NO_ELEMENTS)
_ZERO = "MXNet's process dies of 1 / 0 and of the smallest integer / -1; gluax gives some integer. Not compared."
NOTES.update(dict.fromkeys(("elemwise_div", "broadcast_div", "_scatter_elemwise_div"), _ZERO))


def _operands(draw: Draw, op: str, left: tuple[int, ...], right: tuple[int, ...]) -> tuple[In, In]:
    dtype = draw.choice(NUMBERS)
    low, high = draw.choice(((-2, 2), (0.2, 2), (-9, 9)))
    lhs, rhs = draw.data(left, dtype, low, high), draw.data(right, dtype, low, high)
    if op.endswith("div") and dtype in INTEGERS:  # MXNet's process dies of 1 / 0, and of the smallest integer / -1
        rhs = draw.data(right, dtype, *draw.choice(((1, 99), (-99, -2))), also=("ties",))
    if op.endswith(("div", "mod")) and dtype in FLOATS:  # XLA takes for 0 what lies below the normal numbers
        rhs = draw.data(right, dtype, low, high, also=("ties", "nonfinite"))
    return lhs, rhs


def _draw_elementwise(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, numpy = draw.any_shape()
        return Case(op, _operands(draw, op, shape, shape), grad=True, numpy=numpy)

    return draw_case


def _draw_broadcasting(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        whole, numpy = draw.any_shape()
        left, right = (tuple(1 if draw.flag(0.3) else size for size in whole) for _ in range(2))
        left = left[draw.integer(0, len(left) - (not numpy)) if left and draw.flag(0.3) else 0 :]
        operands = _operands(draw, op, *draw.choice(((left, right), (right, left))))
        grad = NOTES.get(op) != _NO_ELEMENTS or 0 not in whole
        precision = cancelling("float16") if operands[0].dtype == "float16" else {}
        return Case(op, operands, grad=grad, numpy=numpy, **precision)

    return draw_case


def _draw_add_n(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    count, dtype = draw.integer(1, 6), draw.choice(NUMBERS)
    also = ("ties", "nonfinite") if dtype in FLOATS else ("ties", "extreme")  # huge floats cancel as rounding has it
    data = tuple(draw.data(shape, dtype, -9, 9, also=also) for _ in range(count))
    precision = _HALF if dtype == "float16" else {}
    return Case("add_n", data, {"num_args": count}, grad=True, numpy=numpy, **precision)


def _draw_where(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    condition = draw.data(shape[:1] if draw.flag(0.3) else shape, draw.choice(NUMBERS), 0, 2)
    dtype = draw.choice(NUMBERS)
    branches = [draw.data(shape, dtype, -9, 9) for _ in range(2)]
    return Case("where", (condition, *branches), grad=(1, 2) if dtype in FLOATS else False, numpy=numpy)


def _draw_allclose(draw: Draw) -> Case:
    shape, dtype = draw.shape(), draw.choice(FLOATS)
    base = draw.number(-9, 9)
    operands = tuple(draw.data(shape, dtype, base, base + draw.choice((1e-9, 1e-4, 0.1, 1))) for _ in range(2))
    tolerances = draw.given(rtol=draw.choice((1e-5, 1e-3, 0.5)), atol=draw.choice((0.0, 1e-4, 0.1)))
    return Case("_contrib_allclose", operands, tolerances | draw.given(equal_nan=draw.flag()))


GENERATORS = {
    **{op: _draw_elementwise(op) for op in (*_ELEMENTWISE, "_grad_add", "_scatter_elemwise_div")},
    **{op: _draw_broadcasting(op) for op in _BROADCASTING},
    "add_n": _draw_add_n,
    "where": _draw_where,
    "_contrib_allclose": _draw_allclose,
}
