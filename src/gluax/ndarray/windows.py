"""Views: handles on a stretch of another handle's elements.

MXNet's basic indexing and reshaping share memory when what they pick lies together: every view is a range of the
flattened array under a shape. Arrays of JAX never change, so reading a view slices what the storage holds now, and
writing to it puts a changed array in the storage. Where the range begins is an argument, not a constant, of the
compiled functions: one of them serves all rows of a matrix.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np
from jax import lax

from gluax.compile.numbers import mxnet_numbers


class Storage:
    """What the handles on one array share: a new array in it shows in all of them. `version` counts the changes.

    `changes` counts those of all storages: while it stands still, no handle has got another array. `source` is set
    only where the array can be read again: see `gluax.ndarray.release`.
    """

    __slots__ = ("array", "source", "version")
    changes: ClassVar[int] = 0

    def __init__(self, array: Any) -> None:
        self.array = array
        self.version = 0

    def put(self, array: Any) -> None:
        """Replace the array."""
        self.array = array
        self.version += 1
        Storage.changes += 1


class Window(NamedTuple):
    """A range of a flattened array, from element `begin` on, under a shape."""

    begin: int
    shape: tuple[int, ...]

    def read(self, array: Any) -> Any:
        """The elements of `array` in the window."""
        with mxnet_numbers():
            return _read(array, np.int64(self.begin), self.shape)

    def on_host(self, values: np.ndarray) -> np.ndarray:
        """The elements of a numpy array in the window, without a copy where it is C-contiguous."""
        return values.reshape(-1)[self.begin : self.begin + prod(self.shape)].reshape(self.shape)

    def write(self, array: Any, value: Any) -> Any:
        """`array` with the elements in the window replaced by `value`, of the window's shape."""
        with mxnet_numbers():
            return _write(array, value, np.int64(self.begin))


@partial(jax.jit, static_argnums=2)
def _read(array: jax.Array, begin: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    return lax.dynamic_slice(array.reshape(-1), (begin,), (prod(shape),)).reshape(shape)


@jax.jit
def _write(array: jax.Array, value: jax.Array, begin: jax.Array) -> jax.Array:
    return lax.dynamic_update_slice(array.reshape(-1), value.reshape(-1), (begin,)).reshape(array.shape)
