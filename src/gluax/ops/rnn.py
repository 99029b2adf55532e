"""RNN: stacked, optionally bidirectional relu, tanh, LSTM and GRU layers with packed parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_key
from gluax.ops._elementwise import require_same_type
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes

Mode = Literal["rnn_relu", "rnn_tanh", "lstm", "gru"]
Carry = tuple[jax.Array, jax.Array | None]  # the hidden state, and the LSTM's cell state

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


class Weights(NamedTuple):
    """Parameters of one direction of one layer: G gates, hidden size H, input size I, state size R."""

    i2h: jax.Array  # (G * H, I)
    h2h: jax.Array  # (G * H, R)
    h2r: jax.Array | None  # (R, H), the LSTM's projection
    i2h_bias: jax.Array  # (G * H,)
    h2h_bias: jax.Array  # (G * H,)


class Sizes(NamedTuple):
    """What fixes the layout of the packed parameters."""

    gates: int
    hidden: int
    layers: int
    directions: int
    projection: int | None

    @property
    def state(self) -> int:
        """Size of the hidden state, which is what a layer puts out per direction."""
        return self.hidden if self.projection is None else self.projection

    def weights(self, features: int) -> Iterator[list[tuple[int, int]]]:
        """Shapes of the weight matrices for each layer and direction."""
        rows = self.gates * self.hidden
        for _ in range(self.layers):
            shapes = [(rows, features), (rows, self.state)]
            if self.projection is not None:
                shapes.append((self.projection, self.hidden))
            yield from [shapes] * self.directions
            features = self.state * self.directions

    def total(self, features: int) -> int:
        """Number of packed parameters."""
        biases = 2 * self.gates * self.hidden * self.layers * self.directions
        return biases + sum(rows * columns for shapes in self.weights(features) for rows, columns in shapes)


def sizes_of(attrs: Attrs) -> Sizes:
    """The layout that the attributes of RNN ask for."""
    directions = 2 if attrs.bidirectional else 1
    return Sizes(_GATES[attrs.mode], attrs.state_size, attrs.num_layers, directions, attrs.projection_size)


def _inputs(attrs: Attrs) -> tuple[str, ...]:
    cell = ("state_cell",) if attrs.mode == "lstm" else ()
    length = ("sequence_length",) if attrs.use_sequence_length else ()
    return ("data", "parameters", "state", *cell, *length)


def rnn_outputs(attrs: Attrs) -> int:
    """Number of outputs: the last states come with state_outputs only."""
    if not attrs.state_outputs:
        return 1
    return 3 if attrs.mode == "lstm" else 2


def rnn_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Shapes of parameters, states and outputs from that of data."""
    data = ins[0]
    if data is None:
        return ins, outs
    if len(data) != 3:
        raise ShapeError(f"data must be (time, batch, channel), got {data}")
    sizes = sizes_of(attrs)
    time, batch, features = data
    total = None if features == -1 else (sizes.total(features),)
    state = (sizes.layers * sizes.directions, batch, sizes.state)
    cell = (sizes.layers * sizes.directions, batch, sizes.hidden)
    by_name = {"data": data, "parameters": total, "state": state, "state_cell": cell, "sequence_length": (batch,)}
    found = [(time, batch, sizes.directions * sizes.state), state, cell]
    return [by_name[name] for name in _inputs(attrs)], list(found[: rnn_outputs(attrs)])


@operator(
    "RNN",
    aliases=("_npx_rnn",),
    inputs=_inputs,
    outputs=rnn_outputs,
    output_names=("output", "state_output", "statecell_output"),
    shapes=rnn_shapes,
    random=lambda attrs, training: training and attrs.p > 0 and attrs.num_layers > 1,
)
def rnn(
    data: jax.Array,
    parameters: jax.Array,
    state: jax.Array,
    state_cell: jax.Array | None = None,
    sequence_length: jax.Array | None = None,
    *,
    state_size: int,
    num_layers: int,
    bidirectional: bool = False,
    mode: Mode,
    p: float = 0.0,
    state_outputs: bool = False,
    projection_size: int | None = None,
    lstm_state_clip_min: float | None = None,
    lstm_state_clip_max: float | None = None,
    lstm_state_clip_nan: bool = False,
    use_sequence_length: bool = False,
    training: bool = False,
    key: jax.Array | None = None,
) -> tuple[jax.Array, ...]:
    """Recurrent layers over data (T, N, I), from state (L * D, N, H) and, for lstm, state_cell of that shape.

    Returns output (T, N, D * H) and, with state_outputs, the last state (and cell) of every layer and
    direction. With projection_size P (lstm only) state and output have P in the place of H. `parameters`
    is a vector: for each layer and direction i2h, h2h and (projected) h2r; then, in the same order, the
    i2h and h2h biases. In training, dropout of rate `p` acts between layers.

    Fidelity: on CPU MXNet 1.9.1 computes float32 without looking at sequence_length and the
    lstm_state_clip attributes (it refuses them in float64); so it is here.
    """
    sizes = Sizes(_GATES[mode], state_size, num_layers, 2 if bidirectional else 1, projection_size)
    cells = state_cell if mode == "lstm" else None  # without a cell the fourth input is sequence_length
    require_same_type("RNN", data, parameters, state, *([] if cells is None else [cells]))
    _check(data, parameters, state, cells, mode, sizes)
    output, states, last_cells = data, [], []
    for layer, directions in enumerate(unpack(parameters, sizes, data.shape[2])):
        if layer and training and p > 0:
            output = _dropout(output, p, jax.random.fold_in(require_key(key, "RNN with dropout"), layer))
        outputs = []
        for direction, weights in enumerate(directions):
            index = layer * sizes.directions + direction
            start = (state[index], None if cells is None else cells[index])
            (last, last_cell), out = _scan(output, weights, start, mode, reverse=direction == 1)
            states.append(last)
            last_cells.append(last_cell)
            outputs.append(out)
        output = jnp.concatenate(outputs, axis=2) if bidirectional else outputs[0]
    if not state_outputs:
        return (output,)
    return (output, jnp.stack(states), *([jnp.stack(last_cells)] if mode == "lstm" else []))


def _check(
    data: jax.Array, parameters: jax.Array, state: jax.Array, cells: jax.Array | None, mode: str, sizes: Sizes
) -> None:
    if sizes.projection is not None and mode != "lstm":
        raise ArgumentError(f"projection_size needs mode 'lstm', got mode {mode!r}; leave projection_size out")
    if data.ndim != 3:
        raise ShapeError(f"data must be (time, batch, channel), got {data.shape}")
    leading = (sizes.layers * sizes.directions, data.shape[1])
    wanted = {
        "parameters": (parameters, (sizes.total(data.shape[2]),)),
        "state": (state, (*leading, sizes.state)),
        "state_cell": (cells, (*leading, sizes.hidden)),
    }
    for name, (array, shape) in wanted.items():
        if array is not None and array.shape != shape:
            raise ShapeError(f"{name} must have shape {shape} for data {data.shape}, got {array.shape}")


def unpack(parameters: jax.Array, sizes: Sizes, features: int) -> list[list[Weights]]:
    """Cut the parameter vector into the weights of each layer and direction."""
    shapes = list(sizes.weights(features))
    rows = sizes.gates * sizes.hidden
    lengths = [a * b for matrices in shapes for a, b in matrices] + [rows] * (2 * len(shapes))
    pieces = iter(lax.split(parameters, lengths))
    matrices = [[next(pieces).reshape(shape) for shape in each] for each in shapes]
    cells = [
        Weights(each[0], each[1], each[2] if sizes.projection is not None else None, next(pieces), next(pieces))
        for each in matrices
    ]
    return [cells[i : i + sizes.directions] for i in range(0, len(cells), sizes.directions)]


def _dropout(data: jax.Array, p: float, key: jax.Array) -> jax.Array:
    kept = jax.random.bernoulli(key, 1 - p, data.shape)
    return jnp.where(kept, data / (1 - p), jnp.zeros_like(data))


def _scan(data: jax.Array, weights: Weights, start: Carry, mode: str, reverse: bool) -> tuple[Carry, jax.Array]:
    """One direction of one layer: last state and the outputs (T, N, R) in the order of the data."""
    # The inputs of all steps are projected at once: one large product instead of T small ones.
    bias = weights.i2h_bias if mode == "gru" else weights.i2h_bias + weights.h2h_bias
    projected = _matmul(data, weights.i2h) + bias
    recur = _recurrence(weights.h2h, batch=data.shape[1])

    def step(carry: Carry, gates: jax.Array) -> tuple[Carry, jax.Array]:
        following = _CELLS[mode](gates, recur(carry[0]), carry, weights)
        return following, following[0]

    return lax.scan(step, start, projected, reverse=reverse)


def _matmul(data: jax.Array, weight: jax.Array) -> jax.Array:
    return lax.dot_general(data, weight, (((data.ndim - 1,), (1,)), ((), ())))


def _recurrence(weight: jax.Array, batch: int) -> Callable[[jax.Array], jax.Array]:
    """The product that every step makes of its hidden state."""
    if batch == 1:
        return lambda hidden: _matmul(hidden, weight)
    # Transposed once, before the loop: CPU kernels are 2 to 20 times slower on (N, R) x (G * H, R) in each step.
    # The barrier keeps XLA from undoing it.
    transposed = lax.optimization_barrier(weight.T)
    return lambda hidden: jnp.matmul(hidden, transposed)


def _relu_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, weights: Weights) -> Carry:
    return jax.nn.relu(gates + recurrent), None


def _tanh_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, weights: Weights) -> Carry:
    return jnp.tanh(gates + recurrent), None


def _lstm_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, weights: Weights) -> Carry:
    """Gates in the order input, forget, candidate, output."""
    cell = carry[1]
    assert cell is not None
    i, f, g, o = jnp.split(gates + recurrent, 4, axis=-1)
    cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    hidden = jax.nn.sigmoid(o) * jnp.tanh(cell)
    return hidden if weights.h2r is None else _matmul(hidden, weights.h2r), cell


def _gru_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, weights: Weights) -> Carry:
    """Gates in the order reset, update, candidate; the reset gate acts after the hidden product and its bias."""
    reset, update, candidate = jnp.split(gates, 3, axis=-1)
    h_reset, h_update, h_candidate = jnp.split(recurrent + weights.h2h_bias, 3, axis=-1)
    update = jax.nn.sigmoid(update + h_update)
    candidate = jnp.tanh(candidate + jax.nn.sigmoid(reset + h_reset) * h_candidate)
    return (1 - update) * candidate + update * carry[0], None


_CELLS: dict[str, Callable[..., Carry]] = {
    "rnn_relu": _relu_cell,
    "rnn_tanh": _tanh_cell,
    "lstm": _lstm_cell,
    "gru": _gru_cell,
}
