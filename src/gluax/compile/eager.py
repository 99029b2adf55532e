"""Eager execution: node by node, each operator through its own small compiled function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jax

from gluax.lowering.program import Program, Step
from gluax.ops.registry import Call


@lru_cache(maxsize=4096)
def _compiled(call: Call, training: bool) -> Callable[[list[Any], Any], tuple[Any, ...]]:
    """One jitted function per operator and attributes, shared by all graphs; JAX caches it per shape."""
    return jax.jit(lambda inputs, key: call(inputs, training=training, key=key))


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
            return _compiled(step.call, training)(inputs, key)
        compiled = self._with_subgraphs.get((id(step), training))
        if compiled is None:
            compiled = jax.jit(lambda inputs, key: step.call(inputs, training=training, key=key, subgraphs=subgraphs))
            self._with_subgraphs[id(step), training] = compiled
        return compiled(inputs, key)
