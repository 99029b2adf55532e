"""Samplers: which examples of a dataset come in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gluax.errors import ArgumentError

__all__ = ["BatchSampler", "FilterSampler", "RandomSampler", "Sampler", "SequentialSampler"]


class Sampler:
    """Numbers of examples. Those who derive from it write `__iter__` and `__len__`."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class SequentialSampler(Sampler):
    """The numbers from `start` to before ``start + length``.

    Args:
      length: how many.
      start: the first.
    """

    def __init__(self, length: int, start: int = 0) -> None:
        self._numbers = range(start, start + length)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class RandomSampler(Sampler):
    """The numbers from 0 to before `length` in an order of numpy's global generator, a new one each time.

    Args:
      length: how many.
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[Any]:
        numbers = np.arange(self._length)
        np.random.shuffle(numbers)
        return iter(numbers)

    def __len__(self) -> int:
        return self._length


class FilterSampler(Sampler):
    """The numbers of the examples for which a function says true; it is asked once.

    Args:
      fn: the function of an example.
      dataset: the examples.
    """

    def __init__(self, fn: Callable[[Any], Any], dataset: Any) -> None:
        self._numbers = [number for number, example in enumerate(dataset) if fn(example)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class BatchSampler(Sampler):
    """Lists of the numbers that another sampler gives.

    Args:
      sampler: the other sampler.
      batch_size: how many numbers are in a list.
      last_batch: what becomes of a last list that is too short: ``"keep"``, ``"discard"``, or ``"rollover"``, with
        which the next epoch begins with it.

    Raises:
      ArgumentError: for another `last_batch`, when it is looked at; it is a `ValueError`.
    """

    def __init__(self, sampler: Sampler, batch_size: int, last_batch: str = "keep") -> None:
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._rolled: list[Any] = []

    def __iter__(self) -> Iterator[list[Any]]:
        batch, self._rolled = self._rolled, []
        for number in self._sampler:
            batch.append(number)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if not batch:
            return
        self._check()
        if self._last_batch == "keep":
            yield batch
        elif self._last_batch == "rollover":
            self._rolled = batch

    def __len__(self) -> int:
        self._check()
        length = len(self._sampler)
        if self._last_batch == "keep":
            return -(-length // self._batch_size)
        return (length + len(self._rolled)) // self._batch_size

    def _check(self) -> None:
        if self._last_batch not in ("keep", "discard", "rollover"):
            raise ArgumentError(f"last_batch must be one of 'keep', 'discard', or 'rollover', not {self._last_batch!r}")
