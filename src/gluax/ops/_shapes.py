"""Small helpers of the families that move elements around: axes and sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gluax.errors import ShapeError


def axis_of(axis: int, rank: int) -> int:
    """Return `axis` counted from the front.

    Raises:
      ShapeError: when there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} is out of range: expected {-rank} <= axis < {rank} for data of rank {rank}")
    return axis % rank


def axes_of(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Return `axes` counted from the front.

    Raises:
      ShapeError: when one does not exist or comes twice.
    """
    found = tuple(axis_of(axis, rank) for axis in axes)
    if len(set(found)) != len(found):
        raise ShapeError(f"an axis comes twice in {tuple(axes)} for data of rank {rank}; name each axis once")
    return found


def product(dims: Sequence[int]) -> int:
    """Return the number of elements; -1 when a dimension is unknown."""
    return -1 if -1 in dims else math.prod(dims)
