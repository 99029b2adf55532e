"""What each node of a model costs: its time, operations and bytes, and how far that is from the device's limit."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from gluax.compile.eager import compiled
from gluax.compile.options import options_for, platform_of
from gluax.compile.rates import Rates, measure_rates
from gluax.jax_model import Model
from gluax.lowering.program import Program, Step

TRACED_CALLS = 3


@dataclass(frozen=True)
class NodeCost:
    """What one node costs when it runs alone.

    Attributes:
      name: of the node.
      operator: what it calls.
      seconds: median time of its own compiled function.
      flops: floating-point operations, as XLA counts them; None where it does not say.
      bytes: bytes that it reads and writes, as XLA counts them; None where it does not say.
    """

    name: str
    operator: str
    seconds: float
    flops: float | None
    bytes: float | None

    def least_seconds(self, rates: Rates) -> float:
        """The time that the device's rates allow: of the operations, or of the bytes."""
        return max((self.flops or 0) / rates.products, (self.bytes or 0) / rates.copies)


@dataclass(frozen=True)
class Profile:
    """What the nodes of a model cost, and all of it at once.

    Attributes:
      nodes: in the order of execution.
      seconds: median time of the whole model as one compiled program, where the compiler fuses nodes.
      idle_seconds: median time of calling a compiled function that does nothing: part of every node's time.
      rates: what the device does at best.
    """

    nodes: tuple[NodeCost, ...]
    seconds: float
    idle_seconds: float
    rates: Rates


def profile(
    model: Model,
    inputs: Mapping[str, Any],
    *,
    runs: int = 10,
    rates: Rates | None = None,
    trace: str | os.PathLike[str] | None = None,
) -> Profile:
    """Time a model at inference on the default device, node by node and as a whole.

    Args:
      model: the model.
      inputs: arrays by name. Random operators draw from key 0.
      runs: how many timed runs the medians are of.
      rates: the device's; measured when they are not given.
      trace: folder for a trace of some runs of the whole, which JAX's profiler writes: for TensorBoard, XProf or
        Perfetto. XProf shows the nodes' names with the operators of the compiled program.

    Raises:
      OperatorError: when an operator cannot be compiled, since its output's shape depends on data.
    """
    values = {**model.variables["params"], **model.variables["aux"]}
    values.update((name, jnp.asarray(value)) for name, value in inputs.items())
    key = jax.random.key(0)
    program = Program(model.graph, values)

    def run_model(values: dict[str, Any], key: Any) -> list[Any]:  # traces show this name
        return program(values, key=key)[0]

    whole = _compile(jax.jit(run_model), values, key)
    nothing = jnp.zeros(())
    idle = _compile(jax.jit(jnp.negative), nothing)
    timer, seconds, idle_seconds = _Timer(), [], []
    for _ in range(runs + 1):  # in turns, so that a busy machine slows all of them alike
        program(values, key=key, execute=timer)
        seconds.append(_seconds_of(lambda: whole(values, key)))
        idle_seconds.append(_seconds_of(lambda: idle(nothing)))
    found = Profile(timer.costs(), _median(seconds), _median(idle_seconds), rates or measure_rates(_main_type(model)))
    if trace is not None:
        with jax.profiler.trace(os.fspath(trace), create_perfetto_trace=True):
            for _ in range(TRACED_CALLS):
                jax.block_until_ready(whole(values, key))
    return found


@dataclass(frozen=True, eq=False)
class _Timed:
    step: Step
    function: jax.stages.Compiled
    seconds: list[float] = field(default_factory=list)

    def cost(self) -> NodeCost:
        counts = self.function.cost_analysis() or {}
        flops, touched = (counts.get(name) for name in ("flops", "bytes accessed"))
        return NodeCost(self.step.node.name, self.step.call.operator.name, _median(self.seconds), flops, touched)


class _Timer:
    """Runs the steps of a program one at a time, each compiled on its own, and notes their times."""

    def __init__(self) -> None:
        self._compiled: dict[Any, jax.stages.Compiled] = {}  # by function and inputs' types: many nodes do the same
        self._timed: dict[int, _Timed] = {}

    def __call__(
        self, step: Step, inputs: list[Any], training: bool, key: Any, subgraphs: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        timed = self._timed.get(id(step))
        if timed is None:
            timed = self._timed[id(step)] = _Timed(step, self._find(step, inputs, training, key, subgraphs))
        start = time.perf_counter()
        results = jax.block_until_ready(timed.function(inputs, key))
        timed.seconds.append(time.perf_counter() - start)
        return results

    def _find(
        self, step: Step, inputs: list[Any], training: bool, key: Any, subgraphs: tuple[Any, ...]
    ) -> jax.stages.Compiled:
        if subgraphs:
            run = lambda inputs, key: step.call(inputs, training=training, key=key, subgraphs=subgraphs)  # noqa: E731
            return _compile(jax.jit(run), inputs, key)
        function = compiled(step.call, training)
        kind = (function, *(None if value is None else jax.typeof(value) for value in inputs))
        if kind not in self._compiled:
            self._compiled[kind] = _compile(function, inputs, key)
        return self._compiled[kind]

    def costs(self) -> tuple[NodeCost, ...]:
        """Of every node, in the order of execution."""
        return tuple(timed.cost() for timed in self._timed.values())


def _compile(function: Any, *arguments: Any) -> jax.stages.Compiled:
    return function.lower(*arguments).compile(options_for(platform_of(jax.tree.leaves(arguments))))


def _median(seconds: list[float]) -> float:
    """The median without the first, when nothing was warm."""
    return statistics.median(seconds[1:])


def _seconds_of(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - start


def _main_type(model: Model) -> str:
    """The floating-point type that most of the parameters' bytes are in."""
    sizes: dict[str, int] = {"float32": 0}
    for array in model.variables["params"].values():
        if jnp.issubdtype(array.dtype, jnp.floating):
            sizes[array.dtype.name] = sizes.get(array.dtype.name, 0) + array.nbytes
    return max(sizes, key=lambda name: sizes[name])
