"""`mx.io` and `gluon.data` against MXNet 1.9.1; and what is gluax's own."""

from __future__ import annotations

import pytest

import gluax as mx
from tests.oracle.data_scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_iterators_as_mxnet(name: str) -> None:
    SCENARIOS.check(name, mx)
