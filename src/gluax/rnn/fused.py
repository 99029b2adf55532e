"""All layers, directions and steps in one operator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gluax import symbol
from gluax.errors import ArgumentError
from gluax.initializer import FusedRNN
from gluax.initializer.fused_rnn import GATES
from gluax.ndarray import NDArray
from gluax.ndarray.creation import array
from gluax.rnn.base import Arrays, BaseRNNCell, RNNParams, Sequence, as_sequence
from gluax.rnn.cells import DropoutCell, GRUCell, LSTMCell, RNNCell
from gluax.rnn.stacked import BidirectionalCell, SequentialRNNCell
from gluax.symbol import Symbol


class FusedRNNCell(BaseRNNCell):
    """The operator RNN, whose parameters are one vector.

    Args:
      num_hidden: the length of the output of one direction.
      num_layers: how many layers lie on top of each other.
      mode: "rnn_relu", "rnn_tanh", "lstm" or "gru".
      bidirectional: whether a second direction runs from the last step back.
      dropout: what share of a layer's output the next one does not see, while training.
      get_next_state: whether `unroll` returns states.
      forget_bias: what the initializer puts into the biases of an LSTM's forget gates.
      prefix: what names begin with; by default the mode and an underscore.
      params: the variables of other cells, to share them.

    Raises:
      ArgumentError: for another mode.
    """

    def __init__(
        self,
        num_hidden: int,
        num_layers: int = 1,
        mode: str = "lstm",
        bidirectional: bool = False,
        dropout: float = 0.0,
        get_next_state: bool = False,
        forget_bias: float = 1.0,
        prefix: str | None = None,
        params: RNNParams | None = None,
    ) -> None:
        super().__init__(prefix=f"{mode}_" if prefix is None else prefix, params=params)
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._dropout = dropout
        self._get_next_state = get_next_state
        self._initializer = FusedRNN(None, num_hidden, num_layers, mode, bidirectional, forget_bias)
        self._parameter = self.params.get("parameters", init=self._initializer)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Shape and layout of each state; see `BaseRNNCell.state_info`."""
        shape = (self._num_layers * (1 + self._bidirectional), 0, self._num_hidden)
        return [{"shape": shape, "__layout__": "LNC"} for _ in range(2 if self._mode == "lstm" else 1)]

    @property
    def _gate_names(self) -> tuple[str, ...]:
        return GATES[self._mode]

    def unpack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """Parameters with an array for each gate, layer and direction in place of the vector.

        Raises:
          ShapeError: when the vector has no length that this cell can have.
        """
        found = dict(args)
        vector = found.pop(str(self._parameter.name))
        rest = vector.asnumpy().ravel()
        for name, shape in self._initializer.pieces(vector.size):
            part, rest = np.split(rest, [math.prod(shape)])
            found[self._prefix + name] = array(part.reshape(shape), vector.context, vector.dtype)
        return found

    def pack_weights(self, args: Mapping[str, NDArray]) -> Arrays:
        """The reverse of `unpack_weights`."""
        found = dict(args)
        first = found[f"{self._prefix}l0_i2h{self._gate_names[0]}_weight"]
        pieces = self._initializer.pieces(self._initializer.vector_size(first.shape[1]))
        parts = [np.broadcast_to(found.pop(self._prefix + name).asnumpy(), shape).ravel() for name, shape in pieces]
        return found | {str(self._parameter.name): array(np.concatenate(parts), first.context, first.dtype)}

    def unroll(
        self,
        length: int,
        inputs: Sequence,
        begin_state: list[Symbol] | None = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Sequence, list[Any]]:
        """See `BaseRNNCell.unroll`; without `get_next_state` there are no states after the last step."""
        self.reset()
        merged, axis = as_sequence(length, inputs, layout, True)
        if axis not in (0, 1):
            raise ArgumentError(f"layout is {layout!r}, expected TNC or NTC")
        if axis == 1:
            merged = symbol.swapaxes(merged, dim1=0, dim2=1)
        before = self.begin_state() if begin_state is None else begin_state
        rnn = symbol.RNN(
            data=merged, parameters=self._parameter, state_size=self._num_hidden, num_layers=self._num_layers,
            bidirectional=self._bidirectional, p=self._dropout, state_outputs=self._get_next_state, mode=self._mode,
            name=f"{self._prefix}rnn", **dict(zip(("state", "state_cell"), before)),
        )  # fmt: skip
        outputs, *after = rnn
        for state in after:
            state._set_attr(__layout__="LNC")
        if axis == 1:
            outputs = symbol.swapaxes(outputs, dim1=0, dim2=1)
        return as_sequence(length, outputs, layout, merge_outputs)[0], after

    def unfuse(self) -> SequentialRNNCell:
        """The same network of single cells, which can be stepped; `unpack_weights` gives their parameters."""
        stack = SequentialRNNCell()
        for layer in range(self._num_layers):
            cells = [self._single(f"{self._prefix}{side}{layer}_") for side in "lr"[: 1 + self._bidirectional]]
            prefix = f"{self._prefix}bi_l{layer}_"
            both = self._bidirectional
            stack.add(BidirectionalCell(cells[0], cells[1], output_prefix=prefix) if both else cells[0])
            if self._dropout > 0 and layer < self._num_layers - 1:
                stack.add(DropoutCell(self._dropout, prefix=f"{self._prefix}_dropout{layer}_"))
        return stack

    def _single(self, prefix: str) -> BaseRNNCell:
        if self._mode == "lstm":
            return LSTMCell(self._num_hidden, prefix=prefix)
        if self._mode == "gru":
            return GRUCell(self._num_hidden, prefix=prefix)
        return RNNCell(self._num_hidden, self._mode.removeprefix("rnn_"), prefix)
