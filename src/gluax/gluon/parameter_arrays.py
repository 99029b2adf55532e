"""What a parameter holds: copies of its values and of their gradient, one on each of its contexts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context, cpu, current_context, default_context
from gluax.errors import GluaxError, ParameterError
from gluax.gluon.nested import in_mode
from gluax.ir.mapped_file import own_copy, stretch_of
from gluax.ndarray import NDArray
from gluax.ndarray.creation import empty
from gluax.ndarray.release import set_source, source_of
from gluax.ndarray.windows import Storage


class DeferredInitializationError(GluaxError):
    """A parameter's value was asked for while its shape, and so its value, waits for the first forward pass."""


class ParameterArrays:
    """The arrays of a parameter, and the ways to read and to move them."""

    def __init__(self, name: str, stype: str) -> None:
        self.name = name
        self._stype = stype
        self._grad_req = "null"
        self._handles: list[NDArray] | None = None
        self._grad: list[NDArray] | None = None
        self._ctx_list: list[Context] = []
        self._trainer: Any = None
        # While `initialize` waits: (init, contexts, default_init, values given meanwhile).
        self._deferred_init: tuple[Any, ...] = ()

    @property
    def _data(self) -> list[NDArray] | None:
        """The handles, one for each context; None before there are values."""
        return self._handles

    @_data.setter
    def _data(self, handles: list[NDArray] | None) -> None:
        self._handles = handles and [in_mode(handle) for handle in handles]
        Storage.changes += 1  # who watches arrays must look at the parameter again

    def _set_trainer(self, trainer: Any) -> None:
        if self._stype != "default" and self._trainer and trainer and self._trainer is not trainer:
            raise ParameterError(
                f"Failed to set the trainer for Parameter {self.name!r} because it was already set. More than one "
                f"trainers for a {self._stype} Parameter is not supported."
            )
        self._trainer = trainer

    def _check_and_get(self, arrays: list[NDArray] | None, ctx: Context | None) -> NDArray:
        arrays = self._check(arrays)
        if ctx is None:
            if len(arrays) == 1:
                return arrays[0]
            ctx = current_context()
        for held, array in zip(self._ctx_list, arrays):
            if _place(held) == _place(ctx):
                return array
        # Scripts put parameters on mx.cpu() by name and make arrays without one: in MXNet that is the CPU too.
        if len(arrays) == 1 and ctx == default_context() and _place(self._ctx_list[0])[0] != _place(ctx)[0]:
            return arrays[0]
        raise ParameterError(
            f"Parameter {self.name!r} was not initialized on context {ctx}. It was only initialized on "
            f"{self._ctx_list}."
        )

    def _check(self, arrays: list[NDArray] | None) -> list[NDArray]:
        if arrays is not None:
            return arrays
        if self._deferred_init:
            raise DeferredInitializationError(
                f"Parameter {self.name!r} has not been initialized yet because initialization was deferred: its "
                "shape becomes known in the first forward pass. Run one batch of data through the network "
                "before, or give the layer its in_units, in_channels or the like."
            )
        raise ParameterError(
            f"Parameter {self.name!r} has not been initialized: call initialize() or load a parameter file. Use "
            "Block.collect_params() rather than Block.params, which lacks the parameters of child blocks."
        )

    def _init_impl(self, data: NDArray, contexts: Sequence[Context]) -> None:
        copies = [data.copyto(ctx) for ctx in contexts]
        self._ctx_list, self._data = list(contexts), copies
        self._init_grad()

    def _note_source(self, data: NDArray) -> None:
        """Note where the copies can be read again, if `data`, whose values they have, can."""
        source = source_of(data._storage)
        for array in self._check(self._data):
            if source is not None and array.dtype == data.dtype:
                set_source(array._storage, source.stretch, array.ctx)

    def _init_grad(self) -> None:
        if self._grad_req == "null" or self._data is None:
            self._grad = None
            for array in self._data or ():
                array._mark(None, "null")
            return
        self._grad = [_zeros_like(array) for array in self._data]
        self._mark()

    def _mark(self) -> None:
        """Tie each copy to its gradient, as `mx.autograd.mark_variables` does."""
        for array, gradient in zip(self._data or (), self._grad or ()):
            array._mark(gradient, self._grad_req)

    def _reduce(self) -> NDArray:
        """The mean of the copies, on the CPU."""
        copies = self._check(self._data)
        if len(copies) == 1:
            return copies[0].copyto(cpu())
        # By numpy: XLA multiplies by the reciprocal, which MXNet does not.
        total = functools.reduce(np.add, (np.asarray(array._data) for array in copies))
        return as_ndarray((total / len(copies)).astype(copies[0].dtype))

    def _get_row_sparse(self, arrays: list[NDArray] | None, row_id: Any) -> list[NDArray]:
        if not isinstance(row_id, NDArray):
            raise TypeError(f"row_id must have NDArray type, but {type(row_id)} is given")
        if not self._trainer:
            raise ParameterError(
                f"Cannot get row_sparse data for Parameter {self.name!r} when no Trainer is created with it."
            )
        return self._check(arrays)

    def _require_stype(self, stype: str, call: str) -> None:
        if self._stype == stype:
            return
        other = "data()" if self._stype == "default" else "row_sparse_data()"
        raise ParameterError(
            f"Cannot return a copy of Parameter {self.name!r} via {call}() because its storage type is {self._stype}. "
            f"Please use {other} instead."
        )

    def row_sparse_data(self, row_id: NDArray) -> NDArray:
        """The values of a "row_sparse" parameter on the context of `row_id`.

        Raises:
          RuntimeError: for another storage type, or without a trainer.
        """
        self._require_stype("row_sparse", "row_sparse_data")
        arrays = self._get_row_sparse(self._data, row_id)
        return self._check_and_get(arrays, row_id.ctx)

    def list_row_sparse_data(self, row_id: NDArray) -> list[NDArray]:
        """The values of a "row_sparse" parameter on all contexts; see `row_sparse_data`."""
        self._require_stype("row_sparse", "list_row_sparse_data")
        return self._get_row_sparse(self._data, row_id)

    def data(self, ctx: Context | None = None) -> NDArray:
        """The copy on one context: the only one by default, or that on the current context.

        Asked for the default context, which is an accelerator where there is one, it gives an only copy on the CPU.

        Raises:
          RuntimeError: when it was never initialized, or not on that context, or is sparse.
          DeferredInitializationError: when initialization waits for the shape.
        """
        self._require_stype("default", "data")
        return in_mode(self._check_and_get(self._data, ctx))

    def list_data(self) -> list[NDArray]:
        """The copies on all contexts, in the order of `list_ctx`; see `data`."""
        self._require_stype("default", "list_data")
        return [in_mode(array) for array in self._check(self._data)]

    def grad(self, ctx: Context | None = None) -> NDArray:
        """The gradient on one context.

        Raises:
          RuntimeError: when `grad_req` is "null", and as `data`.
        """
        self._require_grad()
        return in_mode(self._check_and_get(self._grad, ctx))

    def list_grad(self) -> list[NDArray]:
        """The gradients on all contexts; see `grad`."""
        self._require_grad()
        return [in_mode(array) for array in self._check(self._grad)]

    def _require_grad(self) -> None:
        if self._data is not None and self._grad is None:
            raise ParameterError(f"Cannot get gradient array for Parameter {self.name!r} because grad_req='null'")

    def list_ctx(self) -> list[Context]:
        """The contexts it is initialized on, or will be.

        Raises:
          RuntimeError: when it was never initialized.
        """
        if self._data is not None:
            return self._ctx_list
        if self._deferred_init:
            return self._deferred_init[1]
        raise ParameterError(f"Parameter {self.name!r} has not been initialized")

    def zero_grad(self) -> None:
        """Set the gradients to 0, if there are any."""
        for gradient in self._grad or ():
            gradient._assign(empty(gradient.shape, gradient.ctx, gradient.dtype)._data)  # compiles nothing


class _Zeros(Storage):
    """Zeros that take memory only once somebody looks at them, which in inference nobody does to gradients."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.version = 0
        self._make = make

    def __getattr__(self, name: str) -> Any:
        if name != "array":  # the slot that is still empty
            raise AttributeError(name)
        self.array = self._make()
        return self.array


def _zeros_like(array: NDArray) -> NDArray:
    shape, ctx, dtype = array.shape, array.ctx, array.dtype
    zeros = type(array)(None, ctx)
    zeros._storage = _Zeros(lambda: empty(shape, ctx, dtype)._data)
    return zeros


def as_ndarray(data: Any, dtype: Any = None) -> NDArray:
    """An NDArray as it is; another array as one, of the given dtype if any.

    Memory that may change is copied, a JAX array is not.
    """
    if isinstance(data, NDArray):
        return data
    with mxnet_numbers():
        if isinstance(data, jax.Array):
            return NDArray(data if dtype is None else data.astype(np.dtype(dtype)))
        array = np.asarray(data, None if dtype is None else np.dtype(dtype))
        ctx = current_context()
        stretch = stretch_of(array)
        own = NDArray(ctx.place(own_copy(array)), ctx)
    if stretch is not None:
        set_source(own._storage, stretch, ctx)
    return own


def context_list(ctx: Context | Sequence[Context] | None) -> list[Context]:
    """One or several contexts, by default the current one, as a list."""
    if ctx is None:
        return [current_context()]
    return [ctx] if isinstance(ctx, Context) else list(ctx)


def _place(ctx: Context) -> tuple[str, int]:
    """What tells copies apart: MXNet takes pinned and shared host memory for the CPU."""
    return ("cpu" if ctx.device_type.startswith("cpu") else ctx.device_type), ctx.device_id
