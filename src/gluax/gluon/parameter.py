"""Parameters of a block: named arrays, with a copy on each of several contexts, that blocks may share."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax import symbol
from gluax.context import Context
from gluax.errors import ParameterError
from gluax.gluon.parameter_arrays import DeferredInitializationError, ParameterArrays, as_ndarray, context_list
from gluax.initializer import InitDesc, Initializer, Uniform, create
from gluax.ir.np_shape import is_np_shape, shape_is_known
from gluax.modes import is_np_array
from gluax.ndarray import NDArray
from gluax.ndarray.creation import empty

__all__ = ["DeferredInitializationError", "Parameter", "tensor_types"]

tensor_types = (symbol.Symbol, NDArray)
"""What blocks compute with."""

_STYPES = ("default", "row_sparse", "csr")
_GRAD_REQS = ("write", "add", "null")


class Parameter(ParameterArrays):
    """A named array with a copy on each context it is initialized on. Blocks that share it hold the same object.

    Args:
      name: the variable's name in the graph.
      grad_req: "write", "add" or "null"; the last has no gradient.
      shape: the shape, or one number; 0 (-1 under numpy shape semantics) for unknown sizes, None for an unknown rank.
      dtype: numpy's type or its name.
      lr_mult, wd_mult: multiply the learning rate and the weight decay.
      init: the parameter's own initializer.
      allow_deferred_init: whether `initialize` may wait until the shape is known.
      differentiable: False makes `grad_req` always "null".
      stype, grad_stype: "default", "row_sparse" or "csr"; values are stored densely whatever it is.

    Raises:
      AssertionError: (as a `ParameterError`) for an unknown `grad_req`, `stype` or `grad_stype`.
    """

    def __init__(
        self,
        name: str,
        grad_req: str = "write",
        shape: int | Sequence[int] | None = None,
        dtype: Any = np.float32,
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: Initializer | str | None = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        super().__init__(name, stype)
        self._var: symbol.Symbol | None = None
        self._differentiable = differentiable
        self._allow_deferred_init = allow_deferred_init
        # A list stays one, as in MXNet: exported graphs show it.
        self._shape: Any = (shape,) if isinstance(shape, int) else shape
        self._dtype = dtype
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.grad_req = grad_req
        self.init = init
        for key, value in (("grad_stype", grad_stype), ("stype", stype)):
            if value not in _STYPES:
                raise ParameterError(f"{key} for Parameter {name!r} must be one of {_STYPES}, but got {value!r}")
        self._grad_stype = grad_stype

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    @property
    def grad_req(self) -> str:
        """What happens to gradients: "write" replaces, "add" accumulates, "null" has none.

        Setting "null" frees the gradient arrays; leaving it makes new ones.
        """
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req not in _GRAD_REQS:
            raise ParameterError(f"grad_req must be one of {_GRAD_REQS}, but got {req!r}")
        if not self._differentiable:
            req = "null"
        if self._grad_req == req:
            return
        self._grad_req = req
        if self._data is None:
            return
        if req == "null":
            self._data = [array.detach() for array in self._data]
        self._init_grad()

    @property
    def dtype(self) -> Any:
        """The dtype, as it was given; setting it casts the values."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        self.cast(dtype)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape, with 0 (-1 under numpy shape semantics) for unknown sizes; None while the rank is unknown."""
        if self._shape is None or not is_np_shape():
            return self._shape
        return tuple(size if size != 0 else -1 for size in self._shape)

    @shape.setter
    def shape(self, new_shape: Sequence[int]) -> None:
        old = self._shape
        if old is not None and (
            len(old) != len(new_shape) or any(size not in (-1, 0, new) for size, new in zip(old, new_shape))
        ):
            raise ParameterError(
                f"Parameter {self.name!r}: expected shape {tuple(new_shape)} is incompatible with given shape {old}."
            )
        self._shape = tuple(new_shape)

    def _check_load(self, data: NDArray, ctx: Any, cast_dtype: bool = False, dtype_source: str = "current") -> None:
        """Raise what `_load_init` would raise."""
        failed = f"Failed loading Parameter {self.name!r} from saved params"
        if cast_dtype and dtype_source not in ("current", "saved"):
            raise ParameterError(f"{failed}: dtype_source must be 'current' or 'saved', but got {dtype_source!r}")
        unknown = -1 if is_np_shape() else 0
        if self.shape and (
            len(self.shape) != len(data.shape) or any(s not in (unknown, d) for s, d in zip(self.shape, data.shape))
        ):
            raise ParameterError(f"{failed}: shape incompatible expected {self.shape} vs saved {data.shape}")
        if self.dtype and not cast_dtype and np.dtype(self.dtype) != np.dtype(data.dtype):
            raise ParameterError(
                f"{failed}: dtype incompatible expected {self.dtype} vs saved {data.dtype}. "
                "Set cast_dtype=True to cast the dtype of saved params."
            )
        held = self._ctx_list if self._data is not None else self._deferred_init[1] if self._deferred_init else None
        if ctx is not None and held is not None and set(context_list(ctx)) != set(held):
            raise ParameterError(
                f"Failed to load Parameter {self.name!r} on {ctx} because it was previous initialized on {held}."
            )

    def _load_init(self, data: Any, ctx: Any, cast_dtype: bool = False, dtype_source: str = "current") -> None:
        """Take the values of a file, initialized or not.

        Args:
          data: an NDArray, or any array.
          ctx: the context or contexts of a parameter without a value; None for those it was to be initialized on,
            or the CPU.
          cast_dtype: allow another dtype, and cast: the values to the parameter's dtype if `dtype_source` is
            "current", else the parameter to that of the values.

        Raises:
          AssertionError: (as a `ParameterError`) when shape, dtype or contexts differ; nothing changes then.
        """
        data = as_ndarray(data)
        self._check_load(data, ctx, cast_dtype, dtype_source)
        self.shape = data.shape
        if self.dtype and np.dtype(self.dtype) != np.dtype(data.dtype):
            if dtype_source == "current":
                data = data.astype(self.dtype)
            else:
                self.cast(data.dtype)
        if self._data is not None:
            self.set_data(data)
        else:
            waiting = self._deferred_init[1] if self._deferred_init else context_list(ctx)
            self._init_impl(data, waiting)
        self._deferred_init = ()
        self._note_source(data)

    def _finish_deferred_init(self) -> None:
        """Do what `initialize` put off, now that the shape is known."""
        if not self._deferred_init:
            return
        init, contexts, default_init, data = self._deferred_init
        self._deferred_init = ()
        if not shape_is_known(self.shape):
            raise ParameterError(
                f"Cannot initialize Parameter {self.name!r} because it has invalid shape: {self.shape}. Please "
                "specify in_units, in_channels, etc for `Block`s."
            )
        self._init_impl(self._initial(init, default_init) if data is None else data, contexts)

    def _initial(self, init: Any, default_init: Any) -> NDArray:
        """Values by the initializer `init`, or by the rules of `default_init` when that is empty."""
        array = empty(self.shape or (), dtype=self.dtype)
        create(default_init)(InitDesc(self.name, {"__init__": init}), array)
        return array

    def initialize(
        self,
        init: Initializer | str | None = None,
        ctx: Context | Sequence[Context] | None = None,
        default_init: Initializer | str = Uniform(),  # noqa: B008  immutable in use, and MXNet's signature
        force_reinit: bool = False,
    ) -> None:
        """Give the parameter values and, unless `grad_req` is "null", gradients of 0.

        Args:
          init: the initializer; else the parameter's own, else `default_init`.
          ctx: the context or contexts to keep a copy on; by default the current one.
          force_reinit: also when it has values already.

        Raises:
          ValueError: when the shape is not known and `allow_deferred_init` is False.
        Warns:
          UserWarning: when it has values already, which then stay.
        """
        if self._data is not None and not force_reinit:
            warnings.warn(
                f"Parameter '{self.name}' is already initialized, ignoring. Set force_reinit=True to re-initialize.",
                stacklevel=2,
            )
            return
        self._data = self._grad = None
        if init is None:
            init = default_init if self.init is None else self.init
        if not shape_is_known(self.shape) and not self._allow_deferred_init:
            raise ParameterError(
                f"Cannot initialize Parameter {self.name!r} because it has invalid shape: {self.shape}."
            )
        self._deferred_init = (init, context_list(ctx), default_init, None)
        if shape_is_known(self.shape):
            self._finish_deferred_init()

    def reset_ctx(self, ctx: Context | Sequence[Context] | None) -> None:
        """Move to other contexts: each gets the mean of the copies.

        Raises:
          ValueError: when the parameter was never initialized.
        """
        contexts = context_list(ctx)
        if self._data is not None:
            self._init_impl(self._reduce(), contexts)
        elif self._deferred_init:
            self._deferred_init = (self._deferred_init[0], contexts, *self._deferred_init[2:])
        else:
            raise ParameterError(
                f"Cannot reset context for Parameter {self.name!r} because it has not been initialized."
            )

    def set_data(self, data: Any) -> None:
        """Replace the values on all contexts, in the arrays that `data()` gave; they are cast to their dtype.

        While initialization is deferred, the values wait for it too.

        Raises:
          AssertionError: (as a `ParameterError`) when the shape differs, or the parameter was never initialized.
        """
        data = as_ndarray(data, self.dtype)
        self.shape = data.shape
        if self._data is None:
            if not self._deferred_init:
                raise ParameterError(f"Parameter {self.name!r} has not been initialized: call initialize() first")
            self._deferred_init = (*self._deferred_init[:3], data)
            return
        for array in self._data:
            same = data if data.dtype == array.dtype else data.astype(array.dtype)
            array._assign(array.ctx.place(same._data))

    def var(self) -> symbol.Symbol:
        """The variable of this parameter: always the same one, with the shape known at the first call."""
        if self._var is None:
            self._var = symbol.var(
                self.name, shape=self.shape, dtype=self.dtype, lr_mult=self.lr_mult, wd_mult=self.wd_mult,
                init=self.init, stype=self._stype,
            )  # fmt: skip
        return self._var.as_np_ndarray() if is_np_array() else self._var

    def cast(self, dtype: Any) -> None:
        """Change the dtype of the parameter, its values and its gradients."""
        if self._dtype is None or np.dtype(self._dtype) != np.dtype(dtype):
            self._var = None  # its __dtype__ would be stale
        self._dtype = dtype
        if self._data is None:
            return
        self._data = [array.astype(dtype) for array in self._data]
        if self._grad is not None:
            self._grad = [gradient.astype(dtype) for gradient in self._grad]
            self._mark()
