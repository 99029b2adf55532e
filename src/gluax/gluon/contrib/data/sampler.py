"""Samplers outside of MXNet's stable interface."""

from __future__ import annotations

from collections.abc import Iterator

from gluax.errors import ArgumentError
from gluax.gluon.data.sampler import Sampler

__all__ = ["IntervalSampler"]


class IntervalSampler(Sampler):
    """Every `interval`-th number below `length`.

    Args:
      length: the end of the numbers.
      interval: the distance of two numbers.
      rollover: whether to go on with the numbers in between, until all have come. The sampler's length is `length`
        even without.

    Raises:
      ArgumentError: for an interval above `length`; it is an `AssertionError`.
    """

    def __init__(self, length: int, interval: int, rollover: bool = True) -> None:
        if interval > length:
            raise ArgumentError(f"Interval {interval} must be smaller than or equal to length {length}")
        self._length = length
        self._interval = interval
        self._starts = range(interval if rollover else 1)

    def __iter__(self) -> Iterator[int]:
        for start in self._starts:
            yield from range(start, self._length, self._interval)

    def __len__(self) -> int:
        return self._length
