"""Buckets: inputs of any size run in executables of a few sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gluax.compile.numbers import mxnet_numbers
from gluax.errors import ArgumentError

_Changes = dict[int, tuple[int, int]]  # by axis: a size, and the bucket that it is padded to


def sizes_by_axis(buckets: Sequence[int] | Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """Ascending sizes for each axis; sizes alone are those of axis 0.

    Raises:
      ArgumentError: for a negative axis or a size below 1.
    """
    by_axis = buckets if isinstance(buckets, Mapping) else {0: buckets}
    if any(axis < 0 or size < 1 for axis, sizes in by_axis.items() for size in sizes):
        raise ArgumentError(f"buckets must be sizes of at least 1, by axes of at least 0, got {buckets!r}")
    return {axis: tuple(sorted(sizes)) for axis, sizes in by_axis.items() if sizes}


class Buckets:
    """Pads inputs with zeros to the next larger bucket, and cuts the outputs back; larger inputs run as they are.

    The first input says how long an axis is; others as long there are padded too. An axis of an output is cut when its
    size follows that of a padded axis, which tracing without the padding tells, once for each combination of buckets.
    """

    def __init__(self, sizes: Mapping[int, Sequence[int]]) -> None:
        self._sizes = sizes
        self._cuts: dict[Any, list[dict[int, int]]] = {}  # for each output, by axis: the padded axis that it follows

    def __call__(self, run: Callable[[list[Any]], list[Any]], inputs: list[Any]) -> list[Any]:
        """Run a function of the inputs in which entries along the axes do not depend on later ones.

        Raises:
          ArgumentError: when an output's size changes with the padding, but not as the padded axis does.
        """
        changes: _Changes = {}
        for axis, size in enumerate(inputs[0].shape if inputs else ()):
            bucket = next((bucket for bucket in self._sizes.get(axis, ()) if bucket >= size), size)
            if bucket != size:
                changes[axis] = size, bucket
        if not changes:
            return run(inputs)
        with mxnet_numbers():
            padded = [jnp.pad(x, [(0, b - a) for a, b in zip(x.shape, _padded(x, changes))]) for x in inputs]
            outputs = run(padded)
            key = tuple(changes), *((x.shape, x.dtype) for x in padded)
            if key not in self._cuts:
                self._cuts[key] = _axes_to_cut(run, inputs, changes, outputs)
            return [
                x[tuple(slice(changes[cuts[axis]][0] if axis in cuts else None) for axis in range(x.ndim))]
                for x, cuts in zip(outputs, self._cuts[key])
            ]


def _padded(x: Any, changes: _Changes) -> tuple[int, ...]:
    return tuple(changes[a][1] if a in changes and changes[a][0] == size else size for a, size in enumerate(x.shape))


def _axes_to_cut(run: Any, inputs: list[Any], changes: _Changes, outputs: list[Any]) -> list[dict[int, int]]:
    cuts: list[dict[int, int]] = [{} for _ in outputs]
    for axis, change in changes.items():
        others = {other: changes[other] for other in changes if other != axis}
        shapes = jax.eval_shape(run, [jax.ShapeDtypeStruct(_padded(x, others), x.dtype) for x in inputs])
        for number, (plain, output) in enumerate(zip(shapes, outputs)):
            moved = {a: sizes for a, sizes in enumerate(zip(plain.shape, output.shape)) if sizes[0] != sizes[1]}
            if plain.ndim != output.ndim or set(moved.values()) - {change}:
                raise ArgumentError(
                    f"output {number} has the shape {output.shape} with axis {axis} of the inputs padded from "
                    f"{change[0]} to {change[1]}, and {plain.shape} without: buckets cannot cut it back"
                )
            cuts[number].update(dict.fromkeys(moved, axis))
    return cuts
