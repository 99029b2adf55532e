"""Formulations of pooling, side by side, chosen by platform and by the size of the window.

All take data of any layout and a tuple of `Span`s, one for each axis that is pooled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from gluax.ops._numbers import widen

# On CPU a window of few elements is faster as one pass over shifted slices, a larger one as one pass for
# each axis, until the taps are so many that the program grows too large.
DIRECT_TAPS = 9
SEPARATE_TAPS = 32


@dataclass(frozen=True)
class Span:
    """Windows along one axis: `count` of them, `size` long, `stride` apart, the first starting at `-low`."""

    axis: int
    size: int
    stride: int
    low: int
    high: int
    count: int


Combine = Callable[[jax.Array, jax.Array], jax.Array]


def max_pool(data: jax.Array, spans: Sequence[Span]) -> jax.Array:
    """Largest element of each window, as MXNet finds it.

    Its search starts at the lowest finite number and moves on only to something larger: nan is passed
    over, an empty window gives that number, and of equal elements the first gets the gradient.
    """
    lowest = float(jnp.finfo(data.dtype).min)
    if _covers(data, spans):
        return _first_max(_above(data, lowest), tuple(span.axis for span in spans))

    def later_if_larger(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.where(b > a, b, a)

    def default(data: jax.Array) -> jax.Array:
        return _above(_reduce_window(_above(data, lowest), spans, -math.inf, lax.max), lowest)

    def cpu(data: jax.Array) -> jax.Array:
        return _taps(data, spans, lowest, later_if_larger, start=True)

    return lax.platform_dependent(data, cpu=cpu, default=default) if _few(spans) else default(data)


def sum_pool(data: jax.Array, spans: Sequence[Span]) -> jax.Array:
    """Sum of each window, added in float32 at least."""
    dtype = data.dtype
    data = widen(data)
    if _covers(data, spans):
        return jnp.sum(data, [span.axis for span in spans], keepdims=True).astype(dtype)
    default = partial(_reduce_window, spans=spans, initial=0.0, combine=lax.add)

    def cpu(data: jax.Array) -> jax.Array:
        return _taps(data, spans, 0.0, jnp.add)

    total = lax.platform_dependent(data, cpu=cpu, default=default) if _few(spans) else default(data)
    return total.astype(dtype)


def _covers(data: jax.Array, spans: Sequence[Span]) -> bool:
    """Whether there is one window and it is the whole data."""
    return all(s.count == 1 and s.size == data.shape[s.axis] and not s.low and not s.high for s in spans)


def _few(spans: Sequence[Span]) -> bool:
    return math.prod(s.size for s in spans) <= DIRECT_TAPS or sum(s.size for s in spans) <= SEPARATE_TAPS


def _above(data: jax.Array, lowest: float) -> jax.Array:
    """Data with nan and -inf replaced by `lowest`."""
    return jnp.where(data > lowest, data, lowest)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _first_max(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    return jnp.max(data, axes, keepdims=True)


@_first_max.defjvp
def _first_max_jvp(axes, primals, tangents):
    (data,), (tangent,) = primals, tangents
    rows = jnp.moveaxis(data, axes, range(-len(axes), 0))
    rows = rows.reshape(*rows.shape[: -len(axes)], -1)
    first = jnp.argmax(rows, -1, keepdims=True)
    chosen = lax.broadcasted_iota(first.dtype, rows.shape, rows.ndim - 1) == first
    moved = jnp.moveaxis(tangent, axes, range(-len(axes), 0)).reshape(rows.shape)
    largest = _first_max(data, axes)
    return largest, jnp.sum(jnp.where(chosen, moved, 0), -1).reshape(largest.shape)


def _reduce_window(data: jax.Array, spans: Sequence[Span], initial: float, combine: Combine) -> jax.Array:
    sizes, strides, padding = [1] * data.ndim, [1] * data.ndim, [(0, 0)] * data.ndim
    for span in spans:
        sizes[span.axis], strides[span.axis], padding[span.axis] = span.size, span.stride, (span.low, span.high)
    # Windows that start behind the last counted one do not exist in MXNet.
    out = lax.reduce_window(data, data.dtype.type(initial), combine, sizes, strides, padding)
    for span in spans:
        out = lax.slice_in_dim(out, 0, span.count, axis=span.axis)
    return out


def _taps(data: jax.Array, spans: Sequence[Span], fill: float, combine: Combine, start: bool = False) -> jax.Array:
    """Combine shifted slices of padded data; `start` combines the first of them with `fill`."""
    if math.prod(span.size for span in spans) <= DIRECT_TAPS or len(spans) == 1:
        pieces = _pieces(_pad(data, spans, fill), spans)
        total = combine(jnp.full_like(pieces[0], fill), pieces[0]) if start else pieces[0]
        for piece in pieces[1:]:
            total = combine(total, piece)
        return total
    # The last axis first: then of equal elements the first in row-major order wins, as in one pass.
    for span in reversed(spans):
        data = lax.optimization_barrier(_taps(data, [span], fill, combine, start))
    return data


def _pad(data: jax.Array, spans: Sequence[Span], fill: float) -> jax.Array:
    padding = [(0, 0)] * data.ndim
    for span in spans:
        padding[span.axis] = (span.low, span.high)
    if not any(map(any, padding)):
        return data
    # Without the barrier XLA computes the padding again for every tap.
    return lax.optimization_barrier(jnp.pad(data, padding, constant_values=fill))


def _pieces(data: jax.Array, spans: Sequence[Span]) -> list[jax.Array]:
    """What each element of the window sees, in row-major order."""
    arrays = [data]
    for span in spans:
        arrays = [piece for array in arrays for piece in _pieces_along(array, span)]
    return arrays


def _pieces_along(array: jax.Array, span: Span) -> list[jax.Array]:
    """The pieces along one axis; split by strides first, as the gradients of strided slices are slow."""
    axis, stride = span.axis, span.stride
    blocks = -(-array.shape[axis] // stride)
    spare = [(0, 0)] * array.ndim
    spare[axis] = (0, blocks * stride - array.shape[axis])
    if stride > 1:
        split = jnp.pad(array, spare).reshape(*array.shape[:axis], blocks, stride, *array.shape[axis + 1 :])
        phases = [phase.squeeze(axis + 1) for phase in lax.split(split, [1] * stride, axis + 1)]
    else:
        phases = [array]
    starts = [(phases[i % stride], i // stride) for i in range(span.size)]
    return [lax.slice_in_dim(phase, start, start + span.count, 1, axis) for phase, start in starts]
