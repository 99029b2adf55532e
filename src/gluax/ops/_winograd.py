"""Winograd's minimal filtering for 3x3 convolutions of stride 1 on channels-last data, for CPU.

F(m, 3) computes m x m outputs from (m + 2) x (m + 2) inputs with (m + 2)^2 products instead of 9 m^2: 2.25 times fewer
for m = 2, 4 times for m = 4. Matrices and method: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
(2015). Rounding is looser than that of the direct sum: about 4 times for m = 2, 10 times for m = 4.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

Rows = tuple[tuple[float, ...], ...]

# For each m: what transforms the data, the weights, and the products.
DATA: dict[int, Rows] = {
    2: ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    4: (
        (4, 0, -5, 0, 1, 0),
        (0, -4, -4, 1, 1, 0),
        (0, 4, -4, -1, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 2, -1, -2, 1, 0),
        (0, 4, 0, -5, 0, 1),
    ),
}
_WEIGHT: dict[int, Rows] = {
    2: ((1, 0, 0), (1 / 2, 1 / 2, 1 / 2), (1 / 2, -1 / 2, 1 / 2), (0, 0, 1)),
    4: (
        (1 / 4, 0, 0),
        (-1 / 6, -1 / 6, -1 / 6),
        (-1 / 6, 1 / 6, -1 / 6),
        (1 / 24, 1 / 12, 1 / 6),
        (1 / 24, -1 / 12, 1 / 6),
        (0, 0, 1),
    ),
}
OUT: dict[int, Rows] = {
    2: ((1, 1, 1, 0), (0, 1, -1, -1)),
    4: ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1)),
}

# Transformed data above this many bytes, or the weights' if those are more, leave the caches and are slower than a
# direct convolution: rows of tiles are then done some at a time, many of them in a loop, which compiles faster.
SLAB_BYTES = 8 << 20
UNROLLED = 4

# Below this product of channel counts, or this many tiles, the transforms cost more than the products save.
_CHANNELS = 64 * 64
_TILES = {4: 32, 2: 16}


def pick_tile(batch: int, height: int, width: int, channels: int, filters: int) -> int | None:
    """The fastest m for outputs of this size; None where a direct convolution is."""
    if channels * filters < _CHANNELS or min(channels, filters) < 32:
        return None
    return next((m for m, least in _TILES.items() if batch * -(-height // m) * -(-width // m) >= least), None)


def weight_rows(tile: int, dtype: Any) -> np.ndarray:
    """The matrix (tile + 2, 3) that transforms weights along one axis."""
    return np.array(_WEIGHT[tile], dtype)


def transform_weight(weight: jax.Array, tile: int) -> jax.Array:
    """(3, 3, I, O) -> ((tile + 2)^2, I, O)."""
    both = jnp.asarray(weight_transform(tile, weight.dtype))
    points = jnp.matmul(both, weight.reshape(9, -1), precision=lax.Precision.HIGHEST)
    return points.reshape(-1, *weight.shape[2:])


def weight_transform(tile: int, dtype: Any) -> np.ndarray:
    """The matrix ((tile + 2)^2, 9) that transforms weights along both axes.

    The column first, in the order in which `second_half` makes the data's.
    """
    rows = weight_rows(tile, dtype)
    return np.einsum("ia,jb->jiab", rows, rows).reshape(-1, 9)


def winograd(data: jax.Array, weight: jax.Array, pad: tuple[int, int], tile: int) -> jax.Array:
    """Convolve data (N, H, W, C) with transformed weights ((tile + 2)^2, C, O) -> (N, H', W', O)."""
    batch, *sizes, channels = data.shape
    height, width = (size + 2 * p - 2 for size, p in zip(sizes, pad))
    down, across = -(-height // tile), -(-width // tile)
    transformed = (tile + 2) ** 2 * batch * down * across * channels * data.dtype.itemsize
    slabs = math.ceil(transformed / max(SLAB_BYTES, weight.size * weight.dtype.itemsize))
    rows = -(-down // min(slabs, down))
    slabs = -(-down // rows)
    spare = [(p, p + count * tile - size) for p, count, size in zip(pad, (slabs * rows, across), (height, width))]
    padded = lax.optimization_barrier(jnp.pad(data, ((0, 0), *spare, (0, 0))))

    def slab(start: Any) -> jax.Array:
        part = lax.dynamic_slice_in_dim(padded, start * rows * tile, rows * tile + 2, axis=1)
        return _rows_of_tiles(part, weight, tile, rows, across)

    if slabs <= UNROLLED:
        out = jnp.concatenate([slab(i) for i in range(slabs)], axis=1)
    else:
        empty = jnp.zeros((batch, slabs * rows * tile, across * tile, weight.shape[-1]), data.dtype)

        def step(i: jax.Array, out: jax.Array) -> jax.Array:
            return lax.dynamic_update_slice_in_dim(out, slab(i), i * rows * tile, axis=1)

        out = lax.fori_loop(0, slabs, step, empty)
    return out[:, :height, :width]


def _rows_of_tiles(data: jax.Array, weight: jax.Array, tile: int, down: int, across: int) -> jax.Array:
    """Outputs (N, down * tile, across * tile, O)."""
    points = second_half(first_half(data, tile, down), tile, across)
    products = lax.dot_general(points, weight, (((2,), (1,)), ((0,), (0,))))
    return outputs_of(products, tile, data.shape[0], down, across)


def first_half(data: jax.Array, tile: int, down: int) -> jax.Array:
    """Transform the columns of data (N, down * tile + 2, W, C) -> (tile + 2, N, down, W, C).

    The barrier keeps XLA from computing it again for each place where the second half needs it.
    """
    starts = [lax.slice_in_dim(data, i, i + (down - 1) * tile + 1, tile, axis=1) for i in range(tile + 2)]
    return lax.optimization_barrier(combine(DATA[tile], starts, axis=0))


def second_half(half: jax.Array, tile: int, across: int) -> jax.Array:
    """Transform the rows of `first_half`'s result -> ((tile + 2)^2, N * down * across, C)."""
    starts = [lax.slice_in_dim(half, i, i + (across - 1) * tile + 1, tile, axis=3) for i in range(tile + 2)]
    return combine(DATA[tile], starts, axis=0).reshape((tile + 2) ** 2, -1, half.shape[-1])


def outputs_of(products: jax.Array, tile: int, batch: int, down: int, across: int) -> jax.Array:
    """Transform products ((tile + 2)^2, N * down * across, O) -> (N, down * tile, across * tile, O)."""
    products = products.reshape(tile + 2, tile + 2, batch, down, across, -1)
    half = lax.optimization_barrier(combine(OUT[tile], list(products), axis=4))  # (tile + 2, N, down, across, tile, O)
    outputs = combine(OUT[tile], list(half), axis=2)
    return outputs.reshape(batch, down * tile, across * tile, -1)


def combine(rows: Rows, arrays: list[jax.Array], axis: int) -> jax.Array:
    """Stack the sums of arrays that each row weighs."""
    sums = []
    for row in rows:
        terms = [
            array if factor == 1 else array * array.dtype.type(factor) for factor, array in zip(row, arrays) if factor
        ]
        sums.append(sum(terms[1:], terms[0]))
    return jnp.stack(sums, axis)
