"""Checks that several families make of what they are given."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, DTypeError


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
