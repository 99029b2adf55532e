"""Cases of gluax.ops.joining. MXNet's tile returns garbage or refuses from four repeated axes on."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_CONCATS = [
    (((2, 3), (2, 4)), {}),
    (((2, 3), (1, 3)), {"dim": 0}),
    (((2, 3), (2, 4), (2, 1)), {"dim": -1}),
    (((2,), (3,)), {"dim": 0}),
    (((2, 3, 2), (2, 1, 2)), {"dim": -2}),
    (((2, 3),), {}),
]

CASES = [
    *[Case("Concat", shapes, {"num_args": len(shapes), **attrs}, grad=True) for shapes, attrs in _CONCATS],
    *[
        Case(name, (In((2, 3), dtype, 0, 9), In((2, 1), dtype, 0, 9)), {"num_args": 2})
        for name, dtype in [("concat", "float64"), ("Concat", "float16"), ("concat", "int32"), ("Concat", "int64")]
    ],
    Case("_rnn_param_concat", ((6,), (4,), (1,)), {"num_args": 3, "dim": 0}, grad=True),
    Case("_rnn_param_concat", ((2, 3), (1, 3)), {"num_args": 2, "dim": 0}),
    *[
        Case("_npi_concatenate", shapes, {"num_args": 2, **attrs}, grad=True, numpy=True)
        for shapes, attrs in [
            (((2, 3), (2, 4)), {"axis": 1}),
            (((2, 3), (2, 4)), {"axis": -1}),
            (((2, 3), (1, 3)), {}),
            (((2, 3), (2, 4)), {"axis": None}),
        ]
    ],
    *[
        Case(name, ((2, 3), (2, 3), (2, 3)), {"num_args": 3, **attrs}, grad=True)
        for name, attrs in [
            ("stack", {}),
            ("stack", {"axis": -1}),
            ("stack", {"axis": 1}),
            ("_npi_stack", {"axis": -3}),
        ]
    ],
    Case("stack", (In((2,), "int32", 0, 9), In((2,), "int32", 0, 9)), {"num_args": 2}),
    *[Case("tile", ((2, 3),), {"reps": reps}, grad=True) for reps in [(2,), (2, 3), (2, 1, 3), ()]],
    Case("tile", ((3,),), {"reps": (2, 2)}, grad=True),
    Case("tile", ((2, 3),), {"reps": (0,)}, numpy=True),
    Case("tile", (In((2, 3), "int32", 0, 9),), {"reps": 2}),
    *[
        Case("repeat", ((2, 3),), attrs, grad=True)
        for attrs in (
            {"repeats": 2},
            {"repeats": 2, "axis": 0},
            {"repeats": 3, "axis": -1},
            {"repeats": 1, "axis": None},
        )
    ],
    Case("repeat", ((2, 3),), {"repeats": 0, "axis": 1}, numpy=True),
    Case("repeat", (In((2, 3), "int32", 0, 9),), {"repeats": 2}),
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(8):
        shape = [int(d) for d in random.randint(1, 5, random.randint(1, 5))]
        axis = int(random.randint(-len(shape), len(shape)))
        parts = []
        for _ in range(random.randint(1, 5)):
            shape[axis] = int(random.randint(1, 5))
            parts.append(tuple(shape))
        cases.append(Case("Concat", tuple(parts), {"num_args": len(parts), "dim": axis}, grad=True))
        reps = tuple(int(r) for r in random.randint(1, 4, random.randint(1, 4)))
        cases.append(Case("tile", (tuple(shape[:2]),), {"reps": reps}, grad=True))
    return list({case.id: case for case in cases}.values())
