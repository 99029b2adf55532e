"""Winograd's convolutions and both of their derivatives, with weights that are transformed in every call, for CPU.

All three are such products of transformed arrays: the derivative by the data is the convolution of the cotangent with
turned weights, that by the weights sums over tiles. What JAX would derive from the convolution is far slower, as it
adds up overlapping tiles; so the derivatives are written as transposes of what is to come out of going backwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.ops._winograd import (
    OUT,
    SLAB_BYTES,
    UNROLLED,
    combine,
    first_half,
    outputs_of,
    pick_tile,
    second_half,
    transform_weight,
    weight_transform,
)  # fmt: skip

# For each m: there are this many channels at most for each tile, or transforming weights costs more than it saves.
_CHANNELS_PER_TILE = {4: 2, 2: 4}

# The products for the derivative by the weights are channels by filters: with fewer of either Eigen is slow.
_LEAST_CHANNELS = 128


@dataclass(frozen=True)
class Tiled:
    """A 3x3 convolution of stride 1 by tiles of outputs (N, height, width, O); `pad` is on both sides of the data."""

    tile: int
    batch: int
    height: int
    width: int
    pad: tuple[int, int]

    @classmethod
    def pick(cls, data: tuple[int, ...], weight: tuple[int, ...], pad: tuple[int, int]) -> Tiled | None:
        """The fastest for data (N, H, W, C) and weights (3, 3, C, O); None where a direct convolution is."""
        if not all(isinstance(size, int) for size in (*data, *weight)) or max(pad) > 2:
            return None
        batch, *sizes, channels = data
        height, width = (size + 2 * p - 2 for size, p in zip(sizes, pad))
        if pick_tile(batch, height, width, channels, weight[-1]) is None:
            return None
        for tile, most in _CHANNELS_PER_TILE.items():
            found = cls(tile, batch, height, width, pad)
            if max(channels, weight[-1]) <= most * batch * found.down * found.across:
                return found
        return None

    @property
    def down(self) -> int:
        """Tiles in a column."""
        return -(-self.height // self.tile)

    @property
    def across(self) -> int:
        """Tiles in a row."""
        return -(-self.width // self.tile)

    def halves(self, data: jax.Array) -> list[jax.Array]:
        """The first halves of transforming the data, for some rows of tiles each."""
        channels, tile = data.shape[-1], self.tile
        size = (tile + 2) ** 2 * self.batch * self.down * self.across * channels * data.dtype.itemsize
        rows = -(-self.down // min(math.ceil(size / SLAB_BYTES), UNROLLED, self.down))
        wanted = (self.down * tile + 2, self.across * tile + 2)
        spare = [(p, want - have - p) for p, want, have in zip(self.pad, wanted, data.shape[1:3])]
        padded = lax.optimization_barrier(jnp.pad(data, ((0, 0), *spare, (0, 0))))
        counts = [min(rows, self.down - start) for start in range(0, self.down, rows)]
        starts = range(0, self.down * tile, rows * tile)
        parts = [padded[:, start : start + count * tile + 2] for start, count in zip(starts, counts)]
        return [first_half(part, tile, count) for part, count in zip(parts, counts)]

    def convolve(self, halves: list[jax.Array], weight: jax.Array) -> jax.Array:
        """The convolution with weights (3, 3, C, O)."""
        weight = transform_weight(weight, self.tile)
        outputs = []
        for half in halves:
            points = second_half(half, self.tile, self.across)
            products = lax.dot_general(points, weight, (((2,), (1,)), ((0,), (0,))))
            outputs.append(outputs_of(products, self.tile, self.batch, half.shape[2], self.across))
        return jnp.concatenate(outputs, axis=1)[:, : self.height, : self.width]

    def by_data(self, tangent: jax.Array, weight: jax.Array) -> jax.Array:
        """The derivative along a tangent of the data."""
        height, width = tangent.shape[1:3]
        back = Tiled(self.tile, self.batch, height, width, (2 - self.pad[0], 2 - self.pad[1]))
        turned = jnp.swapaxes(weight[::-1, ::-1], 2, 3)

        def transpose(cotangent: jax.Array) -> jax.Array:
            return back.convolve(back.halves(cotangent), turned)

        return jax.linear_transpose(transpose, self._outputs(weight))(tangent)[0]

    def multiplies_fast(self, weight: tuple[int, ...]) -> bool:
        """Whether `by_weight` is faster than a direct convolution."""
        return min(weight[-2:]) >= _LEAST_CHANNELS

    def by_weight(self, halves: list[jax.Array], tangent: jax.Array) -> jax.Array:
        """The derivative along a tangent of the weights."""

        def transpose(cotangent: jax.Array) -> jax.Array:
            edges = ((0, self.down * self.tile - self.height), (0, self.across * self.tile - self.width))
            padded = lax.optimization_barrier(jnp.pad(cotangent, ((0, 0), *edges, (0, 0))))
            total, start = jnp.zeros((), cotangent.dtype), 0
            for half in halves:
                points = second_half(half, self.tile, self.across)
                limit = start + half.shape[2] * self.tile
                others = _transform_outputs(padded[:, start:limit], self.tile)
                total = total + lax.dot_general(points, others, (((1,), (1,)), ((0,), (0,))))
                start = limit
            both = weight_transform(self.tile, total.dtype).T
            total = lax.optimization_barrier(total).reshape(both.shape[1], -1)
            sums = jnp.matmul(jnp.asarray(both), total, precision=lax.Precision.HIGHEST)
            return sums.reshape(tangent.shape)

        return jax.linear_transpose(transpose, self._outputs(tangent))(tangent)[0]

    def _outputs(self, weight: jax.Array) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((self.batch, self.height, self.width, weight.shape[-1]), weight.dtype)


def _transform_outputs(data: jax.Array, tile: int) -> jax.Array:
    """What `outputs_of` does, transposed: (N, down * tile, across * tile, O) -> ((tile + 2)^2, tiles, O)."""
    rows = tuple(tuple(row) for row in np.transpose(OUT[tile]).tolist())
    batch, height, width, filters = data.shape
    tiles = data.reshape(batch, height // tile, tile, width // tile, tile, filters)
    half = lax.optimization_barrier(combine(rows, [tiles[:, :, i] for i in range(tile)], axis=0))
    points = combine(rows, [half[..., i, :] for i in range(tile)], axis=0)
    return points.reshape((tile + 2) ** 2, -1, filters)
