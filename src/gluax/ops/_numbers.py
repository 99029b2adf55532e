"""Precision: what operators compute in."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def widen(data: jax.Array) -> jax.Array:
    """16-bit floats as float32, to accumulate in."""
    return data.astype(jnp.float32) if jnp.finfo(data.dtype).bits < 32 else data


def exact_quotient(dividend: jax.Array, divisor: jax.Array | float) -> jax.Array:
    """dividend / divisor to the last bit: XLA would divide by one number by multiplying with its inverse."""
    divisor = jnp.asarray(divisor, dividend.dtype)
    shape = jnp.broadcast_shapes(dividend.shape, divisor.shape)
    return dividend / lax.optimization_barrier(jnp.broadcast_to(divisor, shape))


def single(value: float) -> float:
    """An attribute that MXNet keeps as a C float, which shows in float64 results.

    Its parser (dmlc::ParseFloat) adds whole part and decimals, each rounded to float32, and scales the sum by the
    exponent; so the last bit is not always that of the nearest float32.
    """
    if not math.isfinite(value):
        return value
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, decimals = mantissa.partition(".")
    with np.errstate(over="ignore"):
        found = np.float32(int(whole)) + np.float32(int(decimals or "0") / 10 ** len(decimals))
        scale = np.float32(f"1e{exponent.lstrip('+-') or 0}")
        found = found / scale if exponent.startswith("-") else found * scale
    return math.copysign(float(found), value)
