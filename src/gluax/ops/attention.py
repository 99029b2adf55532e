"""Attention over interleaved projections: one array holds queries, keys and values side by side per head."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from gluax.errors import ShapeError
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes


def _parts(array: jax.Array, heads: int, count: int, name: str) -> list[jax.Array]:
    """Split (L, N, heads * count * D) into `count` arrays (N * heads, L, D)."""
    if array.ndim != 3 or array.shape[2] % (heads * count):
        raise ShapeError(
            f"{name} must be (length, batch, {count} * heads * size) for heads={heads}, got shape {array.shape}"
        )
    length, batch, width = array.shape
    size = width // (heads * count)
    # (L, N, heads, count, D) -> (count, N, heads, L, D)
    split = array.reshape(length, batch, heads, count, size).transpose(3, 1, 2, 0, 4)
    return list(split.reshape(count, batch * heads, length, size))


def selfatt_parts(array: jax.Array, heads: int) -> list[jax.Array]:
    """Queries, keys and values (N * heads, L, D) of (L, N, heads * 3 * D)."""
    return _parts(array, heads, 3, "queries_keys_values")


def scores(queries: jax.Array, keys: jax.Array) -> jax.Array:
    """Scaled products (N * heads, L_q, D) x (N * heads, L_k, D) -> (N * heads, L_q, L_k)."""
    return jnp.einsum("bqd,bkd->bqk", queries / math.sqrt(queries.shape[-1]), keys)


def attend(values: jax.Array, attention: jax.Array, heads: int) -> jax.Array:
    """(N * heads, L_k, D) weighted by (N * heads, L_q, L_k) -> (L_q, N, heads * D)."""
    if attention.ndim != 3 or attention.shape[0] != values.shape[0] or attention.shape[2] != values.shape[1]:
        wanted = f"({values.shape[0]}, queries, {values.shape[1]})"
        raise ShapeError(f"attention must have shape {wanted}, got {attention.shape}")
    mixed = jnp.einsum("bqk,bkd->bqd", attention, values)
    batch, length, size = mixed.shape
    split = mixed.reshape(batch // heads, heads, length, size).transpose(2, 0, 1, 3)
    return split.reshape(length, batch // heads, heads * size)


def qk_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """(L, N, width) gives scores (N * heads, L, L)."""
    if ins[0] is None or len(ins[0]) != 3:
        return ins, outs
    length, batch, _ = ins[0]
    return ins, [(-1 if batch == -1 else batch * attrs.heads, length, length)]


def valatt_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """(L, N, width) gives mixed values (L, N, width / 3)."""
    if ins[0] is None or len(ins[0]) != 3:
        return ins, outs
    width = ins[0][2]
    return ins, [(*ins[0][:2], -1 if width == -1 else width // 3)]


@operator("_contrib_interleaved_matmul_selfatt_qk", shapes=qk_shapes)
def selfatt_qk(queries_keys_values: jax.Array, *, heads: int) -> jax.Array:
    """Scores of self-attention: (L, N, heads * 3 * D) -> (N * heads, L, L), scaled by 1 / sqrt(D)."""
    queries, keys, _ = selfatt_parts(queries_keys_values, heads)
    return scores(queries, keys)


@operator("_contrib_interleaved_matmul_selfatt_valatt", shapes=valatt_shapes)
def selfatt_valatt(queries_keys_values: jax.Array, attention: jax.Array, *, heads: int) -> jax.Array:
    """Values weighted by attention (N * heads, L, L): (L, N, heads * 3 * D) -> (L, N, heads * D)."""
    values = selfatt_parts(queries_keys_values, heads)[2]
    return attend(values, attention, heads)


@operator("_contrib_interleaved_matmul_encdec_qk")
def encdec_qk(queries: jax.Array, keys_values: jax.Array, *, heads: int) -> jax.Array:
    """Scores of queries (L_q, N, heads * D) with keys (L_k, N, heads * 2 * D) -> (N * heads, L_q, L_k)."""
    keys, _ = _parts(keys_values, heads, 2, "keys_values")
    return scores(_parts(queries, heads, 1, "queries")[0], keys)


@operator("_contrib_interleaved_matmul_encdec_valatt")
def encdec_valatt(keys_values: jax.Array, attention: jax.Array, *, heads: int) -> jax.Array:
    """Values of (L_k, N, heads * 2 * D) weighted by attention (N * heads, L_q, L_k) -> (L_q, N, heads * D)."""
    return attend(_parts(keys_values, heads, 2, "keys_values")[1], attention, heads)
