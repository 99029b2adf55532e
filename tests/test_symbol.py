"""Symbols against MXNet 1.9.1: every scenario of `tests.oracle.symbol_scenarios` gives MXNet's facts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import gluax.symbol as sym
import tests.oracle.symbol_inference_scenarios  # noqa: F401  adds its scenarios
from gluax.ir.np_shape import np_shape
from gluax.symbol import naming
from tests.oracle.symbol_scenarios import SCENARIOS

GLUAX = SimpleNamespace(sym=sym, name=naming, AttrScope=naming.AttrScope, util=SimpleNamespace(np_shape=np_shape))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, GLUAX)
