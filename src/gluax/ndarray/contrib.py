"""The operators ``_contrib_X`` as ``X``, control flow, and what MXNet adds to them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gluax.context import as_context
from gluax.errors import ArgumentError, ShapeError
from gluax.ndarray import random
from gluax.ndarray.arithmetic import equal, logical_and, not_equal
from gluax.ndarray.control_flow import cond, foreach, while_loop
from gluax.ndarray.functions import namespace
from gluax.ndarray.invoke import run
from gluax.ndarray.ndarray import NDArray

_operator, _names = namespace(__name__, "_contrib_")

__all__ = ["boolean_mask", "cond", "foreach", "isfinite", "isinf", "isnan", "rand_zipfian", "uniform", "while_loop"]


def __getattr__(name: str) -> Any:
    return _operator(name)


def __dir__() -> list[str]:
    return sorted({*_names(), *__all__})


uniform = random.uniform


def boolean_mask(data: NDArray, index: NDArray, axis: int = 0, out: Any = None, name: str | None = None) -> NDArray:
    """The rows of `data` where `index`, one number per row, is not 0.

    How many there are depends on values, so neither graphs nor compiled functions can do this.

    Raises:
      ArgumentError: for another axis than 0.
      ShapeError: when there is not one number per row.
    """
    if axis != 0:
        raise ArgumentError(f"boolean_mask takes axis 0 only, got {axis}")
    if index.shape != data.shape[:1]:
        raise ShapeError(f"an index of shape {index.shape} does not fit the rows of data of shape {data.shape}")
    rows = np.flatnonzero(index.asnumpy())
    picked = run(lambda arrays: [arrays[0][rows]], (data,))[0]
    return picked if out is None else picked.copyto(out)


def isinf(data: NDArray) -> NDArray:
    """1 where an element is infinite, else 0."""
    return data.abs() == math.inf


def isnan(data: NDArray) -> NDArray:
    """1 where an element is not a number, else 0."""
    return not_equal(data, data)


def isfinite(data: NDArray) -> NDArray:
    """1 where an element is neither infinite nor not a number, else 0."""
    return logical_and(data.abs() != math.inf, equal(data, data))


def rand_zipfian(
    true_classes: NDArray, num_sampled: int, range_max: int, ctx: Any = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Draw classes below `range_max` by the approximately log-uniform (Zipfian) distribution.

    Returns:
      The classes drawn, and how often the true and the drawn classes are expected among `num_sampled` draws.
    """
    ctx = as_context(ctx)
    log_range = math.log(range_max + 1)
    draw = random.uniform(0, log_range, shape=(num_sampled,), dtype="float64", ctx=ctx)
    drawn = (draw.exp() - 1).astype("int64") % range_max

    def expected(classes: NDArray) -> NDArray:
        exact = classes.astype("float64")
        return ((exact + 2.0) / (exact + 1.0)).log() / log_range * num_sampled

    return drawn, expected(true_classes.as_in_context(ctx)), expected(drawn)
