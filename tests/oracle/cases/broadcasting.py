"""Cases of gluax.ops.broadcasting."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

CASES = [
    *[
        Case("broadcast_to", (shape,), {"shape": target}, grad=True)
        for shape, target in [
            ((1, 3), (4, 3)),
            ((1, 3), (4, 0)),
            ((1, 1, 2), (3, 4, 2)),
            ((1,), (5,)),
            ((2, 3), (0, 0)),
        ]
    ],
    *[Case("broadcast_to", (In((1, 3), dtype, 0, 9),), {"shape": (2, 3)}) for dtype in ("float64", "float16", "int32")],
    *[
        Case(name, ((1, 3, 1),), attrs, grad=True)
        for name, attrs in [
            ("broadcast_axis", {"axis": (0, 2), "size": (4, 5)}),
            ("broadcast_axes", {"axis": 2, "size": 4}),
            ("broadcast_axis", {}),
        ]
    ],
    *[
        Case("broadcast_like", (lhs, rhs), attrs, grad=True)
        for lhs, rhs, attrs in [
            ((1, 3), (4, 3), {}),
            ((1, 3, 1), (4, 5, 6), {"lhs_axes": (0, 2), "rhs_axes": (0, 1)}),
            ((1, 3, 1), (4, 5, 6), {"lhs_axes": (0, -1), "rhs_axes": (0, -1)}),
            ((2, 1), (5,), {"lhs_axes": (1,), "rhs_axes": (0,)}),
        ]
    ],
    Case("broadcast_like", ((1, 3), In((4, 3), "int32", 0, 9))),
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for rank in range(1, 6):
        target = tuple(int(d) for d in random.randint(1, 5, rank))
        shape = tuple(int(random.choice([1, d])) for d in target)
        cases.append(Case("broadcast_to", (shape,), {"shape": target}, grad=True))
        cases.append(Case("broadcast_like", (shape, target), grad=True))
    return cases
