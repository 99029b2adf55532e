"""Cases of gluax.ops.quantized_elemwise, as MXNet runs them with oneDNN, the only way it runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

ONEDNN = True

NOTES = {
    "_contrib_quantized_elemwise_add": "In an int32 sum of uint8 and int8 MXNet loses the uint8 array; gluax adds both."
}

_DTYPES = {"int8": In((1, 2, 4, 4), "int8", -127, 128), "uint8": In((1, 2, 4, 4), "uint8", 0, 256)}
_QUANTUM = {"rtol": 0.0, "atol": 1.0, "why": "rounding of a product of float32 scales: one quantum"}
_INTEGERS = {"rtol": 1e-6, "atol": 0.0, "why": "int32 computed in float32"}


def _ends(*values: float) -> tuple[In, ...]:
    return tuple(In(values=[value]) for value in values)


CASES = [
    Case("_contrib_quantized_act", (_DTYPES["int8"], *_ends(-1, 2)), {"act_type": "relu"}, outputs=3),
    Case("_contrib_quantized_act", (_DTYPES["uint8"], *_ends(-1, 2)), {"act_type": "relu"}, outputs=3),
    *[
        Case("_contrib_quantized_elemwise_add", (_DTYPES[a], _DTYPES[b], *_ends(-1, 1, -2, 2.5)), attrs, outputs=3, **bound)
        for a in _DTYPES
        for b in _DTYPES
        for attrs, bound in (({}, _INTEGERS), ({"min_calib_range": -3.0, "max_calib_range": 3.0}, _QUANTUM))
        if attrs or a == b  # MXNet drops the uint8 array from an int32 sum with an int8 one
    ],
    *[
        Case("_contrib_quantized_elemwise_mul", (In((3, 50), "int8", -128, 128),) * 2 + _ends(-1, 1.5, -0.5, 2), attrs, outputs=outputs, **bound)
        for attrs, outputs, bound in (
            ({}, 3, {}),
            ({"enable_float_output": True}, 1, {}),
            ({"min_calib_range": -3.0, "max_calib_range": 0.5}, 3, _QUANTUM),
            ({"min_calib_range": -1.0, "max_calib_range": 0.5}, 3, {}),
        )
    ],
]  # fmt: skip


def _drawing(name: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape = draw.shape(1, 4)
        kinds = ["int8", "int8"] if name == "mul" else [draw.choice(("int8", "uint8")) for _ in range(2)]
        ends = _ends(*(end for _ in range(2) for end in (-draw.number(0.2, 2), draw.number(0.2, 3))))
        attrs: dict[str, Any] = {}
        if draw.flag() or kinds[0] != kinds[1]:
            attrs = {"min_calib_range": -draw.number(2, 5), "max_calib_range": draw.number(2, 5)}
        if name == "mul" and draw.flag(0.3):
            attrs["enable_float_output"] = True
        limits = {"int8": (-128, 128), "uint8": (0, 256)}
        data = tuple(draw.data(shape, kind, *limits[kind], also=("ties", "extreme")) for kind in kinds)
        floats = "enable_float_output" in attrs
        bound = {} if floats else _QUANTUM if attrs else _INTEGERS
        return Case(f"_contrib_quantized_elemwise_{name}", data + ends, attrs, outputs=1 if floats else 3, **bound)

    return draw_case


def _draw_act(draw: Draw) -> Case:
    kind = draw.choice(("int8", "uint8"))
    data = draw.data(draw.shape(1, 4), kind, *((-128, 128) if kind == "int8" else (0, 256)), also=("ties", "extreme"))
    return Case("_contrib_quantized_act", (data, *_ends(-1, draw.number(0.2, 3))), {"act_type": "relu"}, outputs=3)


GENERATORS = {
    "_contrib_quantized_act": _draw_act,
    **{f"_contrib_quantized_elemwise_{name}": _drawing(name) for name in ("add", "mul")},
}
