"""The initializer of the one parameter vector of a fused RNN."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.initializer.base import InitDesc, Initializer, create, register
from gluax.ndarray import NDArray
from gluax.ndarray.creation import empty

GATES = {"rnn_relu": ("",), "rnn_tanh": ("",), "lstm": ("_i", "_f", "_c", "_o"), "gru": ("_r", "_z", "_o")}


@register
class FusedRNN(Initializer):
    """Initializes the weights and biases of every gate, layer and direction, as if they were parameters of their own.

    Args:
      init: for the weights and biases, by suffix; None takes the initializer of the whole network.
      num_hidden, num_layers, mode, bidirectional: as of the operator RNN.
      forget_bias: for the forget gates of LSTMs.
    """

    def __init__(
        self,
        init: Initializer | str | None,
        num_hidden: int,
        num_layers: int,
        mode: str,
        bidirectional: bool = False,
        forget_bias: float = 1.0,
    ) -> None:
        if mode not in GATES:
            raise ArgumentError(f"mode is {mode!r}, expected one of {list(GATES)}")
        chosen = create(init) if isinstance(init, str) else init
        super().__init__(
            init=None if chosen is None else chosen.dumps(),
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )
        self._init = chosen
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._directions = "lr" if bidirectional else "l"
        self._forget_bias = forget_bias

    def _init_weight(self, desc: str, arr: NDArray) -> None:
        fallback = desc.global_init if isinstance(desc, InitDesc) else None
        rule = self._init or fallback
        if rule is None:
            raise ArgumentError(f"{desc}: FusedRNN(None, ...) needs the initializer of the network, and got none")
        pieces = []
        for name, shape in self.pieces(arr.size):
            piece = empty(shape, dtype=arr.dtype)
            if self._mode == "lstm" and name.endswith("_f_bias"):
                piece[:] = self._forget_bias
            else:
                rule(InitDesc(name, global_init=fallback), piece)
            pieces.append(piece.asnumpy().ravel())
        arr[:] = np.concatenate(pieces).reshape(arr.shape)

    def pieces(self, size: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names and shapes in the order of the vector: the weights of all layers, then the biases."""
        gates, hidden, width = GATES[self._mode], self._num_hidden, len(self._directions)
        inputs = (size - self.vector_size(0)) // (len(gates) * hidden * width)
        if inputs < 1 or size != self.vector_size(inputs):
            raise ShapeError(f"{size} elements are no parameters of {self.dumps()}")
        for kind in ("weight", "bias"):
            for layer in range(self._num_layers):
                columns = {"i2h": inputs if layer == 0 else width * hidden, "h2h": hidden}
                for direction in self._directions:
                    for group, length in columns.items():
                        shape = (hidden, length) if kind == "weight" else (hidden,)
                        yield from ((f"{direction}{layer}_{group}{gate}_{kind}", shape) for gate in gates)

    def vector_size(self, inputs: int) -> int:
        """How many numbers the vector has, for inputs of this length."""
        hidden, width = self._num_hidden, len(self._directions)
        columns = inputs + hidden + 2 + (self._num_layers - 1) * (hidden + width * hidden + 2)
        return len(GATES[self._mode]) * hidden * width * columns
