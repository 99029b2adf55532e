"""What the recurrent layers share: whole sequences through the operator `RNN`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gluax import ndarray, symbol
from gluax.errors import ArgumentError, NameLookupError
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nested import in_mode, is_foreign, map_leaves, unwrap, wrap
from gluax.gluon.parameter import Parameter
from gluax.gluon.rnn.cells import GRUCell, LSTMCell, RNNCell
from gluax.gluon.rnn.modifier_cells import DropoutCell
from gluax.gluon.rnn.stacked_cells import BidirectionalCell, HybridSequentialRNNCell
from gluax.symbol import Symbol

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
_CELLS: dict[str, Callable[..., Any]] = {
    "rnn_relu": lambda size, **kwargs: RNNCell(size, activation="relu", **kwargs),
    "rnn_tanh": lambda size, **kwargs: RNNCell(size, activation="tanh", **kwargs),
    "lstm": LSTMCell,
    "gru": GRUCell,
}
_INITIALIZED = ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
_PARAMETER_NAME = re.compile(r"([lr])(\d+)_(i2h|h2h|h2r)_(weight|bias)\Z")


class _RNNLayer(HybridBlock):
    """What the layers share: L layers of D directions, hidden size H, output size R (H, or the projection's).

    Parameters are named ``l0_i2h_weight``: direction (l or r), layer, part, kind.
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int,
        layout: str,
        dropout: float,
        bidirectional: bool,
        input_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        mode: str,
        projection_size: int | None,
        h2r_weight_initializer: Any,
        lstm_state_clip_min: float | None,
        lstm_state_clip_max: float | None,
        lstm_state_clip_nan: bool | None,
        dtype: Any,
        use_sequence_length: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if mode not in _GATES:
            raise NameLookupError(f"activation must be 'relu' or 'tanh', got {mode.removeprefix('rnn_')!r}")
        assert layout in ("TNC", "NTC"), f"Invalid layout {layout}; must be one of ['TNC' or 'NTC']"
        self._hidden_size = hidden_size
        self._projection_size = projection_size or None
        self._num_layers = num_layers
        self._mode = mode
        self._layout = layout
        self._dropout = dropout
        self._dir = 2 if bidirectional else 1
        self._input_size = input_size
        self._initializers = {
            "i2h_weight": i2h_weight_initializer,
            "h2h_weight": h2h_weight_initializer,
            "i2h_bias": i2h_bias_initializer,
            "h2h_bias": h2h_bias_initializer,
            "h2r_weight": h2r_weight_initializer,
        }
        self._clip = {
            "lstm_state_clip_min": lstm_state_clip_min,
            "lstm_state_clip_max": lstm_state_clip_max,
            "lstm_state_clip_nan": lstm_state_clip_nan,
        }
        self._dtype = dtype
        self._use_sequence_length = use_sequence_length
        self.skip_states: bool | None = None
        self._gates = _GATES[mode]
        self._make_parameters()

    def _sides(self) -> str:
        return "lr"[: self._dir]

    def _make_parameters(self) -> None:
        rows, features = self._gates * self._hidden_size, self._input_size
        size = self._projection_size or self._hidden_size
        for layer in range(self._num_layers):
            shapes = {
                "i2h_weight": (rows, features),
                "h2h_weight": (rows, size),
                "i2h_bias": (rows,),
                "h2h_bias": (rows,),
            }
            if self._projection_size:
                shapes["h2r_weight"] = (size, self._hidden_size)
            for side in self._sides():
                for part, shape in shapes.items():
                    self._register_param(f"{side}{layer}_{part}", shape, self._initializers[part], self._dtype)
            features = size * self._dir

    def _register_param(self, name: str, shape: tuple[int, ...], init: Any, dtype: Any) -> Parameter:
        parameter = self.params.get(name, shape=shape, init=init, allow_deferred_init=True, dtype=dtype)
        setattr(self, name, parameter)
        return parameter

    def __repr__(self) -> str:
        rows, features = self._reg_params["l0_i2h_weight"].shape or (0, 0)
        parts = [f"{features or None} -> {rows // self._gates}", self._layout]
        if self._num_layers != 1:
            parts.append(f"num_layers={self._num_layers}")
        if self._dropout != 0:
            parts.append(f"dropout={self._dropout}")
        if self._dir == 2:
            parts.append("bidirectional")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """Structural names are those of the cells that the layer once consisted of, so that old files load."""
        dotted = f"{prefix}." if prefix else ""
        found = {}
        for name, parameter in self._reg_params.items():
            match = _PARAMETER_NAME.match(name)
            assert match is not None, f"unexpected parameter {name} of a recurrent layer"
            side, layer, part, kind = match.groups()
            cell = f"{layer}.{side}_cell" if self._dir == 2 else layer
            found[f"{dotted}_unfused.{cell}.{part}_{kind}"] = parameter
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(dotted + name))
        return found

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Shape, layout and dtype of each state; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define state_info")

    def _info(self, size: int, batch_size: int) -> dict[str, Any]:
        shape = (self._num_layers * self._dir, batch_size, size)
        return {"shape": shape, "__layout__": "LNC", "dtype": self._dtype}

    def _unfuse(self) -> HybridSequentialRNNCell:
        """The same network as a stack of cells, which share the layer's parameters."""
        assert not self._projection_size, "_unfuse does not support projection layer yet!"
        clipped = self._clip["lstm_state_clip_min"] or self._clip["lstm_state_clip_max"]
        assert not clipped, "_unfuse does not support state clipping yet!"
        initializers = {f"{part}_initializer": self._initializers[part] for part in _INITIALIZED}
        stack = HybridSequentialRNNCell(prefix=self.prefix, params=self.params)
        with stack.name_scope():
            features = self._input_size
            for layer in range(self._num_layers):
                cells = [
                    _CELLS[self._mode](self._hidden_size, input_size=features, prefix=f"{side}{layer}_", **initializers)
                    for side in self._sides()
                ]
                stack.add(BidirectionalCell(*cells) if self._dir == 2 else cells[0])
                if self._dropout > 0 and layer != self._num_layers - 1:
                    stack.add(DropoutCell(self._dropout))
                features = self._hidden_size * self._dir
        return stack

    def cast(self, dtype: Any) -> None:
        """Change the dtype of the parameters, and of the states that `begin_state` makes."""
        super().cast(dtype)
        self._dtype = dtype

    def begin_state(self, batch_size: int = 0, func: Callable[..., Any] = ndarray.zeros, **kwargs: Any) -> list[Any]:
        """States for the first step, (L * D, N, H) each.

        Args:
          batch_size: N; needed for arrays, symbols may leave it open with 0.
          func: what makes a state of a shape: ``nd.zeros``, ``sym.zeros``, ``sym.var`` to feed states, ...
          **kwargs: further arguments of `func`.
        """
        states = [
            func(name=f"{self.prefix}h0_{number}", **{**info, **kwargs})
            for number, info in enumerate(self.state_info(batch_size))
        ]
        return [in_mode(state) for state in states] if func is ndarray.zeros else states

    def __call__(  # type: ignore[override]
        self, inputs: Any, states: Any = None, sequence_length: Any = None, **kwargs: Any
    ) -> Any:
        """Run over a sequence.

        Args:
          inputs: (T, N, I), or (N, T, I) in layout NTC.
          states: the first states, one or a list; zeros by default.
          sequence_length: (N,), for layers made with `use_sequence_length`.

        Returns:
          the outputs, (T, N, D * R) or in layout NTC; when states were given, also the list of the last states.

        Raises:
          ValueError: for states of another shape, and hybridized for arguments of another structure than first.

        Fidelity: once hybridized, the kind of the first call stays: without states, later calls return outputs only.
        """
        self.skip_states = states is None
        if states is None:
            states = self._first_states(inputs)
        if not isinstance(states, (list, tuple)):
            states = [states]
        if self._use_sequence_length:
            return super().__call__(inputs, states, sequence_length, **kwargs)
        return super().__call__(inputs, states, **kwargs)

    def _first_states(self, inputs: Any) -> list[Any]:
        if isinstance(inputs, Symbol):
            return self.begin_state(0, func=symbol.zeros)
        array = wrap(inputs)
        batch_size = array.shape[self._layout.find("N")]
        states = self.begin_state(batch_size, ctx=array.context, dtype=array.dtype)
        return map_leaves(unwrap, states) if is_foreign(inputs) else states

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, sequence_length: Any = None, **kwargs: Any) -> Any:
        """Run over a sequence; `kwargs` are the parameters."""
        if F is ndarray:
            infos = self.state_info(inputs.shape[self._layout.find("N")])
            for state, info in zip(states, infos):
                if state.shape != info["shape"]:
                    raise ArgumentError(f"Invalid recurrent state shape. Expecting {info['shape']}, got {state.shape}.")
        outputs, following = self._forward_kernel(F, inputs, states, sequence_length, **kwargs)
        return outputs if self.skip_states else (outputs, following)

    def _forward_kernel(self, F: Any, inputs: Any, states: Any, sequence_length: Any, **kwargs: Any) -> Any:
        if self._layout == "NTC":
            inputs = F.swapaxes(inputs, 0, 1)
        length = [sequence_length] if self._use_sequence_length else []
        result = F.RNN(
            inputs,
            self._packed(F, kwargs),
            *states,
            *length,
            use_sequence_length=self._use_sequence_length,
            state_size=self._hidden_size,
            projection_size=self._projection_size,
            num_layers=self._num_layers,
            bidirectional=self._dir == 2,
            p=self._dropout,
            state_outputs=True,
            mode=self._mode,
            **self._clip,
        )
        outputs, *following = result
        if self._layout == "NTC":
            outputs = F.swapaxes(outputs, 0, 1)
        return outputs, following

    def _packed(self, F: Any, parameters: dict[str, Any]) -> Any:
        """The parameters as the vector that the operator takes: all weights, then all biases."""
        weights = ("i2h_weight", "h2h_weight", *(["h2r_weight"] if self._projection_size else []))
        flat = [
            parameters[f"{side}{layer}_{part}"].reshape(-1)
            for parts in (weights, ("i2h_bias", "h2h_bias"))
            for layer in range(self._num_layers)
            for side in self._sides()
            for part in parts
        ]
        return F._internal._rnn_param_concat(*flat, dim=0)
