"""`NDArray`: MXNet's array, a handle on a JAX array."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from operator import index
from typing import Any, ClassVar

import jax
import numpy as np
from jax.core import Tracer

from gluax import modes
from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context
from gluax.errors import ShapeError
from gluax.ndarray.fluent import Fluent
from gluax.ndarray.gradients import backward
from gluax.ndarray.indexing import Indexing
from gluax.ndarray.invoke import invoke, run
from gluax.ndarray.operators import Operators
from gluax.ndarray.tape import Variable, record_one
from gluax.ndarray.windows import Window
from gluax.ops.cast import convert
from gluax.ops.reshape import decode_shape

_GRAD_REQS = {"null": 0, "write": 1, "add": 3}  # MXNet's numbers; other requests are a KeyError, as there


class UnknownKeywords(TypeError, AttributeError):
    """MXNet raises TypeError; `jax.numpy.reshape` asks with ``order=`` and takes AttributeError for a no."""


class NDArray(Indexing, Operators, Fluent):
    """A handle on a `jax.Array` (or tracer). Writing rebinds the handle; the buffer itself never changes.

    Views (``x[0]``, ``x[1:3]``, ``x.reshape(...)``) are handles on the same storage: what is written to one shows
    in all. To JAX an NDArray is a pytree with the array as its leaf; its functions also take it as an array.
    """

    __slots__ = ()

    @property
    def stype(self) -> str:
        """The storage type: always "default", that is dense."""
        return "default"

    @property
    def T(self) -> NDArray:
        """The axes in reverse order; the array itself when it has fewer than two."""
        return self if self.ndim < 2 else invoke("transpose", (self,))

    # Values for Python and numpy.

    def asnumpy(self) -> np.ndarray:
        """A copy as a numpy array; waits for the values."""
        array, window = self._storage.array, self._window
        if window is None or isinstance(array, Tracer) or self.context.device_type != "cpu":
            return np.array(self._data)
        return np.array(window.on_host(np.asarray(array)))  # a compiled slice would cost more than it reads

    def asscalar(self) -> Any:
        """The only element, as a numpy scalar.

        Raises:
          ValueError: when there are several.
        """
        if self.size != 1:
            raise ValueError(f"an array of shape {self.shape} is not a scalar")
        return self.asnumpy()[0 if self.ndim == 1 else ()]

    def wait_to_read(self) -> None:
        """Wait until the values are computed."""
        if isinstance(self._data, jax.Array) and not isinstance(self._data, Tracer):
            self._data.block_until_ready()

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ValueError("The truth value of an NDArray with multiple elements is ambiguous.")
        return self.size == 1 and bool(self.asnumpy().item())

    __nonzero__ = __bool__

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray]:
        return (self[number] for number in range(len(self)))

    def __repr__(self) -> str:
        if not isinstance(self._data, jax.Array) or isinstance(self._data, Tracer):
            return f"<{type(self).__name__} {self._data}>"
        return f"\n{self.asnumpy()}\n<{type(self).__name__} {'x'.join(map(str, self.shape))} @{self.context}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._data, dtype) if copy is not False else np.asarray(self._data, dtype)

    def __jax_array__(self) -> Any:
        return self._data

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self._data.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule of the values."""
        return self.__dlpack__()

    def to_dlpack_for_write(self) -> Any:
        """A DLPack capsule of a copy: buffers of JAX cannot change, so writes do not come back, unlike in MXNet."""
        return self.copy().__dlpack__()

    # Copies and conversions.

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """A copy with another dtype; the array itself with ``copy=False`` if it has that dtype already."""
        wanted = np.dtype(dtype)
        if not copy and wanted == self.dtype:
            return self
        return run(lambda arrays: [convert(arrays[0], wanted.name)], (self,))[0]

    def copyto(self, other: NDArray | Context) -> Any:
        """Write the values into another array of the same shape, in its dtype; or copy them to a context.

        Raises:
          ShapeError: when `other` has another shape.
          TypeError: when `other` is neither.
        Warns:
          RuntimeWarning: when an array is copied to itself.
        """
        if isinstance(other, Context):
            return record_one(lambda array: array, self, type(self)(other.place(self._data), other))
        if not isinstance(other, NDArray):
            raise TypeError(f"copyto does not support type {type(other)}")
        if other is self:
            warnings.warn("You are attempting to copy an array to itself", RuntimeWarning, stacklevel=2)
            return False
        if other.shape != self.shape:
            raise ShapeError(f"cannot copy an array of shape {self.shape} to one of shape {other.shape}")
        other._require_unrecorded()
        source = self.astype(other.dtype)
        other._assign(other.context.place(source._data))
        return record_one(lambda array: array, source, other)

    def copy(self) -> NDArray:
        """A copy in the same context."""
        return record_one(lambda array: array, self, type(self)(self._data, self._ctx))

    def as_in_context(self, context: Context) -> NDArray:
        """The array itself if it lives in that context, else a copy there."""
        return self if self.context == context else self.copyto(context)

    def as_nd_ndarray(self) -> NDArray:
        """The array as an `mx.nd.NDArray`: itself, or the same storage and the same gradient under that class."""
        return self._seen_as(NDArray)

    # `gluax.numpy`, which stands above, adds the way there.
    as_np_ndarray: ClassVar[Callable[[NDArray], NDArray]]

    def tostype(self, stype: str) -> NDArray:
        """A copy; every array is dense, so the only storage type is "default".

        Raises:
          ValueError: for "csr" of an array that is no matrix.
          NotImplementedError: for "csr" and "row_sparse".
        """
        if stype == "csr" and self.ndim != 2:
            raise ValueError(f"only a 2-dimensional array converts to csr, not one of shape {self.shape}")
        if stype in ("csr", "row_sparse"):
            raise NotImplementedError(f"storage type {stype!r}: gluax keeps every array dense")
        return invoke("cast_storage", (self,), {"stype": stype})

    def reshape(self, *shape: Any, **kwargs: Any) -> NDArray:
        """A view with another shape, given as a tuple or as numbers; `reverse` reads its codes from the right.

        The codes: 0 copies a size, -1 infers one, -2 copies the rest, -3 merges two, -4 splits one into the next two.

        Raises:
          ShapeError: when the number of elements does not fit.
        """
        unknown = sorted(set(kwargs) - {"shape", "reverse"})
        if unknown:
            raise UnknownKeywords(f"reshape got unknown keywords {unknown}; it takes 'shape' and 'reverse'")
        if len(shape) == 1 and isinstance(shape[0], (list, tuple)):
            shape = tuple(shape[0])
        elif not shape:
            shape = kwargs.get("shape", ())
            assert shape, "Shape must be provided."
            shape = tuple(shape)
        codes = tuple(map(index, shape))
        wanted = decode_shape(self.shape, codes, bool(kwargs.get("reverse", False))) if codes else ()
        if math.prod(wanted) != self.size:
            raise ShapeError(f"Cannot reshape array of size {self.size} into shape {shape}")
        view = self._sharing(Window(0 if self._window is None else self._window.begin, wanted))
        return record_one(lambda array: array.reshape(wanted), self, view)

    def slice_assign(self, rhs: NDArray, begin: Sequence[Any], end: Sequence[Any], step: Sequence[Any]) -> NDArray:
        """Write an array where slices point; returns this array."""
        return invoke("_slice_assign", (self, rhs), {"begin": begin, "end": end, "step": step}, self)

    def slice_assign_scalar(self, value: float, begin: Sequence[Any], end: Sequence[Any], step: Sequence[Any]) -> Any:
        """Write a number where slices point; returns this array."""
        attrs = {"scalar": value, "begin": begin, "end": end, "step": step}
        return invoke("_slice_assign_scalar", (self,), attrs, self)

    # Gradients.

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make room for a gradient: `grad` is zeros from now on.

        Raises:
          KeyError: for a request other than "null", "write" and "add".
        """
        _ = _GRAD_REQS[grad_req]
        if stype not in (None, "default"):
            raise NotImplementedError(f"storage type {stype!r}: gluax keeps every array dense")
        with modes.scope(False, None):
            self._mark(invoke("zeros_like", (self,)), grad_req)

    @property
    def grad(self) -> NDArray | None:
        """The gradient's array, None before `attach_grad`."""
        return self._entry.grad if isinstance(self._entry, Variable) else None

    def detach(self) -> NDArray:
        """A handle on the same storage without a gradient."""
        return self._sharing(self._window)

    def backward(self, out_grad: NDArray | None = None, retain_graph: bool = False, train_mode: bool = True) -> None:
        """Compute the gradients of the variables that this array was computed from; see `gluax.autograd.backward`."""
        backward([self], None if out_grad is None else [out_grad], retain_graph, train_mode)

    # Pickling and copying.

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (None,), self.__getstate__()

    def __getstate__(self) -> dict[str, Any]:
        return {"handle": None if self._data is None else self.asnumpy()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._ctx = Context("cpu")  # where MXNet's come back too
        if state["handle"] is not None:
            with mxnet_numbers():
                self._assign(jax.device_put(np.array(state["handle"]), self._ctx.device))


def _flatten(array: NDArray) -> tuple[tuple[Any], Context | None]:
    return (array._data,), array._ctx


def register_array(kind: type[NDArray]) -> None:
    """Make a class of arrays a pytree to JAX, with the array as its leaf."""
    jax.tree_util.register_pytree_node(kind, _flatten, lambda ctx, leaves: kind(leaves[0], ctx))


register_array(NDArray)
