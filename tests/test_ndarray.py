"""Arrays against MXNet 1.9.1: every scenario of `tests.oracle.ndarray_scenarios` gives MXNet's facts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gluax import autograd, ndarray, random
from gluax.context import Context, cpu, current_context
from gluax.symbol import naming
from tests.oracle.ndarray_scenarios import SCENARIOS

GLUAX = SimpleNamespace(
    nd=ndarray, random=random, autograd=autograd, Context=Context, cpu=cpu, current_context=current_context,
    name=naming, AttrScope=naming.AttrScope,
)  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, GLUAX)
