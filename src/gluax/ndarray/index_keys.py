"""Understanding index keys by MXNet's rules: what is picked, and which errors a key deserves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.core import Tracer

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.np_shape import is_np_shape
from gluax.ndarray.handle import Handle
from gluax.ndarray.operators import INTEGERS
from gluax.ndarray.parts import Template


class Region(NamedTuple):
    """What integers and slices pick: on every axis `length` elements from `start` on, `step` apart."""

    starts: tuple[int, ...]
    steps: tuple[int, ...]
    lengths: tuple[int, ...]
    kept: tuple[int, ...]  # the shape without the axes of integers
    shape: tuple[int, ...]  # and with those of None
    new_axes: tuple[int, ...]  # where these are

    def begin(self, shape: Sequence[int]) -> int | None:
        """The position in the flattened array of `shape` where the region lies in one piece, None if it does not."""
        if math.prod(self.lengths) > 1:
            partial_axis = False  # to the left of one, an axis may have a single element only
            for step, length, size in zip(reversed(self.steps), reversed(self.lengths), reversed(shape)):
                if length > 1 and (step != 1 or partial_axis):
                    return None
                partial_axis = partial_axis or length < size
        position = 0
        for start, size in zip(self.starts, shape):
            position = position * size + start
        return position


def expand(key: Any, shape: Sequence[int]) -> tuple[Any, ...]:
    """The key as a tuple with one entry per axis, besides None: ``...`` and absent entries become full slices.

    Raises:
      IndexError: for too many indices, and for a boolean array that does not fit.
      ValueError: for any other boolean array.
    """
    entries: list[Any] = []
    gap: int | None = None
    for entry in key if isinstance(key, tuple) else (key,):
        if entry is Ellipsis:
            if gap is not None:
                raise IndexError("an index can have only a single ellipsis ('...')")
            gap = len(entries)
        elif isinstance(entry, Handle) and entry.dtype is np.bool_:
            axis = sum(known is not None for known in entries)
            if entry.shape != tuple(shape[axis : axis + entry.ndim]):
                raise IndexError(f"a boolean index of shape {entry.shape} does not fit axis {axis} of shape {shape}")
            raise ValueError("boolean NDArrays do not index in MXNet's classic mode; see nd.contrib.boolean_mask")
        elif isinstance(entry, Handle) and entry.ndim == 0:
            entries.append(int(np.asarray(entry._data)))
        elif not isinstance(entry, bool):  # one that stands alone picks everything
            entries.append(entry)
    count = sum(entry is not None for entry in entries)
    if count > len(shape):
        raise IndexError(f"too many indices ({count}) for array with {len(shape)} dimensions")
    gap = len(entries) if gap is None else gap
    return (*entries[:gap], *[slice(None)] * (len(shape) - count), *entries[gap:])


def is_basic(key: tuple[Any, ...]) -> bool:
    """Whether a key is made of integers, slices and None only.

    Raises:
      ValueError: for anything that does not index.
    """
    for entry in key:
        if isinstance(entry, (Handle, np.ndarray, jax.Array, list, tuple, range)):
            if isinstance(entry, tuple) and not entry:
                raise ArgumentError("an empty tuple does not index an axis")
            return False
        if entry is not None and not isinstance(entry, (slice, *INTEGERS)):
            raise ValueError(f"NDArray does not support slicing with key {entry} of type {type(entry)}.")
    return True


def region_of(key: tuple[Any, ...], shape: Sequence[int], scalar: tuple[int, ...] = (1,)) -> Region:
    """What an expanded basic key picks; `scalar` is the shape of a single element.

    Raises:
      IndexError: for an integer out of range.
      ValueError: for a step of 0, and for a slice that runs the wrong way.
    """
    ranges: list[tuple[int, int, int]] = []
    kept: list[int] = []
    final: list[int] = []
    new_axes: list[int] = []
    for entry in key:
        if entry is None:
            new_axes.append(len(final))
            final.append(1)
            continue
        axis, size = len(ranges), shape[len(ranges)]
        if isinstance(entry, slice):
            picked = range(*entry.indices(size))
            ranges.append((picked.start, picked.step, len(picked)))
            kept.append(len(picked))
            final.append(len(picked))
            continue
        if not -size <= entry < size:
            raise IndexError(f"index {entry} is out of bounds for axis {axis} with size {size}")
        ranges.append((int(entry) % size, 1, 1))
    starts, steps, lengths = zip(*ranges) if ranges else ((), (), ())
    return Region(starts, steps, lengths, tuple(kept) or scalar, tuple(final) or scalar, tuple(new_axes))


def refuse_backward(key: Sequence[Any], shape: Sequence[int]) -> None:
    """Raise ArgumentError for a slice that ends before it begins."""
    for entry, size in zip((entry for entry in key if entry is not None), shape):
        if isinstance(entry, slice):
            start, stop, step = entry.indices(size)
            if (stop - start) * step < 0:
                raise ArgumentError(f"slice {start}:{stop}:{step} of an axis of size {size} ends before it begins")


def advanced(
    key: tuple[Any, ...], shape: Sequence[int], numpy_shapes: bool = False
) -> tuple[list[Any], Template, tuple[int, ...]]:
    """The index arrays of a key, the rest of it, and where axes of size 1 go afterwards.

    As in numpy, the axes of the index arrays come first in the result when the arrays are not next to each other. When
    they are, MXNet puts the axes of None as if the arrays had none: ``x[[0, 1], None]`` has shape (1, 2, ...).

    Raises:
      IndexError: for an index out of range, where it can be known.
      ShapeError: for an empty index, outside ``np_shape`` and without `numpy_shapes`.
    """
    places = [place for place, entry in enumerate(key) if entry is not None and not isinstance(entry, slice)]
    adjacent = places[-1] - places[0] == len(places) - 1
    arrays: list[Any] = []
    template: list[Any] = []
    new_axes: list[int] = []
    axis = 0
    for place, entry in enumerate(key):
        if entry is None and adjacent:
            new_axes.append(place - sum(other < place for other in places))
        elif entry is None or isinstance(entry, slice):
            template.append(None if entry is None else (entry.start, entry.stop, entry.step))
        else:
            arrays.append(_index_array(entry, axis, shape[axis], numpy_shapes or is_np_shape()))
            template.append("array")
        axis += entry is not None
    return arrays, tuple(template), tuple(new_axes)


def _index_array(entry: Any, axis: int, size: int, may_be_empty: bool) -> Any:
    array = entry._data if isinstance(entry, Handle) else list(entry) if isinstance(entry, range) else entry
    if isinstance(array, Tracer):
        return array
    array = np.asarray(array).astype(np.int64)
    if not array.size and not may_be_empty:
        raise ShapeError(f"an empty index for axis {axis} picks nothing; that needs gluax.util.np_shape()")
    wrong = array[(array < -size) | (array >= size)]
    if wrong.size:
        raise IndexError(f"index {wrong[0]} is out of bounds for axis {axis} with size {size}")
    return array
