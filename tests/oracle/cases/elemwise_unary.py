"""Cases of gluax.ops.elemwise_unary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import INTEGERS, NUMBERS, Draw

_EVERYWHERE = [
    "abs", "arcsinh", "arctan", "cbrt", "ceil", "cos", "cosh", "degrees", "erf", "exp", "expm1", "fix", "floor",
    "logical_not", "negative", "radians", "rint", "round", "sigmoid", "sign", "sin", "sinh", "softsign", "square",
    "tan", "tanh", "trunc", "_copy", "BlockGrad", "_contrib_div_sqrt_dim", "_contrib_round_ste", "_contrib_sign_ste",
]  # fmt: skip
# the open interval in which a function is defined
_DOMAINS = {
    "arccos": (-0.95, 0.95), "arcsin": (-0.95, 0.95), "arctanh": (-0.95, 0.95), "erfinv": (-0.95, 0.95),
    "arccosh": (1.1, 5), "gamma": (0.2, 5), "gammaln": (0.2, 5), "log": (0.1, 5), "log10": (0.1, 5), "log1p": (-0.9, 5),
    "log2": (0.1, 5), "rcbrt": (0.1, 5), "reciprocal": (0.1, 5), "rsqrt": (0.1, 5), "sqrt": (0.1, 5),
}  # fmt: skip
_ALL = {**dict.fromkeys(_EVERYWHERE, (-3, 3)), **_DOMAINS}
_FRACTIONS = ("arccos", "arcsin", "arctanh", "erf", "erfinv")  # integers are outside, or round either way
_COARSE = ("gamma", "gammaln")
_SINGLE: dict[str, Any] = {
    "rtol": 1e-6,
    "atol": 1e-7,
    "why": "MXNet's digamma is single precision for float64 too",
}
_EDGES = In(values=[[-np.inf, -2.5, -1.5, -1, -0.5, -0.0, 0, 0.5, 1, 1.5, 2.5, 9, np.inf, np.nan]])
_ALIASES = [
    "_sparse_exp", "_npx_erf", "_npx_erfinv", "_npx_gamma", "_sparse_gamma", "_npx_gammaln", "identity",
    "stop_gradient", "_sparse_stop_gradient", "_sparse__contrib_round_ste", "_sparse__contrib_sign_ste",
]  # fmt: skip
_LIMITS = [(-1, 1), (-0.5, 2.25), (1, -1), ("-inf", 0.5)]

CASES = [
    *[
        Case(
            op,
            (In(shape, dtype, low, high),),
            grad=dtype != "float16",
            **(_SINGLE if op in _COARSE and dtype == "float64" else {}),
        )
        for op, (low, high) in _ALL.items()
        for shape, dtype in [((2, 3, 2), "float64"), ((3, 2), "float16")]
    ],
    *[Case(op, (_EDGES,), grad=True) for op in _ALL],
    *[Case(op, (In(values=[[1, 2, 3, 5]], dtype="int32"),)) for op in _ALL if op not in _FRACTIONS],
    *[
        Case(op, (In(values=[[-3, -1, 0, 1, 100, -128]], dtype=dtype),))
        for op in (
            "abs",
            "negative",
            "sign",
            "floor",
            "round",
            "logical_not",
            "square",
            "exp",
            "sqrt",
            "rcbrt",
            "_copy",
        )
        for dtype in ("int8", "int64")
    ],
    Case("square", (In(values=[65537, 3], dtype="int32"),)),
    Case("floor", (In(values=[16777217, 3], dtype="int32"),)),
    Case("_copy", (In(values=[True, False], dtype="bool"),)),
    *[Case(op, (In((2, 3), low=0.1),)) for op in _ALIASES],
    Case("_identity_with_attr_like_rhs", ((2, 3), (2, 3)), grad=True),
    *[Case("clip", (_EDGES,), {"a_min": low, "a_max": high}, grad=True) for low, high in _LIMITS],
    *[
        Case("clip", (In((3, 4), dtype, -9, 9),), {"a_min": -1.5, "a_max": 2.7})
        for dtype in ("int32", "int8", "float64", "float16")
    ],
    Case("_npi_clip", (In(values=[0, 9, 200], dtype="uint8"),), {"a_min": -1, "a_max": 100}),
    Case("_sparse_clip", ((2, 3),), {"a_min": -0.5, "a_max": 0.5}, grad=True),
    *[
        Case("smooth_l1", (In((3, 5), dtype, -3, 3),), {"scalar": scalar}, grad=True)
        for scalar in (1.0, 3.0, 0.5)
        for dtype in ("float32", "float64", "float16")
    ],
    Case("smooth_l1", (_EDGES,), grad=True),
    Case("_npx_smooth_l1", (_EDGES,), {"scalar": 0}, grad=True),
    Case("smooth_l1", (In(values=[3, -4, 0, 1], dtype="int32"),), {"scalar": 1}),
    Case("_contrib_quadratic", ((2, 3),), {"a": 2, "b": -1, "c": 0.5}, grad=True),
    Case("_contrib_quadratic", (In(values=[3, 4], dtype="int32"),), {"a": 2.5, "b": 1, "c": 3}),
    Case("_contrib_quadratic", ((2, 3),)),
    *[Case("_contrib_gradientmultiplier", ((2, 3),), {"scalar": s}, grad=True) for s in (2.0, -0.5, 0)],
    Case("_contrib_gradientmultiplier", ((2, 3),), {"scalar": 0.5, "is_int": False}, grad=True),
]


_ANY_TYPE = ("_copy", "BlockGrad")


_PRECISION: dict[tuple[str, str], dict[str, Any]] = {
    **{(op, "float64"): _SINGLE for op in _COARSE},
    ("tanh", "float32"): {"atol": 1e-6, "why": "1 - y * y cancels in the gradient"},
    ("arctanh", "float32"): {"rtol": 1e-3, "why": "1 - x * x cancels in the gradient"},
}


def _draw_unary(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, numpy = draw.any_shape()
        dtype = draw.choice((*NUMBERS, "bool") if op in _ANY_TYPE else NUMBERS)
        also = () if dtype == "bool" else ("ties", "nonfinite", "extreme")
        low, high = (0, 2) if dtype == "bool" else draw.choice((_ALL[op], (-9, 9)))
        if op == "sigmoid" and dtype in INTEGERS:  # MXNet negates the smallest integer, which stays as it is
            also = ("ties",)
        precision = _PRECISION.get((op, dtype), {})
        if precision is _SINGLE or (op, dtype) == ("rcbrt", "float16"):  # MXNet's slopes overflow there
            also = ("ties",)
        return Case(op, (draw.data(shape, dtype, low, high, also=also),), grad=True, numpy=numpy, **precision)

    return draw_case


def _draw_alike(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    data = draw.data(shape, draw.choice(NUMBERS), -9, 9)
    return Case("_identity_with_attr_like_rhs", (data, data), grad=True, numpy=numpy)


def _draw_with_numbers(op: str, *names: str, required: bool = False) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, numpy = draw.any_shape()
        data = draw.data(shape, draw.choice(NUMBERS), -9, 9)
        numbers: dict[str, Any] = {name: draw.choice((draw.number(), draw.integer(-9, 9), 0.5)) for name in names}
        return Case(op, (data,), draw.given(1 if required else 0.7, **numbers), grad=True, numpy=numpy)

    return draw_case


GENERATORS = {
    **{op: _draw_unary(op) for op in _ALL},
    "_identity_with_attr_like_rhs": _draw_alike,
    "clip": _draw_with_numbers("clip", "a_min", "a_max", required=True),
    "smooth_l1": _draw_with_numbers("smooth_l1", "scalar"),
    "_contrib_quadratic": _draw_with_numbers("_contrib_quadratic", "a", "b", "c"),
    "_contrib_gradientmultiplier": _draw_with_numbers("_contrib_gradientmultiplier", "scalar"),
}

NOTES = {
    "sigmoid": "MXNet's sigmoid of the smallest integer is 1, since negating that overflows; gluax gives 0.",
    **dict.fromkeys(_COARSE, "MXNet's digamma of infinity is the largest float64 number; gluax gives infinity."),
}
