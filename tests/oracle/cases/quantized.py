"""Cases of gluax.ops.quantized, as MXNet runs them with oneDNN, the only way it runs most of them."""

from __future__ import annotations

import math
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

ONEDNN = True

# The gold is that of a processor with 8-bit dot products (AVX-512 VNNI). On others oneDNN cuts off sums of two
# products beyond 16 bits and halves the weights of int8 data, so make gold there for none of these cases.
FRESH = False

_DTYPES = {"int8": In((1, 2, 4, 4), "int8", -127, 128), "uint8": In((1, 2, 4, 4), "uint8", 0, 256)}
_QUANTUM = {"rtol": 0.0, "atol": 1.0, "why": "rounding of a product of float32 scales: one quantum"}


def _ends(*values: float) -> tuple[In, ...]:
    return tuple(In(values=[value]) for value in values)


def _layer(op: str, data: In, weight: In, bias: In | None, attrs: dict[str, Any]) -> Case:
    """A layer on data, weight and perhaps bias, with their ranges."""
    inputs = (data, weight) if bias is None else (data, weight, bias)
    ends = _ends(-1.0, 2.0, -0.5, 0.5) + (() if bias is None else _ends(-3.0, 3.0))
    return Case(op, (*inputs, *ends), {**attrs, "no_bias": bias is None}, outputs=3)


def _norm(shape: tuple[int, ...], dtype: str, **attrs: Any) -> Case:
    each = (shape[1],)
    data = In(shape, "int8", -127, 128) if dtype == "int8" else In(shape, "uint8", 0, 256)
    states = (In(each, low=-0.5, high=0.5), In(each, low=0.5, high=1.5))
    inputs = (data, In(each, low=0.5, high=1.5), In(each), *states, *_ends(-1.0, 1.5))
    span = {"min_calib_range": -2.0, "max_calib_range": 2.5}
    return Case("_contrib_quantized_batch_norm", inputs, {**span, **attrs}, outputs=3, aux=(3, 4), **_QUANTUM)


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
    *[
        Case("_contrib_quantized_concat", (_DTYPES[a], _DTYPES[b], *_ends(-1, 1.0, -2, 2.5)), {"num_args": 2, "dim": 1}, outputs=3, **_QUANTUM)
        for a in _DTYPES
        for b in _DTYPES
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
    Case("_contrib_quantized_embedding", (In(values=[[0.0, 2.9], [7.0, -1.0]]), In((4, 3), "int8", -127, 128), *_ends(-1, 2)), {"input_dim": 4, "output_dim": 3}, outputs=3),
    Case("_contrib_quantized_embedding", (In((2, 1, 3), "int32", 0, 5), In((5, 2), "int8", -127, 128), *_ends(-1, 2)), {"input_dim": 5, "output_dim": 2, "dtype": "int8"}, outputs=3),
    *[_norm(_DTYPES[kind].shape, kind, **attrs) for kind in _DTYPES for attrs in ({}, {"fix_gamma": False, "eps": 0.1, "axis": -3})],
    _norm((3, 4), "int8", use_global_stats=True),
]  # fmt: skip


def _draw_ends(draw: Draw, count: int = 1) -> tuple[In, ...]:
    return _ends(*(end for _ in range(count) for end in (-draw.number(0.2, 2), draw.number(0.2, 3))))


def _data(draw: Draw, shape: tuple[int, ...], dtype: str | None = None) -> In:
    dtype = dtype or draw.choice(("int8", "uint8"))
    return draw.data(shape, dtype, *((-127, 128) if dtype == "int8" else (0, 256)), also=("ties",))


def _draw_flatten(draw: Draw) -> Case:
    return Case("_contrib_quantized_flatten", (_data(draw, draw.shape(2, 5)), *_draw_ends(draw)), outputs=3)


def _draw_pooling(draw: Draw) -> Case:
    kernel = (draw.integer(1, 3), draw.integer(1, 3))
    pad = tuple(draw.integer(0, k // 2) for k in kernel)
    size = tuple(max(k - 2 * p, 1) + draw.integer(1, 4) for k, p in zip(kernel, pad))
    attrs = draw.given(
        pool_type=draw.choice(("max", "avg")),
        stride=(draw.integer(1, 3), draw.integer(1, 3)),
        pad=pad,
        pooling_convention=draw.choice(("valid", "full")),
        count_include_pad=draw.flag(),
    )
    attrs |= {"global_pool": True} if draw.flag(0.2) else {}
    data = _data(draw, (draw.integer(1, 3), draw.integer(1, 4), *size))
    return Case("_contrib_quantized_pooling", (data, *_draw_ends(draw)), {"kernel": kernel, **attrs}, outputs=3)


def _draw_concat(draw: Draw) -> Case:
    count, shape = draw.integer(1, 4), draw.shape(2, 4)
    dim = draw.integer(0, len(shape) - 1)
    shapes = [(*shape[:dim], draw.integer(1, 4), *shape[dim + 1 :]) for _ in range(count)]
    inputs = (*(_data(draw, each) for each in shapes), *_draw_ends(draw, count))
    return Case("_contrib_quantized_concat", inputs, {"num_args": count, "dim": dim}, outputs=3, **_QUANTUM)


def _draw_dense(draw: Draw) -> Case:
    batch, units = draw.integer(1, 4), draw.integer(1, 5)
    shape = (batch, *draw.shape(1, 3))
    flatten = len(shape) == 2 or draw.flag()
    width = math.prod(shape[1:]) if flatten else shape[-1]
    bias = _data(draw, (units,), "int8") if draw.flag() else None
    data = In(shape, "uint8", 0, 129)
    attrs = {"num_hidden": units, "flatten": flatten}
    return _layer("_contrib_quantized_fully_connected", data, In((units, width), "int8", -127, 128), bias, attrs)


def _draw_conv(draw: Draw) -> Case:
    kernel, filters, channels = (draw.integer(1, 3), draw.integer(1, 3)), draw.integer(1, 4), draw.integer(1, 4)
    steps: dict[str, Any] = {
        "stride": (draw.integer(1, 2), draw.integer(1, 2)),
        "dilate": (draw.integer(1, 2), draw.integer(1, 2)),
    }
    attrs = draw.given(**steps, pad=(draw.integer(0, 1), draw.integer(0, 1)), layout="NCHW")
    size = tuple(2 * k + draw.integer(0, 3) for k in kernel)
    data = In((draw.integer(1, 2), channels, *size), "uint8", 0, 129)
    weight = In((filters, channels, *kernel), "int8", -127, 128)
    bias = _data(draw, (filters,), "int8") if draw.flag() else None
    return _layer("_contrib_quantized_conv", data, weight, bias, {"kernel": kernel, "num_filter": filters, **attrs})


def _draw_embedding(draw: Draw) -> Case:
    rows, width = draw.integer(1, 6), draw.integer(1, 5)
    index = draw.choice(("float32", "float64", "int32", "int64", "uint8", "int8"))
    low = 0 if index == "uint8" else -2
    inputs = (In(draw.shape(1, 4), index, low, rows + 2), _data(draw, (rows, width), "int8"), *_draw_ends(draw))
    attrs = {"input_dim": rows, "output_dim": width, **draw.given(dtype=draw.choice(("float32", "int8")))}
    return Case("_contrib_quantized_embedding", inputs, attrs, outputs=3)


def _draw_norm(draw: Draw) -> Case:
    attrs = draw.given(
        fix_gamma=draw.flag(), eps=draw.number(0.001, 0.2), use_global_stats=True, momentum=0.5, output_mean_var=True,
        cudnn_off=True,
    )  # fmt: skip
    return _norm(draw.shape(2, 5), draw.choice(("int8", "uint8")), **attrs)


GENERATORS = {
    "_contrib_quantized_flatten": _draw_flatten,
    "_contrib_quantized_pooling": _draw_pooling,
    "_contrib_quantized_concat": _draw_concat,
    "_contrib_quantized_fully_connected": _draw_dense,
    "_contrib_quantized_conv": _draw_conv,
    "_contrib_quantized_embedding": _draw_embedding,
    "_contrib_quantized_batch_norm": _draw_norm,
}

NOTES = {
    "_contrib_quantized_batch_norm": "MXNet's answer changes now and then from one call to the next; such ones do not count.",
}
