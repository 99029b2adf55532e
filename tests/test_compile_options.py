"""Compiling with the platform's options, whatever of them this jaxlib knows."""

from __future__ import annotations

import jax
import pytest

from gluax.compile.options import known_options, options_for

KNOWN = {"xla_llvm_disable_expensive_passes": True}
UNKNOWN = {"xla_no_such_option": True}
UNKNOWN_VALUE = {"xla_cpu_experimental_ynn_fusion_type": "NO_SUCH_TYPE"}


@pytest.mark.parametrize("given", [{}, UNKNOWN, UNKNOWN_VALUE, UNKNOWN | UNKNOWN_VALUE])
def test_what_the_compiler_does_not_know_is_left_out(given: dict[str, object]) -> None:
    assert known_options(given | KNOWN, "cpu") == KNOWN


def test_each_platform_has_its_options() -> None:
    network, operator = (options_for("cpu", operator=operator) for operator in (False, True))
    assert network
    assert operator.items() >= network.items()
    assert options_for("tpu") == {}


def test_other_failures_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")

    monkeypatch.setattr(jax.stages.Lowered, "compile", fail)
    with pytest.raises(jax.errors.JaxRuntimeError, match="out of memory"):
        known_options(KNOWN, "cpu")
