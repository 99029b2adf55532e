"""Deformable convolution: each tap of the kernel reads where an offset map sends it."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._windows import Window, make_window
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes

Layout = Literal["NCW", "NCHW", "NCDHW"]


def _inputs(*first: str):
    def names(attrs: Attrs) -> tuple[str, ...]:
        return (*first, "weight") if attrs.no_bias else (*first, "weight", "bias")

    return names


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, maps, rest = ins[0], ins[1 : len(ins) - (1 if attrs.no_bias else 2)], ins[-1 if attrs.no_bias else -2 :]
    if data is None or len(data) != 4:
        return ins, outs
    window = make_window(attrs.kernel, attrs.stride, attrs.dilate, attrs.pad)
    taps = window.kernel[0] * window.kernel[1] * attrs.num_deformable_group
    sizes = window.sizes(data[2:])
    channels = -1 if data[1] < 0 else data[1] // attrs.num_group
    own = ((attrs.num_filter, channels, *window.kernel), (attrs.num_filter,))
    known = [(data[0], taps * per_tap, *sizes) for per_tap in (2, 1)]
    maps = [merge_shapes(shape, guess) for shape, guess in zip(maps, known)]
    rest = [merge_shapes(shape, guess) for shape, guess in zip(rest, own)]
    return [data, *maps, *rest], [(data[0], attrs.num_filter, *sizes)]


def _positions(offset: jax.Array, window: Window, groups: int) -> tuple[jax.Array, jax.Array]:
    """Rows and columns (N, groups, taps, H', W') that the taps read: their regular places plus the offsets."""
    batch, _, height, width = offset.shape
    kernel_height, kernel_width = window.kernel
    shifts = offset.reshape(batch, groups, kernel_height * kernel_width, 2, height, width)

    def regular(axis: int, taps: jax.Array, size: int) -> jax.Array:
        start = jnp.arange(size, dtype=offset.dtype) * window.stride[axis] - window.pad[axis]
        return taps[:, None] * window.dilate[axis] + start

    rows = regular(0, jnp.repeat(jnp.arange(kernel_height, dtype=offset.dtype), kernel_width), height)
    columns = regular(1, jnp.tile(jnp.arange(kernel_width, dtype=offset.dtype), kernel_height), width)
    return shifts[:, :, :, 0] + rows[:, :, None], shifts[:, :, :, 1] + columns[:, None]


def _read(data: jax.Array, rows: jax.Array, columns: jax.Array, *, fading: bool) -> jax.Array:
    """Bilinear samples (N, G, taps, H', W', C / G) of data (N, C, H, W), one G-th of the channels per group.

    fading: outside is zero, and samples up to one pixel outside blend into it. Otherwise samples outside
    are zero and those beyond the last pixel's centre are that pixel.
    """
    batch, channels, height, width = data.shape
    groups = rows.shape[1]
    flat = data.reshape(batch, groups, channels // groups, height * width).swapaxes(2, 3)
    top, left = (jax.lax.stop_gradient(jnp.floor(at)) for at in (rows, columns))
    low = -1 if fading else 0
    inside = (rows > low) & (columns > low) if fading else (rows >= low) & (columns >= low)
    inside &= (rows < height) & (columns < width)
    total = jnp.zeros((*rows.shape, channels // groups), data.dtype)
    for row, row_weight in ((top, 1 - (rows - top)), (top + 1, rows - top)):
        for column, weight in ((left, 1 - (columns - left)), (left + 1, columns - left)):
            valid = inside
            if fading:
                valid = inside & (row >= 0) & (row < height) & (column >= 0) & (column < width)
            place = jnp.clip(row, 0, height - 1) * width + jnp.clip(column, 0, width - 1)
            place = jnp.where(inside, place, 0).astype(jnp.int32).reshape(batch, groups, -1, 1)
            values = jnp.take_along_axis(flat, place, axis=2, mode="promise_in_bounds").reshape(total.shape)
            total += values * jnp.where(valid, row_weight * weight, 0)[..., None]
    return total


def _convolve(taps: jax.Array, weight: jax.Array, bias: jax.Array | None, groups: int) -> jax.Array:
    """Contract taps (N, G, taps, H', W', C / G) with weight (O, C / groups, *kernel): (N, O, H', W')."""
    batch, _, count, height, width, _ = taps.shape
    ordered = taps.transpose(0, 1, 5, 2, 3, 4).reshape(batch, groups, -1, count, height, width)
    filters = weight.reshape(groups, -1, weight.shape[1], count)
    out = jnp.einsum("ngckhw,gock->ngohw", ordered, filters, precision="highest")
    out = out.reshape(batch, -1, height, width)
    return out if bias is None else out + bias[:, None, None]


def _check(data: jax.Array, offset: jax.Array, weight: jax.Array, window: Window, groups: int, parts: int) -> None:
    if data.ndim != 4 or window.rank != 2:
        raise ShapeError(f"expected data (N, C, H, W) and a kernel of two sizes, got {data.shape} and {window.kernel}")
    window.check_fits(data.shape[2:])
    taps = window.kernel[0] * window.kernel[1]
    expected = (data.shape[0], 2 * taps * parts, *window.sizes(data.shape[2:]))
    if offset.shape != expected:
        raise ShapeError(f"expected offset {expected}: 2 for each of {taps} taps, {parts} groups; got {offset.shape}")
    if data.shape[1] % groups or data.shape[1] % parts or weight.shape[1] != data.shape[1] // groups:
        raise ShapeError(f"{data.shape[1]} channels do not fit weight {weight.shape}, {groups} and {parts} groups")


@operator(
    "_contrib_DeformableConvolution",
    inputs=_inputs("data", "offset"),
    shapes=_shapes,
    hints=("workspace",),
)
def deformable_convolution(
    data: jax.Array,
    offset: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    no_bias: bool = False,
    layout: Layout | None = None,
) -> jax.Array:
    """2-D convolution of data (N, C, H, W) whose taps are moved by offset (N, 2 * taps * groups, H', W'), y then x.

    Taps that leave the data read 0; between the last pixel's centre and its edge they read that pixel.
    """
    window = make_window(kernel, stride, dilate, pad)
    _check(data, offset, weight, window, num_group, num_deformable_group)
    taps = _read(data, *_positions(offset, window, num_deformable_group), fading=False)
    return _convolve(taps, weight, bias, num_group)


@operator(
    "_contrib_ModulatedDeformableConvolution",
    inputs=_inputs("data", "offset", "mask"),
    shapes=_shapes,
    hints=("workspace",),
)
def modulated_deformable_convolution(
    data: jax.Array,
    offset: jax.Array,
    mask: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    no_bias: bool = False,
    im2col_step: int = 64,
    layout: Layout | None = None,
) -> jax.Array:
    """Deformable convolution whose taps are also weighed by mask (N, taps * groups, H', W').

    Taps fade to 0 over one pixel around the data. im2col_step, how many samples MXNet works on at a time,
    changes nothing.
    """
    window = make_window(kernel, stride, dilate, pad)
    _check(data, offset, weight, window, num_group, num_deformable_group)
    rows, columns = _positions(offset, window, num_deformable_group)
    if mask.size != rows.size:
        raise ShapeError(f"expected a mask with one channel for two of offset {offset.shape}, got {mask.shape}")
    taps = _read(data, rows, columns, fading=True) * mask.reshape(rows.shape)[..., None]
    return _convolve(taps, weight, bias, num_group)
