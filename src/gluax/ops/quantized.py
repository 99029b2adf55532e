"""Layers on quantized arrays: convolution, dense, pooling, concatenation, addition and the like.

Every 8-bit array comes with the two ends of its range, float32 of shape (1,), and so does every result.
"""

from __future__ import annotations

import math
from typing import Literal

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, OperatorError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._int8 import (
    FULL,
    INT32,
    RANGE_NAMES,
    WHOLE,
    Ranged,
    integer_convolution,
    integer_dense,
    one,
    quanta,
    require_8_bits,
    saturate,
    widest,
    with_range_types,
    with_ranges,
)
from gluax.ops._windows import is_channels_last, make_window
from gluax.ops.batch_norm import check_axis
from gluax.ops.convolution import convolution_shapes
from gluax.ops.dense import dense_shapes
from gluax.ops.joining import joined_shapes
from gluax.ops.operator import Attrs
from gluax.ops.pooling import pooling
from gluax.ops.registry import operator
from gluax.ops.reshape import flatten_shapes
from gluax.ops.rules import Shapes, Types

_KEPT_TYPE = with_range_types(1, lambda ins, attrs: ins[0])


def _layer_arrays(attrs: Attrs) -> int:
    return 2 if attrs.no_bias else 3


_LAYER_TYPES = with_range_types(_layer_arrays, lambda ins, attrs: "int32", (None, "int8"))


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
    output_names=RANGE_NAMES,
    shapes=with_ranges(_layer_arrays, convolution_shapes),
    types=_LAYER_TYPES,
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
    and the range counts 127 quanta for uint8 data too. MXNet takes an int8 bias only; this one may be int32.
    """
    require_8_bits("quantized_conv", data, weight)
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
    output_names=RANGE_NAMES,
    shapes=with_ranges(_layer_arrays, dense_shapes),
    types=_LAYER_TYPES,
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
    require_8_bits("quantized_fully_connected", data, weight)
    bias, spans = (None, rest) if no_bias else (rest[0], rest[1:])
    if weight.shape[0] != num_hidden:
        raise ShapeError(f"quantized_fully_connected: expected {num_hidden} rows, got weight {weight.shape}")
    out = integer_dense(data.reshape(data.shape[0], -1) if flatten else data, weight)
    if bias is not None:
        per_unit = quanta(data.dtype.name, spans[0], spans[1]) * quanta("int8", spans[2], spans[3])
        factor = per_unit * widest(*spans[4:6]) / FULL["int8"]
        out += jnp.trunc(bias.astype(jnp.float32) * factor).astype(jnp.int32)
    return out, *_product_range(widest(*spans[:2]), widest(*spans[2:4]), data.dtype.name)


@operator(
    "_contrib_quantized_flatten",
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=with_ranges(1, flatten_shapes),
    types=_KEPT_TYPE,
)
def quantized_flatten(data: jax.Array, min_data: jax.Array, max_data: jax.Array) -> Ranged:
    """8-bit data (N, ...) as (N, K), with its range."""
    return data.reshape(data.shape[0], -1), min_data, max_data


@operator(
    "_contrib_quantized_pooling",
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=with_ranges(1),
    types=_KEPT_TYPE,
    hints=("cudnn_off",),
)
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
    require_8_bits("quantized_pooling", data)
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


def _joined_type(ins: Types, attrs: Attrs) -> str | None:
    joined = ins[: attrs.num_args]
    return None if None in joined else "int8" if "int8" in joined else joined[0]


def _concat_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return joined_shapes(ins, outs, attrs.dim)


@operator(
    "_contrib_quantized_concat",
    inputs=_concat_names,
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=with_ranges(lambda attrs: attrs.num_args, _concat_shapes),
    types=with_range_types(lambda attrs: attrs.num_args, _joined_type, ("uint8",)),
)
def quantized_concat(*data: jax.Array, num_args: int, dim: int = 1) -> Ranged:
    """Concatenation of 8-bit arrays brought to the widest of their ranges; int8 if one of them is."""
    arrays, ends = data[:num_args], data[num_args:]
    require_8_bits("quantized_concat", *arrays)
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


@operator(
    "_contrib_quantized_embedding",
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=lambda ins, outs, attrs: ([ins[0], (attrs.input_dim, attrs.output_dim), (1,), (1,)], outs),
    types=lambda ins, attrs: ([ins[0], "int8", "float32", "float32"], ["int8", "float32", "float32"]),
    hints=("dtype", "sparse_grad"),
)
def quantized_embedding(
    data: jax.Array,
    weight: jax.Array,
    min_weight: jax.Array,
    max_weight: jax.Array,
    *,
    input_dim: int,
    output_dim: int,
) -> Ranged:
    """Rows of the int8 weight (input_dim, output_dim) for the indices in data, with the weight's range.

    Indices are truncated; those out of range take the nearest row.
    """
    if weight.shape != (input_dim, output_dim):
        raise ShapeError(f"quantized_embedding: expected weight {(input_dim, output_dim)}, got {weight.shape}")
    rows = jnp.clip(data.astype(jnp.int32), 0, input_dim - 1)
    return weight[rows], min_weight, max_weight


def _norm_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = ins[0]
    each = (-1,) if data is None else (data[check_axis(attrs.axis, len(data))],)
    return [data, *[each] * 4, (1,), (1,)], [data, (1,), (1,)]


@operator(
    "_contrib_quantized_batch_norm",
    aux=("moving_mean", "moving_var"),
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=_norm_shapes,
    types=lambda ins, attrs: ([ins[0], *["float32"] * 6], ["int8", "float32", "float32"]),
    hints=("momentum", "fix_gamma", "use_global_stats", "output_mean_var", "cudnn_off"),
)
def quantized_batch_norm(
    data: jax.Array,
    gamma: jax.Array,
    beta: jax.Array,
    moving_mean: jax.Array,
    moving_var: jax.Array,
    min_data: jax.Array,
    max_data: jax.Array,
    *,
    eps: float = 0.0010000000474974513,
    axis: int = 1,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[jax.Array, ...]:
    """BatchNorm of 8-bit data by the moving statistics: int8 of the calibrated range, which it needs.

    As in MXNet gamma counts even with fix_gamma, uint8 data lose their last bit first, and eps enters the slope
    twice: MXNet normalizes what has variance 1 already once more.
    """
    if min_calib_range is None or max_calib_range is None:
        raise ArgumentError("quantized_batch_norm needs min_calib_range and max_calib_range: calibrate the model")
    axis = check_axis(axis, data.ndim)
    along = tuple(-1 if i == axis else 1 for i in range(data.ndim))
    whole = data.astype(jnp.float32)
    if data.dtype == jnp.uint8:
        whole = jnp.minimum(jnp.round(whole * (FULL["int8"] / FULL["uint8"])), 127)
    low, high = one(min_calib_range), one(max_calib_range)
    scale = gamma / jnp.sqrt(moving_var + eps)
    per_unit = quanta("int8", low, high)
    factor = scale / math.sqrt(1 + eps) * (widest(min_data, max_data) / FULL["int8"] * per_unit)
    offset = (beta - moving_mean * scale) * per_unit
    out = saturate(whole * factor.reshape(along) + offset.reshape(along), "int8")
    return out, low, high, moving_mean, moving_var
