"""Cases of gluax.ops.numpy_integers."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import INTEGERS, Draw

_BITWISE = ("bitwise_and", "bitwise_or", "bitwise_xor")
_ODD = In(values=[-6, 0, 4, -7, 9], dtype="int32")

CASES = [
    *[
        Case(f"_npi_{name}", (In((2, 3), dtype, 0, 2), In(other, dtype, 0, 2)), numpy=True)
        for name in _BITWISE
        for dtype, other in [("int32", (3,)), ("bool", (2, 3))]
    ],
    *[
        Case(f"_npi_{name}_scalar", (In((2, 3), dtype, 0, 9 if dtype != "bool" else 2),), attrs, numpy=True)
        for name in _BITWISE
        for dtype, attrs in [
            ("int32", {"scalar": -2}),
            ("uint8", {"scalar": 300}),
            ("bool", {"scalar": 2, "is_int": False}),
        ]
    ],
    *[Case("_npi_bitwise_not", (In((4,), dtype, 0, 2),), numpy=True) for dtype in (*INTEGERS, "bool")],
    *[
        Case("_npi_lcm", (In((3, 1), dtype, 0, 30), In((4,), dtype, 0, 30)), numpy=True)
        for dtype in ("int32", "uint8", "int64")
    ],
    Case("_npi_lcm", (In(values=[0, 4, -6, -128, 100], dtype="int8"), In(values=[0, -6, -9, 3, 33], dtype="int8"))),
    *[Case("_npi_lcm_scalar", (_ODD,), attrs, numpy=True) for attrs in ({}, {"scalar": -2.7}, {"scalar": 0})],
    Case("_npi_lcm_scalar", (In(values=[0, 4, 9], dtype="uint8"),), {"scalar": -1}, numpy=True),
]


def _integers(draw: Draw, shape: tuple[int, ...], dtype: str) -> In:
    if dtype == "bool":
        return draw.data(shape, dtype, 0, 2, also=())
    return draw.data(shape, dtype, 0 if dtype == "uint8" else -30, 30, also=("ties",))


def _draw_binary(name: str) -> Any:
    types = INTEGERS if name == "lcm" else (*INTEGERS, "bool")

    def draw_case(draw: Draw) -> Case:
        dtype, (first, second) = draw.choice(types), draw.broadcast_pair()
        second = second[draw.integer(0, len(second)) :]
        inputs = [_integers(draw, first, dtype), _integers(draw, second, dtype)]
        return Case(f"_npi_{name}", tuple(inputs if draw.flag() else inputs[::-1]), numpy=True)

    return draw_case


def _draw_scalar(name: str) -> Any:
    types = INTEGERS if name == "lcm" else (*INTEGERS, "bool")

    def draw_case(draw: Draw) -> Case:
        attrs = draw.given(0.8, scalar=draw.choice((draw.integer(-40, 40), draw.number(-9, 9))))
        if name != "lcm":  # MXNet's process dies of lcm with is_int=False
            attrs.update(draw.given(is_int=draw.flag()))
        data = _integers(draw, draw.shape(0, 3, empty=True), draw.choice(types))
        return Case(f"_npi_{name}_scalar", (data,), attrs, numpy=True)

    return draw_case


def _draw_not(draw: Draw) -> Case:
    return Case(
        "_npi_bitwise_not",
        (_integers(draw, draw.shape(0, 4, empty=True), draw.choice((*INTEGERS, "bool"))),),
        numpy=True,
    )


GENERATORS = {
    **{f"_npi_{name}": _draw_binary(name) for name in (*_BITWISE, "lcm")},
    **{f"_npi_{name}_scalar": _draw_scalar(name) for name in (*_BITWISE, "lcm")},
    "_npi_bitwise_not": _draw_not,
}

NOTES = {
    "_npi_lcm_scalar": "With is_int=False MXNet's process dies; gluax ignores is_int, as the bitwise operators do.",
}
