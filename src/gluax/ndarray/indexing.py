"""Reading and writing parts of arrays by MXNet's rules.

Integers and slices that pick neighbouring elements give views; other slices, and lists or arrays of indices, copies.
A list of booleans is a list of the numbers 0 and 1.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import jax
import numpy as np

from gluax import modes
from gluax.compile.numbers import mxnet_numbers
from gluax.errors import GluaxError, ShapeError
from gluax.ir.np_shape import is_np_shape
from gluax.ndarray.handle import Handle
from gluax.ndarray.index_keys import advanced, expand, is_basic, refuse_backward, region_of
from gluax.ndarray.invoke import as_numpy, invoke, run
from gluax.ndarray.operators import INTEGERS, is_number
from gluax.ndarray.parts import as_shape, gather, pick, put, scatter
from gluax.ndarray.tape import is_live, record_one
from gluax.ops._elementwise import constant

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray


class Indexing(Handle):
    """Mixin: ``x[key]`` and ``x[key] = value``."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> NDArray:
        """The elements `key` picks: a view of this array when they lie together, else a copy.

        Raises:
          IndexError: for an index out of range, or too many of them.
          ValueError: for a key of the wrong kind, boolean arrays among them.
        """
        shape = self.shape
        if (isinstance(key, tuple) and not key) or (not shape and key == slice(None)):
            return cast("NDArray", self)
        if isinstance(key, slice) and key.step in (None, 1) and shape:
            return self._rows(key)
        if isinstance(key, INTEGERS) and shape:
            return self._row(key)
        if isinstance(key, tuple) and len(key) == len(shape) and all(isinstance(i, INTEGERS) for i in key):
            key = tuple(map(int, key))
        key = expand(key, shape)
        if not key:
            raise ValueError("an index of booleans alone picks nothing; use 0 or 1")
        if not is_basic(key):
            arrays, template, new_axes = advanced(key, shape, self._numpy_shapes)
            return run(lambda data: [gather(data[0], arrays, template, new_axes)], (self,))[0]
        region = region_of(key, shape, self._scalar_shape)
        if 0 in region.lengths[1:] and not (self._numpy_shapes or is_np_shape()):
            raise ShapeError(f"{key} picks nothing from shape {shape}; empty arrays need gluax.util.np_shape()")
        begin = region.begin(shape)
        if begin is not None:
            return self._view(begin, region.shape)
        starts, steps, lengths = np.asarray(region.starts), region.steps, region.lengths
        return run(lambda data: [pick(data[0], starts, steps, lengths, region.shape)], (self,))[0]

    def _row(self, number: Any) -> NDArray:
        """``x[number]``."""
        size, *rest = self.shape
        if not -size <= number < size:
            raise IndexError(f"index {number} is out of bounds for axis 0 with size {size}")
        return self._view(int(number) % size * math.prod(rest), tuple(rest))

    def _rows(self, key: slice) -> NDArray:
        """``x[start:stop]``, which may be empty."""
        if key.start is None and key.stop is None:
            return cast("NDArray", self)
        size, *rest = self.shape
        if not self._numpy_shapes:
            refuse_backward((key,), self.shape)
        start, stop, _ = key.indices(size)
        return self._view(start * math.prod(rest), (max(stop - start, 0), *rest))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write a number, an array or nested lists, broadcast, where `key` points; views show it too.

        Raises:
          IndexError, ValueError: as for reading; `ValueError` too when the value does not broadcast.
          TypeError: for a value that is no array.
          GluaxError: while recording, for a part of an array when the value was recorded, and for an array that was.
        """
        shape = self.shape
        if modes.is_recording():
            self._require_unrecorded()
            if isinstance(value, Handle) and is_live(value._entry):
                self._write_recorded(key, value)
                return
        if not shape and not (isinstance(key, tuple) and not key) and key != slice(None) and key is not Ellipsis:
            raise IndexError("scalar tensor can only accept `()` and `:` as index")
        if 0 in shape:
            return
        key = expand(key if shape else (), shape)
        if not is_basic(key):
            arrays, template, new_axes = advanced(key, shape, self._numpy_shapes)
            wanted = jax.eval_shape(partial(gather, template=template), self._data, arrays).shape
            fitted = self._fit(value, wanted, wanted, new_axes)
            with mxnet_numbers():
                self._assign(scatter(self._data, fitted, arrays, template))
            return
        region = region_of(key, shape, self._scalar_shape)
        if 0 in region.lengths:
            if not self._numpy_shapes:
                refuse_backward(key, shape)
            return
        fitted = self._fit(value, region.kept if shape else (), region.lengths, region.new_axes)
        begin = region.begin(shape)
        if region.lengths == shape and min(region.steps, default=1) > 0:
            self._assign(fitted)
        elif begin is not None:
            self._view(begin, region.lengths)._assign(fitted)
        else:
            with mxnet_numbers():
                self._assign(put(self._data, fitted, np.asarray(region.starts), region.steps, region.lengths))

    def _write_recorded(self, key: Any, value: Handle) -> None:
        """Write what was recorded to the whole array, which becomes part of the computation."""
        if key != slice(None) and key is not Ellipsis:
            raise GluaxError("while recording, what was recorded can be written to whole arrays only, as in x[:] = y")
        result = invoke("broadcast_to", (cast("NDArray", value).astype(self.dtype),), {"shape": self.shape})
        self._assign(self.context.place(result._data))
        record_one(lambda array: array, result, self)

    def _fit(self, value: Any, shape: tuple[int, ...], final: tuple[int, ...], new_axes: tuple[int, ...] = ()) -> Any:
        """`value` as an array of this one's dtype, broadcast to `shape`, then under the shape `final`.

        Of a value with more axes those at `new_axes`, and leading ones, are dropped where they have size 1.
        """
        dtype = self._data.dtype
        if isinstance(value, Handle):
            source = value._data
        elif isinstance(value, jax.Array):
            source = value
        elif is_number(value):
            source = constant(value, dtype) if dtype != np.bool_ else np.asarray(bool(value))
        else:
            source = as_numpy(value, dtype)
        sizes = list(source.shape)
        if len(sizes) > len(shape):
            sizes = [size for axis, size in enumerate(sizes) if axis not in new_axes or size != 1]
        while len(sizes) > len(shape) and sizes[0] == 1:
            del sizes[0]
        padded = [1] * (len(shape) - len(sizes)) + sizes
        if len(padded) != len(shape) or any(a not in (1, b) for a, b in zip(padded, shape)):
            raise ShapeError(f"a value of shape {tuple(source.shape)} cannot be broadcast to shape {shape}")
        with mxnet_numbers():
            fitted = as_shape(source.reshape(sizes), dtype, shape, final)
        return self.context.place(fitted)
