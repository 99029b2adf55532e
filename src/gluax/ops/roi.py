"""Regions of interest: pooling and aligned sampling of a feature map inside boxes."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops.registry import Attrs, operator
from gluax.ops.rules import Shapes

# Regions worked on at a time where each needs the whole feature map.
_REGIONS_AT_ONCE = 16
# Up to this many samples per bin and side are fused into one pass; more go through a loop.
_MOST_UNROLLED = 3


def _check(data: jax.Array, rois: jax.Array, width: int = 5) -> None:
    if data.ndim != 4 or rois.ndim != 2 or rois.shape[1] != width:
        raise ShapeError(f"expected data (N, C, H, W) and rois (R, {width}), got {data.shape} and {rois.shape}")


def _pair(pooled_size: Shape) -> tuple[int, int]:
    if len(pooled_size) != 2 or min(pooled_size) < 1:
        raise ArgumentError(f"pooled_size: expected two positive numbers, got {pooled_size}")
    return pooled_size[0], pooled_size[1]


def _roi_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, rois = ins
    channels = data[1] if data is not None and len(data) == 4 else -1
    return ins, [(rois[0] if rois is not None else -1, channels, *attrs.pooled_size)] * len(outs)


def _round(x: jax.Array) -> jax.Array:
    """Half away from zero."""
    return jnp.trunc(x + jnp.where(x < 0, -0.5, 0.5).astype(x.dtype))


def _bins(start: jax.Array, length: jax.Array, bins: int, size: int, *, whole: bool) -> jax.Array:
    """Which of `size` cells belong to each of `bins` equal parts of [start, start + length): (bins, size).

    `whole` says that start is a whole number; it is then added after rounding.
    """
    # A part's end often lies on a whole number but for rounding, so rounding must be as in plain arithmetic.
    # A zero that the compiler cannot know keeps it from dividing by multiplying and from fusing multiply-adds.
    zero = start * 0
    ends = jnp.arange(bins + 1, dtype=start.dtype) * (length / (bins + zero)) + zero
    if not whole:
        ends = ends + start
    low, high = jnp.floor(ends[:-1]), jnp.ceil(ends[1:])
    cells = jnp.arange(size, dtype=start.dtype) - (start if whole else 0)
    return (cells >= low[:, None]) & (cells < high[:, None])


def _bounds(cells: jax.Array) -> tuple[jax.Array, jax.Array]:
    """First cell and number of cells (int32) of each run in cells (..., size)."""
    return jnp.argmax(cells, -1).astype(jnp.int32), jnp.sum(cells, -1, dtype=jnp.int32)


def _largest_with_place(
    data: jax.Array, batch: jax.Array, rows: jax.Array, columns: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Maximum (R, PH, PW, C) of data[batch[r]] (N, H, W, C) where rows (R, PH, H) and columns (R, PW, W) hold.

    With it the place of the first such maximum within H * W (int32); 0 and -1 where no cell is.
    """
    _, height, width, channels = data.shape
    (top, tall), (left, wide) = _bounds(rows), _bounds(columns)
    flat = data.reshape(-1, channels)
    across, high = jnp.max(wide, initial=0), jnp.max(tall, initial=0)

    def look(step: jax.Array, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        best, place = state
        i, j = step // across, step % across
        inside = (i < tall)[:, :, None] & (j < wide)[:, None]
        at = jnp.where(inside, (top + i)[:, :, None] * width + (left + j)[:, None], 0)
        values = _rows(flat, batch[:, None, None] * (height * width) + at)
        # Not "larger": the first of all, whatever it is, beats the start.
        better = inside[..., None] & ((place < 0) | (values > best))
        return jnp.where(better, values, best), jnp.where(better, at[..., None], place)

    shape = (*top.shape, left.shape[1], channels)
    start = jnp.zeros(shape, data.dtype), jnp.full(shape, -1, jnp.int32)
    return jax.lax.fori_loop(jnp.int32(0), high * across, look, start)


def _rows(flat: jax.Array, places: jax.Array) -> jax.Array:
    """Rows of flat (K, C) at places, all of which exist: XLA's checks would cost more than the reading."""
    return flat.at[places].get(mode="promise_in_bounds")


@jax.custom_vjp
def _largest(data: jax.Array, batch: jax.Array, rows: jax.Array, columns: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`_largest_with_place`, with the gradient going to the place."""
    return _largest_with_place(data, batch, rows, columns)


def _largest_forward(data: jax.Array, batch: jax.Array, rows: jax.Array, columns: jax.Array):
    best, place = _largest_with_place(data, batch, rows, columns)
    return (best, place), (data, batch, place)


def _largest_backward(saved: tuple[jax.Array, ...], gradients: tuple[jax.Array, jax.Array]):
    data, batch, place = saved
    _, height, width, channels = data.shape
    row = batch[:, None, None, None] * (height * width) + place
    flat = jnp.where(place < 0, data.size, row * channels + jnp.arange(channels, dtype=jnp.int32))
    spread = jnp.zeros(data.size, data.dtype).at[flat].add(gradients[0], mode="drop")
    return spread.reshape(data.shape), None, None, None


_largest.defvjp(_largest_forward, _largest_backward)


@operator(
    "ROIPooling",
    aliases=("_npx_roi_pooling",),
    outputs=2,
    visible=1,
    output_names=("output", "maxidx"),
    shapes=_roi_shapes,
)
def roi_pooling(
    data: jax.Array, rois: jax.Array, *, pooled_size: Shape, spatial_scale: float
) -> tuple[jax.Array, jax.Array]:
    """Maximum over a grid of bins of each box: data (N, C, H, W), rois (R, 5) of image and corners -> (R, C, PH, PW).

    Corners are scaled, rounded, and inclusive. Empty bins, and boxes with a negative image, give 0.
    The gradient goes to the first maximum; rois have none.
    """
    _check(data, rois)
    pooled_height, pooled_width = _pair(pooled_size)
    height, width = data.shape[2:]
    rois = jax.lax.stop_gradient(rois)
    left, top, right, bottom = (_round(rois[:, i] * spatial_scale) for i in range(1, 5))
    tall, wide = jnp.maximum(bottom - top + 1, 1), jnp.maximum(right - left + 1, 1)
    rows = jax.vmap(lambda start, length: _bins(start, length, pooled_height, height, whole=True))(top, tall)
    columns = jax.vmap(lambda start, length: _bins(start, length, pooled_width, width, whole=True))(left, wide)
    rows &= (rois[:, 0] >= 0)[:, None, None]
    batch = jnp.clip(rois[:, 0].astype(jnp.int32), 0, data.shape[0] - 1)
    best, place = _largest(data.transpose(0, 2, 3, 1), batch, rows, columns)
    return best.transpose(0, 3, 1, 2), place.transpose(0, 3, 1, 2).astype(data.dtype)


def _interpolate(flat: jax.Array, base: jax.Array, y: jax.Array, x: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Bilinear samples (..., C) at y, x (...) of the maps of `size` whose rows of flat (K, C) begin at base (...).

    Zero more than one cell outside.
    """
    height, width = size
    inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    y, x = jnp.clip(y, 0, height - 1), jnp.clip(x, 0, width - 1)
    top, left = jnp.floor(y), jnp.floor(x)
    total = jnp.zeros((*y.shape, flat.shape[1]), flat.dtype)
    for row, row_weight in ((top, 1 - (y - top)), (jnp.minimum(top + 1, height - 1), y - top)):
        for column, weight in ((left, 1 - (x - left)), (jnp.minimum(left + 1, width - 1), x - left)):
            place = base + row.astype(jnp.int32) * width + column.astype(jnp.int32)
            total += _rows(flat, place) * jnp.where(inside, row_weight * weight, 0)[..., None]
    return total


class _Grid(NamedTuple):
    """Samples of bins: where the bins of each box start, how long they are, and how many samples a side has."""

    base: jax.Array
    top: jax.Array
    left: jax.Array
    tall: jax.Array
    wide: jax.Array
    rows: jax.Array
    columns: jax.Array

    def sample(self, flat: jax.Array, i: jax.Array | int, j: jax.Array | int, size: tuple[int, int]) -> jax.Array:
        """Sample (i, j) of each bin: (R, PH, PW, C); zero where a box has fewer samples."""
        dtype, (_, high, across) = flat.dtype, self.base.shape

        def along(first: jax.Array, side: jax.Array, bins: int, index: jax.Array | int, count: jax.Array) -> jax.Array:
            part = (jnp.asarray(index, dtype) + 0.5) / count.astype(dtype)
            return first[:, None] + (jnp.arange(bins, dtype=dtype) + part[:, None]) * side[:, None]

        y = along(self.top, self.tall, high, i, self.rows)[:, :, None]
        x = along(self.left, self.wide, across, j, self.columns)[:, None]
        y, x = jnp.broadcast_arrays(y, x)
        there = ((i < self.rows) & (j < self.columns))[:, None, None, None]
        return jnp.where(there, _interpolate(flat, self.base, y, x, size), 0)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _sum_of_samples(flat: jax.Array, grid: _Grid, size: tuple[int, int]) -> jax.Array:
    """All samples of each bin added up, however many there are."""
    across = jnp.max(grid.columns, initial=0)

    def add(step: jax.Array, total: jax.Array) -> jax.Array:
        return total + grid.sample(flat, step // across, step % across, size)

    start = jnp.zeros((*grid.base.shape, flat.shape[1]), flat.dtype)
    return jax.lax.fori_loop(jnp.int32(0), across * jnp.max(grid.rows, initial=0), add, start)


def _sum_backward(size: tuple[int, int], saved: tuple[jax.Array, _Grid], gradient: jax.Array):
    flat, grid = saved
    across = jnp.max(grid.columns, initial=0)

    def add(step: jax.Array, total: jax.Array) -> jax.Array:
        _, pull = jax.vjp(lambda rows: grid.sample(rows, step // across, step % across, size), flat)
        return total + pull(gradient)[0]

    steps = across * jnp.max(grid.rows, initial=0)
    return jax.lax.fori_loop(jnp.int32(0), steps, add, jnp.zeros_like(flat)), None


_sum_of_samples.defvjp(lambda flat, grid, size: (_sum_of_samples(flat, grid, size), (flat, grid)), _sum_backward)


@operator("_contrib_ROIAlign")
def roi_align(
    data: jax.Array,
    rois: jax.Array,
    *,
    pooled_size: Shape,
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> jax.Array:
    """Mean of bilinear samples over a grid of bins of each box: (N, C, H, W), rois (R, 5) -> (R, C, PH, PW).

    sample_ratio samples per bin and side; if not positive, as many as the bin has cells. aligned shifts by
    half a cell and allows boxes under one cell. position_sensitive takes channel (c, ph, pw) of
    C / (PH * PW) for bin (ph, pw). A negative image gives 0 (MXNet zeroes one element and leaves
    garbage in the rest). rois have no gradient.
    """
    _check(data, rois)
    bins = _pair(pooled_size)
    if position_sensitive and data.shape[1] % (bins[0] * bins[1]):
        raise ShapeError(f"ROIAlign: {data.shape[1]} channels do not split into {bins[0]} x {bins[1]} positions")
    rois = jax.lax.stop_gradient(rois)
    left, top, right, bottom = (rois[:, i] * spatial_scale - (0.5 if aligned else 0) for i in range(1, 5))
    least = -jnp.inf if aligned else 1
    sides = jnp.maximum(bottom - top, least) / bins[0], jnp.maximum(right - left, least) / bins[1]
    batch = jnp.clip(rois[:, 0].astype(jnp.int32), 0, data.shape[0] - 1)
    flat, base = _flatten(data, batch, bins, position_sensitive)
    counts = [jnp.full(rois.shape[:1], sample_ratio) if sample_ratio > 0 else jnp.ceil(side) for side in sides]
    rows, columns = (jnp.maximum(count, 0).astype(jnp.int32) for count in counts)
    grid, size = _Grid(base, top, left, *sides, rows, columns), (data.shape[2], data.shape[3])
    if 0 < sample_ratio <= _MOST_UNROLLED:
        places = range(sample_ratio)
        total = sum((grid.sample(flat, i, j, size) for i in places for j in places), start=jnp.zeros((), data.dtype))
    else:
        total = jnp.asarray(_sum_of_samples(flat, grid, size))
    pooled = total / jnp.maximum(rows * columns, 1).astype(data.dtype)[:, None, None, None]
    return jnp.where((rois[:, 0] >= 0)[:, None, None, None], pooled.transpose(0, 3, 1, 2), 0)


def _flatten(
    data: jax.Array, batch: jax.Array, bins: tuple[int, int], position_sensitive: bool
) -> tuple[jax.Array, jax.Array]:
    """data (N, C, H, W) as rows of channels, and where the rows of each box's bins begin (R, PH, PW)."""
    count, channels, height, width = data.shape
    if not position_sensitive:
        base = jnp.broadcast_to((batch * (height * width))[:, None, None], (batch.shape[0], *bins))
        return data.transpose(0, 2, 3, 1).reshape(-1, channels), base
    maps = data.reshape(count, -1, bins[0] * bins[1], height, width).transpose(0, 2, 3, 4, 1)
    which = jnp.arange(bins[0] * bins[1], dtype=jnp.int32).reshape(bins)
    base = (batch[:, None, None] * (bins[0] * bins[1]) + which) * (height * width)
    return maps.reshape(-1, maps.shape[-1]), base


@operator("_contrib_RROIAlign")
def rotated_roi_align(
    data: jax.Array, rois: jax.Array, *, pooled_size: Shape, spatial_scale: float, sampling_ratio: int = -1
) -> jax.Array:
    """Mean of bilinear samples over bins of rotated boxes: (N, C, H, W) -> (R, C, PH, PW).

    rois (R, 6) hold image, centre x, centre y, width, height, and the angle in degrees. No gradient, as in MXNet.
    """
    _check(data, rois, 6)
    bins = _pair(pooled_size)
    data, rois = jax.lax.stop_gradient(data), jax.lax.stop_gradient(rois)
    batch = jnp.clip(rois[:, 0].astype(jnp.int32), 0, data.shape[0] - 1)
    flat, base = _flatten(data, batch, bins, position_sensitive=False)
    center_x, center_y = rois[:, 1] * spatial_scale, rois[:, 2] * spatial_scale
    width, height = jnp.maximum(rois[:, 3] * spatial_scale, 1), jnp.maximum(rois[:, 4] * spatial_scale, 1)
    angle = rois[:, 5] * (jnp.pi / 180)
    cosine, sine = jnp.cos(angle)[:, None, None], jnp.sin(angle)[:, None, None]

    def counts(side: jax.Array, parts: int) -> jax.Array:
        if sampling_ratio > 0:
            return jnp.full(side.shape, sampling_ratio, jnp.int32)
        return jnp.ceil(side / parts).astype(jnp.int32)

    in_rows, in_columns = counts(height, bins[0]), counts(width, bins[1])

    def along(i: jax.Array, count: jax.Array, side: jax.Array, parts: int) -> jax.Array:
        part = jnp.arange(parts, dtype=side.dtype) + (i.astype(side.dtype) + 0.5) / count.astype(side.dtype)[:, None]
        return part * (side / parts)[:, None] - (side / 2)[:, None]

    def add(step: jax.Array, total: jax.Array) -> jax.Array:
        i, j = step // jnp.max(in_columns), step % jnp.max(in_columns)
        down, right = along(i, in_rows, height, bins[0])[:, :, None], along(j, in_columns, width, bins[1])[:, None]
        x = right * cosine + down * sine + center_x[:, None, None]
        y = down * cosine - right * sine + center_y[:, None, None]
        wanted = ((i < in_rows) & (j < in_columns))[:, None, None, None]
        return total + jnp.where(wanted, _interpolate(flat, base, y, x, (data.shape[2], data.shape[3])), 0)

    start = jnp.zeros((rois.shape[0], *bins, data.shape[1]), data.dtype)
    total = jax.lax.fori_loop(jnp.int32(0), jnp.max(in_rows) * jnp.max(in_columns), add, start)
    mean = total / (in_rows * in_columns).astype(data.dtype)[:, None, None, None]
    return mean.transpose(0, 3, 1, 2)


@operator("_contrib_PSROIPooling")
def position_sensitive_roi_pooling(
    data: jax.Array, rois: jax.Array, *, spatial_scale: float, output_dim: int, pooled_size: int, group_size: int = 0
) -> jax.Array:
    """Mean over bins of each box, each bin from channels of its own: (N, D * G * G, H, W) -> (R, D, P, P).

    Corners are rounded, then scaled; group_size 0 means pooled_size. Empty bins give 0. rois have no gradient.
    """
    _check(data, rois)
    groups = group_size or pooled_size
    height, width = data.shape[2:]
    if data.shape[1] != output_dim * groups * groups:
        raise ShapeError(f"PSROIPooling: expected {output_dim} x {groups} x {groups} channels, got {data.shape[1]}")
    rois = jax.lax.stop_gradient(rois)
    corners = _round(rois[:, 1:]) + jnp.asarray([0, 0, 1, 1], rois.dtype)
    corners = corners * spatial_scale + rois[:, 1:] * 0  # the zero for the reason given in `_bins`
    batch = jnp.clip(rois[:, 0].astype(jnp.int32), 0, data.shape[0] - 1)
    group_of = jnp.arange(pooled_size, dtype=jnp.int32) * groups // pooled_size
    images = data.reshape(-1, output_dim, groups, groups, height, width)[:, :, group_of][:, :, :, group_of]

    def one(region: tuple[jax.Array, ...]) -> jax.Array:
        index, (left, top, right, bottom) = region
        rows = _bins(top, jnp.maximum(bottom - top, 0.1), pooled_size, height, whole=False).astype(data.dtype)
        columns = _bins(left, jnp.maximum(right - left, 0.1), pooled_size, width, whole=False).astype(data.dtype)
        total = jnp.einsum("dpqhw,ph,qw->dpq", images[index], rows, columns, precision="highest")
        return total / jnp.maximum(jnp.sum(rows, 1)[:, None] * jnp.sum(columns, 1), 1)

    return jax.lax.map(one, (batch, corners), batch_size=_REGIONS_AT_ONCE)
