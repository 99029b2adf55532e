"""Recurrent layers over time, from weights as the loop reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

Carry = tuple[jax.Array, jax.Array | None]  # the hidden state, and the LSTM's cell state


class Cell(NamedTuple):
    """One direction of one layer: G gates, hidden size H, input size I, state size R.

    Matrices have their inputs first: CPU kernels are 2 to 20 times slower on (N, R) x (G * H, R).
    """

    i2h: jax.Array  # (I, G * H)
    h2h: jax.Array  # (R, G * H)
    bias: jax.Array  # (G * H,): of the input's projection and, where that is the same, of the state's
    h2r: jax.Array | None = None  # (H, R), the LSTM's projection
    h2h_bias: jax.Array | None = None  # (G * H,), the GRU's, which its reset gate acts on


def run_layer(data: jax.Array, directions: list[Cell], starts: list[Carry], mode: str) -> tuple[jax.Array, list[Carry]]:
    """One layer over data (T, N, I): outputs (T, N, D * R), and the last states of each direction."""
    outputs, lasts = [], []
    for cell, start, reverse in zip(directions, starts, (False, True)):
        last, output = _scan(data, cell, start, mode, reverse)
        outputs.append(output)
        lasts.append(last)
    return outputs[0] if len(outputs) == 1 else jnp.concatenate(outputs, axis=2), lasts


def _scan(data: jax.Array, cell: Cell, start: Carry, mode: str, reverse: bool) -> tuple[Carry, jax.Array]:
    """One direction of one layer: last state and the outputs (T, N, R) in the order of the data."""
    # The inputs of all steps are projected at once: one large product instead of T small ones.
    projected = jnp.matmul(data, cell.i2h) + cell.bias

    def step(carry: Carry, gates: jax.Array) -> tuple[Carry, jax.Array]:
        following = _CELLS[mode](gates, jnp.matmul(carry[0], cell.h2h), carry, cell)
        return following, following[0]

    return lax.scan(step, start, projected, reverse=reverse)


def _relu_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, cell: Cell) -> Carry:
    return jax.nn.relu(gates + recurrent), None


def _tanh_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, cell: Cell) -> Carry:
    return jnp.tanh(gates + recurrent), None


def _lstm_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, cell: Cell) -> Carry:
    """Gates in the order input, forget, candidate, output."""
    memory = carry[1]
    assert memory is not None
    i, f, g, o = jnp.split(gates + recurrent, 4, axis=-1)
    memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
    hidden = jax.nn.sigmoid(o) * jnp.tanh(memory)
    return hidden if cell.h2r is None else jnp.matmul(hidden, cell.h2r), memory


def _gru_cell(gates: jax.Array, recurrent: jax.Array, carry: Carry, cell: Cell) -> Carry:
    """Gates in the order reset, update, candidate; the reset gate acts after the hidden product and its bias."""
    assert cell.h2h_bias is not None
    reset, update, candidate = jnp.split(gates, 3, axis=-1)
    h_reset, h_update, h_candidate = jnp.split(recurrent + cell.h2h_bias, 3, axis=-1)
    update = jax.nn.sigmoid(update + h_update)
    candidate = jnp.tanh(candidate + jax.nn.sigmoid(reset + h_reset) * h_candidate)
    return (1 - update) * candidate + update * carry[0], None


_CELLS: dict[str, Callable[..., Carry]] = {
    "rnn_relu": _relu_cell,
    "rnn_tanh": _tanh_cell,
    "lstm": _lstm_cell,
    "gru": _gru_cell,
}
