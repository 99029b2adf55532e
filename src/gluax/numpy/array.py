"""`ndarray`: MXNet's array with numpy's interface, a handle on a JAX array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from gluax.context import Context
from gluax.ndarray import NDArray
from gluax.ndarray import array as nd_array
from gluax.ndarray.fluent import Fluent
from gluax.ndarray.ndarray import register_array
from gluax.numpy import arithmetic, elementwise, fallback, products
from gluax.numpy.methods import Methods, without_classic_methods


class ndarray(Methods, NDArray):  # type: ignore[misc]
    """An `NDArray` whose shapes, indices, methods and operators are numpy's.

    () is the shape of a scalar and 0 a size, whether or not ``np_shape`` is on. Operators keep MXNet's rules of
    dtypes: a number takes the array's, comparisons give booleans, arrays of different integer dtypes do not mix.
    """

    __slots__ = ()
    _scalar_shape = ()

    @property
    def dtype(self) -> np.dtype:  # type: ignore[override]
        """The dtype of the elements, numpy's."""
        return np.dtype(self._storage.array.dtype)

    def item(self, *args: int) -> Any:
        """An element as a number of Python: the only one, that at a flat position, or that at an index."""
        return self.asnumpy().item(*args)

    def tolist(self) -> Any:
        """The elements as nested lists of Python's numbers."""
        return self.asnumpy().tolist()

    def as_in_ctx(self, ctx: Context) -> NDArray:
        """The array itself if it lives in that context, else a copy there."""
        return self.as_in_context(ctx)

    def copy(self, order: str = "C") -> NDArray:
        """A copy in the same context."""
        if order != "C":
            raise NotImplementedError(f"copy: order {order!r} is not supported")
        return super().copy()

    def reshape_view(self, *shape: Any, **kwargs: Any) -> NDArray:
        """The same elements under another shape; see `NDArray.reshape`."""
        return NDArray.reshape(self, *shape, **kwargs)

    def __repr__(self) -> str:
        if isinstance(self._data, Tracer):
            return super().__repr__()
        text = f"array({np.array2string(self.asnumpy(), separator=', ', prefix='array(')}"
        if self.dtype not in (np.float32, np.bool_):
            text += f", dtype={self.dtype.name}"
        return f"{text}{self._place(', ctx={}')})"

    def __str__(self) -> str:
        if isinstance(self._data, Tracer):
            return super().__repr__()
        return str(self.asnumpy()) + self._place(" @{}")

    def _place(self, template: str) -> str:
        return "" if self.context.device_type == "cpu" else template.format(self.context)

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ValueError("The truth value of an ndarray with multiple elements is ambiguous.")
        return self.size == 1 and bool(self.item())

    def __float__(self) -> float:
        return float(self._only())

    def __int__(self) -> int:
        return int(self._only())

    def __index__(self) -> int:
        if not np.issubdtype(self.dtype, np.integer):
            raise TypeError(f"only integer scalar arrays can be an index, not {self.dtype}")
        return int(self._only())

    def __round__(self, decimals: int = 0) -> Any:
        return self.round(decimals)

    def __floor__(self) -> Any:
        return elementwise.floor(self)

    def __ceil__(self) -> Any:
        return elementwise.ceil(self)

    def __trunc__(self) -> Any:
        return elementwise.trunc(self)

    def _only(self) -> Any:
        if self.size != 1:
            raise TypeError("only size-1 arrays can be converted to Python scalars")
        return self.item()

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    # Indexing: masks become the indices of what they pick.

    def __getitem__(self, key: Any) -> NDArray:
        """The elements `key` picks by numpy's rules: a view when they lie together, else a copy."""
        return super().__getitem__(_without_masks(key, self.shape))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write a number, an array or nested lists, broadcast, where `key` points."""
        super().__setitem__(_without_masks(key, self.shape), value)

    # In place.

    def _update(self, function: Callable[..., Any], other: Any) -> ndarray:
        if not self.writable:
            raise ValueError("the ndarray is read-only")
        if isinstance(other, jax.Array):
            other = ndarray(other)
        return function(self, other, out=self)

    def __iadd__(self, other: Any) -> ndarray:
        return self._update(arithmetic.add, other)

    def __isub__(self, other: Any) -> ndarray:
        return self._update(arithmetic.subtract, other)

    def __imul__(self, other: Any) -> ndarray:
        return self._update(arithmetic.multiply, other)

    def __itruediv__(self, other: Any) -> ndarray:
        return self._update(arithmetic.divide, other)

    __idiv__ = __itruediv__

    def __imatmul__(self, other: Any) -> ndarray:
        return self._update(products.matmul, other)

    def __imod__(self, other: Any) -> ndarray:
        return self._update(arithmetic.mod, other)

    def __iand__(self, other: Any) -> ndarray:
        return self._update(arithmetic.bitwise_and, other)

    def __ior__(self, other: Any) -> ndarray:
        return self._update(arithmetic.bitwise_or, other)

    def __ixor__(self, other: Any) -> ndarray:
        return self._update(arithmetic.bitwise_xor, other)

    # numpy's own functions on these arrays: ours of that name, else numpy's on copies.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            return NotImplemented
        out = kwargs.pop("out", None)
        if out is not None:
            kwargs["out"] = out[0]
        return _counterpart(ufunc)(*inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _counterpart(function)(*args, **kwargs)


register_array(ndarray)
without_classic_methods(ndarray, Fluent, {"asscalar": "item()", "diag": "mx.np.diag"})


def _counterpart(function: Any) -> Callable[..., Any]:
    from gluax import numpy as face

    part = face.linalg if getattr(function, "__module__", None) == "numpy.linalg" else face
    found = getattr(part, function.__name__, None)
    return found if callable(found) else fallback.through_numpy(function)


def _without_masks(key: Any, shape: Sequence[int]) -> Any:
    """`key` with boolean arrays replaced by the indices of what they pick."""
    if isinstance(key, (list, np.ndarray)) and (np.asarray(key).dtype == np.bool_ if len(np.shape(key)) else False):
        key = ndarray(jax.numpy.asarray(key))
    entries = key if isinstance(key, tuple) else (key,)
    if not any(isinstance(entry, NDArray) and entry.dtype == np.bool_ for entry in entries):
        return key
    found: list[Any] = []
    for entry in entries:
        if not isinstance(entry, NDArray) or entry.dtype != np.bool_:
            found.append(entry)
            continue
        axis = sum(known is not None for known in found)
        if Ellipsis not in [known for known in found if not isinstance(known, (NDArray, np.ndarray))]:
            covered = tuple(shape[axis : axis + entry.ndim])
            if entry.shape != covered:
                raise IndexError(f"a boolean index of shape {entry.shape} does not fit axis {axis} of shape {shape}")
        found += np.nonzero(np.asarray(entry._data))
    return tuple(found)


def array(object: Any, dtype: Any = None, ctx: Context | None = None) -> Any:
    """A copy as an `ndarray`.

    Args:
      object: an array of any kind, or what numpy takes for one.
      dtype: by default that of an array, float32 for anything else.
      ctx: where it lives, the current context by default.

    Raises:
      TypeError: when the values make no array.
      ValueError: for a classic NDArray.
    """
    if isinstance(object, NDArray) and not isinstance(object, ndarray):
        raise ValueError("mx.np.array takes no classic NDArray: as_np_ndarray() makes it one of mx.np, without a copy")
    if dtype is None:
        dtype = object.dtype if isinstance(object, (NDArray, np.ndarray, jax.Array)) else np.float32
    return nd_array(object, ctx, dtype)._seen_as(ndarray)


def shares_memory(a: Any, b: Any, max_work: int | None = None) -> bool:
    """Whether two arrays are handles on one storage."""
    return isinstance(a, ndarray) and isinstance(b, ndarray) and a._storage is b._storage


may_share_memory = shares_memory
