"""Cases of gluax.ops.fourier: none that MXNet runs."""

from __future__ import annotations

from tests.oracle.case import Case

_NOTE = (
    "MXNet's CPU build refuses it: it exists for GPU only. Tested against its documented definition, "
    "forward and gradient, in tests/test_operators_by_definition.py. The inverse is not divided by the "
    "length, as MXNet's own GPU test has it."
)

CASES: list[Case] = []

NOTES = dict.fromkeys(
    (
        "_contrib_fft",
        "_contrib_ifft",
    ),
    _NOTE,
)
