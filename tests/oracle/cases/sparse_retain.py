"""Cases of gluax.ops.sparse_retain: none that MXNet runs."""

from __future__ import annotations

from tests.oracle.case import Case

_NOTE = (
    "MXNet takes row_sparse data only, which no graph of dense arrays holds; gluax takes what they stand "
    "for and keeps the same rows. Tested with MXNet's own answers in "
    "tests/test_operators_by_definition.py."
)

CASES: list[Case] = []

NOTES = dict.fromkeys(("_sparse_retain",), _NOTE)
