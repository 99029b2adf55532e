"""Deconvolution: the transpose of a convolution with respect to its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating
from gluax.ops._deconv_forms import deconvolve
from gluax.ops._windows import (
    Window,
    check_rank,
    is_channels_last,
    join_shape,
    make_window,
    split_shape,
)
from gluax.ops.convolution import HINTS, add_bias, bias_inputs, check_groups, check_weight
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


def output_sizes(window: Window, adj: Shape, target_shape: Shape, spatial: Sequence[int]) -> tuple[Shape, Shape]:
    """Sizes of the output and the padding cut from its low end; -1 where the data's size is unknown.

    A target shape replaces `pad` and `adj`: what is too much is cut on both sides, the odd one at the start.

    Raises:
      ArgumentError, ShapeError
    """
    for name, value in (("adj", adj), ("target_shape", target_shape)):
        if value and len(value) != window.rank:
            raise ArgumentError(f"{name} {value}: expected {window.rank} numbers, one for each axis of the kernel")
    adj = adj or (0,) * window.rank
    whole = [s * (size - 1) + e for s, size, e in zip(window.stride, spatial, window.extent)]
    if any(target_shape):
        sizes = tuple(t if size >= 0 else -1 for t, size in zip(target_shape, spatial))
        cuts = tuple((w - t + 1) // 2 for w, t in zip(whole, target_shape))
        if min(target_shape) < 1 or any(w < t for w, t, size in zip(whole, target_shape, spatial) if size >= 0):
            raise ShapeError(f"target_shape {target_shape}: expected sizes from 1 to {tuple(whole)}")
        return sizes, cuts
    if any(not 0 <= a < s for a, s in zip(adj, window.stride)):
        raise ArgumentError(f"adj {adj}: expected numbers from 0 to one less than stride {window.stride}")
    sizes = tuple(w - 2 * p + a if n >= 0 else -1 for w, p, a, n in zip(whole, window.pad, adj, spatial))
    if any(size < 1 for size, n in zip(sizes, spatial) if n >= 0):
        raise ShapeError(f"pad {window.pad} cuts away all of the output of size {tuple(whole)}; use less padding")
    return sizes, window.pad


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    window = make_window(attrs.kernel, attrs.stride, attrs.dilate, attrs.pad)
    last = is_channels_last(attrs.layout, window.rank)
    data, weight, *bias = ins
    if bias:
        bias = [merge_shapes(bias[0], (attrs.num_filter,))]
    if data is None:
        return [data, weight, *bias], outs
    check_rank(data, window.rank)
    batch, channels, spatial = split_shape(data, last)
    check_groups(channels, attrs.num_filter, attrs.num_group)
    sizes, _ = output_sizes(window, attrs.adj, attrs.target_shape, spatial)
    expected = join_shape(channels, attrs.num_filter // attrs.num_group, window.kernel, last)
    out = merge_shapes(outs[0], join_shape(batch, attrs.num_filter, sizes, last))
    return [data, merge_shapes(weight, expected), *bias], [out]


@operator("Deconvolution", aliases=("_npx_deconvolution",), inputs=bias_inputs, shapes=_shapes, hints=HINTS)
def deconvolution(
    data: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    adj: Shape = (),
    target_shape: Shape = (),
    num_filter: int,
    num_group: int = 1,
    no_bias: bool = True,
    layout: Literal["NCW", "NCHW", "NCDHW", "NHWC", "NDHWC"] | None = None,
) -> jax.Array:
    """Transposed convolution over 1, 2 or 3 spatial axes.

    data (N, C, *spatial), weight (C, num_filter / num_group, *kernel), bias (num_filter,) ->
    (N, num_filter, *out) with out = stride * (size - 1) + kernel - 2 * pad + adj, or `target_shape`,
    which replaces pad and adj. In channels-last layouts (which MXNet runs on GPU only) data is
    (N, *spatial, C) and weight (C, *kernel, num_filter / num_group).
    """
    window = make_window(kernel, stride, dilate, pad)
    last = is_channels_last(layout, window.rank)
    require_floating(data, "Deconvolution")
    check_rank(data.shape, window.rank)
    _, channels, spatial = split_shape(data.shape, last)
    check_groups(channels, num_filter, num_group)
    sizes, cuts = output_sizes(window, adj, target_shape, spatial)
    check_weight(weight, join_shape(channels, num_filter // num_group, window.kernel, last))
    out = deconvolve(data, weight, window, num_group, last, sizes, cuts)
    return add_bias(out, bias, num_filter, last)
