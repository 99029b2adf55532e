"""Histograms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ops._elementwise import available
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types


def _inputs(attrs: Attrs) -> tuple[str, ...]:
    return ("data", "bins") if attrs.bin_cnt is None else ("data",)


def _types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    known = next((dtype for dtype in ins if dtype is not None), None)
    return [known] * len(ins), ["int64", known]


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if attrs.bin_cnt is not None:
        return ins, [(attrs.bin_cnt,), (attrs.bin_cnt + 1,)]
    known = len(ins) > 1 and ins[1] is not None and -1 not in ins[1]
    return ins, [(ins[1][0] - 1,), ins[1]] if known and ins[1] else outs


@operator("_histogram", aliases=("_npi_histogram",), inputs=_inputs, outputs=2, shapes=_shapes, types=_types)
def histogram(
    data: jax.Array,
    bins: jax.Array | None = None,
    *,
    bin_cnt: int | None = None,
    range: tuple[float, ...] | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Counts (int64) of all data between ascending edges, and the edges (of the data's type).

    The edges are `bins`, or those of `bin_cnt` equal bins over `range`. A bin holds its left edge, the last
    one its right edge too; nan and what lies outside counts nowhere. Edges of integer data are truncated.
    """
    flat = lax.stop_gradient(data).reshape(-1)
    if bin_cnt is not None:
        count, low, high = bin_cnt, *_limits(bin_cnt, range)
        edges = jnp.asarray(_edges(count, low, high, data.dtype))
        inside, places = _in_equal_bins(flat, edges, low, high)
    else:
        if bins is None:
            raise ArgumentError("histogram needs either the input bins or the attributes bin_cnt and range")
        _check_bins(data, bins)
        edges, count = lax.stop_gradient(bins), bins.shape[0] - 1
        inside = (flat >= edges[0]) & (flat <= edges[-1])
        places = jnp.minimum(jnp.searchsorted(edges, flat, side="right") - 1, count - 1)
    dtype = available("int64")
    counts = jnp.zeros(count, dtype).at[jnp.where(inside, places, count)].add(jnp.ones((), dtype), mode="drop")
    return counts, edges


def _limits(bin_cnt: int, range: tuple[float, ...] | None) -> tuple[float, float]:
    """The two ends; half a unit to either side of a range without extent."""
    if range is None or len(range) != 2 or range[0] > range[1]:
        raise ArgumentError(f"histogram with bin_cnt expects a range of two ascending numbers, got {range}")
    if bin_cnt < 1:
        raise ArgumentError(f"histogram expects bin_cnt to be at least 1, got {bin_cnt}")
    low, high = range
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def _check_bins(data: jax.Array, bins: jax.Array) -> None:
    if bins.ndim != 1 or bins.shape[0] < 2:
        raise ShapeError(f"histogram expects bins to be a vector of at least two edges, got shape {bins.shape}")
    if bins.dtype != data.dtype:
        raise DTypeError(f"histogram expects bins of the data's type {data.dtype}, got {bins.dtype}; cast one of them")


def _edges(count: int, low: float, high: float, dtype: np.dtype) -> np.ndarray:
    steps = np.arange(count + 1, dtype=np.float64)
    return ((high * steps + (count - steps) * low) / count).astype(dtype)


def _in_equal_bins(flat: jax.Array, edges: jax.Array, low: float, high: float) -> tuple[jax.Array, jax.Array]:
    """Which data lie inside, and their bins: by arithmetic, then one step to either side as the edges say.

    The ends of the range are compared before they are rounded to the data's type, and the first edge after
    it: what lies between the two is in no bin.
    """
    wide = flat.astype(available("float64"))
    count = edges.shape[0] - 1
    inside = (wide >= low) & (wide <= high)
    guess = jnp.where(inside, (wide - low) * count / (high - low), jnp.zeros_like(wide)).astype(np.int32)
    place = jnp.minimum(guess, count - 1)
    place = place - (flat < edges[place]).astype(np.int32)
    place = place + ((flat >= edges[place + 1]) & (place != count - 1)).astype(np.int32)
    return inside & (place >= 0), place
