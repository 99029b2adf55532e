"""Block, HybridBlock and SymbolBlock against MXNet 1.9.1: the scenarios of `tests.oracle.gluon_scenarios`."""

from __future__ import annotations

import pytest

import gluax
from tests.oracle.gluon_scenarios import load

SCENARIOS = load()

# Where gluax differs on purpose.
_TYPES = "an input without a dtype is no reason for a warning"
DEVIATIONS = {
    "calling.variables_after_cast": "MXNet keeps the variable with the dtype from before the cast",
    "hooks.operator_hook_warns": "MXNet warns that hooks may fail with static_alloc, whether it is set or not; ours work",
    "symbol_blocks.constructing_warns_without_types": _TYPES,
    "symbol_blocks.imports_warnings": _TYPES,
    "symbol_blocks.imports_of_values_that_are_inputs": "a value for an input is left alone, not an extra parameter",
    "symbol_blocks.imports_with_wrong_names_and_missing_values": "allow_missing is about values, not about input names",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, request: pytest.FixtureRequest) -> None:
    if name in DEVIATIONS:
        request.applymarker(pytest.mark.xfail(reason=DEVIATIONS[name], raises=AssertionError, strict=True))
    SCENARIOS.check(name, gluax)
