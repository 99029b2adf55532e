"""Bilinear samples of feature maps inside boxes, as many per bin as each box asks for."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp


def read_rows(flat: jax.Array, places: jax.Array) -> jax.Array:
    """Rows of flat (K, C) at places, all of which exist: XLA's checks would cost more than the reading."""
    return flat.at[places].get(mode="promise_in_bounds")


def flatten(
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


def interpolate(flat: jax.Array, base: jax.Array, y: jax.Array, x: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Bilinear samples (..., C) at y, x (...) of the maps of `size` whose rows of flat (K, C) begin at base (...).

    Zero more than one cell outside.
    """
    height, width = size
    inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
    y, x = (jnp.where(inside, jnp.clip(at, 0, side - 1), 0) for at, side in ((y, height), (x, width)))
    top, left = jnp.floor(y), jnp.floor(x)
    total = jnp.zeros((*y.shape, flat.shape[1]), flat.dtype)
    for row, row_weight in ((top, 1 - (y - top)), (jnp.minimum(top + 1, height - 1), y - top)):
        for column, weight in ((left, 1 - (x - left)), (jnp.minimum(left + 1, width - 1), x - left)):
            place = base + row.astype(jnp.int32) * width + column.astype(jnp.int32)
            total += read_rows(flat, place) * jnp.where(inside, row_weight * weight, 0)[..., None]
    return total


class Grid(NamedTuple):
    """Samples of bins: where the bins of each box start, how long they are, and how many samples a side has."""

    base: jax.Array
    top: jax.Array
    left: jax.Array
    tall: jax.Array
    wide: jax.Array
    rows: jax.Array
    columns: jax.Array

    def sample(self, flat: jax.Array, i: jax.Array, j: jax.Array, size: tuple[int, int]) -> jax.Array:
        """Sample (i, j) of each bin: (R, PH, PW, C); zero where a box has fewer samples."""
        dtype, (_, high, across) = flat.dtype, self.base.shape

        def along(first: jax.Array, side: jax.Array, bins: int, index: jax.Array, count: jax.Array) -> jax.Array:
            # In MXNet's order, and with products rounded: which samples lie outside hangs on the last bit.
            step, part = jax.lax.optimization_barrier(
                (jnp.arange(bins, dtype=dtype) * side[:, None], (index.astype(dtype) + 0.5) * side)
            )
            return first[:, None] + step + (part / count.astype(dtype))[:, None]

        y = along(self.top, self.tall, high, i, self.rows)[:, :, None]
        x = along(self.left, self.wide, across, j, self.columns)[:, None]
        y, x = jnp.broadcast_arrays(y, x)
        there = ((i < self.rows) & (j < self.columns))[:, None, None, None]
        return jnp.where(there, interpolate(flat, self.base, y, x, size), 0)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def sum_of_samples(flat: jax.Array, grid: Grid, size: tuple[int, int]) -> jax.Array:
    """All samples of each bin added up, however many there are."""
    across = jnp.max(grid.columns, initial=0)

    def add(step: jax.Array, total: jax.Array) -> jax.Array:
        return total + grid.sample(flat, step // across, step % across, size)

    start = jnp.zeros((*grid.base.shape, flat.shape[1]), flat.dtype)
    return jax.lax.fori_loop(jnp.int32(0), across * jnp.max(grid.rows, initial=0), add, start)


def _sum_backward(size: tuple[int, int], saved: tuple[jax.Array, Grid], gradient: jax.Array):
    flat, grid = saved
    across = jnp.max(grid.columns, initial=0)

    def add(step: jax.Array, total: jax.Array) -> jax.Array:
        _, pull = jax.vjp(lambda rows: grid.sample(rows, step // across, step % across, size), flat)
        return total + pull(gradient)[0]

    steps = across * jnp.max(grid.rows, initial=0)
    return jax.lax.fori_loop(jnp.int32(0), steps, add, jnp.zeros_like(flat)), None


sum_of_samples.defvjp(lambda flat, grid, size: (sum_of_samples(flat, grid, size), (flat, grid)), _sum_backward)
