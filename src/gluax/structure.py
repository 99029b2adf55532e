"""Nested lists of values: flattening them, and putting them back.

A format says how to put flat values back: 0 a single value, -1 None, n > 0 a value and the n - 1 after it (the outputs
of a symbol), a list the formats of its items. It is MXNet's encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gluax.errors import ArgumentError

Format = int | list[Any]


def flatten(
    value: Any, leaf: Callable[[Any], int | None], refuse: Callable[[Any], Exception]
) -> tuple[list[Any], Format]:
    """Flatten nested lists and tuples.

    Args:
      value: the values.
      leaf: the format of a single value, None for what is not one.
      refuse: makes the error for what is neither a single value nor a list.
    """
    single = leaf(value)
    if single is not None:
        return [value], single
    if not isinstance(value, (list, tuple)):
        raise refuse(value)
    flat: list[Any] = []
    formats: list[Any] = []
    for item in value:
        values, item_format = flatten(item, leaf, refuse)
        flat.extend(values)
        formats.append(item_format)
    return flat, formats


def regroup(values: Sequence[Any], structure: Format) -> Any:
    """Undo `flatten`.

    Raises:
      ArgumentError: for a value where the format has None.
    """
    rest = list(values)

    def take(structure: Format) -> Any:
        if isinstance(structure, list):
            return [take(item) for item in structure]
        if structure == 0:
            return rest.pop(0)
        if structure == -1:
            value = rest.pop(0)
            if value is not None:
                raise ArgumentError(f"the hybridized block was traced with None where it now gets {value!r}")
            return None
        return [rest.pop(0) for _ in range(structure)]

    return take(structure)
