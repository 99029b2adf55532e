"""Random choices for the differential tester, all from one seeded stream. Standard library and numpy only.

A family's `GENERATORS` map each of its operators to a function of a `Draw` that returns one random `Case`. Everything
returned here is plain Python, so that a case has the same `id` in both environments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from tests.oracle.case import Case, In

T = TypeVar("T")
Shape = tuple[int, ...]

FLOATS = ("float32", "float32", "float64", "float16")  # float32 counts twice: most models are float32
INTEGERS = ("int8", "uint8", "int32", "int64")
NUMBERS = (*FLOATS, *INTEGERS)


class Draw:
    """A stream of random choices."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.RandomState(seed % 2**32)

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return int(self.random.randint(low, high + 1))

    def integers(self, count: int, low: int, high: int) -> Shape:
        """`count` integers from low to high, both included."""
        return tuple(self.integer(low, high) for _ in range(count))

    def number(self, low: float = -2.0, high: float = 2.0, digits: int = 3) -> float:
        """A float with few digits, so that its text in the graph is exact."""
        return round(float(self.random.uniform(low, high)), digits)

    def flag(self, chance: float = 0.5) -> bool:
        return bool(self.random.uniform() < chance)

    def choice(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]

    def some(self, options: Sequence[T], low: int = 0, high: int | None = None) -> tuple[T, ...]:
        """Some of the options, each at most once, in random order."""
        count = self.integer(low, len(options) if high is None else high)
        return tuple(options[int(i)] for i in self.random.permutation(len(options))[:count])

    def given(self, chance: float = 0.5, **attrs: Any) -> dict[str, Any]:
        """Each of the attributes or not, so that defaults are tried too."""
        return {name: value for name, value in attrs.items() if self.flag(chance)}

    def shape(self, low: int = 1, high: int = 4, size: int = 5, *, empty: bool = False) -> Shape:
        """A shape of rank low to high; now and then a rank of up to 6, sizes of 1, and with `empty` sizes of 0.

        `empty` needs ``Case(numpy=True)``: outside numpy semantics a size of 0 is an unknown one for MXNet.
        """
        rank = self.integer(low, high)
        if high >= 4 and self.flag(0.1):
            rank = self.integer(max(low, 5), max(high, 6))
        sizes = [1 if self.flag(0.15) else self.integer(1, size) for _ in range(rank)]
        if empty and rank and self.flag(0.3):
            sizes[self.integer(0, rank - 1)] = 0
        return tuple(sizes)

    def any_shape(self, low: int = 1, high: int = 4, size: int = 5) -> tuple[Shape, bool]:
        """A shape, and whether it is for ``Case(numpy=True)``: then scalars (if low is 1) and sizes of 0 come too."""
        numpy = self.flag(0.3)
        if numpy and low <= 1 and self.flag(0.2):
            return (), True
        return self.shape(low, high, size, empty=numpy), numpy

    def axis(self, rank: int) -> int:
        """An axis, counted from the front or from the back."""
        return self.integer(-rank, rank - 1)

    def axes(self, rank: int, low: int = 0) -> Shape:
        """Different axes, each counted from the front or from the back."""
        return tuple(axis - rank if self.flag() else axis for axis in self.some(range(rank), low))

    def broadcast_pair(self, high: int = 4) -> tuple[Shape, Shape]:
        """Two shapes of one rank that broadcast against each other."""
        whole = self.shape(1, high)
        return tuple(1 if self.flag(0.3) else d for d in whole), tuple(1 if self.flag(0.3) else d for d in whole)

    def data(
        self,
        shape: Shape,
        dtype: str = "float32",
        low: float = -1.0,
        high: float = 1.0,
        *,
        also: Sequence[str] = ("ties", "nonfinite", "extreme"),
        distinct: bool = False,
    ) -> In:
        """An input; `also` names the other kinds of data that are defined for it (see `In`)."""
        undefined = {"f": (), "b": ("nonfinite", "extreme")}.get(np.dtype(dtype).kind, ("nonfinite",))
        kinds = tuple(kind for kind in also if kind not in undefined)
        return In(tuple(shape), dtype, low, high, distinct=distinct, also=kinds)


def cancelling(dtype: str) -> dict[str, Any]:
    """Fields of a case whose results, or gradients, are sums of a hundred terms of magnitude 1 that may cancel."""
    bounds = {"float16": {"rtol": 4e-3, "atol": 3e-2}, "float32": {"atol": 1e-5}}.get(dtype)
    return {} if bounds is None else {**bounds, "why": "the terms of a sum cancel, and come in another order"}


def variants(case: Case, count: int, seed: int) -> list[Case]:
    """The case on `count` draws of data: each kind that some input has, over and over, each time with another seed."""
    kinds = ("uniform", *dict.fromkeys(kind for spec in case.specs for kind in spec.also))
    return [case.with_kind(kinds[i % len(kinds)]).with_seed(seed + i) for i in range(count)]
