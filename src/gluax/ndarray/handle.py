"""What every array is: a handle on a JAX array, or on a part of another handle's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from jax.core import Tracer

from gluax import modes
from gluax.context import Context, context_of
from gluax.errors import GluaxError
from gluax.ndarray.tape import Entry, Variable, is_live, record_one
from gluax.ndarray.windows import Storage, Window

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray


class Handle:
    """A handle on a `jax.Array` (or tracer). Writing rebinds the handle; the buffer itself never changes."""

    __slots__ = ("__weakref__", "_ctx", "_entry", "_seen", "_storage", "_window", "writable")

    _numpy_shapes: ClassVar[bool] = False
    """Whether () is a shape and 0 a size like others, whatever ``np_shape`` says."""
    _scalar_shape: ClassVar[tuple[int, ...]] = (1,)  # of a single element that an index picks

    def __init__(self, data: Any, ctx: Context | None = None) -> None:
        self._storage = Storage(data)
        self._window: Window | None = None
        self._seen: tuple[int, Any] = (-1, None)
        self._ctx = ctx
        self._entry: Entry | None = None
        self.writable = True

    @property
    def _data(self) -> Any:
        """The JAX array of this moment."""
        storage, window = self._storage, self._window
        if window is None:
            return storage.array
        version, value = self._seen
        if version != storage.version:
            value = window.read(storage.array)
            if not isinstance(value, Tracer):  # a tracer must not outlive its trace
                self._seen = (storage.version, value)
        return value

    def _assign(self, array: Any) -> None:
        """Rebind: the handle, and all that share its storage, hold `array`, of the same shape and dtype."""
        storage = self._storage
        storage.put(array if self._window is None else self._window.write(storage.array, array))

    def _require_unrecorded(self) -> None:
        """Raise GluaxError while recording, when the array is part of what was recorded, as in MXNet."""
        if modes.is_recording() and is_live(self._entry):
            raise GluaxError(
                "an array that is part of the recorded computation cannot be written to while recording: neither by "
                "+= and the like, nor by x[:] = or out=. Make a new array, or write within autograd.pause()"
            )

    def _mark(self, grad: NDArray | None, grad_req: str) -> None:
        """Make the array a variable with a place for its gradient; what was recorded of it is forgotten."""
        self._entry = None if grad is None else Variable(grad, grad_req)

    @property
    def _fresh_grad(self) -> bool:
        """Whether a backward pass wrote the gradient since this was last set to False."""
        return isinstance(self._entry, Variable) and self._entry.fresh

    @_fresh_grad.setter
    def _fresh_grad(self, fresh: bool) -> None:
        if isinstance(self._entry, Variable):
            self._entry.fresh = bool(fresh)

    def _sharing(self, window: Window | None) -> NDArray:
        """Another handle on the same storage."""
        return self._sharing_as(cast("type[NDArray]", type(self)), window)

    def _sharing_as(self, kind: type[NDArray], window: Window | None) -> NDArray:
        handle = kind(None, self._ctx)
        handle._storage, handle._window, handle.writable = self._storage, window, self.writable
        return handle

    def _seen_as(self, kind: type[NDArray]) -> NDArray:
        """This array as one of another class: the same values and the same place in what was recorded."""
        if type(self) is kind:
            return self
        handle = self._sharing_as(kind, self._window)
        handle._entry = self._entry
        return handle

    def _view(self, begin: int, shape: tuple[int, ...]) -> NDArray:
        """A handle on the elements from `begin` on of this flattened array."""
        outer = 0 if self._window is None else self._window.begin
        own = Window(begin, shape or self._scalar_shape)
        return record_one(own.read, self, self._sharing(Window(outer + begin, own.shape)))

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the dimensions."""
        return tuple(self._storage.array.shape) if self._window is None else self._window.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> type:
        """numpy's class of the elements, ``numpy.float32`` for one."""
        return np.dtype(self._storage.array.dtype).type

    @property
    def context(self) -> Context:
        """Where the array lives."""
        return self._ctx if self._ctx is not None else context_of(self._storage.array)

    ctx = context
