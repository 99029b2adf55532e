"""MXNet's arithmetic, in a scope: what the Gluon door runs under."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax


@contextmanager
def mxnet_numbers() -> Iterator[None]:
    """MXNet's arithmetic for this thread and this scope only: 64-bit types are real, nothing is promoted silently."""
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        yield
