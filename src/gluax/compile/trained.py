"""A graph to train: compiled in two for each signature, forwards, and backwards when it comes to that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gluax.compile.gradients import Differentiated
from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import platform_of
from gluax.ir.graph import Graph
from gluax.lowering.program import Program, auxiliary_names
from gluax.passes.channels_last import channels_last

PullBack = Callable[[Sequence[Any]], dict[int, Any]]


class Pass(NamedTuple):
    """A pass forwards.

    Attributes:
      outputs: in head order.
      states: the new values of the auxiliary states, in the order of `TrainedProgram.moving`.
      pull_back: of a cotangent or None for each output, gives those of the variables asked for, by position.
      function: the same computation as a pure function of the arrays: outputs and states in one list.
    """

    outputs: list[Any]
    states: list[Any]
    pull_back: PullBack
    function: Callable[[Sequence[Any]], list[Any]]


class TrainedProgram:
    """Runs a graph on arrays.

    Args:
      graph: the graph.
      names: the variables that the arrays are for, in their order; those missing are labels that no output needs.

    Attributes:
      moving: the positions of the auxiliary states.
    """

    def __init__(self, graph: Graph, names: Sequence[str]) -> None:
        self._graph = graph
        self._names = tuple(names)
        self.moving = [self._names.index(name) for name in auxiliary_names(graph) if name in self._names]
        self._programs: dict[str, Program] = {}
        self._pairs: dict[tuple[Program, bool, tuple[int, ...]], Differentiated] = {}

    def __call__(self, arrays: Sequence[Any], wanted: tuple[int, ...], training: bool, key: Any) -> Pass:
        """Run forwards, ready to go backwards to the variables at the positions `wanted`, all of a floating dtype."""
        program = self._program(platform_of(arrays))

        def run(arrays: Sequence[Any], key: Any) -> tuple[list[Any], list[Any]]:
            values = dict(zip(self._names, arrays))
            outputs, states = program(values, training=training, key=key)
            moving = [self._names[position] for position in self.moving]
            return outputs, [states.get(name, values[name]) for name in moving]

        pair = self._pairs.get((program, training, wanted))
        if pair is None:
            pair = self._pairs.setdefault((program, training, wanted), Differentiated(run, wanted))
        with mxnet_numbers():
            outputs, states, back = pair.forward(arrays, key)

        def pull_back(cotangents: Sequence[Any]) -> dict[int, Any]:
            with mxnet_numbers():
                return dict(zip(wanted, pair.backward(outputs, cotangents, back)))

        def function(arrays: Sequence[Any]) -> list[Any]:
            outputs, states = run(arrays, key)
            return [*outputs, *states]

        return Pass(outputs, states, pull_back, function)

    def _program(self, platform: str) -> Program:
        program = self._programs.get(platform)
        if program is None:
            graph = channels_last(self._graph) if platform == "cpu" else self._graph
            program = self._programs.setdefault(platform, Program(graph, set(self._names)))
        return program
