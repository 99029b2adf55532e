"""Cases of gluax.ops.quantization, as MXNet runs them with oneDNN: by default, and the only way it runs most of them."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

ONEDNN = True

_DTYPES = {"int8": In((1, 2, 4, 4), "int8", -127, 128), "uint8": In((1, 2, 4, 4), "uint8", 0, 256)}
_CALIBRATED: list[dict[str, Any]] = [
    {},
    {"min_calib_range": -1.0, "max_calib_range": 1.5},
    {"min_calib_range": 0.1, "max_calib_range": 1.5},
]
_FLOATS = In((3, 40), low=-1.3, high=2)
# Halves of quanta, ends of ranges, and beyond.
_TIES = In(values=[-130.0, -127.5, -126.5, -2.5, -0.5, 0.0, 0.5, 1.5, 2.5, 126.5, 127.5, 130.0, 254.5, 255.5, 300.0])
_INT32 = In(values=[-2000000000, -100000, -7, 0, 5, 100000, 123456789, 1900000001], dtype="int32")


def _ends(*values: float) -> tuple[In, ...]:
    return tuple(In(values=[value]) for value in values)


CASES = [
    *[
        Case("_contrib_quantize_v2", (_FLOATS,), {"out_type": kind, **calibrated}, outputs=3)
        for kind in ("int8", "uint8", "auto")
        for calibrated in _CALIBRATED
    ],
    *[
        Case("_contrib_quantize_v2", (_TIES,), {"out_type": kind, "min_calib_range": 0.0, "max_calib_range": end}, outputs=3)
        for kind, end in (("int8", 127.5), ("uint8", 255.5))
    ],
    Case("_contrib_quantize_v2", (In((2, 5), low=0.5, high=1),), {"out_type": "auto"}, outputs=3),
    *[
        Case("_contrib_quantize", (_FLOATS, *_ends(low, 2.0)), {"out_type": kind}, outputs=3)
        for kind in ("int8", "uint8")
        for low in (-1.0, -3.0, 0.0)
    ],
    *[Case("_contrib_dequantize", (data, *_ends(*ends))) for data in _DTYPES.values() for ends in ((-1, 2), (0.5, 2), (-3, 1))],
    *[
        Case("_contrib_requantize", (_INT32, *_ends(-1.0, 2.0)), {"out_type": kind, **calibrated}, outputs=3)
        for kind in ("int8", "uint8", "auto")
        for calibrated in ({}, {"min_calib_range": -1e-4, "max_calib_range": 1e-4}, {"min_calib_range": 0.0, "max_calib_range": 2e-4})
    ],
]  # fmt: skip


def _draw_range(draw: Draw) -> tuple[float, float]:
    return draw.choice(((-draw.number(0.1, 2), draw.number(0.1, 3)), (0.0, draw.number(0.1, 3))))


def _calibrated(draw: Draw) -> dict[str, Any]:
    low, high = _draw_range(draw)
    return {"min_calib_range": low, "max_calib_range": high} if draw.flag(0.6) else {}


def _draw_quantize_v2(draw: Draw) -> Case:
    kind = draw.choice(("float32", "float32", "float32", "int8", "uint8"))
    attrs = {**draw.given(out_type=draw.choice(("auto", "int8", "uint8"))), **_calibrated(draw)}
    if kind != "float32":
        attrs["out_type"] = kind  # MXNet gives other types back with the bits of the data
    return Case("_contrib_quantize_v2", (_draw_data(draw, kind),), attrs, outputs=3)


def _draw_data(draw: Draw, dtype: str) -> In:
    low, high = {"float32": (-draw.number(0.1, 2), draw.number(0.1, 3)), "int8": (-127, 128), "uint8": (0, 256)}[dtype]
    return draw.data(draw.shape(1, 5), dtype, low, high, also=("ties",))


def _draw_quantize(draw: Draw) -> Case:
    attrs = draw.given(out_type=draw.choice(("int8", "uint8")))
    return Case("_contrib_quantize", (_draw_data(draw, "float32"), *_ends(*_draw_range(draw))), attrs, outputs=3)


def _draw_dequantize(draw: Draw) -> Case:
    data = _draw_data(draw, draw.choice(("int8", "uint8")))
    return Case("_contrib_dequantize", (data, *_ends(*_draw_range(draw))), draw.given(out_type="float32"))


def _draw_requantize(draw: Draw) -> Case:
    end = draw.choice((1000, 10**6, 2 * 10**9))
    attrs = {**draw.given(out_type=draw.choice(("auto", "int8", "uint8"))), **_calibrated(draw)}
    data = draw.data(draw.shape(1, 4), "int32", -end, end, also=("ties",) if "min_calib_range" in attrs else ())
    return Case("_contrib_requantize", (data, *_ends(*_draw_range(draw))), attrs, outputs=3)


GENERATORS = {
    "_contrib_quantize_v2": _draw_quantize_v2,
    "_contrib_quantize": _draw_quantize,
    "_contrib_dequantize": _draw_dequantize,
    "_contrib_requantize": _draw_requantize,
}

NOTES = {
    "_contrib_requantize": "Without a calibrated range MXNet makes 127 of data that are all 0; gluax makes 0.",
    "_contrib_quantize_asym": "MXNet 1.9.1 dies of it, however it is called; gluax computes what its documentation says "
    "(tests/test_operators_by_definition.py), with values outside the range cut off.",
}
