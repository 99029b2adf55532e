"""Symbols against MXNet 1.9.1: every scenario of `tests.oracle.symbol_scenarios` gives MXNet's facts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gluax.symbol as sym
import tests.oracle.symbol_inference_scenarios  # noqa: F401  adds its scenarios
from gluax.ir.np_shape import np_shape
from gluax.symbol import naming
from tests.oracle.symbol_scenarios import SCENARIOS, run

GOLD = Path(__file__).parent / "golden" / "symbol.json"
GLUAX = SimpleNamespace(sym=sym, name=naming, AttrScope=naming.AttrScope, util=SimpleNamespace(np_shape=np_shape))


@cache
def gold() -> dict[str, Any]:
    return json.loads(GOLD.read_text())


def differences(found: Any, expected: Any, path: str = "") -> list[str]:
    """Where `found` differs. An exception must be of MXNet's most special class; it may be of others besides."""
    if isinstance(expected, dict) and "raises" in expected and isinstance(found, dict) and "raises" in found:
        wanted = (expected["raises"] or [None])[0]
        same = wanted in found["raises"] if wanted else not found["raises"]
        return [] if same else [f"{path}: raised {found['raises'][:1]}, expected {wanted}"]
    if isinstance(expected, dict) and isinstance(found, dict) and set(expected) == set(found):
        return [line for key in expected for line in differences(found[key], expected[key], f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(found, expected))
        return [line for number, (f, e) in pairs for line in differences(f, e, f"{path}[{number}]")]
    return [] if found == expected else [f"{path}: found {found!r}, expected {expected!r}"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    assert name in gold(), f"no gold for {name}: run `python -m tests.oracle.make_symbol_gold`"
    found = differences(run(name, GLUAX), gold()[name])
    assert not found, "\n".join(found)
