"""Connectionist temporal classification: CTCLoss under its four names."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ops._checks import require_floating
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes

# Logarithm of a probability of 0: finite, so that no gradient becomes nan.
_NEVER = -1e30


def _ctc_inputs(attrs: Attrs) -> tuple[str, ...]:
    lengths = [name for name in ("data_lengths", "label_lengths") if attrs[f"use_{name}"]]
    return ("data", "label", *lengths)


def _ctc_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[1])
    if data is None:
        return ins, outs
    lengths = [merge_shapes(shape, data[1:2]) for shape in ins[2:]]
    return [data, merge_shapes(ins[1], (data[1], -1)), *lengths], [merge_shapes(outs[0], data[1:2]), data]


@operator(
    "CTCLoss",
    aliases=("ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss"),
    inputs=_ctc_inputs,
    outputs=2,
    visible=1,
    shapes=_ctc_shapes,
)
def ctc_loss(
    data: jax.Array,
    label: jax.Array,
    data_lengths: jax.Array | None = None,
    label_lengths: jax.Array | None = None,
    *,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: Literal["first", "last"] = "first",
) -> tuple[jax.Array, jax.Array]:
    """Negative log-likelihood of label sequences: data (T, N, C) of any scale, label (N, L) -> (N,).

    The blank is class 0 (first; 0 also ends a label row) or C - 1 (last; -1 ends a row). data_lengths (N,)
    limits T; label_lengths (N,) replaces the search for the end of a label row. The loss of a row that cannot
    be aligned is 0. The hidden second output is the gradient to data.
    """
    require_floating(data, "CTCLoss")
    if data.ndim != 3 or label.ndim != 2 or label.shape[0] != data.shape[1]:
        raise ShapeError(f"CTCLoss expects data (T, N, C) and label (N, L), got {data.shape} and {label.shape}")
    steps, batch, classes = data.shape
    blank = 0 if blank_label == "first" else classes - 1
    if use_label_lengths and not use_data_lengths:  # inputs come by position: the third is the labels'
        data_lengths, label_lengths = None, data_lengths
    target = label.astype(jnp.int32)
    frames = jnp.full((batch,), steps, jnp.int32) if data_lengths is None else data_lengths.astype(jnp.int32)
    end = 0 if blank_label == "first" else -1
    letters = _letters(target, end) if label_lengths is None else label_lengths.astype(jnp.int32)

    return _with_gradient(data, target, frames, letters, blank)


@partial(jax.custom_vjp, nondiff_argnums=(4,))
def _with_gradient(
    data: jax.Array, target: jax.Array, frames: jax.Array, letters: jax.Array, blank: int
) -> tuple[jax.Array, jax.Array]:
    """The losses and the gradient of their sum, each computed once: differentiating uses the gradient at hand."""

    def losses(data: jax.Array) -> jax.Array:
        wide = data.astype(jnp.float32) if data.dtype.itemsize < 4 else data
        return _alignment_loss(jax.nn.log_softmax(wide, -1), target, frames, letters, blank).astype(data.dtype)

    loss, pull = jax.vjp(losses, data)
    return loss, pull(jnp.ones_like(loss))[0]


def _run(*args: Any) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
    result: Any = _with_gradient(*args)
    return result, result[1]


def _back(blank: int, gradient: jax.Array, above: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None, None, None]:
    return gradient * above[0][None, :, None], None, None, None


_with_gradient.defvjp(_run, _back)


def _letters(target: jax.Array, end: int) -> jax.Array:
    """Number of labels before the first `end` in each row."""
    running = jnp.cumprod((target != end).astype(jnp.int32), 1, dtype=jnp.int32)
    return jnp.sum(running, 1, dtype=jnp.int32)


def _alignment_loss(
    scores: jax.Array, target: jax.Array, frames: jax.Array, letters: jax.Array, blank: int
) -> jax.Array:
    """-log of the summed probability of all alignments; scores (T, N, C) are log-probabilities.

    States are blank, letter, blank, ..., letter, blank; from one a path stays, steps, or skips a blank
    between different letters.
    """
    batch, width = target.shape
    states = jnp.full((batch, 2 * width + 1), blank, jnp.int32).at[:, 1::2].set(target)
    before = jnp.pad(states, ((0, 0), (2, 0)), constant_values=blank)[:, :-2]
    skips = (states != blank) & (states != before)
    emitted = jnp.take_along_axis(scores, jnp.broadcast_to(states, (scores.shape[0], *states.shape)), 2, mode="clip")
    never = jnp.full(states.shape, _NEVER, scores.dtype)

    def shifted(paths: jax.Array, by: int) -> jax.Array:
        return jnp.concatenate([never[:, :by], paths[:, :-by]], 1)

    def step(paths: jax.Array, now: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
        frame, emission = now
        skipped = jnp.where(skips, shifted(paths, 2), never)
        reached = jax.nn.logsumexp(jnp.stack([paths, shifted(paths, 1), skipped]), 0) + emission
        # The start is as if from a state before the first: blank and first letter can be reached.
        first = jnp.where(lax.broadcasted_iota(jnp.int32, states.shape, 1) < 2, emission, never)
        reached = jnp.where(frame == 0, first, reached)
        return jnp.where((frame < frames)[:, None], jnp.maximum(reached, _NEVER), paths), None

    paths, _ = lax.scan(step, never, (jnp.arange(scores.shape[0], dtype=jnp.int32), emitted))
    last = 2 * letters[:, None]
    ends = jnp.take_along_axis(paths, jnp.concatenate([last, jnp.maximum(last - 1, 0)], 1), 1, mode="clip")
    total = jnp.where(letters > 0, jnp.logaddexp(ends[:, 0], ends[:, 1]), ends[:, 0])
    return jnp.where(total < _NEVER / 2, jnp.zeros_like(total), -total)
