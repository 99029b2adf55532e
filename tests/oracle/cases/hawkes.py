"""Cases of gluax.ops.hawkes."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

NOTES = {
    "_contrib_hawkesll": "MXNet computes integers too, truncating each step, and reads other memory for marks that do not "
    "exist; gluax refuses integers, and such events change nothing but the time. MXNet's gradients of alpha and beta "
    "are 0 unless that of lda is asked for as well; gluax's are right on their own."
}


def _case(batch: int, length: int, kinds: int, valid: Any, dtype: str = "float32", also: tuple[str, ...] = ()) -> Case:
    """Sequences of `length` events, of which `valid` count, over in time for the end of the observation."""
    loose = {
        "float64": {"rtol": 1e-5, "why": "MXNet computes exp in single precision"},
        "float16": {"rtol": 2e-2, "atol": 1e-2, "why": "MXNet rounds every step to float16, and sums cancel"},
    }
    rates = [
        In((batch, kinds), dtype, 0.5, 2, also=also),
        In((kinds,), dtype, 0.1, 0.9, also=also),
        In((kinds,), dtype, 0.3, 2, also=also),
        In((batch, kinds), dtype, 0, 1, also=also),
    ]
    events = [In((batch, length), dtype, 0.1, 1, also=also), In((batch, length), "int32", 0, kinds)]
    end = In((batch,), dtype, length, length + 2)
    inputs = (*rates, *events, In(values=valid, dtype=dtype), end)
    return Case("_contrib_hawkesll", inputs, outputs=2, grad=(0, 1, 2, 3), **loose.get(dtype, {}))


CASES = [
    _case(2, 4, 3, [4, 2]),
    _case(3, 5, 2, [0, 5, 3], "float64"),
    _case(1, 1, 1, [1]),
]


def _draw(draw: Draw) -> Case:
    batch, length, kinds = draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 4)
    dtype = draw.choice(FLOATS)
    valid = [draw.integer(0, length) for _ in range(batch)]
    return _case(batch, length, kinds, valid, dtype, ("ties",))


GENERATORS = {"_contrib_hawkesll": _draw}
