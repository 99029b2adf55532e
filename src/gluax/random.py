"""Random numbers as ``mx.random``: seeding the stream, and the distributions of `gluax.ndarray.random`."""

from __future__ import annotations

from typing import Any

from gluax import keys
from gluax.keys import next_key
from gluax.ndarray.operators import INTEGERS
from gluax.ndarray.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)

__all__ = [
    "exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "next_key", "normal",
    "poisson", "randint", "randn", "seed", "shuffle", "uniform",
]  # fmt: skip


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Restart the random stream: after the same seed the same numbers follow.

    Args:
      seed_state: the seed.
      ctx: taken for likeness with MXNet, where devices have streams of their own; here all share one.

    Raises:
      ValueError: when the seed is no integer.
    """
    if not isinstance(seed_state, INTEGERS):
        raise ValueError(f"seed_state must be int, not {type(seed_state)}")
    keys.restart(int(seed_state))
