"""Regions of interest: pooling and aligned sampling of a feature map inside boxes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._numbers import exact_quotient
from gluax.ops._roi_samples import Grid, flatten, interpolate, read_rows, sum_of_samples
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes

# Regions worked on at a time where each needs the whole feature map.
_REGIONS_AT_ONCE = 16


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
    return ins, [(rois[0] if rois is not None else -1, channels, *attrs.pooled_size), *outs[1:]]


def _single(scale: float) -> float:
    """The scale as MXNet holds it, in single precision: it shows in float64 results."""
    return float(np.float32(scale))


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


def _look(
    data: jax.Array, batch: jax.Array, cells: tuple[jax.Array, jax.Array], with_place: bool
) -> tuple[jax.Array, jax.Array | None]:
    """Maximum (R, PH, PW, C) of data[batch[r]] (N, H, W, C) over the rows and columns that `cells` marks.

    `cells` are booleans (R, PH, H) and (R, PW, W). Where no cell is the maximum is 0. If asked for, also the
    place of the first such maximum within H * W (int32), or -1.
    """
    _, height, width, channels = data.shape
    (top, tall), (left, wide) = map(_bounds, cells)
    flat = data.reshape(-1, channels)
    across, high = jnp.max(wide, initial=0), jnp.max(tall, initial=0)

    def step(number: jax.Array, state: tuple[jax.Array, jax.Array | None]) -> tuple[jax.Array, jax.Array | None]:
        best, place = state
        i, j = number // across, number % across
        inside = (i < tall)[:, :, None] & (j < wide)[:, None]
        at = jnp.where(inside, (top + i)[:, :, None] * width + (left + j)[:, None], 0)
        values = read_rows(flat, batch[:, None, None] * (height * width) + at)
        # Not only "larger": the first cell, whatever it holds, beats the start.
        better = inside[..., None] & ((number == 0) | (values > best))
        place = None if place is None else jnp.where(better, at[..., None], place)
        return jnp.where(better, values, best), place

    shape = (*top.shape, left.shape[1], channels)
    start = jnp.zeros(shape, data.dtype), jnp.full(shape, -1, jnp.int32) if with_place else None
    return jax.lax.fori_loop(jnp.int32(0), high * across, step, start)


@jax.custom_vjp
def _largest(data: jax.Array, batch: jax.Array, cells: tuple[jax.Array, jax.Array]) -> jax.Array:
    """The maxima of `_look`, whose gradient goes to the first place of each."""
    return _look(data, batch, cells, with_place=False)[0]


def _largest_forward(data: jax.Array, batch: jax.Array, cells: tuple[jax.Array, jax.Array]):
    best, place = _look(data, batch, cells, with_place=True)
    return best, (data, batch, place)


def _largest_backward(saved: tuple[jax.Array, ...], gradient: jax.Array):
    data, batch, place = saved
    _, height, width, channels = data.shape
    row = batch[:, None, None, None] * (height * width) + place
    flat = jnp.where(place < 0, data.size, row * channels + jnp.arange(channels, dtype=jnp.int32))
    spread = jnp.zeros(data.size, data.dtype).at[flat].add(gradient, mode="drop")
    return spread.reshape(data.shape), None, None


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
    left, top, right, bottom = (_round(rois[:, i] * _single(spatial_scale)) for i in range(1, 5))
    tall, wide = jnp.maximum(bottom - top + 1, 1), jnp.maximum(right - left + 1, 1)
    down = jax.vmap(lambda start, length: _bins(start, length, pooled_height, height, whole=True))(top, tall)
    across = jax.vmap(lambda start, length: _bins(start, length, pooled_width, width, whole=True))(left, wide)
    down &= (rois[:, 0] >= 0)[:, None, None]
    batch = jnp.clip(rois[:, 0].astype(jnp.int32), 0, data.shape[0] - 1)
    best = jnp.asarray(_largest(data.transpose(0, 2, 3, 1), batch, (down, across)))
    return best.transpose(0, 3, 1, 2), jnp.zeros((), jnp.int32)  # nobody sees the second


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
    # How many samples a side gets hangs on its last bit: the barrier keeps the compiler from fusing multiply-adds.
    scaled = jax.lax.optimization_barrier(rois[:, 1:5] * _single(spatial_scale)) - (0.5 if aligned else 0)
    left, top, right, bottom = scaled.T
    least = -jnp.inf if aligned else 1
    lengths = jnp.maximum(bottom - top, least), jnp.maximum(right - left, least)
    tall, wide = (exact_quotient(side, n) for side, n in zip(lengths, bins))
    batch = jnp.clip(rois[:, 0].astype(jnp.int32), 0, data.shape[0] - 1)
    flat, base = flatten(data, batch, bins, position_sensitive)
    counts = [jnp.full(rois.shape[:1], sample_ratio) if sample_ratio > 0 else jnp.ceil(side) for side in (tall, wide)]
    rows, columns = (jnp.maximum(count, 0).astype(jnp.int32) for count in counts)
    grid, size = Grid(base, top, left, tall, wide, rows, columns), (data.shape[2], data.shape[3])
    total = jnp.asarray(sum_of_samples(flat, grid, size))
    pooled = total / jnp.maximum(rows * columns, 1).astype(data.dtype)[:, None, None, None]
    return jnp.where((rois[:, 0] >= 0)[:, None, None, None], pooled.transpose(0, 3, 1, 2), 0)


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
    flat, base = flatten(data, batch, bins, position_sensitive=False)
    center_x, center_y, width, height = (rois[:, i] * _single(spatial_scale) for i in range(1, 5))
    width, height = jnp.maximum(width, 1), jnp.maximum(height, 1)
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
        return total + jnp.where(wanted, interpolate(flat, base, y, x, (data.shape[2], data.shape[3])), 0)

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
    corners = corners * _single(spatial_scale) + rois[:, 1:] * 0  # the zero for the reason given in `_bins`
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
