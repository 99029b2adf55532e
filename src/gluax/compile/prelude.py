"""Binding: what depends on parameters alone is computed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from gluax.compile.cached_op import CachedOp, CacheLimits
from gluax.compile.numbers import mxnet_numbers
from gluax.ir.graph import Graph
from gluax.lowering.program import Program, Step
from gluax.ops import registry
from gluax.ops.host import has_host_form, run_on_host


class Prelude:
    """Computes the heads of a graph whose variables are parameters.

    Heads that numpy can compute are computed by it where parameters lie on a CPU: they are computed once, and what
    takes time is compiling. One program computes the others.

    Args:
      graph: the graph.
      target: where the parameters are: ``cpu``, ``gpu`` or ``tpu``.
    """

    def __init__(self, graph: Graph, target: str) -> None:
        self._graph = graph
        on_host = _nodes_on_host(graph) if target == "cpu" else set()
        self._on_host = [id(entry.node) in on_host for entry in graph.heads]
        self._host = Program(Graph(entry for entry, host in zip(graph.heads, self._on_host) if host))
        device = Program(Graph(entry for entry, host in zip(graph.heads, self._on_host) if not host))
        self._names = device.variables
        self._device = CachedOp(
            lambda _, values, key: tuple(device.run(values)[0]), self._names, limits=CacheLimits(1), once=True
        )

    def __call__(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The heads' values: JAX arrays, or tracers where some of the `values` are."""
        if any(isinstance(value, Tracer) for value in values.values()):
            with mxnet_numbers():
                return tuple(Program(self._graph)(values)[0])
        hosted = iter(_compute_on_host(self._host, values))
        others = iter(self._device((), [values[name] for name in self._names]) if self._names else ())
        return tuple(next(hosted if host else others) for host in self._on_host)


def _nodes_on_host(graph: Graph) -> set[int]:
    """Ids of the nodes that numpy can compute. Variables are none: they are at hand as JAX arrays."""
    found: set[int] = set()
    for node in graph.nodes:
        if not node.is_variable and has_host_form(registry.resolve(node)):
            sources = [entry.node for entry in node.inputs]
            if all(source.is_variable or id(source) in found for source in sources):
                found.add(id(node))
    return found


def _compute_on_host(program: Program, values: Mapping[str, Any]) -> list[jax.Array]:
    def execute(step: Step, inputs: list[Any], *_: Any) -> tuple[Any, ...]:
        return run_on_host(step.call, inputs)

    given = {name: values[name] for name in program.variables}
    with mxnet_numbers(), np.errstate(all="ignore"):  # 64-bit types stay; inf and nan are no news, as on devices
        outputs, _ = program({name: np.asarray(value) for name, value in given.items()}, execute=execute)
        return [jax.device_put(output, _home(given.values())) for output in outputs]


def _home(arrays: Iterable[jax.Array]) -> jax.sharding.Sharding | None:
    """Where what was made of some arrays belongs; None for the default device."""
    return next((array.sharding for array in arrays if array.committed), None)
