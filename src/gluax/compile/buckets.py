"""Batch buckets: batches of any size run in executables of a few sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp


def run_in_bucket(run: Callable[[list[Any]], list[Any]], inputs: list[Any], buckets: Sequence[int]) -> list[Any]:
    """Run on inputs padded with zeros to the next larger bucket, and cut the outputs back.

    Args:
      run: a function of the inputs in which rows do not depend on each other.
      inputs: arrays. Axis 0 of the first is the batch; others with an axis 0 of that size are padded too.
      buckets: sizes in ascending order. A larger batch runs as it is.
    """
    rows = inputs[0].shape[0] if inputs and inputs[0].ndim else 0
    size = next((bucket for bucket in buckets if bucket >= rows), rows)
    if size == rows:
        return run(inputs)
    outputs = run([_pad(array, size) if array.ndim and array.shape[0] == rows else array for array in inputs])
    return [array[:rows] if array.ndim and array.shape[0] == size else array for array in outputs]


def _pad(array: jax.Array, size: int) -> jax.Array:
    return jnp.pad(array, [(0, size - array.shape[0])] + [(0, 0)] * (array.ndim - 1))
