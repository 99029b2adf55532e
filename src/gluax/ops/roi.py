"""Regions of interest: pooling and aligned sampling of a feature map inside boxes."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops.registry import Attrs, operator
from gluax.ops.rules import Shapes

# Regions worked on at a time where each needs the whole feature map.
_REGIONS_AT_ONCE = 16
# Up to this many samples per bin and side are gathered one by one; more go through matrices.
_MOST_GATHERED = 3


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


@jax.custom_vjp
def _largest(data: jax.Array, batch: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """Maximum of data[batch[r]] (N, C, H, W) where rows (R, PH, H) and columns (R, PW, W) hold; 0 where nowhere."""
    lowest = jnp.array(-jnp.inf, data.dtype)

    def one(region: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        index, row, column = region
        narrow = jnp.max(jnp.where(column, data[index][:, :, None], lowest), -1)
        best = jnp.max(jnp.where(row[:, :, None], narrow[:, None], lowest), 2)
        return jnp.where(jnp.any(row, 1)[:, None] & jnp.any(column, 1), best, 0)

    return jax.lax.map(one, (batch, rows, columns), batch_size=_REGIONS_AT_ONCE)


def _where_largest(data: jax.Array, batch: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """Place within H * W (int32) of each maximum of `_largest`, the first of equal ones; -1 where there is none."""
    lowest = jnp.array(-jnp.inf, data.dtype)
    width = data.shape[3]

    def one(region: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        index, row, column = region
        wide = jnp.where(column, data[index][:, :, None], lowest)
        at_column, narrow = jnp.argmax(wide, -1).astype(jnp.int32), jnp.max(wide, -1)
        at_row = jnp.argmax(jnp.where(row[:, :, None], narrow[:, None], lowest), 2).astype(jnp.int32)
        place = at_row * width + jnp.take_along_axis(at_column, at_row, 1)
        return jnp.where(jnp.any(row, 1)[:, None] & jnp.any(column, 1), place, -1)

    return jax.lax.map(one, (batch, rows, columns), batch_size=_REGIONS_AT_ONCE)


def _largest_backward(saved: tuple[jax.Array, ...], gradient: jax.Array) -> tuple[jax.Array, None, None, None]:
    data, batch, rows, columns = saved
    count, channels, height, width = data.shape
    place = _where_largest(data, batch, rows, columns)
    image = batch[:, None, None, None] * channels + jnp.arange(channels, dtype=jnp.int32)[:, None, None]
    flat = jnp.where(place < 0, data.size, image * (height * width) + place)
    spread = jnp.zeros(data.size, data.dtype).at[flat].add(gradient, mode="drop")
    return spread.reshape(data.shape), None, None, None


_largest.defvjp(lambda *inputs: (_largest(*inputs), inputs), _largest_backward)


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
    places = _where_largest(jax.lax.stop_gradient(data), batch, rows, columns)
    return _largest(data, batch, rows, columns), places.astype(data.dtype)


def _tent(at: jax.Array, size: int) -> jax.Array:
    """Weights (..., size) of linear interpolation at positions (...), zero more than one cell outside."""
    cells = jnp.arange(size, dtype=at.dtype)
    inside = (at >= -1) & (at <= size)
    return jnp.where(inside[..., None], jnp.maximum(1 - jnp.abs(jnp.clip(at, 0, size - 1)[..., None] - cells), 0), 0)


def _mean_tent(start: jax.Array, side: jax.Array, bins: int, samples: jax.Array, size: int) -> jax.Array:
    """Interpolation weights (bins, size) averaged over `samples` positions (a traced number) in each bin."""
    parts = jnp.arange(bins, dtype=start.dtype)
    count = samples.astype(start.dtype)

    def add(i: jax.Array, total: jax.Array) -> jax.Array:
        return total + _tent(start + (parts + (i.astype(start.dtype) + 0.5) / count) * side, size)

    total = jax.lax.fori_loop(jnp.int32(0), samples, add, jnp.zeros((bins, size), start.dtype))
    return total / jnp.maximum(count, 1)


def _interpolate(data: jax.Array, batch: jax.Array, y: jax.Array, x: jax.Array) -> jax.Array:
    """data (N, H, W, C) at positions y, x (R, PH, PW) of images batch (R,): (R, PH, PW, C)."""
    _, height, width, channels = data.shape
    inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    y, x = jnp.clip(y, 0, height - 1), jnp.clip(x, 0, width - 1)
    top, left = jnp.floor(y), jnp.floor(x)
    flat = data.reshape(-1, channels)
    total = jnp.zeros((*y.shape, channels), data.dtype)
    for row, row_weight in ((top, 1 - (y - top)), (jnp.minimum(top + 1, height - 1), y - top)):
        for column, weight in ((left, 1 - (x - left)), (jnp.minimum(left + 1, width - 1), x - left)):
            place = (batch[:, None, None] * height + row.astype(jnp.int32)) * width + column.astype(jnp.int32)
            total += flat[place] * jnp.where(inside, row_weight * weight, 0)[..., None]
    return total


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
    if 0 < sample_ratio <= _MOST_GATHERED and not position_sensitive:
        pooled = _align_by_gather(data, batch, (top, left), sides, bins, sample_ratio)
    else:
        pooled = _align_by_matrix(data, batch, (top, left), sides, bins, sample_ratio, position_sensitive)
    return jnp.where((rois[:, 0] >= 0)[:, None, None, None], pooled, 0)


Pair = tuple[jax.Array, jax.Array]


def _align_by_gather(
    data: jax.Array, batch: jax.Array, start: Pair, sides: Pair, bins: tuple[int, int], samples: int
) -> jax.Array:
    channels_last = data.transpose(0, 2, 3, 1)
    shape = (batch.shape[0], *bins)
    rows, columns = (jnp.arange(count, dtype=data.dtype) for count in bins)
    total = jnp.zeros((*shape, data.shape[1]), data.dtype)
    for i in range(samples):
        y = start[0][:, None] + (rows + (i + 0.5) / samples) * sides[0][:, None]
        for j in range(samples):
            x = start[1][:, None] + (columns + (j + 0.5) / samples) * sides[1][:, None]
            y_all, x_all = jnp.broadcast_to(y[:, :, None], shape), jnp.broadcast_to(x[:, None], shape)
            total += _interpolate(channels_last, batch, y_all, x_all)
    return (total / (samples * samples)).transpose(0, 3, 1, 2)


def _align_by_matrix(
    data: jax.Array,
    batch: jax.Array,
    start: Pair,
    sides: Pair,
    bins: tuple[int, int],
    sample_ratio: int,
    position_sensitive: bool,
) -> jax.Array:
    height, width = data.shape[2:]
    images = data.reshape(data.shape[0], -1, *bins, height, width) if position_sensitive else data

    def samples(side: jax.Array) -> jax.Array:
        return jnp.int32(sample_ratio) if sample_ratio > 0 else jnp.ceil(side).astype(jnp.int32)

    def one(region: tuple[jax.Array, ...]) -> jax.Array:
        index, top, left, row_side, column_side = region
        rows = _mean_tent(top, row_side, bins[0], samples(row_side), height)
        columns = _mean_tent(left, column_side, bins[1], samples(column_side), width)
        pattern = "cijhw,ih,jw->cij" if position_sensitive else "chw,ih,jw->cij"
        return jnp.einsum(pattern, images[index], rows, columns, precision="highest")

    return jax.lax.map(one, (batch, *start, *sides), batch_size=_REGIONS_AT_ONCE)


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
    batch, channels_last = rois[:, 0].astype(jnp.int32), data.transpose(0, 2, 3, 1)
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
        return total + jnp.where(wanted, _interpolate(channels_last, batch, y, x), 0)

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
