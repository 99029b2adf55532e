"""Cases of gluax.ops.numpy_elemwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw, cancelling

_EDGES = In(values=[-np.inf, -2.5, -1.5, -0.5, -0.0, 0.0, 0.5, 1.5, 2.5, np.inf, np.nan])
_RANGES = {
    "arccosh": (1, 3),
    "log": (0.1, 3),
    "log10": (0.1, 3),
    "log2": (0.1, 3),
    "log1p": (-0.5, 3),
    "sqrt": (0.1, 3),
}
_UNARY = (
    "absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh",
    "degrees", "exp", "expm1", "fix", "floor", "log", "log10", "log1p", "log2", "negative", "radians", "reciprocal",
    "rint", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
)  # fmt: skip
_TESTS = ("isfinite", "isinf", "isnan", "isneginf", "isposinf", "logical_not")
_ARITHMETIC = ("add", "subtract", "multiply", "mod", "power", "true_divide")
_COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
_MIXED = ("add", "multiply", "power")
_WITHOUT_GRADIENT = tuple(f"_npi_{test}" for test in _TESTS)
_TYPES = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool")
# What MXNet takes of two dtypes; the rest of its table is not implemented or crashes.
_PAIRS = [("float16", "float64"), ("float32", "int64"), ("int32", "float16"), ("bool", "float32"), ("float64", "uint8")]


def _data(dtype: str, shape: tuple[int, ...] = (2, 3)) -> In:
    return In(shape, dtype, 0 if dtype == "bool" else 1, 2 if dtype == "bool" else 5)


CASES = [
    *[
        Case(f"_npi_{name}", (In((2, 3), "float32", *_RANGES.get(name, (-0.9, 0.9))),), grad=True, numpy=True)
        for name in _UNARY
    ],
    *[
        Case(f"_npi_{name}", (In((3,), "int32", -5, 9),), numpy=True)
        for name in ("absolute", "square", "floor", "sqrt")
    ],
    *[Case(f"_npi_{name}", (_EDGES,), numpy=True) for name in ("rint", "fix", "sign", *_TESTS)],
    *[Case(f"_npi_{name}", (In(values=[0, 1, -2], dtype="int32"),), numpy=True) for name in _TESTS],
    Case("_npi_logical_not", (In((4,), "bool", 0, 2),), numpy=True),
    *[Case(name, (_EDGES,), grad=True, numpy=True) for name in ("_npx_relu", "_npx_sigmoid", "_np_copy")],
    *[Case("_npi_around", (_EDGES,), attrs, grad=True, numpy=True) for attrs in ({}, {"decimals": 1})],
    Case("_npi_around", (In((4,), low=-999, high=999),), {"decimals": -2}, numpy=True),
    Case("_npi_around", (In(values=[125, 135, -19], dtype="int32"),), {"decimals": -1}, numpy=True),
    *[
        Case("_npi_nan_to_num", (_EDGES,), attrs, grad=True, numpy=True)
        for attrs in ({}, {"nan": 1.5, "posinf": 7, "neginf": -3, "copy": False})
    ],
    *[
        Case(f"_npi_{name}", (In(shape, low=0.5, high=3), In(other, low=0.5, high=3)), grad=True, numpy=True)
        for name in (*_ARITHMETIC, "arctan2", "hypot", "copysign")
        for shape, other in [((2, 3), (2, 3)), ((2, 1), (3,))]
    ],
    Case("_npi_add", ((), (2, 3)), grad=True, numpy=True),
    *[
        Case(
            f"_npi_{name}",
            (In(values=[5, -5, 5, -5, 0, 7], dtype=dtype), In(values=[3, 3, -3, -3, 2, 0], dtype=dtype)),
            numpy=True,
        )
        for name in ("mod", "true_divide", "copysign")
        for dtype in ("float32", "int32")
    ],
    Case("_npi_ldexp", ((2, 1), In((3,), low=-9, high=9)), grad=True, numpy=True),
    Case("_npi_ldexp", (In(values=[1, 3, 3, 4], dtype="int32"), In(values=[30, 31, -1, 3], dtype="int32")), numpy=True),
    *[
        Case(f"_npi_{name}", (_data(dtype), _data(dtype)), numpy=True)
        for name in ("add", "power", "true_divide")
        for dtype in _TYPES
        if (name, dtype) != ("true_divide", "bool")
    ],
    *[
        Case(f"_npi_{name}", (_data(first), _data(second, (3,))), numpy=True)
        for name in ("add", "multiply", "power")
        for first, second in _PAIRS
    ],
    *[Case("_npi_true_divide", (_data(first), _data(second)), numpy=True) for first, second in _PAIRS[1:]],
    *[
        Case(f"_npi_{name}", (In((2, 3), dtype, 0, 3), In((3,), dtype, 0, 3)), numpy=True)
        for name in _COMPARISONS
        for dtype in ("float32", "int32")
    ],
    Case("_npi_equal", (In((3,), "bool", 0, 2), In((3,), "bool", 0, 2)), numpy=True),
]


def _draw_unary(op: str) -> Callable[[Draw], Case]:
    low, high = _RANGES.get(op, (-3, 3))
    wide = (-3, 3) if op == "tanh" else (-9, 9)  # the derivative of tanh beyond is what rounding left of 1 - y * y

    near_pole = {"rtol": 1e-3, "why": "1 - x * x cancels in the gradient"} if op == "arctanh" else {}

    def draw_case(draw: Draw) -> Case:
        data = draw.data(draw.shape(0, 4, empty=True), draw.choice(NUMBERS), *draw.choice(((low, high), wide)))
        return Case(f"_npi_{op}", (data,), grad=True, numpy=True, **near_pole)

    return draw_case


def _draw_any_type(op: str) -> Callable[[Draw], Case]:
    types = NUMBERS if op.startswith("_npx") else (*NUMBERS, "bool")

    def draw_case(draw: Draw) -> Case:
        dtype = draw.choice(types)
        # MXNet's sigmoid of the smallest integer is that of the largest: see NOTES.
        extreme = () if op == "_npx_sigmoid" and dtype not in FLOATS else ("extreme",)
        also, limits = ((), (0, 2)) if dtype == "bool" else (("ties", "nonfinite", *extreme), (-3, 3))
        data = draw.data(draw.shape(0, 4, empty=True), dtype, *limits, also=also)
        return Case(op, (data,), grad=op not in _WITHOUT_GRADIENT, numpy=True)

    return draw_case


def _draw_around(draw: Draw) -> Case:
    data = draw.data(draw.shape(0, 4, empty=True), draw.choice(NUMBERS), -999, 999, also=("ties", "nonfinite"))
    return Case("_npi_around", (data,), draw.given(decimals=draw.integer(-3, 3)), grad=True, numpy=True)


def _draw_nan_to_num(draw: Draw) -> Case:
    data = draw.data(draw.shape(0, 4, empty=True), draw.choice(NUMBERS), -9, 9)
    numbers = draw.given(nan=draw.number(), posinf=draw.number(5, 9), neginf=draw.number(-9, -5), copy=draw.flag())
    return Case("_npi_nan_to_num", (data,), numbers, grad=True, numpy=True)


def _pair(draw: Draw, first: str, second: str, low: float, also: tuple[str, ...]) -> tuple[In, In]:
    shapes = draw.broadcast_pair()
    cut = draw.integer(0, len(shapes[1]))
    inputs = []
    for shape, dtype in ((shapes[0], first), (shapes[1][cut:], second)):
        if dtype == "bool":
            inputs.append(draw.data(shape, dtype, 0, 2, also=()))
        else:
            inputs.append(draw.data(shape, dtype, 1 if dtype == "uint8" else low, 4, also=also))
    return (inputs[0], inputs[1]) if draw.flag() else (inputs[1], inputs[0])


def _summed(inputs: tuple[In, In], dtype: str) -> dict[str, Any]:
    """The tolerance of gradients that are sums, because the inputs broadcast."""
    return cancelling(dtype) if inputs[0].shape != inputs[1].shape else {}


# The gradient of mod jumps where a quotient underflows.
_KINDS = {"power": ("ties",), "mod": ("ties", "nonfinite")}


def _draw_arithmetic(op: str) -> Callable[[Draw], Case]:
    same = (*NUMBERS, "bool") if op not in ("subtract", "mod", "true_divide") else NUMBERS
    low = 0.3 if op == "power" else -4
    also = _KINDS.get(op, ("ties", "nonfinite", "extreme"))

    def draw_case(draw: Draw) -> Case:
        first = draw.choice(same)
        first, second = draw.choice(_PAIRS) if op in _MIXED and draw.flag(0.3) else (first, first)
        kinds = ("ties",) if "bool" in (first, second) else also  # see NOTES
        inputs = _pair(draw, first, second, low, kinds)
        return Case(f"_npi_{op}", inputs, grad=first == second, numpy=True, **_summed(inputs, first))

    return draw_case


def _draw_uniform(op: str, types: tuple[str, ...], grad: bool) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        dtype = draw.choice(types)
        inputs = _pair(draw, dtype, dtype, -4, ("ties", "nonfinite", "extreme"))
        return Case(f"_npi_{op}", inputs, grad=grad, numpy=True, **_summed(inputs, dtype))

    return draw_case


GENERATORS = {
    **{f"_npi_{op}": _draw_unary(op) for op in _UNARY},
    **{
        op: _draw_any_type(op) for op in (*(f"_npi_{test}" for test in _TESTS), "_np_copy", "_npx_relu", "_npx_sigmoid")
    },
    "_npi_around": _draw_around,
    "_npi_nan_to_num": _draw_nan_to_num,
    **{f"_npi_{op}": _draw_arithmetic(op) for op in _ARITHMETIC},
    **{f"_npi_{op}": _draw_uniform(op, FLOATS, True) for op in ("arctan2", "hypot")},
    **{f"_npi_{op}": _draw_uniform(op, NUMBERS, True) for op in ("copysign", "ldexp")},
    **{f"_npi_{op}": _draw_uniform(op, (*NUMBERS, "bool"), False) for op in _COMPARISONS},
}

NOTES = {
    "_npi_multiply": "False times infinity is nan in MXNet; XLA takes the product with a boolean for a choice, so it is 0.",
    "_npx_sigmoid": "MXNet negates integers first, so that of the smallest integer, which has no opposite, is 1; gluax "
    "gives 0.",
}
