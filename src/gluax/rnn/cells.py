"""The plain cell, LSTM, GRU and dropout, for one step."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from gluax import symbol
from gluax.errors import ArgumentError
from gluax.initializer import Initializer, LSTMBias
from gluax.rnn.base import BaseRNNCell, RNNParams, Sequence, as_sequence
from gluax.symbol import Symbol


class _DenseCell(BaseRNNCell):
    """A cell of two dense layers: one of the input (i2h), one of the first state (h2h)."""

    _states = 1

    def __init__(
        self, num_hidden: int, prefix: str, params: RNNParams | None, i2h_bias_init: Initializer | None = None
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._num_hidden = num_hidden
        self._iW = self.params.get("i2h_weight")
        self._iB = self.params.get("i2h_bias", init=i2h_bias_init)
        self._hW = self.params.get("h2h_weight")
        self._hB = self.params.get("h2h_bias")

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape and layout of each state; see `BaseRNNCell.state_info`."""
        return [{"shape": (0, self._num_hidden), "__layout__": "NC"} for _ in range(self._states)]

    def _dense(self, inputs: Symbol, state: Symbol, name: str) -> tuple[Symbol, Symbol]:
        rows = self._num_hidden * len(self._gate_names)
        return (
            symbol.FullyConnected(data=inputs, weight=self._iW, bias=self._iB, num_hidden=rows, name=f"{name}i2h"),
            symbol.FullyConnected(data=state, weight=self._hW, bias=self._hB, num_hidden=rows, name=f"{name}h2h"),
        )


class RNNCell(_DenseCell):
    """``activation(i2h(input) + h2h(state))``.

    Args:
      num_hidden: the length of the output and of the state.
      activation: "tanh", "relu" ..., or a function of a symbol.
      prefix: what names begin with.
      params: the variables of other cells, to share them.
    """

    def __init__(
        self,
        num_hidden: int,
        activation: str | Callable[..., Symbol] = "tanh",
        prefix: str = "rnn_",
        params: RNNParams | None = None,
    ) -> None:
        super().__init__(num_hidden, prefix, params)
        self._activation = activation

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ("",)

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        name = self._step_name()
        i2h, h2h = self._dense(inputs, states[0], name)
        output = self._get_activation(i2h + h2h, self._activation, name=f"{name}out")
        return output, [output]


class LSTMCell(_DenseCell):
    """Long short-term memory: the states are the output and the memory.

    Args:
      num_hidden: the length of the output and of the states.
      prefix: what names begin with.
      params: the variables of other cells, to share them.
      forget_bias: what the initializer puts into the forget gate's part of ``i2h_bias``.
    """

    _states = 2

    def __init__(
        self, num_hidden: int, prefix: str = "lstm_", params: RNNParams | None = None, forget_bias: float = 1.0
    ) -> None:
        super().__init__(num_hidden, prefix, params, LSTMBias(forget_bias=forget_bias))

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ("_i", "_f", "_c", "_o")

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        name = self._step_name()
        i2h, h2h = self._dense(inputs, states[0], name)
        gates = symbol.SliceChannel(i2h + h2h, num_outputs=4, name=f"{name}slice")
        kinds = {"i": "sigmoid", "f": "sigmoid", "c": "tanh", "o": "sigmoid"}
        enter, forget, change, leave = [
            symbol.Activation(gate, act_type=kind, name=name + suffix)
            for gate, (suffix, kind) in zip(gates, kinds.items())
        ]
        memory = symbol._internal._plus(forget * states[1], enter * change, name=f"{name}state")
        output = symbol._internal._mul(leave, symbol.Activation(memory, act_type="tanh"), name=f"{name}out")
        return output, [output, memory]


class GRUCell(_DenseCell):
    """Gated recurrent unit, in cuDNN's variant: the reset gate acts after the product with the state.

    Args:
      num_hidden: the length of the output and of the state.
      prefix: what names begin with.
      params: the variables of other cells, to share them.
    """

    def __init__(self, num_hidden: int, prefix: str = "gru_", params: RNNParams | None = None) -> None:
        super().__init__(num_hidden, prefix, params)

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return ("_r", "_z", "_o")

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        name = self._step_name()
        parts = [
            symbol.SliceChannel(dense, num_outputs=3, name=f"{name}_{group}_slice")
            for dense, group in zip(self._dense(inputs, states[0], f"{name}_"), ("i2h", "h2h"))
        ]
        (i2h_r, i2h_z, i2h), (h2h_r, h2h_z, h2h) = parts
        reset = symbol.Activation(i2h_r + h2h_r, act_type="sigmoid", name=f"{name}_r_act")
        update = symbol.Activation(i2h_z + h2h_z, act_type="sigmoid", name=f"{name}_z_act")
        change = symbol.Activation(i2h + reset * h2h, act_type="tanh", name=f"{name}_h_act")
        output = symbol._internal._plus((1.0 - update) * change, update * states[0], name=f"{name}out")
        return output, [output]


class DropoutCell(BaseRNNCell):
    """Sets elements of the input to zero at random, while training; has no states.

    Args:
      dropout: their share.
      prefix: what names begin with.
      params: taken and not used.

    Raises:
      ArgumentError: when the share is no number.
    """

    def __init__(self, dropout: float, prefix: str = "dropout_", params: RNNParams | None = None) -> None:
        super().__init__(prefix, params)
        if not isinstance(dropout, numbers.Real):
            raise ArgumentError(f"dropout is {dropout!r}, expected a number")
        self.dropout = dropout

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """None: there are no states."""
        return []

    def __call__(self, inputs: Symbol, states: list[Symbol]) -> tuple[Symbol, list[Symbol]]:
        """One step; see `BaseRNNCell.__call__`."""
        return symbol.Dropout(data=inputs, p=self.dropout) if self.dropout > 0 else inputs, states

    def unroll(
        self,
        length: int,
        inputs: Sequence,
        begin_state: list[Symbol] | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Sequence, list[Any]]:
        """See `BaseRNNCell.unroll`; one symbol of all steps is one operator."""
        self.reset()
        given, _ = as_sequence(length, inputs, layout, merge_outputs)
        if isinstance(given, Symbol):
            return self(given, [])
        return super().unroll(length, given, begin_state, layout, merge_outputs)
