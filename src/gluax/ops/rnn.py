"""RNN: stacked, optionally bidirectional relu, tanh, LSTM and GRU layers with packed parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_key
from gluax.ops._elementwise import require_same_type
from gluax.ops._rnn_loops import Carry, Cell, run_layer
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes

Mode = Literal["rnn_relu", "rnn_tanh", "lstm", "gru"]
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


_OUTPUTS = ("output", "state_output", "statecell_output")


@operator(
    "RNN",
    aliases=("_npx_rnn",),
    inputs=_inputs,
    outputs=rnn_outputs,
    output_names=_OUTPUTS,
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
    layers = [
        [_cell(weights, mode, state.shape[1]) for weights in layer]
        for layer in unpack(parameters, sizes, data.shape[2])
    ]
    rate = p if training else 0.0
    return _run(data, layers, state, cells, mode, state_outputs, rate, key)


def _run(
    data: jax.Array,
    layers: list[list[Cell]],
    state: jax.Array,
    cells: jax.Array | None,
    mode: Mode,
    state_outputs: bool,
    dropout: float = 0.0,
    key: jax.Array | None = None,
) -> tuple[jax.Array, ...]:
    starts: list[Carry] = [(state[i], None if cells is None else cells[i]) for i in range(len(state))]
    output, lasts = data, []
    for number, directions in enumerate(layers):
        if number and dropout > 0:
            output = _dropout(output, dropout, jax.random.fold_in(require_key(key, "RNN with dropout"), number))
        output, ends = run_layer(output, directions, starts[len(lasts) :], mode)
        lasts += ends
    if not state_outputs:
        return (output,)
    hidden, memory = zip(*lasts)
    return (output, jnp.stack(hidden), *([jnp.stack(memory)] if mode == "lstm" else []))


def _cell(weights: Weights, mode: Mode, batch: int | None = None) -> Cell:
    """The weights as the loop reads them; `batch` where they are turned in the program that has the loop."""
    i2h, h2h = weights.i2h.T, weights.h2h.T
    if batch != 1:  # the barrier keeps XLA from turning them in every step instead, which for single rows is faster
        h2h = lax.optimization_barrier(h2h)
    h2r = None if weights.h2r is None else weights.h2r.T
    if mode == "gru":
        return Cell(i2h, h2h, weights.i2h_bias, h2r, weights.h2h_bias)
    return Cell(i2h, h2h, weights.i2h_bias + weights.h2h_bias, h2r)


def _check(
    data: jax.Array, parameters: jax.Array, state: jax.Array, cells: jax.Array | None, mode: str, sizes: Sizes
) -> None:
    if sizes.projection is not None and mode != "lstm":
        raise ArgumentError(f"projection_size needs mode 'lstm', got mode {mode!r}; leave projection_size out")
    _check_states(data, state, cells, sizes)
    if parameters.shape != (sizes.total(data.shape[2]),):
        raise ShapeError(
            f"parameters must have shape {(sizes.total(data.shape[2]),)} for data {data.shape}, got {parameters.shape}"
        )


def _check_states(data: jax.Array, state: jax.Array, cells: jax.Array | None, sizes: Sizes) -> None:
    if data.ndim != 3:
        raise ShapeError(f"data must be (time, batch, channel), got {data.shape}")
    leading = (sizes.layers * sizes.directions, data.shape[1])
    wanted = {"state": (state, (*leading, sizes.state)), "state_cell": (cells, (*leading, sizes.hidden))}
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


def _cell_parts(attrs: Attrs) -> tuple[str, ...]:
    """Which parts of its cells a bound RNN takes."""
    projection = ("h2r",) if attrs.projection_size is not None else ()
    return ("i2h", "h2h", "bias", *projection, *(("h2h_bias",) if attrs.mode == "gru" else ()))


def _cell_count(attrs: Attrs) -> int:
    return attrs.num_layers * (2 if attrs.bidirectional else 1)


@operator("_gluax_rnn_weights", outputs=lambda attrs: _cell_count(attrs) * len(_cell_parts(attrs)))
def rnn_weights(
    parameters: jax.Array,
    *,
    state_size: int,
    num_layers: int,
    bidirectional: bool = False,
    mode: Mode,
    projection_size: int | None = None,
) -> tuple[jax.Array, ...]:
    """Cut the packed parameters of RNN into the parts of each layer's and direction's cell, matrices inputs first."""
    sizes = Sizes(_GATES[mode], state_size, num_layers, 2 if bidirectional else 1, projection_size)
    features, rest = divmod(parameters.size - sizes.total(0), sizes.gates * state_size * sizes.directions)
    if features < 1 or rest:
        raise ShapeError(f"{parameters.size} parameters fit no number of features")
    cells = [_cell(weights, mode) for layer in unpack(parameters, sizes, features) for weights in layer]
    return tuple(part for cell in cells for part in (*cell[:3], *(p for p in cell[3:] if p is not None)))


def _bound_inputs(attrs: Attrs, count: int) -> tuple[str, ...]:
    cell = ("state_cell",) if attrs.mode == "lstm" else ()
    parts = [f"{part}{i}" for i in range(_cell_count(attrs)) for part in _cell_parts(attrs)]
    return ("data", "state", *cell, *parts)


def _bound_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    count = 3 if attrs.mode == "lstm" else 2
    unbound = Attrs({**attrs, "use_sequence_length": False})
    found, outs = rnn_shapes([ins[0], None, *ins[1:count]], outs, unbound)
    return [found[0], *found[2:], *ins[count:]], outs


@operator("_gluax_rnn", inputs=_bound_inputs, outputs=rnn_outputs, output_names=_OUTPUTS, shapes=_bound_shapes)
def rnn_bound(
    data: jax.Array,
    state: jax.Array,
    *rest: jax.Array,
    state_size: int,
    num_layers: int,
    bidirectional: bool = False,
    mode: Mode,
    projection_size: int | None = None,
    state_outputs: bool = False,
) -> tuple[jax.Array, ...]:
    """RNN at inference from the outputs of `_gluax_rnn_weights`. It exists only in rewritten graphs."""
    directions = 2 if bidirectional else 1
    sizes = Sizes(_GATES[mode], state_size, num_layers, directions, projection_size)
    state_cell, parts = (rest[0], rest[1:]) if mode == "lstm" else (None, rest)
    names = _cell_parts(Attrs({"mode": mode, "projection_size": projection_size}))
    cells = [Cell(**dict(zip(names, parts[i : i + len(names)]))) for i in range(0, len(parts), len(names))]
    require_same_type("RNN", data, cells[0].i2h, state)
    _check_states(data, state, state_cell, sizes)
    if data.shape[2] != cells[0].i2h.shape[0]:
        raise ShapeError(f"data must have {cells[0].i2h.shape[0]} features, got {data.shape}")
    layers = [cells[i : i + directions] for i in range(0, len(cells), directions)]
    return _run(data, layers, state, state_cell, mode, state_outputs)
