"""Variational dropout, the projected long short-term memory, and unrolling by a loop in the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax.gluon.parameter import tensor_types
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.rnn import BidirectionalCell, HybridRecurrentCell, ModifierCell
from gluax.gluon.rnn.sequences import (
    as_list,
    format_sequence,
    initial_states,
    mask_sequence,
    takes_foreign_arrays,
)


class VariationalDropoutCell(ModifierCell):
    """Dropout with one mask for all steps of a sequence (https://arxiv.org/abs/1512.05287), in training.

    The masks last until `reset`.

    Args:
      base_cell: the cell to modify.
      drop_inputs, drop_outputs: the shares of inputs and outputs that are dropped.
      drop_states: the share of the first state (the hidden one) that is dropped.

    Raises:
      AssertionError: for `drop_states` with a bidirectional cell, which has no steps.
    """

    def __init__(
        self,
        base_cell: HybridRecurrentCell,
        drop_inputs: float = 0.0,
        drop_states: float = 0.0,
        drop_outputs: float = 0.0,
    ) -> None:
        assert not drop_states or not isinstance(base_cell, BidirectionalCell), (
            "BidirectionalCell doesn't support variational state dropout. Please add VariationalDropoutCell to the "
            "cells underneath instead."
        )
        super().__init__(base_cell)
        self.drop_inputs = drop_inputs
        self.drop_states = drop_states
        self.drop_outputs = drop_outputs

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p_out = {self.drop_outputs}, p_state = {self.drop_states})"

    def _alias(self) -> str:
        return "vardrop"

    def reset(self) -> None:
        """Forget the steps so far, and the masks."""
        super().reset()
        self.drop_inputs_mask: Any = None
        self.drop_states_mask: Any = None
        self.drop_outputs_mask: Any = None

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> tuple[Any, Any]:
        """One step."""
        if self.drop_states and self.drop_states_mask is None:
            self.drop_states_mask = _mask(F, states[0], self.drop_states)
        if self.drop_inputs and self.drop_inputs_mask is None:
            self.drop_inputs_mask = _mask(F, inputs, self.drop_inputs)
        if self.drop_states:
            states = [states[0] * self.drop_states_mask, *states[1:]]
        if self.drop_inputs:
            inputs = inputs * self.drop_inputs_mask
        output, states = self.base_cell(inputs, states)
        if self.drop_outputs:
            if self.drop_outputs_mask is None:
                self.drop_outputs_mask = _mask(F, output, self.drop_outputs)
            output = output * self.drop_outputs_mask
        return output, states

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
        """Unroll the base cell, and drop out of whole sequences at once; see `RecurrentCell.unroll`."""
        if self.drop_states:  # masks of states need single steps
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        self.reset()
        inputs, axis, F, batch_size = format_sequence(length, inputs, layout, True)
        states = initial_states(self, F, begin_state, inputs, batch_size)
        if self.drop_inputs:
            inputs = F.Dropout(inputs, p=self.drop_inputs, axes=(axis,))
        outputs, states = self.base_cell.unroll(length, inputs, states, layout, True, valid_length)
        if self.drop_outputs:
            outputs = F.Dropout(outputs, p=self.drop_outputs, axes=(axis,))
        if merge_outputs is None:
            merge_outputs = isinstance(outputs, tensor_types)
        outputs = format_sequence(length, outputs, layout, merge_outputs)[0]
        if valid_length is not None:
            outputs = mask_sequence(F, outputs, length, valid_length, axis, merge_outputs)
        return outputs, states


def _mask(F: Any, like: Any, share: float) -> Any:
    return F.Dropout(F.ones_like(like), p=share)


class LSTMPCell(HybridRecurrentCell):
    """Long short-term memory with a projection of the hidden state (https://arxiv.org/abs/1402.1128).

    Inputs (N, I), output (N, R), states: projected (N, R) and cell (N, H).

    Args:
      hidden_size: H.
      projection_size: R.
      i2h_weight_initializer, h2h_weight_initializer, h2r_weight_initializer: of the weights.
      i2h_bias_initializer, h2h_bias_initializer: of the biases.
      input_size: I; 0 to take it from the first inputs.
      prefix: the beginning of the parameters' names, ``lstmp0_`` and so on by default.
      params: parameters to share.
    """

    def __init__(
        self,
        hidden_size: int,
        projection_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        h2r_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._input_size = input_size
        self._projection_size = projection_size
        rows = 4 * hidden_size
        self.i2h_weight = self._add_parameter("i2h_weight", (rows, input_size), i2h_weight_initializer)
        self.h2h_weight = self._add_parameter("h2h_weight", (rows, projection_size), h2h_weight_initializer)
        self.h2r_weight = self._add_parameter("h2r_weight", (projection_size, hidden_size), h2r_weight_initializer)
        self.i2h_bias = self._add_parameter("i2h_bias", (rows,), i2h_bias_initializer)
        self.h2h_bias = self._add_parameter("h2h_bias", (rows,), h2h_bias_initializer)

    def _alias(self) -> str:
        return "lstmp"

    def __repr__(self) -> str:
        rows, features = self.i2h_weight.shape or (0, 0)
        return f"{type(self).__name__}({features or None} -> {rows} -> {self._projection_size})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The projected state (N, R) and the cell (N, H)."""
        sizes = self._projection_size, self._hidden_size
        return [{"shape": (batch_size, size), "__layout__": "NC"} for size in sizes]

    def hybrid_forward(
        self,
        F: Any,
        inputs: Any,
        states: Any,
        i2h_weight: Any,
        h2h_weight: Any,
        h2r_weight: Any,
        i2h_bias: Any,
        h2h_bias: Any,
    ) -> tuple[Any, list[Any]]:
        """One step."""
        prefix = f"t{self._counter}_"
        rows = 4 * self._hidden_size
        i2h = F.FullyConnected(data=inputs, weight=i2h_weight, bias=i2h_bias, num_hidden=rows, name=f"{prefix}i2h")
        h2h = F.FullyConnected(data=states[0], weight=h2h_weight, bias=h2h_bias, num_hidden=rows, name=f"{prefix}h2h")
        slices = F.SliceChannel(i2h + h2h, num_outputs=4, name=f"{prefix}slice")
        in_gate = F.Activation(slices[0], act_type="sigmoid", name=f"{prefix}i")
        forget_gate = F.Activation(slices[1], act_type="sigmoid", name=f"{prefix}f")
        candidate = F.Activation(slices[2], act_type="tanh", name=f"{prefix}c")
        out_gate = F.Activation(slices[3], act_type="sigmoid", name=f"{prefix}o")
        cell = F.elemwise_add(forget_gate * states[1], in_gate * candidate, name=f"{prefix}state")
        hidden = F.elemwise_mul(out_gate, F.Activation(cell, act_type="tanh"), name=f"{prefix}hidden")
        output = F.FullyConnected(
            data=hidden, num_hidden=self._projection_size, weight=h2r_weight, no_bias=True, name=f"{prefix}out"
        )
        return output, [output, cell]


@takes_foreign_arrays
def dynamic_unroll(
    cell: HybridRecurrentCell,
    inputs: Any,
    begin_state: Any,
    drop_inputs: float = 0,
    drop_outputs: float = 0,
    layout: str = "TNC",
    valid_length: Any = None,
) -> tuple[Any, Any]:
    """Run a cell over a sequence by the loop `foreach`: the graph has one step, whatever the length.

    Args:
      cell: the cell.
      inputs: an array or Symbol in `layout`.
      begin_state: the first states.
      drop_inputs, drop_outputs: the shares dropped, in training, with one mask for all steps.
      layout: "TNC" or "NTC"; the first spares two transposes.
      valid_length: (N,) lengths of the sequences. Outputs behind them are zero, states are those of the last valid
        step.

    Returns:
      the outputs in `layout`, and the states after the last step.
    """
    inputs, axis, F, _ = format_sequence(0, inputs, layout, True)
    axes = list(range(len(layout)))
    axes[0], axes[axis] = axes[axis], axes[0]
    if axis != 0:
        inputs = F.transpose(inputs, axes=axes)
    if drop_inputs:
        inputs = F.Dropout(inputs, p=drop_inputs, axes=(axis,))
    if valid_length is None:
        outputs, states = F.contrib.foreach(lambda step, states: cell(step, states), inputs, begin_state)
    else:
        body = _until_valid(F, cell, valid_length)
        outputs, states = F.contrib.foreach(body, inputs, [*as_list(begin_state), F.zeros(1)])
    if drop_outputs:
        outputs = F.Dropout(outputs, p=drop_outputs, axes=(axis,))
    if axis != 0:
        outputs = F.transpose(outputs, axes)
    if valid_length is None:
        return outputs, states
    outputs = F.SequenceMask(outputs, sequence_length=valid_length, use_sequence_length=True, axis=axis)
    return outputs, states[:-1]


def _until_valid(F: Any, cell: HybridRecurrentCell, valid_length: Any) -> Callable[[Any, Any], tuple[Any, list[Any]]]:
    """A step that leaves the states of sequences that have ended; the last state counts the steps."""

    def body(step: Any, states: Any) -> tuple[Any, list[Any]]:
        *before, number = states
        output, after = cell(step, before)
        kept = [F.where(F.broadcast_greater(valid_length, number), new, old) for new, old in zip(after, before)]
        return output, [*kept, number + 1]

    return body
