"""Sequences of different lengths in one array: SequenceMask, SequenceLast, SequenceReverse."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._numbers import single
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes


def _inputs(attrs: Attrs) -> tuple[str, ...]:
    return ("data", "sequence_length") if attrs.use_sequence_length else ("data",)


def _with_lengths(ins: Shapes, attrs: Attrs) -> Shapes:
    data = ins[0]
    if not attrs.use_sequence_length or data is None or len(data) < 2:
        return ins
    return [data, (data[1 - attrs.axis],)]


def _same(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return _with_lengths(ins, attrs), [ins[0]]


def _last(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = ins[0]
    return _with_lengths(ins, attrs), [None if data is None else data[: attrs.axis] + data[attrs.axis + 1 :]]


def _check(data: jax.Array, lengths: jax.Array | None, axis: int) -> None:
    if axis not in (0, 1):
        raise ArgumentError(f"axis (of time) must be 0 or 1, got {axis}; transpose the data first")
    if data.ndim < 2:
        raise ShapeError(f"data must have an axis of time and one of sequences, got shape {data.shape}")
    if lengths is not None and lengths.shape != (data.shape[1 - axis],):
        raise ShapeError(f"sequence_length must have shape {(data.shape[1 - axis],)}, got {lengths.shape}")


def _along_time(data: jax.Array, lengths: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    """Positions in time and lengths as int32, shaped to broadcast against data; a fraction of a step is cut off."""
    time = [1] * data.ndim
    time[axis] = data.shape[axis]
    batch = [1] * data.ndim
    batch[1 - axis] = data.shape[1 - axis]
    steps = jnp.arange(data.shape[axis], dtype=jnp.int32)
    return steps.reshape(time), lengths.astype(jnp.int32).reshape(batch)


def _take(data: jax.Array, index: jax.Array, axis: int) -> jax.Array:
    shape = (*index.shape[:2], *data.shape[2:])
    return jnp.take_along_axis(data, jnp.broadcast_to(index, shape), axis, mode="promise_in_bounds")


@operator("SequenceMask", aliases=("_npx_sequence_mask",), inputs=_inputs, shapes=_same)
def sequence_mask(
    data: jax.Array,
    sequence_length: jax.Array | None = None,
    *,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> jax.Array:
    """Put `value` behind the end of each sequence. data (T, N, ...), or (N, T, ...) with axis=1; lengths (N,)."""
    _check(data, sequence_length, axis)
    if sequence_length is None:
        return data
    steps, lengths = _along_time(data, sequence_length, axis)
    return jnp.where(steps < lengths, data, jnp.asarray(single(value), data.dtype))


@operator("SequenceLast", inputs=_inputs, shapes=_last)
def sequence_last(
    data: jax.Array, sequence_length: jax.Array | None = None, *, use_sequence_length: bool = False, axis: int = 0
) -> jax.Array:
    """The last element of each sequence. data (T, N, ...), or (N, T, ...) with axis=1 -> (N, ...).

    Lengths (N,) outside 1 to T, where MXNet reads foreign memory, are taken as the nearest of these.
    """
    _check(data, sequence_length, axis)
    if sequence_length is None:
        return data[-1] if axis == 0 else data[:, -1]
    steps, lengths = _along_time(data, sequence_length, axis)
    return jnp.squeeze(_take(data, jnp.clip(lengths - 1, 0, steps.size - 1), axis), axis)


@operator("SequenceReverse", inputs=_inputs, shapes=_same)
def sequence_reverse(
    data: jax.Array, sequence_length: jax.Array | None = None, *, use_sequence_length: bool = False, axis: int = 0
) -> jax.Array:
    """Reverse each sequence of data (T, N, ...), leaving what is behind its end; MXNet knows axis 0 only.

    Lengths (N,) above T, where MXNet writes into foreign memory, are taken as T.
    """
    if axis != 0:
        raise ArgumentError(f"axis (of time) must be 0, got {axis}; transpose the data first")
    _check(data, sequence_length, axis)
    if sequence_length is None:
        return jnp.flip(data, 0)
    steps, lengths = _along_time(data, sequence_length, axis)
    lengths = jnp.minimum(lengths, steps.size)
    return _take(data, jnp.where(steps < lengths, lengths - 1 - steps, steps), axis)
