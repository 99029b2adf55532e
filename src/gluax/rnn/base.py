"""What the old cells have in common: variables by name, states, gates, unrolling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gluax import symbol
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray, concatenate
from gluax.symbol import Symbol

Sequence = Symbol | list[Symbol]
Arrays = dict[str, NDArray]


class RNNParams:
    """Variables by name, which cells share.

    Args:
      prefix: what their names begin with.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._params: dict[str, Symbol] = {}

    def get(self, name: str, **kwargs: Any) -> Symbol:
        """The variable of this name, after the prefix; made by `symbol.Variable` with `kwargs` when it is new."""
        full_name = self._prefix + name
        if full_name not in self._params:
            self._params[full_name] = symbol.Variable(full_name, **kwargs)
        return self._params[full_name]


class BaseRNNCell:
    """Base of the cells: a graph for one step, or for many.

    Args:
      prefix: what the names of the nodes begin with, and those of the variables, if they are the cell's own.
      params: the variables of other cells, to share them.
    """

    _cells: list[BaseRNNCell]
    _num_hidden: int

    def __init__(self, prefix: str = "", params: RNNParams | None = None) -> None:
        self._own_params = params is None
        self._prefix = prefix
        self._params = RNNParams(prefix) if params is None else params
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Count steps and states from 0 again, before the next graph."""
        self._init_counter = -1
        self._counter = -1
        for cell in getattr(self, "_cells", ()):
            cell.reset()

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step.

        Args:
          inputs: of shape (N, C).
          states: those after the step before, or `begin_state()`.

        Returns:
          The output and the states after the step.
        """
        raise NotImplementedError(f"{type(self).__name__} has no single steps; use unroll")

    @property
    def params(self) -> RNNParams:
        """The variables. Once asked for, they count as shared with others."""
        self._own_params = False
        return self._params

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape and layout of each state; 0 stands for the batch's size."""
        raise NotImplementedError

    @property
    def state_shape(self) -> list[tuple[int, ...]]:
        """The shapes of the states."""
        return [info["shape"] for info in self.state_info]

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ()

    def _step_name(self) -> str:
        self._counter += 1
        return f"{self._prefix}t{self._counter}_"

    def _check_unmodified(self) -> None:
        if self._modified:
            raise ArgumentError("this cell is inside a modifier cell, such as ZoneoutCell: call that one instead")

    def begin_state(self, func: Callable[..., Symbol] = symbol.zeros, **kwargs: Any) -> list[Symbol]:
        """The states before the first step.

        Args:
          func: what makes them: `symbol.zeros`, `symbol.Variable`, `symbol.uniform` ...
          kwargs: more arguments of `func`.

        Raises:
          ArgumentError: for a cell inside a modifier cell.
        """
        self._check_unmodified()
        states = []
        for info in self.state_info:
            self._init_counter += 1
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**kwargs, **info}))
        return states

    def unpack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """Parameters with an array of its own for each gate in place of this cell's packed ones."""
        found, size = dict(args), getattr(self, "_num_hidden", 0)
        for group in ("i2h", "h2h") if self._gate_names else ():
            packed = {kind: found.pop(f"{self._prefix}{group}_{kind}") for kind in ("weight", "bias")}
            for number, gate in enumerate(self._gate_names):
                for kind, array in packed.items():
                    part = array[number * size : (number + 1) * size]
                    found[f"{self._prefix}{group}{gate}_{kind}"] = part.copy()
        return found

    def pack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """The reverse of `unpack_weights`."""
        found = dict(args)
        for group in ("i2h", "h2h") if self._gate_names else ():
            for kind in ("weight", "bias"):
                parts = [found.pop(f"{self._prefix}{group}{gate}_{kind}") for gate in self._gate_names]
                found[f"{self._prefix}{group}_{kind}"] = concatenate(parts)
        return found

    def unroll(
        self,
        length: int,
        inputs: Sequence,
        begin_state: list[Symbol] | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Sequence, list[Any]]:
        """The graph of `length` steps.

        Args:
          length: the number of steps.
          inputs: one symbol of the layout, or a list with one of (N, C) for each step.
          begin_state: the states before the first step; by default `begin_state()`.
          layout: "NTC" or "TNC", of inputs and outputs that are one symbol.
          merge_outputs: True for one symbol, False for a list, None for whatever comes naturally.

        Returns:
          The outputs and the states after the last step.

        Raises:
          ArgumentError: for a group of symbols, and for a list of another length.
        """
        self.reset()
        steps, _ = as_sequence(length, inputs, layout, False)
        states = self.begin_state() if begin_state is None else begin_state
        outputs: Sequence = []
        for number in range(length):
            output, states = self(steps[number], states)
            outputs.append(output)
        return as_sequence(length, outputs, layout, merge_outputs)[0], states

    def _get_activation(self, inputs: Symbol, activation: str | Callable[..., Symbol], **kwargs: Any) -> Symbol:
        if isinstance(activation, str):
            return symbol.Activation(inputs, act_type=activation, **kwargs)
        return activation(inputs, **kwargs)


def as_sequence(length: int | None, inputs: Any, layout: str, merge: bool | None) -> tuple[Any, int]:
    """A sequence as one symbol (`merge`), as a list of a symbol for each step (not), or as it is (None); the time axis.

    Raises:
      ArgumentError: for no inputs, for a group of symbols, and for a list of another length.
    """
    axis = layout.find("T")
    if inputs is None:
        raise ArgumentError("unroll needs inputs: make variables for them")
    if isinstance(inputs, Symbol):
        if merge is False:
            if len(inputs.list_outputs()) != 1:
                raise ArgumentError("unroll takes no group of symbols; use list(inputs)")
            return list(symbol.split(inputs, axis=axis, num_outputs=length, squeeze_axis=1)), axis
        return inputs, axis
    if length is not None and len(inputs) != length:
        raise ArgumentError(f"{len(inputs)} inputs for {length} steps")
    if merge:
        return symbol.Concat(*[symbol.expand_dims(step, axis=axis) for step in inputs], dim=axis), axis
    return inputs, axis
