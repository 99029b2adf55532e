"""Reading and writing parts of JAX arrays, compiled. Where slices begin is an argument, not a constant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.ops._elementwise import to_integer
from gluax.ops.cast import convert

Template = tuple[Any, ...]
"""A key without its index arrays: of None, (start, stop, step) for a slice, and "array"."""


def _restored(template: Template, arrays: Sequence[jax.Array]) -> tuple[Any, ...]:
    found = iter(arrays)
    key = []
    for entry in template:
        if entry == "array":
            index = next(found)
            entry = to_integer(index, np.int32) if jnp.issubdtype(index.dtype, jnp.floating) else index
        elif entry is not None:
            entry = slice(*entry)
        key.append(entry)
    return tuple(key)


@partial(jax.jit, static_argnames=("template", "new_axes"))
def gather(
    array: jax.Array, arrays: Sequence[jax.Array], template: Template, new_axes: tuple[int, ...] = ()
) -> jax.Array:
    """What index arrays and slices pick, then with axes of size 1 at `new_axes`."""
    picked = array[_restored(template, arrays)]
    for axis in new_axes:
        picked = jnp.expand_dims(picked, axis)
    return picked


@partial(jax.jit, static_argnames="template")
def scatter(array: jax.Array, value: jax.Array, arrays: Sequence[jax.Array], template: Template) -> jax.Array:
    """`array` with `value` where index arrays and slices point."""
    return array.at[_restored(template, arrays)].set(value)


@partial(jax.jit, static_argnums=(2, 3, 4))
def pick(
    array: jax.Array, starts: jax.Array, steps: tuple[int, ...], lengths: tuple[int, ...], shape: tuple[int, ...]
) -> jax.Array:
    """On every axis `length` elements, `step` apart, under a shape."""
    for axis, (step, length) in enumerate(zip(steps, lengths)):
        if step == 1:
            array = lax.dynamic_slice_in_dim(array, starts[axis], length, axis)
        else:
            array = jnp.take(array, starts[axis] + step * jnp.arange(length), axis, mode="clip")
    return array.reshape(shape)


@partial(jax.jit, static_argnums=(3, 4))
def put(
    array: jax.Array, value: jax.Array, starts: jax.Array, steps: tuple[int, ...], lengths: tuple[int, ...]
) -> jax.Array:
    """`array` with `value`, of shape `lengths`, where `pick` reads."""
    if set(steps) == {1}:
        return lax.dynamic_update_slice(array, value, tuple(starts))
    picked = [starts[axis] + step * jnp.arange(length) for axis, (step, length) in enumerate(zip(steps, lengths))]
    return array.at[jnp.ix_(*picked)].set(value)


@partial(jax.jit, static_argnums=(1, 2, 3))
def as_shape(source: jax.Array, dtype: np.dtype, shape: tuple[int, ...], final: tuple[int, ...]) -> jax.Array:
    """`source` in another dtype, broadcast to `shape`, under the shape `final`."""
    return jnp.broadcast_to(convert(source, dtype.name), shape).reshape(final)
