"""``mx.monitor`` (``mx.mon``): statistics of the arrays of an executor, while it trains."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable
from typing import Any

from gluax.errors import ArgumentError
from gluax.ndarray import NDArray, norm

__all__ = ["Monitor"]


class Monitor:
    """Collects a number or more of every array whose name a pattern matches: outputs, arguments, states.

    Args:
      interval: how many batches lie between two that are looked at.
      stat_func: what to compute of an array: an NDArray, or a list of them. By default the norm over the root of the
        size, of shape (1,).
      pattern: a regular expression; names that it matches from their beginning on are looked at.
      sort: sort the lines by name; else they come in the order of the graph, then the arguments and the states.
      monitor_all: look at the inputs of operators too, not at their outputs alone.
    """

    def __init__(
        self,
        interval: int,
        stat_func: Callable[[NDArray], NDArray | list[NDArray]] | None = None,
        pattern: str = ".*",
        sort: bool = False,
        monitor_all: bool = False,
    ) -> None:
        self.interval = interval
        self.stat_func = stat_func or _mean_norm
        self.re_prog = re.compile(pattern)
        self.sort = sort
        self.monitor_all = monitor_all
        self.activated = False
        self.step = 0
        self.queue: list[tuple[int, str, Any]] = []
        self.exes: list[Any] = []

    def stat_helper(self, name: str, array: NDArray) -> None:
        """Collect from one array; what executors call."""
        if self.activated and self.re_prog.match(name):
            self.queue.append((self.step, name, self.stat_func(array)))

    def install(self, exe: Any) -> None:
        """Look at this executor too."""
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        self.exes.append(exe)

    def tic(self) -> None:
        """Begin with a batch; call it before the forward pass."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self) -> list[tuple[int, str, str]]:
        """End with a batch; call it after the backward pass, or the update.

        Returns:
          The step, the array's name and its statistics as text, of each; nothing when it was not the batch's turn.

        Raises:
          ArgumentError: when `stat_func` returned no arrays.
        """
        if not self.activated:
            return []
        for exe in self.exes:
            names = (exe.symbol.list_arguments(), exe.symbol.list_auxiliary_states())
            for listed, arrays in zip(names, (exe.arg_arrays, exe.aux_arrays)):
                for name, array in zip(listed, arrays):
                    self.stat_helper(name, array)
        self.activated = False
        if self.sort:
            self.queue.sort(key=lambda entry: entry[1])
        collected, self.queue = self.queue, []
        return [(step, name, _text(value)) for step, name, value in collected]

    def toc_print(self) -> None:
        """`toc`, with a line of the log for each."""
        for step, name, text in self.toc():
            logging.info("Batch: %7d %-30s %s", step, name, text)


def _mean_norm(array: NDArray) -> NDArray:
    return norm(array) / math.sqrt(array.size)


def _text(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, NDArray) for one in values):
        raise ArgumentError(f"stat_func must return an NDArray or a list of them, not {value!r}")
    # str, not a format: that of a float32 would show the digits of a float64.
    return "".join(str(one.asscalar() if one.shape == (1,) else one.asnumpy()) + "\t" for one in values)
