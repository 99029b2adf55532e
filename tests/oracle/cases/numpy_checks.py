"""Cases of gluax.ops.numpy_checks."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import NUMBERS, Draw

CASES = [
    *[Case("_npx_constraint_check", (In(shape, "bool", 1, 2),), numpy=True) for shape in [(2, 3), (), (0,)]],
    Case("_npx_constraint_check", (In((2,), "bool", 1, 2),), {"msg": "positive numbers only"}, numpy=True),
    *[Case("_npi_share_memory", shapes, numpy=True) for shapes in [((2, 3), (2, 3)), ((), (0, 2))]],
]


def _draw_constraint_check(draw: Draw) -> Case:
    attrs = draw.given(msg=draw.choice(("no", "not so")))
    return Case("_npx_constraint_check", (In(draw.shape(0, 4, empty=True), "bool", 1, 2),), attrs, numpy=True)


def _draw_share_memory(draw: Draw) -> Case:
    shapes = [draw.shape(0, 4, empty=True) for _ in range(2)]
    return Case("_npi_share_memory", tuple(draw.data(s, draw.choice(NUMBERS), 0, 9) for s in shapes), numpy=True)


GENERATORS = {"_npx_constraint_check": _draw_constraint_check, "_npi_share_memory": _draw_share_memory}

NOTES = {
    "_npi_share_memory": "MXNet compares addresses, of eager arrays; gluax's arrays are values, so the answer is no.",
    "_npx_constraint_check": "Under jit gluax cannot raise the error, and only gives the answer.",
}
