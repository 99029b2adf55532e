"""Cases of gluax.ops.reshape."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_CODES = [
    ((2, 3, 4), (0, 0, -1)),
    ((2, 3), (0, 0, -1)),
    ((2, 3, 4), (-2,)),
    ((2, 3, 4), (-2, 1, 1)),
    ((2, 3, 4), (0, -3)),
    ((2, 3, 4, 5), (-3, -3)),
    ((2, 3, 4), (-3, -2)),
    ((2, 3, 4), (-4, 1, 2, -2)),
    ((2, 3, 4), (2, -4, -1, 3, -2)),
    ((2, 6, 4), (0, -4, 3, -1, 0)),
    ((2, 3, 4), (-1, -4, 1, -1, 0)),
    ((6, 4), (3, -1)),
    ((10, 5, 4), (-1, 0)),
]
_REVERSED = [
    ((10, 5, 4), (-1, 0)),
    ((10, 5, 6), (0, 0, 2, 3, -4)),
    ((10, 5, 4), (0, -3)),
    ((10, 5, 4), (-3, 0)),
    ((10, 5, 4), (-2, 0)),
    ((6, 2, 4), (-1, 0, 0)),
]
_LEGACY = [((0, 4), False), ((2, 0), False), ((6, 4), False), ((0, 0), True), ((9, 0), True), ((0, 4, 3), True)]
_NUMPY = [
    ((2, 3, 4), (-2, -1)),
    ((2, 3, 4), (-4,)),
    ((2, 3, 1), (-2, -2, -3)),
    ((2, 3, 4), (-5, 4)),
    ((2, 3, 4), (-2, -6, -1, 3, -2)),
    ((2, 3, 4), (-6, 1, 2, -4)),
    ((0, 4), (0, 4)),
    ((0, 4), (-1, 4)),
    ((1,), ()),
]
_LIKE = [
    ((2, 3, 4), (4, 6), {}),
    ((2, 3, 4), (4, 6), {"lhs_begin": 0, "lhs_end": 2, "rhs_begin": 1, "rhs_end": 2}),
    ((30, 7), (15, 2, 4), {"lhs_begin": 0, "lhs_end": 1, "rhs_begin": 0, "rhs_end": 2}),
    ((2, 12), (5, 3, 4), {"lhs_begin": -1, "lhs_end": None, "rhs_begin": -2, "rhs_end": None}),
    ((2, 3, 4), (9, 6, 5), {"lhs_end": -1, "rhs_begin": 1, "rhs_end": -1}),
]

CASES = [
    *[Case("Reshape", (shape,), {"shape": codes}, grad=True) for shape, codes in _CODES],
    *[Case("Reshape", (shape,), {"shape": codes, "reverse": True}) for shape, codes in _REVERSED],
    *[
        Case("Reshape", ((2, 3, 4),), {"target_shape": target, "keep_highest": keep})
        for target, keep in _LEGACY
        if not (keep and target[0] == 9)
    ],
    Case("Reshape", ((2, 12),), {"target_shape": (9, 0), "keep_highest": True, "shape": (4, 6)}),
    *[Case("reshape", (In((4, 6), dtype, 0, 99),), {"shape": (8, -1)}) for dtype in ("float64", "float16", "int32")],
    Case("Reshape", ((),), {"shape": (-1,)}, numpy=True),
    Case("Reshape", ((0, 3),), {"shape": (0, 0, 1)}, numpy=True),
    *[Case("_npx_reshape", (shape,), {"newshape": codes}, numpy=True) for shape, codes in _NUMPY],
    *[
        Case("_npx_reshape", ((8, 3, 4, 6),), {"newshape": codes, "reverse": True}, numpy=True)
        for codes in [(-4, -5), (-4, -2), (-4, 2, 3, -6)]
    ],
    Case("_npi_reshape", ((2, 3),), {"newshape": (3, -1), "order": "F"}),
    Case("_np_reshape", ((2, 3),), {"newshape": (3, -1)}, grad=True, numpy=True),
    *[Case("Flatten", (shape,), grad=True) for shape in [(3,), (2, 3), (2, 3, 4, 5)]],
    Case("flatten", (In((2, 3, 2), "int32", 0, 9),)),
    *[Case("expand_dims", ((2, 3),), {"axis": axis}, grad=True) for axis in (0, 1, 2, -1, -3)],
    *[
        Case("squeeze", ((1, 2, 1, 3),), attrs, grad=True)
        for attrs in ({}, {"axis": 0}, {"axis": (0, -2)}, {"axis": None}, {"axis": ()})
    ],
    Case("squeeze", ((1, 1),)),
    *[Case("_np_squeeze", ((1, 2, 1),), attrs, grad=True, numpy=True) for attrs in ({}, {"axis": -1}, {"axis": ()})],
    Case("_np_squeeze", ((1, 1),), numpy=True),
    *[Case("reshape_like", (lhs, rhs), attrs, grad=True) for lhs, rhs, attrs in _LIKE],
    Case("reshape_like", ((2, 3), In((6,), "int32", 0, 9))),
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(10):
        shape = tuple(int(d) for d in random.randint(1, 5, random.randint(2, 5)))
        codes = [int(random.choice([0, d])) for d in shape]
        codes[random.randint(len(codes))] = -1
        cases.append(Case("Reshape", (shape,), {"shape": tuple(codes), "reverse": bool(random.randint(2))}, grad=True))
        cases.append(Case("expand_dims", (shape,), {"axis": int(random.randint(-len(shape) - 1, len(shape) + 1))}))
    return list({case.id: case for case in cases}.values())
