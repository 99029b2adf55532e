"""The basic cells: Elman's, the long short-term memory, and the gated recurrent unit."""

from __future__ import annotations

from typing import Any, ClassVar

from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.rnn.recurrent_cell import HybridRecurrentCell


class _DenseCell(HybridRecurrentCell):
    """A cell of G gates: products of the inputs (N, I) and of the state (N, H) with weights of G * H rows."""

    _gates: ClassVar[int]
    _hint: ClassVar[str]

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        input_size: int,
        prefix: str | None,
        params: ParameterDict | None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._input_size = input_size
        rows = self._gates * hidden_size
        self.i2h_weight = self._add_parameter("i2h_weight", (rows, input_size), i2h_weight_initializer)
        self.h2h_weight = self._add_parameter("h2h_weight", (rows, hidden_size), h2h_weight_initializer)
        self.i2h_bias = self._add_parameter("i2h_bias", (rows,), i2h_bias_initializer)
        self.h2h_bias = self._add_parameter("h2h_bias", (rows,), h2h_bias_initializer)

    def _alias(self) -> str:
        return self._hint

    def _mapping(self) -> str:
        rows, features = self.i2h_weight.shape or (0, 0)
        return f"{features or None} -> {rows}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._mapping()})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """One state (N, H)."""
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"}]

    def _project(self, F: Any, part: str, data: Any, weight: Any, bias: Any) -> Any:
        """The part of the gates, (N, G * H), that comes from the inputs ("i2h") or from the state ("h2h")."""
        rows = self._gates * self._hidden_size
        name = f"t{self._counter}_{part}"
        return F.FullyConnected(data=data, weight=weight, bias=bias, num_hidden=rows, name=name)


class RNNCell(_DenseCell):
    """Elman's cell: ``h = activation(i2h(x) + h2h(h))``. Inputs (N, I), state and output (N, H).

    Args:
      hidden_size: H.
      activation: the name of an activation, or a block.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      input_size: I; 0 to take it from the first inputs.
      prefix: the beginning of the parameters' names, ``rnn0_`` and so on by default.
      params: parameters to share.
    """

    _gates, _hint = 1, "rnn"

    def __init__(
        self,
        hidden_size: int,
        activation: Any = "tanh",
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(hidden_size, *initializers, input_size, prefix, params)
        self._activation = activation

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._mapping()}, {self._activation})"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> tuple[Any, list[Any]]:
        """One step."""
        prefix = f"t{self._counter}_"
        i2h = self._project(F, "i2h", inputs, i2h_weight, i2h_bias)
        h2h = self._project(F, "h2h", states[0], h2h_weight, h2h_bias)
        total = F.elemwise_add(i2h, h2h, name=f"{prefix}plus0")
        output = self._get_activation(F, total, self._activation, name=f"{prefix}out")
        return output, [output]


class LSTMCell(_DenseCell):
    """Long short-term memory. Inputs (N, I), output (N, H), states: hidden (N, H) and cell (N, H).

    The gates lie in the order input, forget, candidate, output.

    Args:
      hidden_size: H.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      input_size: I; 0 to take it from the first inputs.
      prefix: the beginning of the parameters' names, ``lstm0_`` and so on by default.
      params: parameters to share.
      activation: of the candidate, and of the cell on its way to the output.
      recurrent_activation: of the gates.
    """

    _gates, _hint = 4, "lstm"

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: ParameterDict | None = None,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(hidden_size, *initializers, input_size, prefix, params)
        self._activation = activation
        self._recurrent_activation = recurrent_activation

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Two states (N, H): hidden and cell."""
        return super().state_info(batch_size) + super().state_info(batch_size)

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> tuple[Any, list[Any]]:
        """One step."""
        prefix = f"t{self._counter}_"
        i2h = self._project(F, "i2h", inputs, i2h_weight, i2h_bias)
        h2h = self._project(F, "h2h", states[0], h2h_weight, h2h_bias)
        gates = F.elemwise_add(i2h, h2h, name=f"{prefix}plus0")
        slices = F.SliceChannel(gates, num_outputs=4, name=f"{prefix}slice")
        gate = self._recurrent_activation
        in_gate = self._get_activation(F, slices[0], gate, name=f"{prefix}i")
        forget_gate = self._get_activation(F, slices[1], gate, name=f"{prefix}f")
        candidate = self._get_activation(F, slices[2], self._activation, name=f"{prefix}c")
        out_gate = self._get_activation(F, slices[3], gate, name=f"{prefix}o")
        kept = F.elemwise_mul(forget_gate, states[1], name=f"{prefix}mul0")
        added = F.elemwise_mul(in_gate, candidate, name=f"{prefix}mul1")
        cell = F.elemwise_add(kept, added, name=f"{prefix}state")
        activated = F.Activation(cell, act_type=self._activation, name=f"{prefix}activation0")
        hidden = F.elemwise_mul(out_gate, activated, name=f"{prefix}out")
        return hidden, [hidden, cell]


class GRUCell(_DenseCell):
    """Gated recurrent unit, as cuDNN has it: the reset gate acts after the product with the hidden state.

    Inputs (N, I), state and output (N, H). The gates lie in the order reset, update, candidate.

    Args:
      hidden_size: H.
      i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer: of the parameters.
      input_size: I; 0 to take it from the first inputs.
      prefix: the beginning of the parameters' names, ``gru0_`` and so on by default.
      params: parameters to share.
    """

    _gates, _hint = 3, "gru"

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        initializers = i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        super().__init__(hidden_size, *initializers, input_size, prefix, params)

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> tuple[Any, list[Any]]:
        """One step."""
        prefix = f"t{self._counter}_"
        before = states[0]
        i2h = self._project(F, "i2h", inputs, i2h_weight, i2h_bias)
        h2h = self._project(F, "h2h", before, h2h_weight, h2h_bias)
        i2h_reset, i2h_update, i2h_new = F.SliceChannel(i2h, num_outputs=3, name=f"{prefix}i2h_slice")
        h2h_reset, h2h_update, h2h_new = F.SliceChannel(h2h, num_outputs=3, name=f"{prefix}h2h_slice")
        reset = F.elemwise_add(i2h_reset, h2h_reset, name=f"{prefix}plus0")
        reset = F.Activation(reset, act_type="sigmoid", name=f"{prefix}r_act")
        update = F.elemwise_add(i2h_update, h2h_update, name=f"{prefix}plus1")
        update = F.Activation(update, act_type="sigmoid", name=f"{prefix}z_act")
        remembered = F.elemwise_mul(reset, h2h_new, name=f"{prefix}mul0")
        candidate = F.elemwise_add(i2h_new, remembered, name=f"{prefix}plus2")
        candidate = F.Activation(candidate, act_type="tanh", name=f"{prefix}h_act")
        ones = F.ones_like(update, name=f"{prefix}ones_like0")
        rest = F.elemwise_sub(ones, update, name=f"{prefix}minus0")
        fresh = F.elemwise_mul(rest, candidate, name=f"{prefix}mul1")
        kept = F.elemwise_mul(update, before, name=f"{prefix}mul20")
        hidden = F.elemwise_add(fresh, kept, name=f"{prefix}out")
        return hidden, [hidden]
