"""Scripts written for MXNet run with the import line changed, and give MXNet's numbers."""

from __future__ import annotations

import json
import sys

import pytest

from tests.oracle.scripts import GOLDEN, NAMES, differences, for_gluax, run


@pytest.mark.parametrize("name", NAMES)
def test_script(name: str) -> None:
    found = run(name, sys.executable, for_gluax)
    lines = differences(found, json.loads((GOLDEN / f"{name}.json").read_text()))
    assert not lines, "\n".join(lines[:20])


def test_the_comparison_sees_differences() -> None:
    expected = {"a": [1.0, [2.0]], "b": "x"}
    assert not differences({"a": [1.00005, [2.0]], "b": "x"}, expected)
    assert differences({"a": [1.001, [2.0]], "b": "x"}, expected)
    assert differences({"a": [1.0, [2.0]], "b": "y"}, expected)
    assert differences({"a": [1.0], "b": "x"}, expected)
    assert differences({"a": [float("nan"), [2.0]], "b": "x"}, expected)
    assert differences({"a": [1.0, [2.0]]}, expected)
