"""Convolution, its predecessor Convolution_v1, and the form that the layout pass makes of it."""

from __future__ import annotations

from typing import Literal

import jax

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating
from gluax.ops._conv_forms import convolve, convolve_channels_last
from gluax.ops._windows import (
    Window,
    check_rank,
    is_channels_last,
    join_shape,
    make_window,
    split_shape,
)
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes, one_type

HINTS = ("workspace", "cudnn_tune", "cudnn_off")


def bias_inputs(attrs: Attrs) -> tuple[str, ...]:
    """Inputs of a layer whose bias can be left out."""
    return ("data", "weight") if attrs.no_bias else ("data", "weight", "bias")


def check_groups(channels: int, num_filter: int, num_group: int) -> None:
    """Raise unless both channel counts are multiples of the group count; unknown ones (-1) pass."""
    if num_filter < 1 or num_group < 1:
        raise ArgumentError(f"num_filter {num_filter} and num_group {num_group}: expected at least 1")
    if channels > 0 and channels % num_group:
        raise ShapeError(f"{channels} input channels cannot be split into num_group={num_group} groups")
    if num_filter % num_group:
        raise ShapeError(f"num_filter={num_filter} filters cannot be split into num_group={num_group} groups")


def check_weight(weight: jax.Array, expected: Shape) -> None:
    """Raise `ShapeError` unless the weight has the shape its layer expects."""
    if weight.shape != expected:
        raise ShapeError(f"expected weight of shape {expected}, got {weight.shape}")


def add_bias(out: jax.Array, bias: jax.Array | None, num_filter: int, channels_last: bool) -> jax.Array:
    """Add one number per channel.

    Raises:
      ShapeError: when there is not one number per filter.
    """
    if bias is None:
        return out
    if bias.shape != (num_filter,):
        raise ShapeError(f"expected bias of shape {(num_filter,)}, got {bias.shape}")
    return out + bias.reshape(bias.shape if channels_last else (num_filter, *(1,) * (out.ndim - 2)))


def _window(attrs: Attrs) -> tuple[Window, bool]:
    window = make_window(attrs.kernel, attrs.stride, attrs.dilate, attrs.pad)
    return window, is_channels_last(attrs.layout, window.rank)


def convolution_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Weight and bias from data, the output from data, and data from the output where strides are 1."""
    window, last = _window(attrs)
    data, weight, *bias = ins
    if bias:
        bias = [merge_shapes(bias[0], (attrs.num_filter,))]
    if data is None:
        return [data, weight, *bias], outs
    check_rank(data, window.rank)
    batch, channels, spatial = split_shape(data, last)
    check_groups(channels, attrs.num_filter, attrs.num_group)
    window.check_fits(spatial)
    inputs = channels // attrs.num_group if channels >= 0 else -1
    expected = (attrs.num_filter, *window.kernel, inputs) if last else (attrs.num_filter, inputs, *window.kernel)
    out = merge_shapes(outs[0], join_shape(batch, attrs.num_filter, window.sizes(spatial), last))
    data = merge_shapes(data, _data_from_output(out, window, last))
    return [data, merge_shapes(weight, expected), *bias], [out]


def _data_from_output(out: PartialShape, window: Window, last: bool) -> PartialShape:
    """What the output's shape says about the data's: the batch, and sizes along axes of stride 1."""
    assert out is not None
    batch, _, sizes = split_shape(out, last)
    found = [
        size + e - 1 - 2 * p if size >= 0 and s == 1 else -1
        for size, e, p, s in zip(sizes, window.extent, window.pad, window.stride)
    ]
    return join_shape(batch, -1, found, last)


def check_data(data: jax.Array, window: Window, num_filter: int, num_group: int, last: bool) -> int:
    """Check data, and return how many channels a filter sees."""
    require_floating(data, "Convolution")
    check_rank(data.shape, window.rank)
    _, channels, spatial = split_shape(data.shape, last)
    check_groups(channels, num_filter, num_group)
    window.check_fits(spatial)
    return channels // num_group


@operator("Convolution_v1", inputs=bias_inputs, shapes=convolution_shapes, hints=HINTS)
@operator(
    "Convolution",
    aliases=("_npx_convolution",),
    inputs=bias_inputs,
    shapes=convolution_shapes,
    types=one_type,
    hints=HINTS,
)
def convolution(
    data: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    no_bias: bool = False,
    layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None,
) -> jax.Array:
    """Convolution over 1, 2 or 3 spatial axes.

    data (N, C, *spatial), weight (num_filter, C / num_group, *kernel), bias (num_filter,) ->
    (N, num_filter, *out). In channels-last layouts (which MXNet runs on GPU only) data is
    (N, *spatial, C) and weight (num_filter, *kernel, C / num_group).
    """
    window = make_window(kernel, stride, dilate, pad)
    last = is_channels_last(layout, window.rank)
    inputs = check_data(data, window, num_filter, num_group, last)
    check_weight(weight, (num_filter, *window.kernel, inputs) if last else (num_filter, inputs, *window.kernel))
    return add_bias(convolve(data, weight, window, num_group, last), bias, num_filter, last)


def _channels_last_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """As `convolution_shapes`, without the weight's, which comes from other nodes."""
    data = ins[0]
    if data is None:
        return ins, outs
    window = make_window(attrs.kernel, attrs.stride, attrs.dilate, attrs.pad)
    out = merge_shapes(outs[0], (data[0], *window.sizes(data[1:-1]), attrs.num_filter))
    return [merge_shapes(data, _data_from_output(out, window, True)), *ins[1:]], [out]


@operator("_gluax_convolution", shapes=_channels_last_shapes)
def convolution_channels_last(
    data: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    filters_first: bool = False,
) -> jax.Array:
    """Convolution of data (N, *spatial, C) with weight (*kernel, C / num_group, O) and bias (O,) -> (N, *out, O).

    O is num_filter; with `filters_first` weight is (O, *kernel, C / num_group). It exists only in rewritten graphs.
    """
    window = make_window(kernel, stride, dilate, pad)
    inputs = check_data(data, window, num_filter, num_group, True)
    if filters_first:
        check_weight(weight, (num_filter, *window.kernel, inputs))
        out = convolve(data, weight, window, num_group, channels_last=True)
    else:
        check_weight(weight, (*window.kernel, inputs, num_filter))
        out = convolve_channels_last(data, weight, window, num_group)
    return add_bias(out, bias, num_filter, True)
