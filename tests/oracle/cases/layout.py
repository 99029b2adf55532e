"""Cases of gluax.ops.layout."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_AXES = [((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (0, 2, 1)), ((2, 3), ()), ((2, 3, 4, 5), (0, 2, 3, 1)), ((4,), (0,))]

CASES = [
    *[Case("transpose", (shape,), {"axes": axes}, grad=True) for shape, axes in _AXES],
    *[Case("transpose", (In((2, 3), dtype, 0, 9),)) for dtype in ("float64", "float16", "int32", "uint8")],
    Case("transpose", ((1, 2, 1, 3, 2, 2),), {"axes": (5, 3, 1, 0, 2, 4)}),
    *[
        Case("_np_transpose", ((2, 3, 4),), attrs, grad=True, numpy=True)
        for attrs in ({}, {"axes": (1, -1, 0)}, {"axes": (0, 2, 1)}, {"axes": None})
    ],
    Case("_np_transpose", ((),), numpy=True),
    *[
        Case(name, ((2, 3, 4),), {"dim1": first, "dim2": second}, grad=True)
        for name, first, second in [
            ("SwapAxis", 0, 2),
            ("swapaxes", 0, -1),
            ("SwapAxis", 1, 1),
            ("_npi_swapaxes", 1, 0),
        ]
    ],
    Case("SwapAxis", ((2, 3),)),
    *[
        Case("depth_to_space", (shape,), {"block_size": b}, grad=True)
        for shape, b in [((2, 8, 2, 3), 2), ((1, 9, 1, 2), 3)]
    ],
    *[
        Case("space_to_depth", (shape,), {"block_size": b}, grad=True)
        for shape, b in [((2, 2, 4, 6), 2), ((1, 2, 3, 6), 3)]
    ],
    Case("depth_to_space", (In((1, 4, 2, 2), "int32", 0, 99),), {"block_size": 2}),
    *[Case("diag", (shape,), {"k": k}, grad=True) for shape in [(3,), (3, 4), (5, 2)] for k in (0, 1, -1)],
    Case("diag", (In((3, 3), "int32", 0, 9),)),
    *[
        Case("diag", ((2, 3, 4),), {"k": k, "axis1": first, "axis2": second}, grad=True)
        for k, first, second in [(0, 0, 1), (0, 0, -1), (1, 1, 0), (-1, 1, -1), (1, 2, 0)]
    ],
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for rank in range(1, 7):
        shape = tuple(int(d) for d in random.randint(1, 4, rank))
        cases.append(Case("transpose", (shape,), {"axes": tuple(int(a) for a in random.permutation(rank))}, grad=True))
        first, second = (int(a) for a in random.randint(-rank, rank, 2))
        cases.append(Case("SwapAxis", (shape,), {"dim1": first, "dim2": second}, grad=True))
    return cases
