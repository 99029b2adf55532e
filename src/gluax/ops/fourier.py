"""Fourier transforms of the last axis; complex numbers lie side by side as real and imaginary part."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import DTypeError, ShapeError
from gluax.ops.registry import operator


def _check(data: jax.Array, name: str) -> None:
    if data.dtype != jnp.float32:
        raise DTypeError(f"{name} expects float32 data, got {data.dtype}; cast it first")
    if data.ndim not in (2, 4):
        raise ShapeError(f"{name} expects data of rank 2 or 4, got shape {data.shape}; reshape it first")


# compute_size, how many rows MXNet works on at a time, changes nothing in either direction.
@operator("_contrib_fft", hints=("compute_size",))
def fft(data: jax.Array) -> jax.Array:
    """Transform of real float32 data (N, d) or (N1, N2, N3, d): twice as long, real and imaginary parts in turns."""
    _check(data, "fft")
    found = jnp.fft.fft(data)
    return jnp.stack([found.real, found.imag], -1).reshape(*data.shape[:-1], 2 * data.shape[-1])


@operator("_contrib_ifft", hints=("compute_size",))
def ifft(data: jax.Array) -> jax.Array:
    """Real part of the inverse transform of data (..., 2 * d), laid out as by `fft`: (..., d).

    As in MXNet it is not divided by d: ``ifft(fft(x))`` is d * x.
    """
    _check(data, "ifft")
    if data.shape[-1] % 2:
        raise ShapeError(f"ifft expects pairs of real and imaginary parts in the last axis, got shape {data.shape}")
    pairs = data.reshape(*data.shape[:-1], -1, 2)
    return jnp.fft.ifft(_complex(pairs), norm="forward").real


def _complex(pairs: jax.Array) -> jax.Array:
    """Pairs (..., 2) as complex numbers (...)."""
    return jax.lax.complex(pairs[..., 0], pairs[..., 1])
