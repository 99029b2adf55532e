"""Small helpers of the families that move elements around: axes, sizes, static slices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax
from jax import lax

from gluax.errors import ShapeError


def axis_of(axis: int, rank: int) -> int:
    """Return `axis` counted from the front.

    Raises:
      ShapeError: when there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} is out of range: expected {-rank} <= axis < {rank} for data of rank {rank}")
    return axis % rank


def axes_of(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Return `axes` counted from the front.

    Raises:
      ShapeError: when one does not exist or comes twice.
    """
    found = tuple(axis_of(axis, rank) for axis in axes)
    if len(set(found)) != len(found):
        raise ShapeError(f"an axis comes twice in {tuple(axes)} for data of rank {rank}; name each axis once")
    return found


def product(dims: Sequence[int]) -> int:
    """Return the number of elements; -1 when a dimension is unknown."""
    return -1 if -1 in dims else math.prod(dims)


def take_slice(data: jax.Array, slices: Sequence[slice]) -> jax.Array:
    """Return data[slices] for static slices with Python's meaning, negative steps included."""
    starts, limits, strides, reversed_axes = [], [], [], []
    for axis, (part, size) in enumerate(zip(slices, data.shape)):
        start, stop, step = part.indices(size)
        last = start + (len(range(start, stop, step)) - 1) * step
        if len(range(start, stop, step)) == 0:
            low, high = 0, 0
        else:
            low, high = min(start, last), max(start, last) + 1
        if step < 0:
            reversed_axes.append(axis)
        starts.append(low)
        limits.append(high)
        strides.append(abs(step))
    rest = data.shape[len(starts) :]
    result = lax.slice(data, starts + [0] * len(rest), limits + list(rest), strides + [1] * len(rest))
    return lax.rev(result, reversed_axes) if reversed_axes else result
