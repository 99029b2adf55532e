"""_sparse_retain: some rows of a matrix, all others zero."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import ShapeError
from gluax.ops.registry import operator
from gluax.ops.rules import Types


def _types(ins: Types, attrs: object) -> tuple[Types, Types]:
    return ins, [ins[0]]


@operator("_sparse_retain", types=_types)
def sparse_retain(data: jax.Array, indices: jax.Array) -> jax.Array:
    """data (N, ...) where a row's number is among indices (K,), zero elsewhere; the gradient likewise.

    In MXNet data are row_sparse and so is the result; arrays here are dense, and this is what they hold.
    """
    if indices.ndim != 1:
        raise ShapeError(f"_sparse_retain expects indices (K,), got {indices.shape}")
    rows = jax.lax.stop_gradient(indices).astype(jnp.int32)
    kept = jnp.any(jnp.arange(data.shape[0], dtype=jnp.int32)[:, None] == rows, 1)
    return jnp.where(kept.reshape(-1, *(1,) * (data.ndim - 1)), data, jnp.zeros((), data.dtype))
