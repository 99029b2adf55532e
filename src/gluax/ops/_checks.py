"""Checks that several families make of what they are given."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from gluax.errors import ArgumentError, DTypeError, DynamicShapeError


def require_key(key: jax.Array | None, operator: str) -> jax.Array:
    """Return `key`, or say that the operator cannot draw without one.

    Raises:
      ArgumentError: when there is no key.
    """
    if key is None:
        raise ArgumentError(f"{operator} draws random numbers here and got no key; pass key=jax.random.key(seed)")
    return key


def require_floating(data: jax.Array, operator: str) -> None:
    """Refuse integers where MXNet does.

    Raises:
      DTypeError: when data are not of a floating point type.
    """
    if not jnp.issubdtype(data.dtype, jnp.floating):
        raise DTypeError(f"{operator} expects floating point data, got {data.dtype}; cast it first")


def require_values(data: jax.Array, operator: str, instead: str) -> np.ndarray:
    """Return the values of an array that decide the shape of the operator's output.

    Args:
      data: the array.
      operator: the operator's name.
      instead: what gives an output of fixed size, for the message.

    Raises:
      DynamicShapeError: when the values are not known yet, because the operator is being traced.
    """
    if isinstance(data, Tracer):
        raise DynamicShapeError(
            f"the shape of the output of {operator} depends on its data, which are not known while a function is "
            f"traced (jit, vmap, hybridize); call it outside of that, or use {instead}"
        )
    return np.asarray(data)
