"""Count sketches: random projections by hashing the axis."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._elementwise import require_same_type
from gluax.ops.registry import operator


# processing_batch_size, how many rows MXNet works on at a time, changes nothing.
@operator("_contrib_count_sketch", hints=("processing_batch_size",))
def count_sketch(data: jax.Array, h: jax.Array, s: jax.Array, *, out_dim: int) -> jax.Array:
    """Sketch (N, out_dim) of data (N, d): element i, times the sign s[0, i], is added to column h[0, i].

    `h` and `s` (1, d) hold columns and signs in the data's dtype; only data has a gradient. Columns that do not
    exist are left out.
    """
    require_floating(data, "count_sketch")
    require_same_type("count_sketch", data, h, s)
    if data.ndim != 2 or h.shape != (1, data.shape[1]) or s.shape != h.shape:
        raise ShapeError(f"count_sketch: expected data (N, d), h and s (1, d), got {data.shape}, {h.shape}, {s.shape}")
    columns = lax.stop_gradient(h)[0].astype(jnp.int32)
    columns = jnp.where(columns < 0, out_dim, columns)
    empty = jnp.zeros((data.shape[0], out_dim), data.dtype)
    return empty.at[:, columns].add(data * lax.stop_gradient(s), mode="drop")
