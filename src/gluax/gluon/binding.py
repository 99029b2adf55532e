"""Binding: what depends on parameters alone is computed once, and again when a parameter got another value."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from gluax.compile.cached_op import CachedOp, CacheLimits
from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context
from gluax.gluon.parameter import Parameter
from gluax.ir.graph import Graph, Node
from gluax.lowering.program import Program, Step
from gluax.ndarray import NDArray
from gluax.ndarray.release import release
from gluax.ndarray.windows import Storage
from gluax.ops import registry
from gluax.ops.host import has_host_form, run_on_host

Handles = Mapping[str, NDArray]


class Prelude:
    """Computes the heads of a graph whose variables are parameters. Heads that are variables are handed on.

    On CPU numpy computes what it can, layer by layer, so that few of the originals are needed at a time: a program
    would run once, and compiling it takes longer. What is left is one program.

    Args:
      graph: the graph.
      target: where the parameters are: ``cpu``, ``gpu`` or ``tpu``.
    """

    def __init__(self, graph: Graph, target: str) -> None:
        self._heads = graph.heads
        self._hosted: list[tuple[list[int], Program]] = []
        rest: list[int] = []
        for numbers, on_host in _connected_heads(graph):
            if on_host and target == "cpu":
                self._hosted.append((numbers, Program(Graph(graph.heads[n] for n in numbers))))
            else:
                rest += numbers
        program = Program(Graph(graph.heads[n] for n in rest))
        self._rest = rest
        self._names = program.variables
        self._compute = CachedOp(
            lambda _, values, key: tuple(program.run(values)[0]), self._names, limits=CacheLimits(1)
        )

    def __call__(self, handles: Handles) -> tuple[Any, ...]:
        """The heads' values: JAX arrays, or tracers where they depend on some."""
        heads = self._heads
        found = {n: handles[entry.node.name]._data for n, entry in enumerate(heads) if entry.node.is_variable}
        for numbers, program in self._hosted:
            found.update(zip(numbers, _run_on_host(program, [handles[name]._data for name in program.variables])))
        if self._rest:
            found.update(zip(self._rest, self._compute((), [handles[name]._data for name in self._names])))
        return tuple(found[n] for n in range(len(heads)))


def _connected_heads(graph: Graph) -> list[tuple[list[int], bool]]:
    """The computed heads, by number, in groups that share no node, and whether numpy can compute all of a group."""
    group_of: dict[int, list[Node]] = {}
    for node in graph.nodes:
        if node.is_variable:
            continue
        group = group_of[id(node)] = [node]
        for entry in node.inputs:
            other = group_of.get(id(entry.node), group)
            if other is not group:
                small, group = sorted((other, group), key=len)
                group += small
                group_of.update((id(member), group) for member in small)
    gathered: dict[int, tuple[list[int], list[Node]]] = {}
    for number, entry in enumerate(graph.heads):
        if not entry.node.is_variable:
            group = group_of[id(entry.node)]
            gathered.setdefault(id(group), ([], group))[0].append(number)
    return [(heads, all(has_host_form(registry.resolve(node)) for node in group)) for heads, group in gathered.values()]


def _run_on_host(program: Program, values: list[Any]) -> list[Any]:
    def execute(step: Step, inputs: list[Any], *_: Any) -> tuple[Any, ...]:
        return run_on_host(step.call, inputs)

    with mxnet_numbers(), np.errstate(all="ignore"):  # 64-bit types stay; inf and nan are no news, as on devices
        if any(isinstance(value, Tracer) for value in values):
            return program.run(values)[0]
        outputs, _ = program.run([np.asarray(value) for value in values], execute=execute)
        with jax.ensure_compile_time_eval():  # within somebody's trace too they are arrays, which outlive it
            return [jax.device_put(output, _home(values)) for output in outputs]


def _home(arrays: Iterable[jax.Array]) -> jax.sharding.Sharding | None:
    """Where what was made of some arrays belongs; None for the default device."""
    return next((array.sharding for array in arrays if array.committed), None)


def parameter_handle(parameter: Parameter, ctx: Context | None) -> NDArray:
    """The parameter's copy on `ctx`; its only one, when it has one."""
    handles = parameter._data
    return handles[0] if handles is not None and len(handles) == 1 else parameter.data(ctx)


@dataclass(frozen=True)
class _Binding:
    """Which of their values the parameters had when they were bound, and the arrays made of them."""

    watched: tuple[tuple[Parameter, Any, Storage, int], ...]
    kinds: tuple[Any, ...]
    arrays: tuple[Any, ...]

    def is_current(self) -> bool:
        """Whether no parameter has got other handles, and no handle another array."""
        for parameter, handles, storage, version in self.watched:
            if parameter._data is not handles or storage.version != version:
                return False
        return True


class BoundParameters:
    """The parameter arrays an executable takes, computed again only when a parameter got a new value.

    Looking at every parameter takes longer than finding the executable, so it is done only after some array changed.

    Args:
      parameters: the parameters by name.
      bind: makes the arrays from handles on the parameters' values.
      cached: the executables that take the arrays.
      release: let parameters go that can be read from a file again.
    """

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        bind: Callable[[dict[str, NDArray]], tuple[Any, ...]],
        cached: CachedOp,
        release: bool,
    ) -> None:
        self._parameters = parameters
        self._bind = bind
        self._cached = cached
        self._release = release
        self._bindings: dict[Context | None, _Binding] = {}
        self._seen: dict[Context | None, int] = {}
        self._lock = threading.Lock()

    def current(self, ctx: Context | None) -> tuple[Any, ...]:
        """The arrays for the parameters' present values on a context."""
        changes = Storage.changes
        if self._seen.get(ctx) == changes:
            return self._bindings[ctx].arrays
        with self._lock:
            binding = self._bindings.get(ctx)
            if binding is None or not binding.is_current():
                binding = self._rebind(ctx, binding)
            self._seen[ctx] = changes
        return binding.arrays

    def _rebind(self, ctx: Context | None, before: _Binding | None) -> _Binding:
        handles = {name: parameter_handle(parameter, ctx) for name, parameter in self._parameters.items()}
        storages = {name: handle._storage for name, handle in handles.items()}
        watched = tuple((p, p._data, storages[name], storages[name].version) for name, p in self._parameters.items())
        kinds = tuple(_kind(handle._data) for handle in handles.values())
        if before is not None and kinds != before.kinds:
            self._cached.clear()  # executables are specialised to the parameters' types and devices too
        if self._release:  # before binding, which then has few of them in memory at a time
            for storage in storages.values():
                release(storage)
        binding = _Binding(watched, kinds, self._bind(handles))
        self._bindings[ctx] = binding
        return binding


def _kind(array: Any) -> tuple[Any, ...]:
    return array.shape, array.dtype, array.sharding
