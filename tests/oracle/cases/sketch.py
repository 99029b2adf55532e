"""Cases of gluax.ops.sketch: none that MXNet runs."""

from __future__ import annotations

from tests.oracle.case import Case

_NOTE = (
    "MXNet's CPU build refuses it: it exists for GPU only. Tested against its documented definition, "
    "forward and gradient, in tests/test_operators_by_definition.py."
)

CASES: list[Case] = []

NOTES = dict.fromkeys(("_contrib_count_sketch",), _NOTE)
