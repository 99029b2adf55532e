"""Cases of gluax.ops.cast. bfloat16 is left out: MXNet hands numpy raw bytes for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import INTEGERS, NUMBERS, Draw

_TYPES = ("bool", "float16", "float32", "float64", "int32", "int64", "int8", "uint8")
_FLOATS = ("float16", "float32", "float64")
_VALUES = [-2.7, -1.0, -0.5, 0.0, 0.5, 2.7, 127.5, 200.25, 300.9]

CASES = [
    *[
        Case("Cast", (In(values=_VALUES, dtype=source),), {"dtype": t})
        for source in ("float32", "float16")
        for t in _TYPES
    ],
    *[Case("cast", (In(values=[300, -1, 128, 0], dtype="int64"),), {"dtype": target}) for target in _TYPES],
    *[Case("cast", (In((3, 2), source),), {"dtype": target}, grad=True) for source in _FLOATS for target in _FLOATS],
    Case("Cast", (In(values=[True, False], dtype="bool"),), {"dtype": "float32"}, numpy=True),
    Case("Cast", (In(values=[70000, 1e-8, 65519, 65520], dtype="float64"),), {"dtype": "float16"}),
    Case("Cast", (In(values=[np.nan, np.inf, -np.inf, 0], dtype="float32"),), {"dtype": "bool"}),
    *[
        Case("amp_cast", (In((3,), source, 0, 9),), {"dtype": target}, grad=True)
        for source in ("float32", "float16", "float64")
        for target in ("float16", "float32")
    ],
    *[Case("amp_cast", (In((3,), "int32", 0, 9),), {"dtype": target}) for target in ("float16", "float32")],
    *[
        Case(
            "amp_multicast",
            tuple(In((i + 1, 2), dtype, 0, 9) for i, dtype in enumerate(types)),
            {"num_outputs": len(types), "cast_narrow": narrow},
            outputs=len(types),
            grad=True,
        )
        for types in [
            ("float32", "float16"),
            ("float16", "float16"),
            ("float16", "float64", "float32"),
            ("int32", "float16"),
        ]
        for narrow in (False, True)
    ],
    Case("cast_storage", ((2, 3),), {"stype": "default"}, grad=True),
]


def _numbers(draw: Draw, dtype: str, target: str, shape: tuple[int, ...]) -> In:
    """Data of a dtype. Floats that may go to integers fit those: the others C leaves undefined."""
    if dtype == "bool":
        return draw.data(shape, dtype, 0, 2, also=())
    if dtype in _FLOATS and target in INTEGERS:
        return draw.data(shape, dtype, 0 if target == "uint8" else -128, 127, also=("ties",))
    return draw.data(shape, dtype, *draw.choice(((-3, 3), (-300, 300))))


def _draw_cast(op: str, types: tuple[str, ...]) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, numpy = draw.any_shape()
        source, target = draw.choice(types), draw.choice(types)
        data = _numbers(draw, source, target, shape)
        return Case(op, (data,), {"dtype": target}, grad=target in _FLOATS, numpy=numpy)

    return draw_case


def _draw_multicast(draw: Draw) -> Case:
    numpy = draw.flag(0.3)
    types = [draw.choice((*_FLOATS, *INTEGERS)) for _ in range(draw.integer(1, 5))]
    data = [_numbers(draw, dtype, types[0], draw.shape(empty=numpy)) for dtype in types]
    attrs = {"num_outputs": len(data)} | draw.given(cast_narrow=draw.flag())
    return Case("amp_multicast", tuple(data), attrs, outputs=len(data), grad=True, numpy=numpy)


def _draw_storage(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    return Case("cast_storage", (draw.data(shape, draw.choice(NUMBERS)),), {"stype": "default"}, grad=True, numpy=numpy)


GENERATORS = {
    "Cast": _draw_cast("Cast", _TYPES),
    "amp_cast": _draw_cast("amp_cast", (*_FLOATS, *INTEGERS)),
    "amp_multicast": _draw_multicast,
    "cast_storage": _draw_storage,
}
NOTES = {
    "Cast": "Floats that do not fit the integer type are undefined in C; gluax wraps them. Not compared. bfloat16 "
    "neither: MXNet hands numpy raw bytes for it.",
}
