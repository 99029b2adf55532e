"""Cases of gluax.ops.quantization, as MXNet runs them with oneDNN: by default, and the only way it runs most of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

ONEDNN = True

_SIGNED = In((1, 2, 4, 4), "int8", -127, 128)
_UNSIGNED = In((1, 2, 4, 4), "uint8", 0, 256)
_DTYPES = {"int8": _SIGNED, "uint8": _UNSIGNED}
_CALIBRATED: list[dict[str, Any]] = [
    {},
    {"min_calib_range": -1.0, "max_calib_range": 1.5},
    {"min_calib_range": 0.1, "max_calib_range": 1.5},
]
_FLOATS = In((3, 40), low=-1.3, high=2)
# Halves of quanta, ends of ranges, and beyond.
_TIES = In(values=[-130.0, -127.5, -126.5, -2.5, -0.5, 0.0, 0.5, 1.5, 2.5, 126.5, 127.5, 130.0, 254.5, 255.5, 300.0])
_INT32 = In(values=[-2000000000, -100000, -7, 0, 5, 100000, 123456789, 1900000001], dtype="int32")
_QUANTUM = {"rtol": 0.0, "atol": 1.0, "why": "rounding of a product of float32 scales: one quantum"}
_INTEGERS = {"rtol": 1e-6, "atol": 0.0, "why": "int32 computed in float32"}


def _ends(*values: float) -> tuple[In, ...]:
    return tuple(In(values=[value]) for value in values)


def _layer(op: str, data: In, weight: In, bias: In | None, attrs: dict[str, Any]) -> Case:
    """A layer on data, weight and perhaps bias, with their ranges."""
    inputs = (data, weight) if bias is None else (data, weight, bias)
    ends = _ends(-1.0, 2.0, -0.5, 0.5) + (() if bias is None else _ends(-3.0, 3.0))
    return Case(op, (*inputs, *ends), {**attrs, "no_bias": bias is None}, outputs=3)


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
    *[
        case
        for data in _DTYPES.values()
        for case in (
            Case("_contrib_quantized_flatten", (data, *_ends(-1, 2)), outputs=3),
            *[
                Case("_contrib_quantized_pooling", (data, *_ends(-1, 2)), attrs, outputs=3)
                for attrs in (
                    {"kernel": (2, 2), "stride": (2, 2)},
                    {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)},
                    {"kernel": (3, 3), "pool_type": "avg", "pad": (1, 1)},
                    {"kernel": (3, 3), "pool_type": "avg", "pad": (1, 1), "count_include_pad": False},
                    {"kernel": (3, 2), "pool_type": "avg", "stride": (2, 2), "pooling_convention": "full"},
                    {"kernel": (1, 1), "pool_type": "avg", "global_pool": True},
                )
            ],
        )
    ],
    Case("_contrib_quantized_act", (_SIGNED, *_ends(-1, 2)), {"act_type": "relu"}, outputs=3),
    *[
        Case("_contrib_quantized_concat", (_DTYPES[a], _DTYPES[b], *_ends(-1, 1.0, -2, 2.5)), {"num_args": 2, "dim": 1}, outputs=3, **_QUANTUM)
        for a in _DTYPES
        for b in _DTYPES
    ],
    *[
        Case("_contrib_quantized_elemwise_add", (_DTYPES[a], _DTYPES[b], *_ends(-1, 1, -2, 2.5)), attrs, outputs=3, **bound)
        for a in _DTYPES
        for b in _DTYPES
        for attrs, bound in (({}, _INTEGERS), ({"min_calib_range": -3.0, "max_calib_range": 3.0}, _QUANTUM))
        if attrs or a == b  # MXNet drops the uint8 array from an int32 sum with an int8 one
    ],
    # oneDNN refuses int8 data in these two, and groups.
    _layer("_contrib_quantized_fully_connected", In((3, 7), "uint8", 0, 256), In((4, 7), "int8", -127, 128), In((4,), "int8", -127, 128), {"num_hidden": 4}),
    _layer("_contrib_quantized_fully_connected", In((2, 30, 50), "uint8", 0, 256), In((2, 1500), "int8", -127, 128), None, {"num_hidden": 2}),
    *[
        _layer("_contrib_quantized_conv", In((2, 4, 6, 7), "uint8", 0, 256), In((4, 4, 3, 3), "int8", -127, 128), bias, {"kernel": (3, 3), "num_filter": 4, **attrs})
        for bias in (None, In((4,), "int8", -127, 128))
        for attrs in ({}, {"stride": (2, 2), "pad": (1, 1)}, {"dilate": (2, 2), "pad": (2, 2)})
    ],
    _layer("_contrib_quantized_conv", In((1, 70, 4, 4), "uint8", 200, 256), In((3, 70, 3, 3), "int8", 100, 128), None, {"kernel": (3, 3), "num_filter": 3}),
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [
        Case(
            "_contrib_quantize_v2",
            (
                In(
                    tuple(int(n) for n in random.randint(1, 6, 3)),
                    low=-float(random.rand()),
                    high=float(random.rand()) * 3,
                ),
            ),
            {"out_type": str(random.choice(["int8", "uint8", "auto"]))},
            outputs=3,
            **_QUANTUM,
        )
        for _ in range(6)
    ]
