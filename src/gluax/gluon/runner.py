"""How a hybrid block's graph runs: the three executions behind `hybridize`'s flags."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.export
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gluax import modes, random
from gluax.compile.buckets import Buckets
from gluax.compile.cached_op import CachedOp, CacheLimits, CacheStatistics
from gluax.compile.eager import EagerExecutor
from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import platform_of
from gluax.compile.slices import in_slices
from gluax.compile.trained import TrainedProgram
from gluax.context import Context
from gluax.errors import ArgumentError
from gluax.gluon.binding import BoundParameters, Prelude, parameter_handle
from gluax.gluon.parameter import Parameter
from gluax.gluon.recorded import record_program
from gluax.ir.graph import Graph
from gluax.lowering.program import Program
from gluax.ndarray import NDArray
from gluax.ndarray.op_hook import Taps
from gluax.passes import Options, run_passes
from gluax.passes.hoist import hoist
from gluax.passes.reduce_precision import LowType
from gluax.passes.slices import is_rowwise, rows_per_slice
from gluax.sharding import mesh_of, place


@dataclass(frozen=True)
class HybridFlags:
    """The flags of `hybridize` that decide how a block runs."""

    active: bool = False
    static_alloc: bool = False
    static_shape: bool = False
    limits: CacheLimits = field(default_factory=CacheLimits)
    buckets: Mapping[int, Sequence[int]] = field(default_factory=dict)  # sizes in ascending order, by axis
    winograd: bool = True
    precision: LowType | None = None
    release_parameters: bool = False


Run = Callable[[list[Any], Context | None, Any], list[Any]]
Bind = Callable[[dict[str, NDArray]], tuple[Any, ...]]


class Runner:
    """Runs a graph on positional inputs under some flags, with parameters that may change between calls.

    Args:
      graph: the graph.
      input_names: its variables that calls feed, in their order.
      parameters: its other variables; those missing are labels that no output needs.
      flags: how to run.
      callback: an op hook: gets (name, operator, NDArray) for every operator's outputs after each run.
      monitor_all: whether the hook gets the operators' inputs too.

    Raises:
      ArgumentError: for `static_shape` without `static_alloc`, as in MXNet, and for `precision` and
        `release_parameters` without.
    """

    def __init__(
        self,
        graph: Graph,
        input_names: Sequence[str],
        parameters: Mapping[str, Parameter],
        flags: HybridFlags,
        callback: Callable[[str, str, NDArray], None] | None = None,
        monitor_all: bool = False,
    ) -> None:
        if flags.static_shape and not flags.static_alloc:
            raise ArgumentError("static_alloc must be True when static_shape is True")
        if flags.precision is not None and not flags.static_alloc:
            raise ArgumentError("static_alloc must be True when dtype is given: bound parameters are cast once")
        if flags.release_parameters and not flags.static_alloc:
            raise ArgumentError("static_alloc must be True when release_parameters is: only bound copies replace them")
        self.input_names = tuple(input_names)
        self.parameters = parameters
        self.program = Program(graph, {*input_names, *parameters})
        self._graph = graph
        self._flags = flags
        self._callback = callback
        if callback is not None:
            self._taps = Taps(self.program, monitor_all, hidden=flags.static_alloc)
            self.program = Program(self._taps.graph, {*input_names, *parameters})
            # Rewrites would lose what is tapped, and padding would show.
            self._flags = replace(flags, static_alloc=False, static_shape=False, release_parameters=False, buckets={})
        self._buckets = Buckets(self._flags.buckets)
        self._draws = {training: self.program.draws(training) for training in (False, True)}
        self._cached: CachedOp | None = None
        self._trained = TrainedProgram(self.program.graph, (*parameters, *input_names))
        self._runs: dict[tuple[bool, Mesh | None], Run] = {}

    @property
    def statistics(self) -> CacheStatistics | None:
        """Statistics of the executables; None for eager execution."""
        return self._cached.statistics if self._cached is not None else None

    def __call__(self, inputs: list[Any], ctx: Context | None = None) -> list[Any]:
        """Run on the inputs in order, in the thread's mode; returns the outputs in head order.

        Args:
          inputs: JAX arrays. When they lie on the devices of a mesh, each device gets the parameters too.
          ctx: whose copies of the parameters to use, when they have several.
        """
        training = modes.is_training()
        run = self._run(training, inputs, ctx)
        key = random.next_key() if self._draws[training] else None
        if self._flags.buckets and not training:
            outputs = self._buckets(lambda padded: run(padded, ctx, key), inputs)
        else:
            outputs = run(inputs, ctx, key)
        if self._callback is None:
            return outputs
        return self._taps.report(outputs, self._callback, ctx)

    def record(self, inputs: list[NDArray], ctx: Context | None = None) -> list[NDArray]:
        """Run as one recorded operation, whatever the flags; otherwise as a call."""
        training = modes.is_training()
        handles = [*(parameter_handle(parameter, ctx) for parameter in self.parameters.values()), *inputs]
        key = random.next_key() if self._draws[training] else None
        mesh = mesh_of([array._data for array in inputs])
        outputs = record_program(self._trained, handles, mesh, training, key)
        if self._callback is None:
            return outputs
        return self._taps.report(outputs, self._callback, ctx)

    def _run(self, training: bool, inputs: list[Any], ctx: Context | None) -> Run:
        """How to run in a mode, on a device or a mesh; the first inputs there decide what is chosen by shapes."""
        mesh = mesh_of(inputs)
        run = self._runs.get((training, mesh))
        if run is None:
            run = self._runs.setdefault((training, mesh), self._make(training, mesh, inputs, ctx))
        return run

    def _make(self, training: bool, mesh: Mesh | None, inputs: list[Any], ctx: Context | None) -> Run:
        if not self._flags.active:
            return self._eager(training, mesh)
        if self._flags.static_alloc and not training:
            return self._static(mesh, inputs, ctx)
        return self._compiled(self.program, tuple(self.parameters), self._unbound, mesh, training)

    def _unbound(self, handles: dict[str, NDArray]) -> tuple[Any, ...]:
        return tuple(handle._data for handle in handles.values())

    def _eager(self, training: bool, mesh: Mesh | None) -> Run:
        executor = EagerExecutor(self.program)
        read = _on_every_device(self._unbound, mesh)

        def run(inputs: list[Any], ctx: Context | None, key: Any) -> list[Any]:
            handles = {name: parameter_handle(parameter, ctx) for name, parameter in self.parameters.items()}
            values = {**dict(zip(handles, read(handles))), **dict(zip(self.input_names, inputs))}
            with mxnet_numbers():
                return executor(values, training=training, key=key)

        return run

    def _static(self, mesh: Mesh | None, inputs: list[Any], ctx: Context | None) -> Run:
        options = self._options(inputs, ctx)
        split = hoist(run_passes(self._graph, options), set(self.parameters))
        main = Program(split.main, {*self.input_names, *split.bound})
        bind = Prelude(split.prelude, options.target)
        rows = None
        if options.target == "cpu" and mesh is None and is_rowwise(split.main, self.input_names):
            rows = rows_per_slice(self._graph, self.input_names, options.shapes, os.cpu_count() or 1)
        return self._compiled(main, split.bound, bind, mesh, training=False, slice_rows=rows)

    def _options(self, inputs: list[Any], ctx: Context | None) -> Options:
        """What the first call says about all calls; without `static_shape` nothing is chosen by its shapes."""
        values = {name: parameter_handle(parameter, ctx)._data for name, parameter in self.parameters.items()}
        values.update(zip(self.input_names, inputs))
        target, types = platform_of(values.values()), {name: value.dtype.name for name, value in values.items()}
        if not self._flags.static_shape:
            return Options(target, {}, types, self._flags.precision, winograd=False)
        # The shapes of an export with symbolic sizes are not numbers.
        shapes = {n: v.shape for n, v in values.items() if all(isinstance(size, int) for size in v.shape)}
        winograd = self._flags.winograd and set(types.values()) == {"float32"}
        return Options(target, shapes, types, self._flags.precision, winograd)

    def _compiled(
        self,
        program: Program,
        names: Sequence[str],
        bind: Bind,
        mesh: Mesh | None,
        training: bool,
        slice_rows: int | None = None,
    ) -> Run:
        def function(parameters: Sequence[Any], inputs: Sequence[Any], key: Any) -> list[Any]:
            values = {**dict(zip(names, parameters)), **dict(zip(self.input_names, inputs))}
            return program(values, training=training, key=key)[0]

        flags = self._flags
        run = function if slice_rows is None else in_slices(function, slice_rows)
        cached = CachedOp(run, self.input_names, limits=flags.limits, static_shape=flags.static_shape)
        if not training:
            self._cached = cached
        release = flags.release_parameters and not training
        bound = BoundParameters(self.parameters, _on_every_device(bind, mesh), cached, release)
        return _CompiledRun(run, tuple(names), bound, cached)

    def export(
        self, inputs: list[Any], ctx: Context | None = None
    ) -> tuple[dict[str, dict[str, jax.Array]], jax.export.Exported]:
        """The bound parameters, and the program on inputs like these at inference, as an `Artifact` holds them.

        Raises:
          ArgumentError: when the block is not hybridized, or draws random numbers.
        """
        run = self._run(False, inputs, ctx)
        if not isinstance(run, _CompiledRun) or self._draws[False]:
            raise ArgumentError("only a hybridized block that draws no random numbers can be saved as a program")
        variables = {"params": dict(zip(run.names, run.source.current(ctx))), "aux": {}}

        def program(variables: dict[str, dict[str, Any]], *inputs: Any) -> Any:
            outputs = run.function([variables["params"][name] for name in run.names], list(inputs), None)
            return outputs[0] if len(outputs) == 1 else tuple(outputs)

        with mxnet_numbers():
            return variables, jax.export.export(jax.jit(program))(variables, *inputs)


def _on_every_device(bind: Bind, mesh: Mesh | None) -> Bind:
    if mesh is None:
        return bind
    whole = NamedSharding(mesh, PartitionSpec())
    return lambda handles: tuple(place(array, whole) for array in bind(handles))


@dataclass(frozen=True, eq=False)
class _CompiledRun:
    function: Callable[[Any, list[Any], Any], list[Any]]
    names: tuple[str, ...]
    source: BoundParameters
    cached: CachedOp

    def __call__(self, inputs: list[Any], ctx: Context | None, key: Any) -> list[Any]:
        return self.cached(self.source.current(ctx), inputs, key)
