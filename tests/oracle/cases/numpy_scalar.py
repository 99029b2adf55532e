"""Cases of gluax.ops.numpy_scalar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw, cancelling

_ARITHMETIC = (
    "add",
    "subtract",
    "rsubtract",
    "multiply",
    "mod",
    "rmod",
    "power",
    "rpower",
    "true_divide",
    "rtrue_divide",
)
_FUNCTIONS = ("arctan2", "rarctan2", "copysign", "rcopysign", "ldexp", "rldexp")
_COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
_WITHOUT_GRADIENT = ("rarctan2", "copysign", "rcopysign", *_COMPARISONS)  # see NOTES
_NUMBERS = [(2, True), (2.5, False)]
_CONDITION = In(values=[[0, 1, 0.4], [-1, 0, 2]])

CASES = [
    *[
        Case(
            f"_npi_{name}_scalar",
            (In((2, 3), low=0.5, high=3),),
            {"scalar": number, "is_int": whole},
            grad=name not in _WITHOUT_GRADIENT,
            numpy=True,
        )
        for name in (*_ARITHMETIC, *_FUNCTIONS)
        for number, whole in _NUMBERS
    ],
    *[
        Case(f"_npi_{name}_scalar", (In((4,), dtype, 1, 6),), {"scalar": number, "is_int": whole}, numpy=True)
        for name in _ARITHMETIC
        for dtype in ("int32", "uint8")
        for number, whole in _NUMBERS
        if (name, dtype) != ("rsubtract", "uint8")
    ],
    *[
        Case(f"_npi_{name}_scalar", (In(values=[-6, 0, 4, -7, 9], dtype="int32"),), attrs, numpy=True)
        for name in _FUNCTIONS[2:]
        for attrs in ({"scalar": -2.7}, {"scalar": -2.7, "is_int": False})
    ],
    *[
        Case(f"_npi_{name}_scalar", (In((4,), "bool", 0, 2),), {"scalar": 3}, numpy=True)
        for name in ("add", "true_divide")
    ],
    Case("_npi_multiply_scalar", (In((4,), "float16"),), {"scalar": 2.5, "is_int": False}, numpy=True),
    *[
        Case(
            f"_npi_{name}_scalar", (In(values=[1, 2, 3], dtype=dtype),), {"scalar": number, "is_int": whole}, numpy=True
        )
        for name in _COMPARISONS
        for dtype in ("float32", "int32")
        for number, whole in [*_NUMBERS, (2.5, True)]
    ],
    Case("_npi_where", (_CONDITION, (2, 3), (3,)), grad=(1, 2), numpy=True),
    Case("_npi_where", (In((3,), "bool", 0, 2), (2, 1), (3,)), grad=(1, 2), numpy=True),
    Case("_npi_where", (In((2, 3), "int8", 0, 2), (), ()), numpy=True),
    *[
        Case(f"_npi_where_{side}scalar", (_CONDITION, In((2, 3), dtype, -5, 5)), {"scalar": 2.5}, numpy=True)
        for side in "lr"
        for dtype in ("float32", "int32")
    ],
    *[
        Case(
            f"_npi_where_{side}scalar",
            (_CONDITION, (3,)),
            {"scalar": -1},
            grad=(1,) if side == "r" else False,
            numpy=True,
        )
        for side in "lr"
    ],
    Case("_npi_where_scalar2", (_CONDITION,), {"x": 2.5, "y": 3}, numpy=True),
]


def _numbers(draw: Draw) -> dict[str, Any]:
    number = draw.choice((draw.number(-3, 3), float(draw.integer(-3, 3)), 0.5))
    return draw.given(0.8, scalar=number, is_int=draw.flag())


def _draw_scalar(op: str) -> Callable[[Draw], Case]:
    # Powers of other numbers are rounding noise, or beyond the integers.
    low, also = (0.3, ("ties",)) if "power" in op else (-4, ("ties", "nonfinite", "extreme"))

    def draw_case(draw: Draw) -> Case:
        dtype = draw.choice((*NUMBERS, "bool"))
        limits, kinds = ((0, 2), ()) if dtype == "bool" else ((1 if dtype == "uint8" else low, 4), also)
        data = draw.data(draw.shape(0, 4, empty=True), dtype, *limits, also=kinds)
        grad = dtype in FLOATS and op not in _WITHOUT_GRADIENT
        return Case(f"_npi_{op}_scalar", (data,), _numbers(draw), grad=grad, numpy=True)

    return draw_case


def _condition(draw: Draw, shape: tuple[int, ...]) -> In:
    dtype = draw.choice((*NUMBERS, "bool"))
    return draw.data(
        shape, dtype, 0 if dtype in ("bool", "uint8") else -1, 2, also=() if dtype == "bool" else ("ties",)
    )


def _draw_where(draw: Draw) -> Case:
    dtype, shapes = draw.choice(NUMBERS), [*draw.broadcast_pair(3), ()]
    x, y = (draw.data(shape, dtype, -4, 4) for shape in draw.some(shapes, 2, 2))
    condition = _condition(draw, draw.choice(shapes))
    grad = (1, 2) if dtype in FLOATS else False
    return Case("_npi_where", (condition, x, y), grad=grad, numpy=True, **cancelling(dtype))


def _draw_where_scalar(side: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        dtype, shapes = draw.choice(NUMBERS), draw.broadcast_pair()
        inputs = (_condition(draw, shapes[0]), draw.data(shapes[1], dtype, -4, 4))
        # See NOTES.
        grad = (1,) if side == "r" and dtype in FLOATS and np.broadcast_shapes(*shapes) != shapes[1] else False
        attrs = draw.given(scalar=draw.number())
        return Case(f"_npi_where_{side}scalar", inputs, attrs, grad=grad, numpy=True, **cancelling(dtype))

    return draw_case


def _draw_where_scalar2(draw: Draw) -> Case:
    attrs = draw.given(0.8, x=draw.number(), y=draw.number())
    return Case("_npi_where_scalar2", (_condition(draw, draw.shape(0, 4, empty=True)),), attrs, numpy=True)


GENERATORS = {
    **{f"_npi_{op}_scalar": _draw_scalar(op) for op in (*_ARITHMETIC, *_FUNCTIONS, *_COMPARISONS)},
    "_npi_where": _draw_where,
    **{f"_npi_where_{side}scalar": _draw_where_scalar(side) for side in "lr"},
    "_npi_where_scalar2": _draw_where_scalar2,
}

NOTES = {
    "_npi_rarctan2_scalar": "MXNet's gradient has the data in the place of the number; gluax's is the derivative.",
    "_npi_where_lscalar": "MXNet passes the gradient where the number was taken; gluax where the data were.",
    "_npi_where_rscalar": "Unless the data broadcast, MXNet passes the gradient where the number was taken; gluax never.",
    **{
        f"_npi_{op}_scalar": "MXNet refuses the gradient for want of an input; gluax has that of copysign."
        for op in ("copysign", "rcopysign")
    },
}
