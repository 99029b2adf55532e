"""The 34 networks of the model zoo against MXNet 1.9.1: names, shapes, exported graphs, outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

import gluax as mx
from gluax.compile import cached_op
from tests.gluon_gold import compare_facts, compare_modes
from tests.operator_runs import FAST_COMPILE
from tests.oracle.gluon_cases import ZOO, load
from tests.oracle.gluon_run import condensed, observe

CASES = load(ZOO)


@pytest.fixture(autouse=True)
def _fast_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling is nearly all of the time; tests/test_model_zoo.py compiles with all effort."""
    monkeypatch.setattr(cached_op, "options_for", lambda platform: FAST_COMPILE)


@pytest.mark.parametrize("name", CASES)
def test_network(name: str, tmp_path: Path) -> None:
    seen = observe(mx, CASES[name], tmp_path)
    compare_facts("zoo", name, condensed(seen.facts))
    compare_modes("zoo", CASES[name], seen)
