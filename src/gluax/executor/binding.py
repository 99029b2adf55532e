"""The methods of `Symbol` that bind it to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluax.context import Context, as_context
from gluax.executor.arrays import bound_arrays, gradient_arrays, inferred_arrays, requests_of
from gluax.executor.executor import Executor
from gluax.ndarray import NDArray
from gluax.ndarray.creation import empty
from gluax.symbol import Symbol


def bind(
    self: Symbol,
    ctx: Context,
    args: Any,
    args_grad: Any = None,
    grad_req: Any = "write",
    aux_states: Any = None,
    group2ctx: Mapping[str, Context] | None = None,
    shared_exec: Executor | None = None,
) -> Executor:
    """Make an executor of this symbol with arrays for its arguments.

    Args:
      ctx: where it runs.
      args: arrays for the arguments, in a list or by name.
      args_grad: arrays for gradients, in a list or by name; those missing get none.
      grad_req: "write", "add" or "null" for all, in a list or by name.
      aux_states: arrays for the auxiliary states, in a list or by name.
      group2ctx, shared_exec: taken for likeness: XLA places and shares memory itself.

    Raises:
      ValueError: for missing arrays, and another `grad_req`.
      ShapeError, DTypeError: for arrays that do not fit the symbol.
    """
    arguments = bound_arrays(args, self.list_arguments(), "args")
    states = bound_arrays(aux_states or [], self.list_auxiliary_states(), "aux_states")
    grads, requests = gradient_arrays(args_grad, requests_of(grad_req, self.list_arguments()), self.list_arguments())
    return Executor(self, as_context(ctx), arguments, grads, requests, states)


def simple_bind(
    self: Symbol,
    ctx: Context,
    grad_req: Any = "write",
    type_dict: Mapping[str, Any] | None = None,
    stype_dict: Mapping[str, str] | None = None,
    group2ctx: Mapping[str, Context] | None = None,
    shared_arg_names: Sequence[str] | None = None,
    shared_exec: Executor | None = None,
    shared_buffer: Mapping[str, NDArray] | None = None,
    **kwargs: Any,
) -> Executor:
    """Make an executor with new arrays of zeros, of inferred shapes.

    Args:
      ctx: where it runs.
      grad_req: see `bind`.
      type_dict: dtypes of arguments, by name.
      stype_dict: taken for likeness: arrays are dense.
      group2ctx, shared_buffer: taken for likeness, see `bind`.
      shared_arg_names, shared_exec: arguments whose arrays are those of another executor where the shapes agree.
      **kwargs: shapes of arguments, by name.

    Raises:
      RuntimeError: when the shapes do not follow.
    """
    ctx = as_context(ctx)
    names = self.list_arguments()
    arguments, states = inferred_arrays(self, ctx, kwargs, type_dict or {})
    requests = requests_of(grad_req, names)
    if shared_exec is not None:
        shared = {**shared_exec.arg_dict, **shared_exec.aux_dict}
        keep = set(names if shared_arg_names is None else shared_arg_names) | set(self.list_auxiliary_states())
        arguments = [_shared(n, a, shared) if n in keep else a for n, a in zip(names, arguments)]
        states = [_shared(n, a, shared) for n, a in zip(self.list_auxiliary_states(), states)]
    grads = [None if r == "null" else empty(a.shape, ctx, np.dtype(a.dtype)) for a, r in zip(arguments, requests)]
    executor = Executor(self, ctx, arguments, grads, requests, states)
    if shared_exec is not None and shared_exec.symbol is self:
        executor._share_programs(shared_exec)
    return executor


def _shared(name: str, array: NDArray, others: Mapping[str, NDArray]) -> NDArray:
    other = others.get(name)
    return other if other is not None and (other.shape, other.dtype) == (array.shape, array.dtype) else array


def evaluate(self: Symbol, ctx: Context | None = None, **kwargs: NDArray) -> list[NDArray]:
    """Bind the symbol to arrays, by name, and run it once for inference; returns the outputs."""
    return bind(self, as_context(ctx), kwargs, grad_req="null").forward()


# Symbols stand below arrays; what makes executors of them is added here, when gluax is imported.
for _name, _function in {"bind": bind, "simple_bind": simple_bind, "eval": evaluate}.items():
    setattr(Symbol, _name, _function)
