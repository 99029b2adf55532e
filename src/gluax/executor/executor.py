"""A symbol bound to arrays.

Forwards in training and backwards are two compiled programs; writes to the arrays count in the next pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from gluax import keys
from gluax.compile.compiled import Compiled
from gluax.compile.numbers import mxnet_numbers
from gluax.compile.trained import Pass, TrainedProgram
from gluax.context import Context
from gluax.errors import ArgumentError, GluaxError, ShapeError
from gluax.lowering.program import Program
from gluax.ndarray import NDArray
from gluax.ndarray.creation import empty
from gluax.ndarray.op_hook import Taps
from gluax.ops import registry
from gluax.symbol import Symbol

# Their gradient does not depend on what comes after them.
_LOSSES = ("MakeLoss", "make_loss", "BlockGrad", "IdentityAttachKLSparseReg")


class Executor:
    """A symbol with arrays for its arguments, their gradients and auxiliary states. Made by `Symbol.bind`.

    Attributes:
      arg_arrays, grad_arrays, aux_arrays: arrays in the order of `list_arguments` and `list_auxiliary_states`; None
        where there is no gradient.
      outputs: the outputs of the last forward pass, zeros before it.
    """

    def __init__(
        self, symbol: Symbol, ctx: Context, args: list[NDArray], grads: list[NDArray | None], requests: list[str],
        states: list[NDArray],
    ) -> None:  # fmt: skip
        self._symbol = symbol
        self._ctx = ctx
        self.arg_arrays, self.grad_arrays, self.aux_arrays = args, grads, states
        self._requests = requests
        self._arguments, self._states = symbol.list_arguments(), symbol.list_auxiliary_states()
        self._names = [*self._arguments, *self._states]
        shapes = dict(zip(self._names, (array.shape for array in (*args, *states))))
        types = {name: array.dtype for name, array in zip(self._names, (*args, *states))}
        _, found, _ = symbol.infer_shape(**{name: shapes[name] for name in self._arguments})
        _, dtypes, _ = symbol.infer_type(**{name: types[name] for name in self._arguments})
        self.outputs = [empty(s or (), ctx, np.dtype(d or "float32")) for s, d in zip(found or (), dtypes or ())]
        self._set_program(None)
        self._pass: Pass | None = None

    def _set_program(self, taps: Taps | None) -> None:
        self._taps = taps
        graph = self._symbol.graph if taps is None else taps.graph
        self._program = Program(graph, set(self._names))
        self._run = Compiled(self._inference, operator=False)
        self._trained = TrainedProgram(graph, self._names)

    def _share_programs(self, other: Executor) -> None:
        """Run what another executor of the symbol compiled, for its shapes and for others; monitors come along."""
        self._program, self._run, self._trained = other._program, other._run, other._trained
        if other._taps is not None:
            self._taps, self._callback = other._taps, other._callback

    def _inference(self, arrays: list[Any], key: Any) -> list[Any]:
        return self._program(dict(zip(self._names, arrays)), training=False, key=key)[0]

    @property
    def symbol(self) -> Symbol:
        """The symbol."""
        return self._symbol

    @property
    def arg_dict(self) -> dict[str, NDArray]:
        """The arguments' arrays by name."""
        return dict(zip(self._arguments, self.arg_arrays))

    @property
    def grad_dict(self) -> dict[str, NDArray | None]:
        """The gradients' arrays by argument."""
        return dict(zip(self._arguments, self.grad_arrays))

    @property
    def aux_dict(self) -> dict[str, NDArray]:
        """The auxiliary states' arrays by name."""
        return dict(zip(self._states, self.aux_arrays))

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs))

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs.

        Args:
          is_train: whether to run in training mode, which `backward` may follow.
          **kwargs: values for arguments, written to their arrays.

        Raises:
          TypeError: for an argument that the symbol does not have.
          ValueError: for a value that is no array, or of another shape than the argument.
        """
        for name, value in kwargs.items():
            self._write_argument(name, value)
        arrays = [array._data for array in (*self.arg_arrays, *self.aux_arrays)]
        key = keys.next_key() if self._program.draws(is_train) else None
        if is_train:
            self._pass = self._trained(arrays, self._wanted(), True, key)
            values = self._pass.outputs
        else:
            self._pass = None
            with mxnet_numbers():
                values = self._run(arrays, key)
        if self._taps is not None:
            values = self._taps.report(values, self._callback, self._ctx)
        self.outputs = [NDArray(value, self._ctx) for value in values]
        return self.outputs

    def _wanted(self) -> tuple[int, ...]:
        return tuple(
            number
            for number, (request, array) in enumerate(zip(self._requests, self.arg_arrays))
            if request != "null" and jnp.issubdtype(array.dtype, jnp.inexact)
        )

    def _write_argument(self, name: str, value: Any) -> None:
        if not isinstance(value, (NDArray, np.ndarray)):
            raise ValueError("only accept keyword argument of NDArrays and numpy.ndarray")
        if name not in self._arguments:
            raise TypeError(f"Unknown argument {name}: the symbol has {self._arguments}")
        target = self.arg_dict[name]
        if tuple(value.shape) != target.shape:
            raise ShapeError(f"Shape not match! Argument {name}, need: {target.shape}, received: {tuple(value.shape)}")
        target[:] = value

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute the gradients, into the arrays of `grad_dict`; auxiliary states get their new values.

        After a forward pass for inference, or none, it runs forwards first.

        Args:
          out_grads: the gradient of each output: an array, a list, or a dict by output name; loss heads need none.
          is_train: whether auxiliary states move.

        Raises:
          GluaxError: for an output without a gradient whose operator is no loss.
          ShapeError: for a gradient of another shape than its output.
        """
        if self._pass is None:
            self.forward(is_train=True)
        done = self._pass
        assert done is not None
        found = done.pull_back(self._cotangents(out_grads) + [None] * (len(done.outputs) - len(self.outputs)))
        for number, grad in found.items():
            target = self.grad_arrays[number]
            if target is not None:
                array = target.context.place(grad)
                with mxnet_numbers():
                    target._assign(array + target._data if self._requests[number] == "add" else array)
        if is_train:
            handles = [*self.arg_arrays, *self.aux_arrays]
            for position, state in zip(self._trained.moving, done.states):
                handles[position]._assign(handles[position].context.place(state))

    def _cotangents(self, out_grads: Any) -> list[Any]:
        if isinstance(out_grads, NDArray):
            out_grads = [out_grads]
        elif isinstance(out_grads, Mapping):
            out_grads = [out_grads.get(name) for name in self._symbol.list_outputs()]
        grads = [*(out_grads or ()), *[None] * len(self.outputs)][: len(self.outputs)]
        found: list[Any] = []
        for entry, output, grad in zip(self._symbol.graph.heads, self.outputs, grads):
            if grad is None:
                operator = None if entry.node.op is None else registry.resolve(entry.node).operator
                if operator is None or not (operator.labels or operator.name in _LOSSES):
                    raise GluaxError(
                        f"output {entry.node.name!r} is of no loss operator: backward needs its gradient in out_grads"
                    )
                with mxnet_numbers():
                    found.append(jnp.ones(output.shape, output.dtype))
                continue
            if grad.shape != output.shape:
                raise ShapeError(f"the gradient of {entry.node.name!r} has shape {grad.shape}, not {output.shape}")
            found.append(self._ctx.place(grad.astype(output.dtype)._data))
        return found

    def set_monitor_callback(self, callback: Callable[[str, NDArray], None], monitor_all: bool = False) -> None:
        """Call a function with the name and value of every operator's outputs, and inputs, after each forward pass."""
        self._callback: Callable[..., None] = lambda name, _, array: callback(name, array)
        program = Program(self._symbol.graph, set(self._names))
        self._set_program(Taps(program, monitor_all, hidden=True, executor=True))

    def copy_params_from(
        self,
        arg_params: Mapping[str, NDArray],
        aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
    ) -> None:
        """Write arrays to those of the arguments and auxiliary states, cast to their dtypes.

        Raises:
          ValueError: for a name that the symbol does not have, unless `allow_extra_params`.
          ShapeError: for another shape.
        """
        groups = ((arg_params, self.arg_dict, "arguments"), (aux_params or {}, self.aux_dict, "auxiliary states"))
        for given, own, what in groups:
            for name, array in given.items():
                if name in own:
                    if array.shape != own[name].shape:
                        raise ShapeError(f"{name} has shape {own[name].shape}, got {array.shape}")
                    array.astype(own[name].dtype).copyto(own[name])
                elif not allow_extra_params:
                    raise ArgumentError(f'Find name "{name}" that is not in the {what}')

    def reshape(self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: Any) -> Executor:
        """An executor for other shapes of inputs, which shares the arrays whose shape stays.

        Args:
          partial_shaping: allow arguments that are not named to change their shapes.
          allow_up_sizing: allow arrays larger than before.
          **kwargs: the new shapes, by argument.

        Raises:
          GluaxError: for shapes that do not fit together, and for a change that was not allowed.
        """
        shapes, _, state_shapes = self._symbol.infer_shape(**kwargs)
        if shapes is None or state_shapes is None:
            raise GluaxError("Insufficient argument shapes provided.")
        args: list[NDArray] = []
        grads: list[NDArray | None] = []
        for name, given, array, grad in zip(self._arguments, shapes, self.arg_arrays, self.grad_arrays):
            shape = given or ()
            if shape != array.shape and not (partial_shaping or name in kwargs):
                raise GluaxError(
                    f"Shape of unspecified arg: {name} changed, so that the new executor would not share it: "
                    "set partial_shaping=True if that is meant"
                )
            args.append(self._resized(name, array, shape, allow_up_sizing))
            grads.append(None if grad is None else self._resized(name, grad, shape, allow_up_sizing))
        states = [
            self._resized(name, array, shape or (), allow_up_sizing)
            for name, shape, array in zip(self._states, state_shapes, self.aux_arrays)
        ]
        executor = Executor(self._symbol, self._ctx, args, grads, self._requests, states)
        executor._share_programs(self)
        return executor

    @staticmethod
    def _resized(name: str, array: NDArray, shape: tuple[int, ...], larger: bool) -> NDArray:
        if shape == array.shape:
            return array
        if math.prod(shape) <= array.size:  # the same memory, as in MXNet
            return array.reshape((-1,))[: math.prod(shape)].reshape(shape)
        if not larger:
            raise GluaxError(f"New shape of arg: {name} is larger than original: set allow_up_sizing=True")
        return empty(shape, array.context, np.dtype(array.dtype))

    def debug_str(self) -> str:
        """The graph as text."""
        return self._symbol.debug_str()
