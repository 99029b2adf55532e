"""How a SymbolBlock runs: the three executions behind `hybridize`'s flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax

from gluax import random
from gluax.compile.cached_op import CachedOp, CacheStatistics
from gluax.compile.eager import EagerExecutor
from gluax.gluon.parameter import Parameter
from gluax.ir.graph import Graph
from gluax.lowering.program import Program
from gluax.passes import run_passes
from gluax.passes.hoist import hoist


@dataclass(frozen=True)
class HybridFlags:
    """The flags of `hybridize` that decide how a block runs."""

    active: bool = False
    static_alloc: bool = False
    static_shape: bool = False
    capacity: int = 64


@contextmanager
def mxnet_numbers() -> Iterator[None]:
    """MXNet's arithmetic for this thread and this scope only: 64-bit types are real, nothing is promoted silently."""
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        yield


class Runner:
    """Runs a graph on positional inputs under some flags, with parameters that may change between calls."""

    def __init__(
        self, graph: Graph, input_names: Sequence[str], parameters: Mapping[str, Parameter], flags: HybridFlags
    ) -> None:
        self.input_names = tuple(input_names)
        self.parameters = parameters
        self.program = Program(graph, {*input_names, *parameters})
        self._draws = self.program.draws(training=False)
        if not flags.active:
            self._run: Callable[[list[Any], Any], list[Any]] = self._eager()
        elif flags.static_alloc:
            self._run = self._static(graph, flags)
        else:
            self._run = self._hybrid(flags)

    cached: CachedOp | None = None

    @property
    def statistics(self) -> CacheStatistics | None:
        """Statistics of the executables; None for eager execution."""
        return self.cached.statistics if self.cached is not None else None

    def __call__(self, inputs: list[Any]) -> list[Any]:
        """Run on the inputs in order; returns the outputs in head order."""
        return self._run(inputs, random.next_key() if self._draws else None)

    def _eager(self) -> Callable[[list[Any], Any], list[Any]]:
        executor = EagerExecutor(self.program)

        def run(inputs: list[Any], key: Any) -> list[Any]:
            values = {name: parameter.data() for name, parameter in self.parameters.items()}
            values.update(zip(self.input_names, inputs))
            with mxnet_numbers():
                return executor(values, key=key)

        return run

    def _hybrid(self, flags: HybridFlags) -> Callable[[list[Any], Any], list[Any]]:
        names = tuple(self.parameters)
        self.cached = self._compile(self.program, names, flags)
        source = BoundParameters(self.parameters, lambda values: tuple(values[name] for name in names), self.cached)
        return self._through(self.cached, source)

    def _static(self, graph: Graph, flags: HybridFlags) -> Callable[[list[Any], Any], list[Any]]:
        split = hoist(run_passes(graph), set(self.parameters))
        main = Program(split.main, {*self.input_names, *split.bound})
        prelude = Program(split.prelude)
        compute = jax.jit(lambda values: tuple(prelude(values)[0]))

        def bind(values: dict[str, Any]) -> tuple[Any, ...]:
            with mxnet_numbers():
                return compute({name: values[name] for name in prelude.variables})

        self.cached = self._compile(main, split.bound, flags)
        return self._through(self.cached, BoundParameters(self.parameters, bind, self.cached))

    def _compile(self, program: Program, names: Sequence[str], flags: HybridFlags) -> CachedOp:
        def function(parameters: Sequence[Any], inputs: Sequence[Any], key: Any) -> list[Any]:
            return program({**dict(zip(names, parameters)), **dict(zip(self.input_names, inputs))}, key=key)[0]

        return CachedOp(function, self.input_names, capacity=flags.capacity, static_shape=flags.static_shape)

    @staticmethod
    def _through(cached: CachedOp, source: BoundParameters) -> Callable[[list[Any], Any], list[Any]]:
        def run(inputs: list[Any], key: Any) -> list[Any]:
            parameters = source.current()
            with mxnet_numbers():
                return cached(parameters, inputs, key)

        return run


class BoundParameters:
    """The parameter arrays an executable takes, computed again only when a parameter was replaced."""

    def __init__(
        self, parameters: Mapping[str, Parameter], bind: Callable[[dict[str, Any]], tuple[Any, ...]], cached: CachedOp
    ) -> None:
        self._parameters = tuple(parameters.items())
        self._bind = bind
        self._cached = cached
        self._versions: tuple[int, ...] | None = None
        self._kinds: tuple[Any, ...] = ()
        self._arrays: tuple[Any, ...] = ()

    def current(self) -> tuple[Any, ...]:
        """The arrays for the parameters' present values."""
        versions = tuple([parameter.version for _, parameter in self._parameters])
        if versions != self._versions:
            values = {name: parameter.data() for name, parameter in self._parameters}
            kinds = tuple((value.shape, value.dtype, value.sharding) for value in values.values())
            if kinds != self._kinds:
                self._cached.clear()  # executables are specialised to the parameters' types and devices too
            self._arrays, self._kinds, self._versions = self._bind(values), kinds, versions
        return self._arrays
