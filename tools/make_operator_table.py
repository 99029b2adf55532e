"""Write docs/operators.md: every operator of MXNet 1.9.1, and how it is proved against MXNet.

    python -m tools.make_operator_table

tests/golden/operator_table.json says what MXNet registers, tests/golden/differential.json what came of the last runs of
the differential tester; the rest is read from the case table. An operator without a test, or without enough cases in
the differential run and no note that says why, makes the tool fail.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.oracle.case import Case
from tests.oracle.cases import FAMILIES, cases_of, notes

from gluax.ops import registry
from gluax.ops._excluded import EXCLUDED

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "operators.md"
GOLDEN = ROOT / "tests" / "golden"
ENOUGH = 300  # cases of an operator in the last run of the differential tester

# Operators that are tested elsewhere than in the case table.
ELSEWHERE = {"Custom": "tests/test_custom.py"}


@dataclass(frozen=True)
class Row:
    """An operator: names, its fixed cases, what the differential run found of it, and what is to be known."""

    name: str
    aliases: tuple[str, ...]
    cases: tuple[Case, ...]
    differential: dict[str, Any]
    note: str

    @property
    def gradients(self) -> int:
        """The number of fixed cases that compare gradients."""
        return sum(bool(case.gradient_inputs()) for case in self.cases)


def names_in_mxnet() -> dict[str, str]:
    """For every name that MXNet registers the operator's own; those of gradients apart, which no graph can hold."""
    table = json.loads((GOLDEN / "operator_table.json").read_text())
    return {name: own for name, (own, *_) in table.items() if "backward" not in name}


def rows() -> list[Row]:
    """One row for each operator that gluax runs."""
    table = names_in_mxnet()
    path = GOLDEN / "differential.json"
    differential = json.loads(path.read_text()) if path.exists() else {}
    all_notes = notes()
    by_name: dict[str, list[Case]] = {}
    for family in FAMILIES:
        for case in cases_of(family):
            by_name.setdefault(case.op, []).append(case)
    found = []
    for name in sorted(set(table.values()) - set(EXCLUDED), key=str.lower):
        aliases = tuple(alias for alias, own in table.items() if own == name and alias != name)
        cases = tuple(case for known in (name, *aliases) for case in by_name.get(known, ()))
        note = " ".join(all_notes[known] for known in (name, *aliases) if known in all_notes)
        found.append(Row(name, aliases, cases, differential.get(name, {}), note))
    return found


def faults(found: list[Row]) -> list[str]:
    """What keeps the table from being honest and complete."""
    lines = []
    for row in found:
        if row.name in ELSEWHERE:
            continue
        if registry.find(row.name) is None:
            lines.append(f"{row.name} is not registered")
        elif not row.cases and not row.note:
            lines.append(f"{row.name} has no fixed case, and no note says why")
        if row.differential.get("agreed", 0) < ENOUGH and not row.note:
            lines.append(f"{row.name} has too few cases in the differential run, and no note says why")
    known = {name for row in found for name in (row.name, *row.aliases)}
    lines += [f"there is a note on {name}, which is no operator" for name in notes() if name not in known]
    return lines


def _cells(row: Row) -> list[str]:
    if row.name in ELSEWHERE:
        return [f"`{row.name}`", "", ELSEWHERE[row.name], "", "", row.note]
    ran, with_gradient = row.differential.get("agreed", 0), row.differential.get("with_gradient", 0)
    forward = f"{len(row.cases)} + {ran}"
    gradient = f"{row.gradients} + {with_gradient}" if row.gradients or with_gradient else "none"
    dtypes = ", ".join(row.differential.get("dtypes", []))
    aliases = ", ".join(f"`{alias}`" for alias in row.aliases)
    return [f"`{row.name}`", aliases, forward, gradient, dtypes, row.note.replace("|", "\\|")]


def worst_errors(found: list[Row]) -> dict[str, tuple[float, str]]:
    """The largest relative error of the differential run for each kind of result and dtype, and whose it is."""
    worst: dict[str, tuple[float, str]] = {}
    for row in found:
        for kind, error in row.differential.get("worst", {}).items():
            worst[kind] = max(worst.get(kind, (0.0, row.name)), (error, row.name))
    return worst


def render(found: list[Row]) -> str:
    """The page."""
    total = sum(row.differential.get("agreed", 0) for row in found)
    gradients = sum(row.differential.get("with_gradient", 0) for row in found)
    fixed = sum(len(row.cases) for row in found)
    names = sum(1 + len(row.aliases) for row in found)
    kinds = {"out": "output", "grad": "gradient", "aux": "auxiliary state"}
    lines = [
        "# Operators",
        "",
        "Every operator of MXNet 1.9.1 and how it is proved against MXNet. `python -m tools.make_operator_table` "
        "writes this page; a test fails when it is not what the tool finds.",
        "",
        f"gluax runs {len(found)} operators under {names} names; {len(EXCLUDED)} "
        "names are left out, with what to use instead in the last table. The committed gold has "
        f"{fixed:,} fixed cases. In the last runs of the differential tester {total:,} random cases agreed with "
        f"MXNet, {gradients:,} of them with gradients.",
        "",
        "Forward and gradient give the numbers of fixed cases and of random ones. *none*: MXNet has no gradient "
        "there, or one of zeros. Dtypes are those of the inputs in the random cases.",
        "",
        "| operator | aliases | forward | gradient | dtypes | notes |",
        "|---|---|---|---|---|---|",
        *(f"| {' | '.join(_cells(row))} |" for row in found),
        "",
        "## Worst errors",
        "",
        "By the type of the result; floats by the narrowest float type among the case's inputs and results. "
        "Relative to the largest magnitude of the array, or to 0.01 in an array that is smaller. Integers and "
        "booleans agree exactly but where a case says why they need not.",
        "",
        "| result | dtype | error | operator |",
        "|---|---|---|---|",
    ]
    for kind, (error, name) in sorted(worst_errors(found).items()):
        what, dtype = kind.split(" ")
        lines.append(f"| {kinds[what]} | {dtype} | {error:.1e} | `{name}` |")
    lines += ["", "## Left out", "", "| operator | instead |", "|---|---|"]
    lines += [f"| `{name}` | {EXCLUDED[name]} |" for name in sorted(EXCLUDED)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page, or say what is missing."""
    found = rows()
    wrong = faults(found)
    if wrong:
        sys.exit("\n".join(wrong))
    TARGET.write_text(render(found))


if __name__ == "__main__":
    main()
