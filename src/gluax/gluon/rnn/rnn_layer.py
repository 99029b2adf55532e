"""The recurrent layers: `RNN`, `LSTM`, `GRU`."""

from __future__ import annotations

from typing import Any

from gluax.gluon.rnn.fused_layer import _RNNLayer


class RNN(_RNNLayer):
    """Elman's network over a sequence: ``h = activation(i2h(x) + h2h(h))``.

    Called on (T, N, I), optionally with a state (L * D, N, H); gives (T, N, D * H), and the last state if one came.

    Args:
      hidden_size: H.
      num_layers: L.
      activation: "relu" or "tanh".
      layout: "TNC" or "NTC", of inputs and outputs; states always are (L * D, N, H).
      dropout: between the layers, in training.
      bidirectional: D = 2 instead of 1.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      input_size: I; 0 to take it from the first inputs.
      dtype: of the parameters and first states.
      **kwargs: `use_sequence_length`, `prefix` and `params`.
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        activation: str = "relu",
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, *initializers, f"rnn_{activation}",
            None, None, None, None, False, dtype, **kwargs,
        )  # fmt: skip

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """One state (L * D, N, H)."""
        return [self._info(self._hidden_size, batch_size)]


class LSTM(_RNNLayer):
    """Long short-term memory over a sequence; the gates lie in the order input, forget, candidate, output.

    Called on (T, N, I), optionally with two states: hidden (L * D, N, R) and cell (L * D, N, H). Gives (T, N, D * R),
    and the last states if states came. R is the projection's size, or H without one.

    Args:
      hidden_size: H.
      num_layers: L.
      layout: "TNC" or "NTC", of inputs and outputs.
      dropout: between the layers, in training.
      bidirectional: D = 2 instead of 1.
      input_size: I; 0 to take it from the first inputs.
      i2h_weight_initializer, h2h_weight_initializer, h2r_weight_initializer: of the weights.
      i2h_bias_initializer, h2h_bias_initializer: of the biases.
      projection_size: R, the size that a further product brings the hidden state to.
      state_clip_min, state_clip_max: the range that the cell is clipped to; without effect on CPU, as in MXNet.
      state_clip_nan: whether NaN in the cell is clipped too.
      dtype: of the parameters and first states.
      **kwargs: `use_sequence_length`, `prefix` and `params`.
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        state_clip_min: float | None = None,
        state_clip_max: float | None = None,
        state_clip_nan: bool = False,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, *initializers, "lstm",
            projection_size, h2r_weight_initializer, state_clip_min, state_clip_max, state_clip_nan, dtype, **kwargs,
        )  # fmt: skip

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The hidden state (L * D, N, R) and the cell state (L * D, N, H)."""
        hidden = self._projection_size or self._hidden_size
        return [self._info(hidden, batch_size), self._info(self._hidden_size, batch_size)]


class GRU(_RNNLayer):
    """Gated recurrent units over a sequence, as cuDNN has them: the reset gate acts after the hidden product.

    Called on (T, N, I), optionally with a state (L * D, N, H); gives (T, N, D * H), and the last state if one came.
    The gates lie in the order reset, update, candidate.

    Args:
      hidden_size: H.
      num_layers: L.
      layout: "TNC" or "NTC", of inputs and outputs; states always are (L * D, N, H).
      dropout: between the layers, in training.
      bidirectional: D = 2 instead of 1.
      input_size: I; 0 to take it from the first inputs.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      dtype: of the parameters and first states.
      **kwargs: `use_sequence_length`, `prefix` and `params`.
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, *initializers, "gru",
            None, None, None, None, False, dtype, **kwargs,
        )  # fmt: skip

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """One state (L * D, N, H)."""
        return [self._info(self._hidden_size, batch_size)]
