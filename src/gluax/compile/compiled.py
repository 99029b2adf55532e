"""Functions through `jax.jit` with the compiler's options of the platform their arguments are on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.core import Tracer

from gluax.compile.options import options_for, platform_of


class Compiled:
    """A function of a list of arrays, and of more, through `jax.jit`, with the options for operators, or programs.

    JAX takes such options at top level only: under another trace the function is compiled with what surrounds it.
    """

    def __init__(self, function: Callable[..., Any], operator: bool = True) -> None:
        self._function = function
        self._operator = operator
        self._traced = jax.jit(function)
        self._by_platform: dict[str, Callable[..., tuple[Any, ...]]] = {}

    def __call__(self, inputs: Sequence[Any], *rest: Any) -> Any:
        """Run; compiles for each new signature."""
        for value in inputs:
            if isinstance(value, Tracer):
                return self._traced(inputs, *rest)
        platform = platform_of(inputs)
        function = self._by_platform.get(platform)
        if function is None:
            options = options_for(platform, operator=self._operator)
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
