"""Eager execution: node by node, each operator through its own small compiled function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gluax.compile.compiled import Compiled
from gluax.compile.gradients import pull_back
from gluax.lowering.program import Program, Step
from gluax.ops.operator import Call


@lru_cache(maxsize=4096)
def compiled(call: Call, training: bool) -> Callable[..., tuple[Any, ...]]:
    """One jitted function per operator and attributes, shared by all graphs and arrays; JAX caches it per shape.

    It takes the inputs, the random key, and values for the operator's traced attributes by name, if any. What looks at
    values stays uncompiled.
    """

    def run(inputs: list[Any], key: Any, numbers: Any = None) -> tuple[Any, ...]:
        return call(inputs, training=training, key=key, numbers=numbers)

    looks = call.operator.looks
    return run if looks is not None and looks(call.attrs) else Compiled(run)


@lru_cache(maxsize=4096)
def compiled_pull_back(call: Call, training: bool, wanted: tuple[int, ...]) -> Callable[..., Sequence[Any]]:
    """One jitted function for the gradient of an operator, as `compiled` has one for its value.

    It takes the inputs, cotangents of the outputs (None for those without), key and numbers, and returns the cotangents
    of the inputs in `wanted`.
    """

    def run(inputs: list[Any], cotangents: Sequence[Any], key: Any, numbers: Any = None) -> Sequence[Any]:
        def function(inputs: list[Any]) -> tuple[Any, ...]:
            return call(inputs, training=training, key=key, numbers=numbers)

        return pull_back(function, inputs, cotangents, wanted)

    looks = call.operator.looks
    return run if looks is not None and looks(call.attrs) else Compiled(run)


class EagerExecutor:
    """Runs a program step by step. Control-flow steps keep a compiled function of their own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._with_subgraphs: dict[tuple[int, bool], Callable[..., tuple[Any, ...]]] = {}

    def __call__(self, values: Mapping[str, Any], *, training: bool = False, key: Any = None) -> list[Any]:
        """Run on named values; returns the outputs in head order."""
        return self.program(values, training=training, key=key, execute=self._execute)[0]

    def _execute(
        self, step: Step, inputs: list[Any], training: bool, key: Any, subgraphs: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        if not subgraphs:
            return compiled(step.call, training)(inputs, key)
        function = self._with_subgraphs.get((id(step), training))
        if function is None:
            function = Compiled(lambda inputs, key: step.call(inputs, training=training, key=key, subgraphs=subgraphs))
            self._with_subgraphs[id(step), training] = function
        return function(inputs, key)
