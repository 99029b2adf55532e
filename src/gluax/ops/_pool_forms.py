"""Formulations of pooling, side by side, chosen by platform and by the size of the window.

All take data of any layout and a tuple of `Span`s, one for each axis that is pooled.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
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

NOWHERE = 255


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

    def default(data: jax.Array) -> jax.Array:
        return _above(_reduce_window(_above(data, lowest), spans, -math.inf, lax.max), lowest)

    def cpu(data: jax.Array) -> jax.Array:
        if _direct(spans):
            return _max_of_taps(data, tuple(spans))
        # The last axis first: then of equal elements the first in row-major order wins, as in one pass.
        for span in reversed(spans):
            data = lax.optimization_barrier(_max_of_taps(data, (span,)))
        return data

    return lax.platform_dependent(data, cpu=cpu, default=default) if _few(spans) else default(data)


def sum_pool(data: jax.Array, spans: Sequence[Span]) -> jax.Array:
    """Sum of each window, added in float32 at least."""
    dtype = data.dtype
    data = widen(data)
    if _covers(data, spans):
        return jnp.sum(data, [span.axis for span in spans], keepdims=True).astype(dtype)
    default = partial(_reduce_window, spans=spans, initial=0.0, combine=lax.add)

    def cpu(data: jax.Array) -> jax.Array:
        return _sum_of_taps(data, spans)

    total = lax.platform_dependent(data, cpu=cpu, default=default) if _few(spans) else default(data)
    return total.astype(dtype)


def _covers(data: jax.Array, spans: Sequence[Span]) -> bool:
    """Whether there is one window and it is the whole data."""
    return all(s.count == 1 and s.size == data.shape[s.axis] and not s.low and not s.high for s in spans)


def _few(spans: Sequence[Span]) -> bool:
    return math.prod(s.size for s in spans) <= DIRECT_TAPS or sum(s.size for s in spans) <= SEPARATE_TAPS


def _direct(spans: Sequence[Span]) -> bool:
    return math.prod(span.size for span in spans) <= DIRECT_TAPS or len(spans) == 1


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


def _sum_of_taps(data: jax.Array, spans: Sequence[Span]) -> jax.Array:
    if _direct(spans):
        first, *rest = _pieces(_pad(data, spans, 0.0), spans)
        return sum(rest, first)
    for span in reversed(spans):
        data = lax.optimization_barrier(_sum_of_taps(data, [span]))
    return data


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _max_of_taps(data: jax.Array, spans: tuple[Span, ...]) -> jax.Array:
    return _largest(data, spans)[0]


@_max_of_taps.defjvp
def _max_of_taps_jvp(spans, primals, tangents):
    (data,), (tangent,) = primals, tangents
    largest, found = _largest(data, spans)
    return largest, _where_found(tangent, found, spans)


def _largest(data: jax.Array, spans: tuple[Span, ...]) -> tuple[jax.Array, jax.Array]:
    """The largest element of each window, and the number of its tap, or NOWHERE."""
    lowest = float(jnp.finfo(data.dtype).min)
    padded = _pad(data, spans, lowest)
    shape = list(data.shape)
    for span in spans:
        shape[span.axis] = span.count
    largest, found = jnp.full(shape, lowest, data.dtype), jnp.full(shape, NOWHERE, jnp.uint8)
    for number, tap in enumerate(_taps_of(spans)):
        piece = padded
        for start, span in zip(tap, spans):
            limit = start + (span.count - 1) * span.stride + 1
            piece = lax.slice_in_dim(piece, start, limit, span.stride, span.axis)
        larger = piece > largest
        largest, found = jnp.where(larger, piece, largest), jnp.where(larger, jnp.uint8(number), found)
    return largest, found


def _where_found(data: jax.Array, found: jax.Array, spans: tuple[Span, ...]) -> jax.Array:
    """From each window the element at the tap of that number, 0 for NOWHERE.

    It is linear in data, and written for its transpose: that reads the cotangent and the numbers once for each tap at
    every place of one phase of the strides, in one pass. Here are as many places as there, and the sum is of arrays
    shifted to their windows, with a margin that is cut off.
    """
    margins = [(span.size - 1) // span.stride for span in spans]
    phases = _phases(data, spans, margins)
    wide = [(0, 0, 0)] * data.ndim
    for span, margin in zip(spans, margins):
        wide[span.axis] = (margin, margin, 0)
    found = lax.optimization_barrier(lax.pad(found, jnp.uint8(NOWHERE), wide))
    zero, terms = jnp.zeros((), data.dtype), []
    for number, tap in enumerate(_taps_of(spans)):
        here, shift = found, [(0, 0, 0)] * data.ndim
        for start, span, margin in zip(tap, spans, margins):
            behind = margin - start // span.stride
            here = lax.slice_in_dim(here, behind, behind + span.count + margin, axis=span.axis)
            shift[span.axis] = (behind, margin - behind, 0)
        phase = phases[tuple(start % span.stride for start, span in zip(tap, spans))]
        terms.append(lax.pad(jnp.where(here == number, phase, zero), zero, shift))
    total = lax.optimization_barrier(sum(terms[1:], terms[0]))
    for span, margin in zip(spans, margins):
        total = lax.slice_in_dim(total, margin, margin + span.count, axis=span.axis)
    return total


def _phases(data: jax.Array, spans: Sequence[Span], margins: Sequence[int]) -> dict[tuple[int, ...], jax.Array]:
    """Data, padded, by the remainders of their places by the strides; `count + margin` places along each axis."""
    arrays: dict[tuple[int, ...], jax.Array] = {(): data}
    for span, margin in zip(spans, margins):
        places, axis = span.count + margin, span.axis
        edges = [(0, 0, 0)] * data.ndim
        edges[axis] = (span.low, places * span.stride - span.low - data.shape[axis], 0)
        split = {}
        for key, array in arrays.items():
            array = lax.pad(array, jnp.zeros((), data.dtype), edges)
            array = array.reshape(*array.shape[:axis], places, span.stride, *array.shape[axis + 1 :])
            parts = lax.split(array, [1] * span.stride, axis + 1)
            split.update({(*key, number): part.squeeze(axis + 1) for number, part in enumerate(parts)})
        arrays = split
    return arrays


def _taps_of(spans: Sequence[Span]) -> Iterator[tuple[int, ...]]:
    """Every place in a window, in row-major order."""
    return itertools.product(*(range(span.size) for span in spans))


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
