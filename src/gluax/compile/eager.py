"""Eager execution: node by node, each operator through its own small compiled function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jax
from jax.core import Tracer

from gluax.compile.options import options_for, platform_of
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


class Compiled:
    """A function of a list of arrays, and of more, through `jax.jit`, with the options for single operators.

    JAX takes such options at top level only: under another trace the function is compiled with what surrounds it.
    """

    def __init__(self, function: Callable[..., tuple[Any, ...]]) -> None:
        self._function = function
        self._traced = jax.jit(function)
        self._by_platform: dict[str, Callable[..., tuple[Any, ...]]] = {}

    def __call__(self, inputs: list[Any], *rest: Any) -> tuple[Any, ...]:
        """Run; compiles for each new signature."""
        for value in inputs:
            if isinstance(value, Tracer):
                return self._traced(inputs, *rest)
        platform = platform_of(inputs)
        function = self._by_platform.get(platform)
        if function is None:
            options = options_for(platform, operator=True)
            function = self._by_platform[platform] = jax.jit(self._function, compiler_options=options)
        try:
            return function(inputs, *rest)
        except ValueError as error:
            if "compiler_options" not in str(error):
                raise
            return self._traced(inputs, *rest)  # under a trace, though none of the inputs is a tracer

    def lower(self, inputs: list[Any], *rest: Any) -> jax.stages.Lowered:
        """The program for such arguments, not compiled."""
        return self._traced.lower(inputs, *rest)


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
