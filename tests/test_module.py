"""The lesser modules and `FeedForward`: MXNet's facts."""

from __future__ import annotations

import pytest

import gluax
from tests.oracle.module_scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, gluax)
