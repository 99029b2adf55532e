"""_contrib_quantized_rnn: LSTM layers over 8-bit data, with weights quantized on the way."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, DTypeError
from gluax.ops._int8 import integer_dense
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rnn import Weights, rnn_outputs, rnn_shapes, sizes_of, unpack
from gluax.ops.rules import Shapes, Types


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    own = attrs.with_values(use_sequence_length=False, projection_size=None)
    found, outputs = rnn_shapes(ins[:4], outs, own)
    return [*found, (1,), (1,)], outputs


def _types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ["uint8", *["float32"] * 5], ["float32"] * rnn_outputs(attrs)


@operator(
    "_contrib_quantized_rnn",
    inputs=lambda attrs: ("data", "parameters", "state", "state_cell", "min_data", "max_data"),
    outputs=rnn_outputs,
    output_names=("output", "state_output", "statecell_ouput"),
    shapes=_shapes,
    types=_types,
    hints=("p", "lstm_state_clip_min", "lstm_state_clip_max", "lstm_state_clip_nan", "use_sequence_length"),
)
def quantized_rnn(
    data: jax.Array,
    parameters: jax.Array,
    state: jax.Array,
    state_cell: jax.Array,
    data_scale: jax.Array,
    data_shift: jax.Array,
    *,
    state_size: int,
    num_layers: int,
    bidirectional: bool = False,
    mode: Literal["rnn_relu", "rnn_tanh", "lstm", "gru"],
    state_outputs: bool = False,
    projection_size: int | None = None,
) -> tuple[jax.Array, ...]:
    """RNN in mode lstm on uint8 data (T, N, I) that are worth (data - data_shift) / data_scale; all else float32.

    Inputs and outputs are those of RNN. Hidden states are rounded to the quanta of the data, and so the outputs
    lie on that grid; cell states, biases and activations are float32. A gate's weights are int8 quanta of their
    largest magnitude, which both directions of a layer share; without bidirectional, and with as many inputs as
    states, all layers take those of the first, as MXNet does, and larger weights are cut off.
    """
    if mode != "lstm" or projection_size is not None:
        raise ArgumentError("quantized_rnn: expected mode lstm without projection_size; use RNN for the others")
    if data.dtype != jnp.uint8:
        raise DTypeError(f"quantized_rnn: expected uint8 data, got {data.dtype}; quantize it with quantize_asym")
    attrs = Attrs(
        {"mode": mode, "state_size": state_size, "num_layers": num_layers}
        | {"bidirectional": bidirectional, "projection_size": None}
    )
    layers = unpack(parameters, sizes_of(attrs), data.shape[2])
    scale, shift = data_scale.reshape(()), data_shift.reshape(())
    first_only = not bidirectional and data.shape[2] == state_size
    output, states, cells = data, [], []
    spans = _spans(layers[0])
    for layer in layers:
        spans = spans if first_only else _spans(layer)
        outputs = []
        for direction, weights in enumerate(layer):
            start = _round(state[len(states)], scale, shift), state_cell[len(cells)]
            (last, cell), out = _scan(output, weights, spans, start, (scale, shift), reverse=direction == 1)
            states.append(last)
            cells.append(cell)
            outputs.append(out)
        output = jnp.concatenate(outputs, 2)

    def worth(values: jax.Array) -> jax.Array:
        return (values.astype(jnp.float32) - shift) / scale

    return (worth(output), worth(jnp.stack(states)), jnp.stack(cells))[: 3 if state_outputs else 1]


def _round(values: jax.Array, scale: jax.Array, shift: jax.Array) -> jax.Array:
    return jnp.clip(jnp.round(values * scale + shift), 0, 255).astype(jnp.uint8)


def _spans(layer: list[Weights]) -> jax.Array:
    """The largest magnitude of each gate's weights (4 * H,), over both directions."""
    matrices = [jnp.abs(matrix) for weights in layer for matrix in (weights.i2h, weights.h2h)]
    return jnp.max(jnp.concatenate(matrices, 1), 1)


def _scan(
    data: jax.Array,
    weights: Weights,
    spans: jax.Array,
    start: tuple[jax.Array, jax.Array],
    grid: tuple[jax.Array, jax.Array],
    *,
    reverse: bool,
) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
    """One direction of one layer: last states, and the outputs (T, N, H), hidden ones as uint8."""
    scale, shift = grid
    quanta = jnp.where(spans > 0, 127 / jnp.where(spans > 0, spans, 1), 0)

    def whole(matrix: jax.Array) -> jax.Array:
        return jnp.clip(jnp.round(matrix * quanta[:, None]), -128, 127).astype(jnp.int8)

    i2h, h2h = whole(weights.i2h), whole(weights.h2h)
    worth = jnp.where(quanta > 0, 1 / (jnp.where(quanta > 0, quanta, 1) * scale), 0)
    # What the shift of data and states adds to every sum.
    extra = jnp.sum(i2h, 1, dtype=jnp.int32) + jnp.sum(h2h, 1, dtype=jnp.int32)
    bias = weights.i2h_bias + weights.h2h_bias - extra.astype(jnp.float32) * shift * worth
    projected = integer_dense(data, i2h)

    def step(carry: tuple[jax.Array, jax.Array], sums: jax.Array) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        hidden, cell = carry
        gates = (sums + integer_dense(hidden, h2h)).astype(jnp.float32) * worth + bias
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
        hidden = _round(jax.nn.sigmoid(o) * jnp.tanh(cell), scale, shift)
        return (hidden, cell), hidden

    return lax.scan(step, start, projected, reverse=reverse)
