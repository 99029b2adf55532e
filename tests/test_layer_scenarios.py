"""Layers, losses and containers against MXNet: printed forms, parameters, refused arguments."""

from __future__ import annotations

import pytest

import gluax as mx
from tests.oracle.layer_scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_as_mxnet(name: str) -> None:
    SCENARIOS.check(name, mx)
