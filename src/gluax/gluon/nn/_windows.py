"""Sizes and layouts, which convolution and pooling layers check alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Sizes = int | Sequence[int]


def repeated(value: Any, count: int) -> Any:
    """`value` `count` times if it is a number, else as it is."""
    if isinstance(value, np.generic):
        value = value.item()  # numpy's own numbers would show in printed forms
    return (value,) * count if isinstance(value, (int, float)) else value


def sizes_of(name: str, value: Sizes, count: int) -> Sequence[int]:
    """`value` for each of `count` axes.

    Raises:
      AssertionError: when it has another length.
    """
    sizes = repeated(value, count)
    assert len(sizes) == count, f"{name} must be a number or a list of {count} ints, got {value}"
    return sizes


def check_layout(layout: str, *known: str) -> None:
    """Refuse a layout that the layer does not have.

    Raises:
      AssertionError: when it is not `known`.
    """
    assert layout in known, f"Only supports {' and '.join(map(repr, known))} layout for now, got {layout!r}"
