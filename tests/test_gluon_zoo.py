"""The 34 networks of the model zoo against MXNet 1.9.1: names, shapes, exported graphs, outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

import gluax as mx
from tests.gluon_gold import compare_facts, compare_modes
from tests.oracle.gluon_cases import ZOO, load
from tests.oracle.gluon_run import condensed, observe

CASES = load(ZOO)


@pytest.mark.parametrize("name", CASES)
def test_network(name: str, tmp_path: Path) -> None:
    seen = observe(mx, CASES[name], tmp_path)
    compare_facts("zoo", name, condensed(seen.facts))
    compare_modes("zoo", CASES[name], seen)
