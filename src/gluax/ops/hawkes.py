"""Likelihood of Hawkes processes: events of several kinds, each of which makes more of its kind likely for a while."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._elementwise import require_same_type
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Types

_MARKS = 5  # which input they are


class _Memory(NamedTuple):
    """What is known of each process (N, K) after some events, and the log likelihood (N,) of these."""

    state: jax.Array  # decayed number of past events
    last: jax.Array  # time of the last event
    now: jax.Array  # time of the last event of any kind, (N,)
    likelihood: jax.Array


def _compensator(
    rate: jax.Array, alpha: jax.Array, beta: jax.Array, state: jax.Array, span: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Expected number of events within `span` after the last one, and by how much the state decays in it."""
    decay = jnp.exp(-beta * span)
    return rate * span + alpha * state * (1 - decay), decay


def _types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """The marks are int32, all else of one type."""
    floats = [dtype for place, dtype in enumerate(ins) if place != _MARKS and dtype is not None]
    known = floats[0] if floats else None
    return [dtype or ("int32" if place == _MARKS else known) for place, dtype in enumerate(ins)], [known, known]


@operator("_contrib_hawkesll", outputs=2, output_names=("output", "out_state"), types=_types)
def hawkes_likelihood(
    lda: jax.Array,
    alpha: jax.Array,
    beta: jax.Array,
    state: jax.Array,
    lags: jax.Array,
    marks: jax.Array,
    valid_length: jax.Array,
    max_time: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Log likelihood (N,) of N sequences of events of K kinds, and the state (N, K) at max_time (N,).

    lda (N, K) are background rates, alpha and beta (K,) branching ratios and decays, state (N, K) what earlier
    events left. Event j of a sequence comes lags[:, j] after the one before and is of kind marks[:, j] (int32, both
    (N, T)); those from valid_length (N,) on do not count. Only lda, alpha and beta have gradients, of the
    likelihood alone.
    """
    require_floating(lda, "hawkesll")
    require_same_type("hawkesll", lda, alpha, beta, state, lags, valid_length, max_time)
    if marks.dtype != jnp.int32:
        raise DTypeError(f"hawkesll expects marks of type int32, got {marks.dtype}; cast them first")
    if lda.ndim != 2 or lags.shape != marks.shape or lags.ndim != 2 or state.shape != lda.shape:
        shapes = f"lda {lda.shape}, state {state.shape}, lags {lags.shape} and marks {marks.shape}"
        raise ShapeError(f"hawkesll expects lda and state (N, K), lags and marks (N, T), got {shapes}")
    state, lags, valid_length, max_time = lax.stop_gradient((state, lags, valid_length, max_time))

    def step(memory: _Memory, event: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[_Memory, None]:
        number, lag, mark = event
        counts = number.astype(valid_length.dtype) < valid_length
        kind = (jnp.arange(lda.shape[1], dtype=jnp.int32) == mark[:, None]) & counts[:, None]
        now = jnp.where(counts, memory.now + lag, memory.now)
        expected, decay = _compensator(lda, alpha, beta, memory.state, now[:, None] - memory.last)
        gain = jnp.log(lda + alpha * beta * memory.state * decay) - expected
        return _Memory(
            jnp.where(kind, 1 + memory.state * decay, memory.state),
            jnp.where(kind, now[:, None], memory.last),
            now,
            memory.likelihood + jnp.sum(jnp.where(kind, gain, 0), 1),
        ), None

    nothing = jnp.zeros_like(lda[:, 0])
    numbers = jnp.arange(lags.shape[1], dtype=jnp.int32)
    memory, _ = lax.scan(step, _Memory(state, jnp.zeros_like(lda), nothing, nothing), (numbers, lags.T, marks.T))
    rest, decay = _compensator(lda, alpha, beta, memory.state, max_time[:, None] - memory.last)
    return memory.likelihood - jnp.sum(rest, 1), lax.stop_gradient(memory.state * decay)
