"""Compiling with the platform's options, whatever of them this jaxlib knows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from gluax.compile import options
from gluax.compile.options import compile_for

UNKNOWN = {"xla_no_such_option": True}
UNKNOWN_VALUE = {"xla_cpu_experimental_ynn_fusion_type": "NO_SUCH_TYPE"}


@pytest.mark.parametrize("given", [{}, UNKNOWN, UNKNOWN_VALUE, UNKNOWN | UNKNOWN_VALUE])
def test_what_the_compiler_does_not_know_is_dropped(monkeypatch: pytest.MonkeyPatch, given: dict[str, object]) -> None:
    monkeypatch.setattr(options, "_OPTIONS", {"cpu": given})
    compiled = compile_for(jax.jit(lambda x: x + 1).lower(jnp.ones(2)), "cpu")
    assert compiled(jnp.ones(2)).tolist() == [2, 2]


def test_other_failures_are_raised() -> None:
    class Lowered:
        def compile(self, given: dict[str, object]) -> None:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")

    with pytest.raises(jax.errors.JaxRuntimeError, match="out of memory"):
        compile_for(Lowered(), "cpu")  # type: ignore[arg-type]
