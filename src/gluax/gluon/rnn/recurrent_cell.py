"""`RecurrentCell`: one step of a recurrent network, and unrolling it over a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax import ndarray
from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nested import in_mode
from gluax.gluon.nn import LeakyReLU
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.rnn.sequences import (
    format_sequence,
    initial_states,
    last_valid_states,
    mask_sequence,
    takes_foreign_arrays,
)

_NAMED_ACTIVATIONS = ("tanh", "relu", "sigmoid", "softsign")


class RecurrentCell(Block):
    """A block that maps (inputs, states) of one step to (output, states).

    Cells count their steps to name what they make (``t0_``, ``t1_``, ...); `reset` starts over.

    Args:
      prefix: the beginning of the names of parameters and children.
      params: parameters to share.
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Forget the steps so far: call it before the cell is used in another graph."""
        self._init_counter = -1
        self._counter = -1
        for cell in self._children.values():
            if isinstance(cell, RecurrentCell):  # an activation may be a child too
                cell.reset()

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape and layout of each state; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_info")

    def _check_not_modified(self) -> None:
        assert not self._modified, (
            "After applying modifier cells (e.g. ZoneoutCell) the base cell cannot be called directly. Call the "
            "modifier cell instead."
        )

    def begin_state(self, batch_size: int = 0, func: Callable[..., Any] = ndarray.zeros, **kwargs: Any) -> list[Any]:
        """States for the first step.

        Args:
          batch_size: needed for arrays; symbols may leave it open with 0.
          func: what makes a state of a shape: ``nd.zeros``, ``sym.zeros``, ``sym.var`` to feed states, ...
          **kwargs: further arguments of `func`.

        Raises:
          AssertionError: when a modifier cell has taken this cell over.
        """
        self._check_not_modified()
        states = []
        for info in self.state_info(batch_size):
            self._init_counter += 1
            state = func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**info, **kwargs})
            states.append(in_mode(state) if func is ndarray.zeros else state)
        return states

    @takes_foreign_arrays
    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, Any]:
        """Run the cell over a sequence.

        Args:
          length: the number of steps.
          inputs: an array or Symbol in `layout`, or a list with one of (N, ...) for each step.
          begin_state: the first states; zeros by default.
          layout: "NTC" or "TNC": the axes of `inputs` and of merged outputs.
          merge_outputs: True for one array, False for a list with one per step, None for whichever comes first.
          valid_length: (N,) lengths of the sequences. Outputs behind them are zero, states are those of the last
            valid step.

        Returns:
          outputs and the states after the last step.

        Raises:
          AssertionError: when the inputs have another number of steps.
        """
        self.reset()
        inputs, axis, F, batch_size = format_sequence(length, inputs, layout, False)
        states = initial_states(self, F, begin_state, inputs, batch_size)
        outputs: Any = []
        history = []
        for step in range(length):
            output, states = self(inputs[step], states)
            outputs.append(output)
            if valid_length is not None:
                history.append(states)
        if valid_length is not None:
            states = last_valid_states(F, history, valid_length)
            outputs = mask_sequence(F, outputs, length, valid_length, axis, True)
        return format_sequence(length, outputs, layout, merge_outputs)[0], states

    def _get_activation(self, F: Any, inputs: Any, activation: Any, **kwargs: Any) -> Any:
        """Apply an activation: the name of one, a LeakyReLU, or a function or block."""
        if activation in _NAMED_ACTIVATIONS:
            return getattr(F, activation)(inputs, **kwargs)
        if isinstance(activation, str):
            return F.Activation(inputs, act_type=activation, **kwargs)
        if isinstance(activation, LeakyReLU):
            return F.LeakyReLU(inputs, act_type="leaky", slope=activation._alpha, **kwargs)
        return activation(inputs, **kwargs)

    def forward(self, inputs: Any, states: Any) -> Any:  # type: ignore[override]
        """One step.

        Args:
          inputs: (N, C).
          states: the states of the step before, or of `begin_state`.

        Returns:
          the output, and the list of new states.
        """
        self._counter += 1
        return super().forward(inputs, states)


class HybridRecurrentCell(RecurrentCell, HybridBlock):  # type: ignore[override]
    """A recurrent cell that can be hybridized."""

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """One step; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")

    def _add_parameter(self, name: str, shape: tuple[int, ...], init: Any) -> Parameter:
        """A parameter whose shape may have unknown sizes."""
        return self.params.get(name, shape=shape, init=init, allow_deferred_init=True)
