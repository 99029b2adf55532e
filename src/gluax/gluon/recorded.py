"""A block's graph as one operation of what `gluax.autograd` records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gluax.compile.gradients import Differentiated
from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import platform_of
from gluax.ir.graph import Graph
from gluax.lowering.program import Program, auxiliary_names
from gluax.ndarray import NDArray
from gluax.ndarray.tape import State, is_live, record
from gluax.passes.channels_last import channels_last
from gluax.sharding import place


class RecordedProgram:
    """Runs a graph on handles, compiled in two for each signature: forwards, and backwards when it comes to that.

    Args:
      graph: the graph.
      names: the variables that the handles are for, in their order.
    """

    def __init__(self, graph: Graph, names: Sequence[str]) -> None:
        self._graph = graph
        self._names = tuple(names)
        self._moving = [name for name in auxiliary_names(graph) if name in self._names]
        self._programs: dict[str, Program] = {}
        self._pairs: dict[tuple[Program, bool, tuple[int, ...]], Differentiated] = {}

    def __call__(self, handles: Sequence[NDArray], mesh: Mesh | None, training: bool, key: Any) -> list[NDArray]:
        """The outputs in head order. On a mesh, what lies on one device is put on all."""
        wanted = tuple(
            number
            for number, handle in enumerate(handles)
            if is_live(handle._entry) and jnp.issubdtype(handle._data.dtype, jnp.inexact)
        )
        arrays = [handle._data for handle in handles]
        program = self._program(platform_of(arrays))

        def run(arrays: Sequence[Any], key: Any) -> tuple[list[Any], list[Any]]:
            values = dict(zip(self._names, arrays))
            outputs, states = program(values, training=training, key=key)
            return outputs, [states.get(name, values[name]) for name in self._moving]

        pair = self._pairs.get((program, training, wanted))
        if pair is None:
            pair = self._pairs.setdefault((program, training, wanted), Differentiated(run, wanted))
        if mesh is not None:
            whole = NamedSharding(mesh, PartitionSpec())
            arrays = [place(array, whole) if len(array.devices()) == 1 else array for array in arrays]
        with mxnet_numbers():
            outputs, states, back = pair.forward(arrays, key)
        ctx = handles[-1]._ctx
        results = [NDArray(array, ctx) for array in (*outputs, *states)]
        places = [self._names.index(name) for name in self._moving]
        moving = [State(handles[place], place, len(outputs) + i) for i, place in enumerate(places)]

        def function(arrays: list[Any]) -> list[Any]:
            outputs, states = run(arrays, key)
            return [*outputs, *states]

        def pull_back(_: list[Any], cotangents: Sequence[Any], positions: tuple[int, ...]) -> list[Any]:
            found = dict(zip(wanted, pair.backward(outputs, cotangents[: len(outputs)], back)))
            return [found[position] for position in positions]

        record(function, arrays, handles, results, pull_back, moving if training else ())
        return results[: len(outputs)]

    def _program(self, platform: str) -> Program:
        program = self._programs.get(platform)
        if program is None:
            graph = channels_last(self._graph) if platform == "cpu" else self._graph
            program = self._programs.setdefault(platform, Program(graph, set(self._names)))
        return program
