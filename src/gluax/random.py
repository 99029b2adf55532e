"""The random stream of the Gluon door: MXNet's global generator, on JAX keys.

The JAX door never touches it: there the caller passes `rng`.
"""

from __future__ import annotations

import secrets
import threading

import jax

_lock = threading.Lock()
_key: jax.Array | None = None


def seed(seed_state: int) -> None:
    """Restart the stream: after the same seed the same numbers follow, as with `mx.random.seed`."""
    global _key
    with _lock:
        _key = jax.random.key(seed_state)


def next_key() -> jax.Array:
    """A fresh key from the stream; unseeded, the stream starts from the system's entropy."""
    global _key
    with _lock:
        current = _key if _key is not None else jax.random.key(secrets.randbits(31))
        _key, fresh = jax.random.split(current)
    return fresh
