"""A block's graph as one operation of what `gluax.autograd` records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gluax.compile.trained import TrainedProgram
from gluax.ndarray import NDArray
from gluax.ndarray.tape import State, is_live, record
from gluax.sharding import place


def record_program(
    program: TrainedProgram, handles: Sequence[NDArray], mesh: Mesh | None, training: bool, key: Any
) -> list[NDArray]:
    """Run a program on handles as one recorded operation.

    Args:
      program: the program.
      handles: arrays for its variables.
      mesh: where the inputs lie, if on several devices: what lies on one is put on all.
      training, key: the mode, and a random key for operators that draw.

    Returns:
      The outputs in head order.
    """
    wanted = tuple(
        number
        for number, handle in enumerate(handles)
        if is_live(handle._entry) and jnp.issubdtype(handle._data.dtype, jnp.inexact)
    )
    arrays = [handle._data for handle in handles]
    if mesh is not None:
        whole = NamedSharding(mesh, PartitionSpec())
        arrays = [place(array, whole) if len(array.devices()) == 1 else array for array in arrays]
    done = program(arrays, wanted, training, key)
    count, ctx = len(done.outputs), handles[-1]._ctx
    kind = type(handles[-1])
    results = [kind(array, ctx) for array in (*done.outputs, *done.states)]
    moving = [State(handles[place], place, count + number) for number, place in enumerate(program.moving)]

    def pull_back(_: list[Any], cotangents: Sequence[Any], positions: tuple[int, ...]) -> list[Any]:
        found = done.pull_back(cotangents[:count])
        return [found[position] for position in positions]

    record(done.function, arrays, handles, results, pull_back, moving if training else ())
    return results[:count]
