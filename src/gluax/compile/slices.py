"""A batch in slices: a loop in the program in place of arrays of the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jax import lax

Function = Callable[[Any, Sequence[Any], Any], list[Any]]


def in_slices(function: Function, rows: int) -> Function:
    """`function` on `rows` rows at a time, for batches that are a larger multiple; others run whole.

    Args:
      function: of parameters, inputs whose axis 0 is the batch, and a random key that it does not use; row i of its
        outputs depends on row i of its inputs alone.
      rows: the size of a slice.
    """

    def sliced(parameters: Any, inputs: Sequence[Any], key: Any) -> list[Any]:
        batch = inputs[0].shape[0]
        if not isinstance(batch, int) or batch <= rows or batch % rows:
            return function(parameters, inputs, key)
        pieces = [array.reshape(-1, rows, *array.shape[1:]) for array in inputs]
        outputs = lax.map(lambda piece: function(parameters, piece, key), pieces)
        return [array.reshape(batch, *array.shape[2:]) for array in outputs]

    return sliced
