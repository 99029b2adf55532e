"""Random numbers that numpy does not have, as ``mx.npx.random``."""

from __future__ import annotations

from typing import Any

from gluax.context import Context
from gluax.numpy.random import Size, draw
from gluax.random import seed as _seed

__all__ = ["bernoulli", "normal_n", "seed", "uniform_n"]


def seed(seed: int, ctx: Any = "all") -> None:
    """Restart the random stream; see `mx.random.seed`."""
    _seed(seed, ctx)


def bernoulli(
    prob: Any = None,
    logit: Any = None,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: Any = None,
) -> Any:
    """1 with probability `prob`, else 0; or with the probability of a logit.

    Raises:
      ValueError: unless just one of `prob` and `logit` is given.
    """
    if (prob is None) == (logit is None):
        raise ValueError("bernoulli takes either prob or logit")
    parameters = {"prob": prob} if logit is None else {"logit": logit}
    other = {"logit": "None"} if logit is None else {"prob": "None"}
    dtype = "float32" if dtype is None else dtype
    return draw("_npi_bernoulli", parameters, size, ctx, out, is_logit=logit is not None, dtype=dtype, **other)


def uniform_n(
    low: Any = 0.0, high: Any = 1.0, batch_shape: Size = None, dtype: Any = None, ctx: Context | None = None
) -> Any:
    """Uniform, `batch_shape` times for each element of the parameters."""
    dtype = "float32" if dtype is None else dtype
    return draw("_npi_uniform_n", {"low": low, "high": high}, batch_shape, ctx, dtype=dtype)


def normal_n(
    loc: Any = 0.0, scale: Any = 1.0, batch_shape: Size = None, dtype: Any = None, ctx: Context | None = None
) -> Any:
    """Normal, `batch_shape` times for each element of the parameters."""
    dtype = "float32" if dtype is None else dtype
    return draw("_npi_normal_n", {"loc": loc, "scale": scale}, batch_shape, ctx, dtype=dtype)
