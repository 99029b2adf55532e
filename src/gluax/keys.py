"""The random stream of the Gluon door: MXNet's global generator, on JAX keys.

The JAX door never touches it: there the caller passes `rng`.
"""

from __future__ import annotations

import secrets
import threading

import jax

_lock = threading.Lock()
_key: jax.Array | None = None


def restart(seed: int) -> None:
    """Restart the stream: after the same seed the same keys follow."""
    global _key
    with _lock, jax.ensure_compile_time_eval():
        _key = jax.random.key(seed & 0xFFFFFFFF)


def next_key() -> jax.Array:
    """A fresh key from the stream; unseeded, the stream starts from the system's entropy."""
    global _key
    with _lock, jax.ensure_compile_time_eval():  # also while something is traced: the stream holds no tracers
        current = _key if _key is not None else jax.random.key(secrets.randbits(31))
        _key, fresh = _split(current)
    return fresh


@jax.jit
def _split(key: jax.Array) -> tuple[jax.Array, jax.Array]:
    following, fresh = jax.random.split(key)
    return following, fresh
