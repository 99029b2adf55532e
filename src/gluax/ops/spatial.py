"""Spatial sampling: grids, bilinear sampling along them, spatial transformers, and correlation of two maps."""

from __future__ import annotations

import math
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


def _target(target_shape: Shape) -> tuple[int, int]:
    if len(target_shape) != 2 or min(target_shape) < 1:
        raise ArgumentError(f"target_shape: expected two positive numbers (H, W), got {target_shape}")
    return target_shape[0], target_shape[1]


def _regular_grid(height: int, width: int, like: jax.Array) -> jax.Array:
    """Homogeneous coordinates (3, H * W): x and y from -1 to 1, and ones."""
    with np.errstate(invalid="ignore", divide="ignore"):  # one row or column has no scale: nan, as in MXNet
        y, x = (-1 + np.arange(side) * 2.0 / np.float64(side - 1) for side in (height, width))
    rows = np.broadcast_arrays(x, y[:, None], 1.0)
    return jnp.asarray(np.stack(rows).reshape(3, -1), like.dtype)


def _affine(parameters: jax.Array, regular: jax.Array) -> jax.Array:
    """The grid (N, 2, H * W) of affine transformations (N, 6)."""
    return jnp.einsum("nij,jk->nik", parameters.reshape(-1, 2, 3), regular, precision="highest")


def _grid_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, grid = ins[0], outs[0]
    if attrs.transform_type == "warp":
        known = merge_shapes(data, grid)
        return [known], [known, None if known is None else (2, *known[2:])]
    batch = data[0] if data else grid[0] if grid else -1
    height, width = attrs.target_shape
    return [merge_shapes(data, (batch, 6))], [(batch, 2, height, width), (3, height * width)]


@operator("GridGenerator", outputs=2, visible=1, output_names=("output", "grid_dst"), shapes=_grid_shapes)
def grid_generator(
    data: jax.Array, *, transform_type: Literal["affine", "warp"], target_shape: Shape = (0, 0)
) -> tuple[jax.Array, jax.Array]:
    """A sampling grid (N, 2, H, W), x then y, 1 to -1 being the edges' centres.

    affine: from transformations (N, 6) for a target_shape; warp: from a flow (N, 2, H, W) in pixels.
    """
    if transform_type == "affine":
        if data.ndim != 2 or data.shape[1] != 6:
            raise ShapeError(f"GridGenerator: expected transformations (N, 6), got {data.shape}")
        height, width = _target(target_shape)
        regular = jax.lax.stop_gradient(_regular_grid(height, width, data))
        return _affine(data, regular).reshape(-1, 2, height, width), regular
    if data.ndim != 4 or data.shape[1] != 2:
        raise ShapeError(f"GridGenerator: expected a flow (N, 2, H, W), got {data.shape}")
    height, width = data.shape[2:]
    x = jnp.broadcast_to(jnp.arange(width, dtype=data.dtype), (height, width))
    y = jnp.broadcast_to(jnp.arange(height, dtype=data.dtype)[:, None], (height, width))
    pixels = jnp.stack([x, y])
    half = jnp.asarray([(width - 1) / 2, (height - 1) / 2], data.dtype)[:, None, None]
    return (data + pixels) / half - 1, pixels


def _sample(data: jax.Array, grid: jax.Array) -> jax.Array:
    """Bilinear samples of data (N, C, H, W) at grid (N, 2, ...): (N, C, ...). The surroundings are zero."""
    count, channels, height, width = data.shape
    shape = grid.shape[2:]
    grid = grid.reshape(count, 2, -1)
    # Multiplied, then halved: a rounding error here would move whole positions off their pixels.
    x, y = (grid[:, 0] + 1) * (width - 1) / 2, (grid[:, 1] + 1) * (height - 1) / 2
    left, top = (jax.lax.stop_gradient(jnp.floor(at)) for at in (x, y))
    flat = data.transpose(0, 2, 3, 1).reshape(count, -1, channels)
    total = jnp.zeros((count, x.shape[1], channels), data.dtype)
    for row, row_weight in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, weight in ((left, 1 - (x - left)), (left + 1, x - left)):
            inside = (row >= 0) & (row <= height - 1) & (column >= 0) & (column <= width - 1)
            place = jnp.where(inside, row * width + column, 0).astype(jnp.int32)
            values = jnp.take_along_axis(flat, place[..., None], axis=1, mode="promise_in_bounds")
            total += jnp.where(inside[..., None], values, 0) * (row_weight * weight)[..., None]
    return total.transpose(0, 2, 1).reshape(count, channels, *shape)


def _sampler_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, grid = ins
    if data is None or grid is None:
        return ins, outs
    return ins, [(*data[:2], *grid[2:]), (data[0], *grid[2:], 2)]


@operator(
    "BilinearSampler",
    outputs=2,
    visible=1,
    output_names=("output", "tmp"),
    shapes=_sampler_shapes,
    hints=("cudnn_off",),
)
def bilinear_sampler(data: jax.Array, grid: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Samples of data (N, C, H, W) at grid (N, 2, H', W') of x, y in [-1, 1]: (N, C, H', W'); zero outside."""
    if data.ndim != 4 or grid.ndim != 4 or grid.shape[:2] != (data.shape[0], 2):
        raise ShapeError(
            f"BilinearSampler: expected data (N, C, H, W) and grid (N, 2, H', W'), got {data.shape}, {grid.shape}"
        )
    return _sample(data, grid), grid.transpose(0, 2, 3, 1)


def _transformer_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, loc = ins
    height, width = attrs.target_shape
    batch, channels = data[:2] if data is not None and len(data) == 4 else (-1, -1)
    return [data, merge_shapes(loc, (batch, 6))], [
        (batch, channels, height, width),
        (3, height * width),
        (batch, 2, height * width),
    ]


@operator(
    "SpatialTransformer",
    outputs=3,
    visible=1,
    output_names=("output", "grid_dst", "grid_src"),
    shapes=_transformer_shapes,
    hints=("cudnn_off",),
)
def spatial_transformer(
    data: jax.Array,
    loc: jax.Array,
    *,
    target_shape: Shape = (0, 0),
    transform_type: Literal["affine"],
    sampler_type: Literal["bilinear"],
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """data (N, C, H, W) seen through affine transformations loc (N, 6): (N, C, *target_shape)."""
    if data.ndim != 4 or loc.shape != (data.shape[0], 6):
        raise ShapeError(
            f"SpatialTransformer: expected data (N, C, H, W) and loc (N, 6), got {data.shape}, {loc.shape}"
        )
    height, width = _target(target_shape)
    regular = jax.lax.stop_gradient(_regular_grid(height, width, loc))
    grid = _affine(loc, regular)
    return _sample(data, grid.reshape(-1, 2, height, width)), regular, grid


def _correlation_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    known = merge_shapes(ins[0], ins[1])
    return [known, known], outs


@operator(
    "Correlation",
    outputs=3,
    visible=1,
    output_names=("output", "tmp1", "tmp2"),
    shapes=_correlation_shapes,
)
def correlation(
    data1: jax.Array,
    data2: jax.Array,
    *,
    kernel_size: int = 1,
    max_displacement: int = 1,
    stride1: int = 1,
    stride2: int = 1,
    pad_size: int = 0,
    is_multiply: bool = True,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Likeness of patches of data1 and displaced patches of data2, both (N, C, H, W): (N, D * D, H', W').

    Channel (dy, dx) holds displacement (dy, dx) * stride2; D is odd. Products are averaged over the patch and
    the channels; is_multiply=False averages absolute differences.
    """
    if data1.ndim != 4 or data1.shape != data2.shape:
        raise ShapeError(f"Correlation: expected two maps (N, C, H, W) of one shape, got {data1.shape}, {data2.shape}")
    if kernel_size % 2 == 0:
        raise ArgumentError(f"kernel_size: expected an odd number, got {kernel_size}")
    margin = (0, 0), (pad_size, pad_size), (pad_size, pad_size), (0, 0)
    first, second = (jnp.pad(data.transpose(0, 2, 3, 1), margin) for data in (data1, data2))
    count, height, width, channels = first.shape
    border = max_displacement + kernel_size // 2
    rows, columns = (math.ceil((side - 2 * border) / stride1) for side in (height, width))
    if rows < 1 or columns < 1:
        raise ShapeError(f"Correlation: {height} x {width} with padding is too small for a border of {border}")
    tall, wide = (rows - 1) * stride1 + kernel_size, (columns - 1) * stride1 + kernel_size
    fixed = jax.lax.slice(
        first,
        (0, max_displacement, max_displacement, 0),
        (count, max_displacement + tall, max_displacement + wide, channels),
    )
    radius = max_displacement // stride2
    steps = jnp.arange(-radius, radius + 1, dtype=jnp.int32) * stride2 + max_displacement

    origin = jnp.int32(0)

    def compare(place: tuple[jax.Array, jax.Array]) -> jax.Array:
        moved = jax.lax.dynamic_slice(second, (origin, place[0], place[1], origin), fixed.shape)
        # The first branch is taken when equal, as in MXNet: it decides the gradient.
        alike = fixed * moved if is_multiply else jnp.where(fixed >= moved, fixed - moved, moved - fixed)
        total = jnp.sum(alike, -1)
        summed = jnp.zeros((count, rows, columns), total.dtype)
        for i in range(kernel_size):
            for j in range(kernel_size):
                summed += total[:, i : i + rows * stride1 : stride1, j : j + columns * stride1 : stride1]
        return summed

    down, across = jnp.meshgrid(steps, steps, indexing="ij")
    found = jax.lax.map(compare, (down.reshape(-1), across.reshape(-1)))
    return found.transpose(1, 0, 2, 3) / (kernel_size * kernel_size * channels), first, second
