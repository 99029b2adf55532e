"""Cases of gluax.ops.quantized, as MXNet runs them with oneDNN, the only way it runs most of them."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In

ONEDNN = True

_DTYPES = {"int8": In((1, 2, 4, 4), "int8", -127, 128), "uint8": In((1, 2, 4, 4), "uint8", 0, 256)}
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
    Case("_contrib_quantized_act", (_DTYPES["int8"], *_ends(-1, 2)), {"act_type": "relu"}, outputs=3),
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
