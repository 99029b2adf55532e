"""Layers on quantized arrays: convolution, dense, pooling, concatenation, addition and the like.

Every 8-bit array comes with the two ends of its range, float32 of shape (1,), and so does every result.
"""

from __future__ import annotations

import math
from typing import Literal

import jax
import jax.numpy as jnp

from gluax.errors import OperatorError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._int8 import (
    FULL,
    INT32,
    WHOLE,
    Ranged,
    integer_convolution,
    integer_dense,
    one,
    quanta,
    saturate,
    widest,
)
from gluax.ops._windows import is_channels_last, make_window
from gluax.ops.operator import Attrs
from gluax.ops.pooling import pooling
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes

_RANGE_NAMES = ("output", "min_output", "max_output")


def _int32_type(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    return ins, ["int32", "float32", "float32"]


def _kept_type(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    return ins, [ins[0], "float32", "float32"]


def _layer_inputs(attrs: Attrs, count: int | None = None) -> tuple[str, ...]:
    names = ("data", "weight") if attrs.no_bias else ("data", "weight", "bias")
    return (*names, *(f"{end}_{name}" for name in names for end in ("min", "max")))


def _product_range(span: jax.Array, weight_span: jax.Array, dtype: str) -> tuple[jax.Array, jax.Array]:
    end = one(INT32 * span / WHOLE[dtype] * weight_span / WHOLE["int8"])
    return -end, end


@operator(
    "_contrib_quantized_conv",
    inputs=_layer_inputs,
    outputs=3,
    output_names=_RANGE_NAMES,
    types=_int32_type,
    hints=("workspace", "cudnn_tune", "cudnn_off"),
)
def quantized_conv(
    data: jax.Array,
    weight: jax.Array,
    *rest: jax.Array,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    no_bias: bool = False,
    layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None,
) -> Ranged:
    """Convolution of 8-bit data and weight: int32 and the range its largest integer stands for.

    As in MXNet's CPU code the bias is added as the integers it is given as, without regard to its range,
    and the range counts 127 quanta for uint8 data too.
    """
    bias, spans = (None, rest) if no_bias else (rest[0], rest[1:])
    window = make_window(kernel, stride, dilate, pad)
    last = is_channels_last(layout, window.rank)
    if weight.shape[0] != num_filter:
        raise ShapeError(f"quantized_conv: expected {num_filter} filters, got weight {weight.shape}")
    out = integer_convolution(data, weight, window, num_group, last)
    if bias is not None:
        out += bias.astype(jnp.int32) if last else bias.astype(jnp.int32).reshape(-1, *(1,) * window.rank)
    return out, *_product_range(widest(*spans[:2]), widest(*spans[2:4]), "int8")


@operator(
    "_contrib_quantized_fully_connected",
    inputs=_layer_inputs,
    outputs=3,
    output_names=_RANGE_NAMES,
    types=_int32_type,
)
def quantized_fully_connected(
    data: jax.Array,
    weight: jax.Array,
    *rest: jax.Array,
    num_hidden: int,
    no_bias: bool = False,
    flatten: bool = True,
) -> Ranged:
    """Dense layer of 8-bit data and weight (num_hidden, K): int32 and the range its largest integer stands for.

    The bias is rescaled to the quanta of the product and truncated.
    """
    bias, spans = (None, rest) if no_bias else (rest[0], rest[1:])
    if weight.shape[0] != num_hidden:
        raise ShapeError(f"quantized_fully_connected: expected {num_hidden} rows, got weight {weight.shape}")
    out = integer_dense(data.reshape(data.shape[0], -1) if flatten else data, weight)
    if bias is not None:
        per_unit = quanta(data.dtype.name, spans[0], spans[1]) * quanta("int8", spans[2], spans[3])
        factor = per_unit * widest(*spans[4:6]) / FULL["int8"]
        out += jnp.trunc(bias.astype(jnp.float32) * factor).astype(jnp.int32)
    return out, *_product_range(widest(*spans[:2]), widest(*spans[2:4]), data.dtype.name)


@operator("_contrib_quantized_flatten", outputs=3, output_names=_RANGE_NAMES, types=_kept_type)
def quantized_flatten(data: jax.Array, min_data: jax.Array, max_data: jax.Array) -> Ranged:
    """8-bit data (N, ...) as (N, K), with its range."""
    return data.reshape(data.shape[0], -1), min_data, max_data


@operator("_contrib_quantized_act", outputs=3, output_names=_RANGE_NAMES, types=_kept_type)
def quantized_act(
    data: jax.Array,
    min_data: jax.Array,
    max_data: jax.Array,
    *,
    act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"],
) -> Ranged:
    """relu of 8-bit data, the only kind MXNet has; the range stays."""
    if act_type != "relu":
        raise OperatorError(f"quantized_act: expected act_type relu, got {act_type}; dequantize for the others")
    return jnp.maximum(data, 0), min_data, max_data


@operator("_contrib_quantized_pooling", outputs=3, output_names=_RANGE_NAMES, types=_kept_type, hints=("cudnn_off",))
def quantized_pooling(
    data: jax.Array,
    min_data: jax.Array,
    max_data: jax.Array,
    *,
    kernel: Shape = (),
    pool_type: Literal["max", "avg", "sum", "lp"] = "max",
    global_pool: bool = False,
    pooling_convention: Literal["valid", "full", "same"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Literal["NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC"] | None = None,
) -> Ranged:
    """max or avg Pooling of 8-bit data, means rounded half to even; the range stays.

    Unlike Pooling, unless count_include_pad is False a mean divides by the whole kernel, even where
    pooling_convention="full" lets it reach past the padding.
    """
    if pool_type not in ("max", "avg"):
        raise OperatorError(f"quantized_pooling: expected pool_type max or avg, got {pool_type}")
    by_kernel = pool_type == "avg" and not global_pool and count_include_pad is not False
    pooled = pooling(
        data.astype(jnp.float32),
        kernel=kernel,
        pool_type="sum" if by_kernel else pool_type,
        global_pool=global_pool,
        pooling_convention=pooling_convention,
        stride=stride,
        pad=pad,
        count_include_pad=count_include_pad,
        layout=layout,
    )
    values = pooled[0] if isinstance(pooled, tuple) else pooled
    if by_kernel:
        values = values / math.prod(kernel)
    return saturate(values, data.dtype.name), min_data, max_data


def _concat_names(attrs: Attrs, count: int | None) -> tuple[str, ...]:
    number = attrs.num_args if count is None else count // 3
    ends = [f"arg{i}_{end}" for i in range(number) for end in ("min", "max")]
    return (*(f"arg{i}" for i in range(number)), *ends)


def _joined_type(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    joined = ins[: attrs.num_args]
    if None in joined:
        return ins, [None, "float32", "float32"]
    return ins, ["int8" if "int8" in joined else joined[0], "float32", "float32"]


def _concat_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    ranges = len(ins) - attrs.num_args
    return [*ins[: attrs.num_args], *[(1,)] * ranges], outs


@operator(
    "_contrib_quantized_concat",
    inputs=_concat_names,
    outputs=3,
    output_names=_RANGE_NAMES,
    shapes=_concat_shapes,
    types=_joined_type,
)
def quantized_concat(*data: jax.Array, num_args: int, dim: int = 1) -> Ranged:
    """Concatenation of 8-bit arrays brought to the widest of their ranges; int8 if one of them is."""
    arrays, ends = data[:num_args], data[num_args:]
    lows, highs = ends[0::2], ends[1::2]
    low, high = jnp.min(jnp.stack(lows), 0), jnp.max(jnp.stack(highs), 0)
    dtype = "int8" if any(array.dtype == jnp.int8 for array in arrays) else "uint8"
    scale = quanta(dtype, low, high)

    def rescale(array: jax.Array, first: jax.Array, last: jax.Array) -> jax.Array:
        own = widest(first, last) / FULL[array.dtype.name]
        moved = saturate(array.astype(jnp.float32) * (own * scale), dtype)
        same = (widest(first, last) == widest(low, high)) & (array.dtype.name == dtype)
        return jnp.where(same, array.astype(dtype), moved)

    return jnp.concatenate([rescale(*each) for each in zip(arrays, lows, highs)], dim), one(low), one(high)


def _addition_type(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    if attrs.min_calib_range is None:
        return ins, ["int32", "float32", "float32"]
    return _joined_type(ins, Attrs({"num_args": 2}))


def _addition_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return [*ins[:2], *[(1,)] * 4], outs


@operator(
    "_contrib_quantized_elemwise_add",
    outputs=3,
    output_names=_RANGE_NAMES,
    shapes=_addition_shapes,
    types=_addition_type,
)
def quantized_elemwise_add(
    lhs: jax.Array,
    rhs: jax.Array,
    lhs_min: jax.Array,
    lhs_max: jax.Array,
    rhs_min: jax.Array,
    rhs_max: jax.Array,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Ranged:
    """Sum of 8-bit arrays of one shape: 8-bit of the calibrated range, or int32 of the sum of both ranges.

    MXNet's int32 sum of uint8 and int8 loses the uint8 one; this keeps it.
    """
    left, right = widest(lhs_min, lhs_max), widest(rhs_min, rhs_max)
    if min_calib_range is not None and max_calib_range is not None:
        dtype = "int8" if jnp.int8 in (lhs.dtype, rhs.dtype) else "uint8"
        low, high = one(min_calib_range), one(max_calib_range)
        scale = quanta(dtype, low, high)
    else:
        dtype, low, high = "int32", one(-left - right), one(left + right)
        scale = INT32 / (left + right)
    first = lhs.astype(jnp.float32) * (left / FULL[lhs.dtype.name] * scale)
    second = rhs.astype(jnp.float32) * (right / FULL[rhs.dtype.name] * scale)
    return saturate(first + second, dtype), low, high
