"""Cases of gluax.ops.reduction.

Left out: norm of integers with ord 2, which MXNet computes wrongly; out_dtype of norm other than the data's
dtype, which MXNet refuses without safe accumulation; _square_sum, which MXNet runs on row-sparse arrays only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

_OPS = ("sum", "mean", "prod", "nansum", "nanprod", "max", "min")
_AXES: list[dict[str, Any]] = [
    {"axis": ()}, {"axis": None}, {"axis": 0}, {"axis": -1}, {"axis": (0, 2)}, {"axis": (0, 1, 2)}, {"axis": (2, -3)},
    {"axis": 1, "keepdims": True}, {"keepdims": True}, {"axis": 1, "exclude": True}, {"axis": (), "exclude": True},
    {"axis": (-1, -3), "keepdims": True, "exclude": True}, {"axis": (0, 1, 2), "exclude": True},
]  # fmt: skip
_TIES = In(values=[[1, 2, 2, -3], [0.5, 0, 0, -5], [3, 3, 3, 3]])
_NANS = In(values=[[1, np.nan, 3], [2, 4, 5], [0, 2, np.nan], [np.nan, np.nan, np.nan]])
_SMALL = {"int32": [[100, -2, 3], [4, 5, 7]], "uint8": [[200, 200, 3], [4, 5, 6]], "int8": [[100, 2, 30], [-4, 5, 6]]}
_POSITIONS: list[dict[str, Any]] = [
    {}, {"axis": 1}, {"axis": 0}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True},
]  # fmt: skip

CASES = [
    *[Case("sum", ((2, 3, 4),), attrs, grad=True) for attrs in _AXES],
    *[
        Case(op, (In((2, 3, 4), low=0.5, high=1.5),), attrs, grad=True)
        for op in _OPS[1:]
        for attrs in ({}, {"axis": (0, 2)}, {"axis": 1, "keepdims": True, "exclude": True})
    ],
    *[Case(op, (data,), {"axis": 1}, grad=True) for op in _OPS for data in (_TIES, _NANS)],
    *[Case(op, (_NANS,), grad=True) for op in _OPS],
    *[
        Case(op, (In((3, 4), dtype, 0.5, 1.5),), {"axis": 0}, grad=True)
        for op in _OPS
        for dtype in ("float64", "float16")
    ],
    *[
        Case(op, (In(values=values, dtype=dtype),), {"axis": 1})
        for op in _OPS
        for dtype, values in [*_SMALL.items(), ("bool", [[True, False], [False, False], [True, True]])]
        if (op, dtype) != ("mean", "bool")
    ],
    Case("mean", (In(values=[-3, -4, 0], dtype="int64"),)),
    Case("sum", (In(values=[2048] + [1] * 30, dtype="float16"),)),
    *[Case(op, ((3,),), {"axis": 0}) for op in ("sum_axis", "max_axis", "min_axis", "_sparse_sum", "_sparse_mean")],
    *[
        Case("norm", ((2, 3, 4),), {"ord": order, **attrs}, grad=True)
        for order in (1, 2)
        for attrs in ({}, {"axis": 1}, {"axis": (0, -1)}, {"axis": (0, 1, 2)}, {"axis": (1, 2), "keepdims": True})
    ],
    *[Case("norm", (In(values=[[3, -4, 0], [0, 0, 0]]),), {"ord": order, "axis": 1}, grad=True) for order in (1, 2)],
    *[Case("norm", (In((3, 4), dtype),), grad=True) for dtype in ("float64", "float16")],
    Case("_sparse_norm", ((2, 3),), {"ord": 1}),
    Case("norm", (In((3, 4), "int32", -9, 9),), {"ord": 1, "axis": 1, "out_dtype": "int32"}),
    Case("norm", ((3, 4),), {"ord": 2, "axis": 0, "out_dtype": "float32"}),
    *[
        Case("moments", (In((2, 3, 4), dtype),), attrs, outputs=2, grad=dtype != "float16")
        for attrs in ({"axes": 1}, {"axes": (0, -1)}, {"axes": (0, 1, 2)}, {"axes": (1,), "keepdims": True})
        for dtype in ("float32", "float16")
    ],
    *[
        Case(op, (In((2, 3, 2), distinct=True),), attrs, grad=not attrs)
        for op in ("argmax", "argmin")
        for attrs in _POSITIONS
    ],
    *[
        Case(op, (In(values=[[1, 2, 2], [0, 0, -5], [7, -5, -5]], dtype=dtype),), {"axis": 1})
        for op in ("argmax", "argmin")
        for dtype in ("float32", "float64", "float16", "int32", "int8", "int64")
    ],
    *[Case(op, (_NANS,), {"axis": 1}) for op in ("argmax", "argmin")],
    Case("argmax_channel", (In((2, 3), "int32", -9, 9),)),
    Case("argmax_channel", (In((2, 5, 2), "float64"),)),
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for op in (*_OPS, "norm"):
        shape = tuple(random.randint(1, 5, random.randint(1, 5)))
        chosen = tuple(random.choice(len(shape), random.randint(1, len(shape) + 1), replace=False).tolist())
        attrs = {"axis": chosen, "keepdims": bool(random.randint(2))}
        cases.append(Case(op, (In(shape, low=0.5, high=2),), attrs, grad=True))
    return cases
