"""Precision: what operators compute in."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np


def widen(data: jax.Array) -> jax.Array:
    """16-bit floats as float32, to accumulate in."""
    return data.astype(jnp.float32) if jnp.finfo(data.dtype).bits < 32 else data


def single(value: float) -> float:
    """An attribute that MXNet keeps as a C float: rounded to float32, which shows in float64 results."""
    return float(np.float32(value))
