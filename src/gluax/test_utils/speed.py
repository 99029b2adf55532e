"""Measuring speed: of symbols, and of training without the time that reading data takes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from gluax.context import Context, current_context
from gluax.errors import ArgumentError
from gluax.io import DataBatch, DataIter
from gluax.ndarray import waitall
from gluax.symbol import Symbol
from gluax.test_utils.checking import Requests


class DummyIter(DataIter):
    """The first batch of another iterator, without end.

    Args:
      real_iter: the other iterator.
    """

    def __init__(self, real_iter: DataIter) -> None:
        super().__init__(real_iter.batch_size)
        self.real_iter = real_iter
        self.provide_data = real_iter.provide_data
        self.provide_label = real_iter.provide_label
        self.the_batch = next(real_iter)

    def __iter__(self) -> DummyIter:
        return self

    def next(self) -> DataBatch:
        """The batch."""
        return self.the_batch


def check_speed(
    sym: Symbol,
    location: Mapping[str, np.ndarray] | None = None,
    ctx: Context | None = None,
    N: int = 20,
    grad_req: Requests | None = None,
    typ: str = "whole",
    **kwargs: Any,
) -> float:
    """The seconds that a step takes, compilation aside.

    Args:
      sym: the symbol.
      location: values of the arguments by name; by default normally distributed ones, of the shapes in `kwargs`.
      ctx: where to run; by default in the current context.
      N: how many steps to run.
      grad_req: as for `Symbol.simple_bind`.
      typ: "whole", forwards and backwards, or "forward" alone.
      kwargs: shapes by name.

    Raises:
      ArgumentError: (a `ValueError` and `AssertionError`) another `typ`, or a `location` that is no dict.
    """
    if location is not None and not isinstance(location, Mapping):
        raise ArgumentError(f"location: expected a dict, got {location!r}")
    if typ not in ("whole", "forward"):
        raise ArgumentError(f'typ {typ!r} is neither "whole" nor "forward"')
    shapes = kwargs if location is None else {name: value.shape for name, value in location.items()}
    executor = sym.simple_bind(ctx or current_context(), grad_req or "write", **shapes)
    if location is None:
        location = {name: np.random.normal(size=each.shape) for name, each in executor.arg_dict.items()}
    for name, value in location.items():
        executor.arg_dict[name][:] = value.astype(executor.arg_dict[name].dtype)
    _run(executor, typ)
    start = time.perf_counter()
    for _ in range(N):
        _run(executor, typ)
    waitall()
    return (time.perf_counter() - start) / N


def _run(executor: Any, typ: str) -> None:
    executor.forward(is_train=typ == "whole")
    if typ == "whole":
        executor.backward(out_grads=executor.outputs)
    for output in executor.outputs:
        output.wait_to_read()
