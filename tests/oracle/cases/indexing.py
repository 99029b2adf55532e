"""Cases of gluax.ops.indexing.

Left out, because MXNet reads or writes foreign memory there: batch_take of more than two axes, scatter_nd and
index_copy with indices out of range, unravel_index of more than one axis. fill_element_0index crashes in a graph.
_scatter_set_nd works in place only.
"""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In


def _ints(*values: object, dtype: str = "int32") -> In:
    return In(values=list(values), dtype=dtype, shape=np.shape(values))


_WILD = In(values=[[0, -1, 5], [2, -7, 9.6]], shape=(2, 3))

CASES = [
    *[Case("take", ((3, 2), _WILD), {"mode": mode}, grad=True) for mode in ("clip", "wrap")],
    *[Case("take", ((2, 3, 2), _WILD), {"axis": axis, "mode": "wrap"}, grad=True) for axis in (1, -1)],
    *[Case("take", ((2, 3, 2), _WILD), {"axis": axis}, grad=True) for axis in (1, -2)],
    Case("take", ((3, 2), _ints(0, 2, 1)), {"mode": "raise"}, grad=True),
    *[
        Case("take", (In((3, 2), dtype, 0, 9), _ints(1, 0, dtype=index)))
        for dtype, index in [("int32", "int32"), ("float16", "float16"), ("float64", "int64"), ("float32", "uint8")]
    ],
    Case("take", ((3, 2), _ints(-1.5, 1.9, -0.5, 2.9, dtype="float32"))),
    Case("_npi_take", ((3, 2), In(values=1, dtype="int32")), numpy=True),
    Case("take", ((4,), _ints(3, 3, 0)), grad=True),
    Case("batch_take", ((3, 4), _ints(0, 5, -1))),
    Case("batch_take", ((3, 4), _ints([0], [1], [3]))),
    *[
        Case(name, (data, index), attrs, grad=True)
        for name, data, index, attrs in [
            ("pick", (3, 4), _ints(0, 1, 2, dtype="float32"), {}),
            ("pick", (3, 4), _ints(-1, 4, 9, dtype="float32"), {}),
            ("pick", (3, 4), _ints(-1.5, 4, -9, dtype="float32"), {"mode": "wrap"}),
            ("choose_element_0index", (3, 4), _ints(0, 3, 1, dtype="float32"), {}),
            ("pick", (3, 4), _ints(0, 1, 2, 3), {"axis": 0}),
            ("pick", (3, 4), _ints([0], [1], [2]), {"keepdims": True}),
            ("pick", (3, 4), _ints(0, 1, 2, dtype="int64"), {"keepdims": True}),
            ("pick", (3, 4), _ints([0], [1], [2], dtype="uint8"), {}),
            ("pick", (2, 3, 4), In((2, 4), "int32", 0, 3), {"axis": 1}),
            ("pick", (3,), _ints(1), {}),
            ("_npx_pick", (3,), _ints(1), {"keepdims": True}),
        ]
    ],
    Case("pick", (In((3, 4), "int32", 0, 9), _ints(0, 1, 2))),
    Case("pick", (In((3, 4), "float16"), _ints(0, 1, 2))),
    *[
        Case("gather_nd", (data, index), grad=True)
        for data, index in [
            ((3, 4), _ints([0, 1, 2], [1, 2, 3])),
            ((3, 4), _ints([0, 0, 0], [1, 1, 2])),
            ((3, 4), _ints([2, 0])),
            ((3, 4), _ints([0.9, 1.5], [1, 2], dtype="float32")),
            ((2, 3, 4), _ints([[0, 1], [1, 1]], [[2, 2], [0, 1]])),
            ((3, 4), _ints([0], [1], dtype="int64")),
        ]
    ],
    Case("gather_nd", ((3, 4), _ints([0, 1, -1], [1, 2, -1]))),
    Case("gather_nd", (In((3, 4), "int32", 0, 9), _ints([0, 1]))),
    *[
        Case("scatter_nd", (data, index), {"shape": shape}, grad=True)
        for data, index, shape in [
            ((2,), _ints([0, 1], [1, 1]), (2, 3)),
            ((2, 3), _ints([0, 2]), (3, 3)),
            ((3,), _ints([0, 1.7, 2], dtype="float32"), (4,)),
            ((2, 2), _ints([[0, 1], [2, 3]]), (4,)),
        ]
    ],
    Case("scatter_nd", (_ints(1, 2), _ints([0, 1])), {"shape": (4,)}),
    *[
        Case("one_hot", (In(values=[0, 2, -1, 3, 1.7]),), {"depth": 3, "dtype": dtype})
        for dtype in ("float16", "float32", "float64", "int32", "int64", "int8", "uint8")
    ],
    Case("one_hot", (_ints([0, 1], [2, 0]),), {"depth": 3, "on_value": 5.5, "off_value": -1.5, "dtype": "int32"}),
    Case("one_hot", (_ints(0, 1),), {"depth": 3, "on_value": 0.9, "off_value": 0.1}),
    Case("_npx_one_hot", (In(values=1, dtype="int64"),), {"depth": 2}, numpy=True),
    Case("one_hot", ((2,),), {"depth": 2}, grad=True),
    *[
        Case("_ravel_multi_index", (In((2, 3), dtype, 0, 5),), {"shape": shape})
        for dtype in ("float32", "int32", "int64")
        for shape in [(5, 6), (-1, 7)]
    ],
    Case("ravel_multi_index", (_ints([3, 9, -1], [4, 5, 7]),), {"shape": (7, 6)}),
    Case("_ravel_multi_index", (In((3, 2), low=0, high=4),), {"shape": (4, 5, 6)}, grad=True),
    *[
        Case("_unravel_index", (In((4,), dtype, 0, 42),), {"shape": shape})
        for dtype in ("float32", "int32", "int64")
        for shape in [(7, 6), (-1, 6), (2, 3, 7)]
    ],
    Case("unravel_index", (_ints(50, -1, -7),), {"shape": (7, 6)}),
    *[
        Case("_contrib_index_copy", (old, index, new), grad=True)
        for old, index, new in [
            ((4, 3), _ints(0, 2), (2, 3)),
            ((4, 3), _ints(3, 1, dtype="int64"), (2, 3)),
            ((4,), _ints(2, dtype="float32"), (1,)),
        ]
    ],
    *[
        Case("_contrib_index_array", ((2, 3, 2),), attrs)
        for attrs in ({}, {"axes": (1,)}, {"axes": (-1, 0)}, {"axes": ()})
    ],
    Case("_contrib_index_array", ((2, 3),), grad=True),
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(8):
        shape = tuple(int(d) for d in random.randint(1, 5, random.randint(1, 4)))
        axis = int(random.randint(-len(shape), len(shape)))
        index = In(tuple(int(d) for d in random.randint(1, 4, random.randint(1, 3))), "int32", -3, 7)
        mode = str(random.choice(["clip", "wrap"]))
        cases.append(Case("take", (shape, index), {"axis": axis, "mode": mode}, grad=True))
        if len(shape) > 1:
            rest = tuple(d for i, d in enumerate(shape) if i != axis % len(shape))
            cases.append(Case("pick", (shape, In(rest, "int32", -3, 7)), {"axis": axis, "mode": mode}, grad=True))
    return list({case.id: case for case in cases}.values())
