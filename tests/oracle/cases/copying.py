"""Cases of gluax.ops.copying. MXNet runs these on arrays only, and only with an array to write to."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import NUMBERS, Draw

NOTES = {
    "_copyto": "With out of another dtype MXNet casts; gluax says that the dtypes differ: use cast.",
    "_CrossDeviceCopy": "MXNet's executor alone makes these nodes, where a graph spans devices; tested by definition.",
    "_set_value": "Has no inputs, so no case can say what it writes to; tested by definition.",
}

CASES = [
    Case("_onehot_encode", (In(values=[1.0, 2.9, -1.0, 7.0]), (4, 5)), inplace=(1,)),
    Case("_copyto", ((2, 3),), inplace=(0,)),
]


def _draw_onehot(draw: Draw) -> Case:
    rows, width = draw.integer(1, 6), draw.integer(1, 6)
    indices = draw.data((rows,), low=-2, high=width + 2, also=("ties",))
    return Case("_onehot_encode", (indices, (rows, width)), inplace=(1,))


def _draw_copy(draw: Draw) -> Case:
    return Case("_copyto", (draw.data(draw.shape(), draw.choice(NUMBERS)),), inplace=(0,))


GENERATORS = {"_onehot_encode": _draw_onehot, "_copyto": _draw_copy}
