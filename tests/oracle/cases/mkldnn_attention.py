"""Cases of gluax.ops.mkldnn_attention: fused nodes with their subgraphs, in float and in 8-bit integers."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In, subgraph_of
from tests.oracle.draw import Draw

ONEDNN = True

NOTES = {
    "_sg_mkldnn_selfatt_qk": "MXNet gives no range with int32 scores (both ends are 0); gluax gives what the largest "
    "integer is worth. A float output beside a calibrated range is garbage in MXNet, and the usual one here. MXNet's gradient of a fused node is 0; gluax differentiates what the node computes. On "
    "processors without 8-bit dot products oneDNN cuts off sums of two products beyond 16 bits, so the cases keep "
    "int8 data within 60.",
    "_sg_mkldnn_selfatt_valatt": "MXNet's gradient of a fused node is 0; gluax differentiates what the node computes.",
}

_CALIBRATED: dict[str, Any] = {"min_calib_range": -1.0, "max_calib_range": 1.5}


def _case(
    name: str, length: int, batch: int, heads: int, size: int, *, quantized: bool, span: tuple[float, float] = (-1.0, 2.0),
    also: tuple[str, ...] = (), **attrs: Any,
) -> Case:  # fmt: skip
    shape, score = (length, batch, heads * 3 * size), (batch * heads, length, length)
    inputs = [In(shape, "int8", -60, 61, also=also) if quantized else In(shape, also=also)]
    ranges = [In(values=[end]) for end in span]
    if name == "valatt":
        inputs.append(In(score, "uint8", 0, 256) if quantized else In(score))
        ranges += [In(values=[0.0]), In(values=[1.0])]
    given: dict[str, Any] = {"heads": heads, **({"quantized": True} if quantized else {}), **attrs}
    nodes = (f"_contrib_interleaved_matmul_selfatt_{name}", {"heads": heads}, ["x", "a"][: len(inputs)])
    whole = quantized and "enable_float_output" not in attrs
    outputs = 3 if whole and not (name == "qk" and "min_calib_range" not in attrs) else 1
    loose = {"rtol": 1e-6, "atol": 1.0, "why": "one quantum: rounding of a product of float32 scales"} if whole else {}
    subgraphs = (subgraph_of(nodes),)
    inputs += ranges if quantized else []
    return Case(f"_sg_mkldnn_selfatt_{name}", tuple(inputs), given, outputs=outputs, subgraphs=subgraphs, **loose)


CASES = [
    case
    for name in ("qk", "valatt")
    for case in (
        _case(name, 4, 2, 2, 3, quantized=False),
        _case(name, 4, 2, 2, 3, quantized=True),
        _case(name, 3, 1, 2, 5, quantized=True, enable_float_output=True),
        _case(name, 5, 2, 1, 4, quantized=True, **_CALIBRATED),
    )
]


def _drawing(name: str):
    def draw_case(draw: Draw) -> Case:
        quantized = draw.flag(0.75)
        attrs: dict[str, Any] = {}
        if quantized:
            ends = {"min_calib_range": -draw.number(0.1, 2), "max_calib_range": draw.number(0.1, 4)}
            attrs = draw.choice(({}, {"enable_float_output": True}, ends))
        return _case(
            name,
            draw.integer(1, 6),
            draw.integer(1, 3),
            draw.integer(1, 3),
            draw.integer(1, 6),
            quantized=quantized,
            span=(-draw.number(0.1, 3), draw.number(0.1, 3)),
            also=("ties",),
            **attrs,
        )

    return draw_case


GENERATORS = {f"_sg_mkldnn_selfatt_{name}": _drawing(name) for name in ("qk", "valatt")}
