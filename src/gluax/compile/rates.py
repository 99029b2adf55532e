"""What a device can do at best, measured: products and copies per second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.compile.options import options_for, platform_of


@dataclass(frozen=True)
class Rates:
    """What the default device does at best, in one type.

    Attributes:
      products: floating-point operations per second of a matrix product.
      copies: bytes read and written per second by an elementwise function of an array larger than any cache.
    """

    products: float
    copies: float


def measure_rates(dtype: str) -> Rates:
    """Measure the default device, in seconds; products are of this floating-point type."""
    small = jax.default_backend() == "cpu"
    return Rates(product_rate(1024 if small else 8192, dtype), copy_rate(2**24 if small else 2**28))


def copy_rate(count: int) -> float:
    """Bytes read and written per second by an elementwise function of `count` float32 numbers, in place."""
    x = jnp.arange(count, dtype="float32")
    touched = 2 * x.nbytes
    negate = jax.jit(jnp.negative, donate_argnums=0).lower(x).compile(options_for(platform_of([x])))
    return touched / _seconds_per_step(negate, x)


def product_rate(size: int, dtype: str) -> float:
    """Floating-point operations per second of a product of two square matrices of random numbers."""
    random = np.random.default_rng(0)  # JAX's takes seconds to compile
    a, b = (jnp.asarray(random.standard_normal((size, size), "float32"), dtype) for _ in range(2))
    multiply = jax.jit(jnp.matmul).lower(a, b).compile(options_for(platform_of([a])))
    return 2 * size**3 / _seconds_per_step(lambda _: multiply(a, b), None)


def _seconds_per_step(step: Callable[[Any], Any], state: Any, steps: int = 20) -> float:
    """Best of three runs of steps that the device does one after the other, once it is warm."""
    times = []
    for _ in range(4):
        start = time.perf_counter()
        for _ in range(steps):
            state = step(state)
        jax.block_until_ready(state)
        times.append((time.perf_counter() - start) / steps)
    return min(times[1:])
