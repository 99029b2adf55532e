"""What MXNet shows for the table of Gluon blocks: tests/golden/gluon, made by tests/oracle/make_gluon.py."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.compare import assert_close
from tests.oracle.gluon_cases import GluonCase
from tests.oracle.gluon_run import Observation
from tests.oracle.scenarios import differences

GOLDEN = Path(__file__).parent / "golden" / "gluon"


@cache
def facts(table: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((GOLDEN / f"{table}.json.gz").read_bytes()))


@cache
def _values(table: str) -> dict[str, np.ndarray]:
    with np.load(GOLDEN / f"{table}.npz") as file:
        return dict(file)


def expected(table: str, name: str) -> dict[str, Any]:
    assert name in facts(table), f"no gold for {name}: run `python -m tests.oracle.make_gluon`"
    return facts(table)[name]


def outputs(table: str, name: str) -> Iterator[np.ndarray]:
    """MXNet's outputs in order."""
    for dtype, shape, start in expected(table, name)["outputs"]:
        yield _values(table)[dtype][start : start + int(np.prod(shape))].reshape(shape)


def compare_outputs(table: str, case: GluonCase, found: list[Any], mode: str) -> None:
    golden = list(outputs(table, case.name))
    assert len(found) == len(golden)
    for index, (actual, wanted) in enumerate(zip(found, golden)):
        assert_close(actual, wanted, name=f"{case.name} {mode} output {index}", rtol=case.rtol, atol=case.atol)


def compare_modes(table: str, case: GluonCase, seen: Observation) -> None:
    """The outputs of every mode that the case ran in."""
    modes = {"eager": seen.eager, "hybridized": seen.hybridized, "static": seen.static}
    ran = {mode: found for mode, found in modes.items() if found is not None}
    assert ran
    for mode, found in ran.items():
        compare_outputs(table, case, found, mode)


def compare_facts(table: str, name: str, found: dict[str, Any]) -> None:
    """Everything but the outputs; of warnings the classes, of graphs each node."""
    wanted = {key: value for key, value in expected(table, name).items() if key != "outputs"}
    lines = differences(_comparable(json.loads(json.dumps(found))), _comparable(wanted))
    assert not lines, "\n".join(lines[:20])


def _comparable(seen: dict[str, Any]) -> dict[str, Any]:
    export = seen.get("export")
    if isinstance(export, dict):
        export = {**export, "symbol": json.loads(export["symbol"])}
    # That an input has no dtype is nothing that gluax warns of.
    counted = {stage: [category for category, text in given if not text.startswith("Cannot decide type")]
               for stage, given in seen["warnings"].items()}  # fmt: skip
    return {**seen, "warnings": {stage: given for stage, given in counted.items() if given}, "export": export}
