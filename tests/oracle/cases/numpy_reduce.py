"""Cases of gluax.ops.numpy_reduce.

MXNet refuses a negative axis in cumsum, and `initial` everywhere; its empty products are 0.
"""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_AXES = [
    {},
    {"axis": -1},
    {"axis": (0, 2)},
    {"axis": (0, 1), "keepdims": True},
    {"axis": ()},
    {"axis": None, "keepdims": True},
]
_TYPES = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64")
_TIES = In(values=[[1, 3, 3], [np.nan, 2, 1], [0, 0, -1]])

CASES = [
    *[
        Case(name, (In((2, 3, 2), low=0.5, high=2),), attrs, grad=True, numpy=True)
        for name in ("_np_sum", "_npi_mean", "_np_prod", "_np_max", "_np_min", "_npi_std", "_npi_var")
        for attrs in _AXES
        if not (attrs.get("axis") == () and name in ("_npi_std", "_npi_var"))
    ],
    *[Case(name, (_TIES,), {"axis": 1}, grad=True, numpy=True) for name in ("_np_max", "_np_min")],
    *[
        Case(name, (In((2, 3), dtype, 0, 5),), numpy=True)
        for name in ("_np_sum", "_npi_mean", "_np_prod", "_np_max")
        for dtype in (*_TYPES, "bool")
    ],
    *[
        Case(name, (In((2, 3), source, 0, 5),), {"dtype": target, "axis": 0}, numpy=True)
        for name in ("_np_sum", "_npi_mean")
        for source in ("float32", "int32", "float64")
        for target in ("float16", "float32", "float64", "int32", "int64")
    ],
    *[Case(name, (In((0, 3)),), {"axis": 0}, numpy=True) for name in ("_np_sum", "_npi_mean")],
    *[Case(name, ((),), numpy=True) for name in ("_np_sum", "_npi_mean", "_np_max")],
    *[
        Case(name, (In((3, 4), dtype, 1, 9),), {"axis": 1, "ddof": 1, "keepdims": True}, numpy=True)
        for name in ("_npi_std", "_npi_var")
        for dtype in ("float64", "float16")
    ],
    *[
        Case(name, (In((2, 3), dtype, 0, 2),), attrs, numpy=True)
        for name in ("_np_any", "_np_all", "_np_sometrue")
        for dtype in ("float32", "int32", "bool")
        for attrs in ({}, {"axis": 1}, {"axis": 1, "keepdims": True})
    ],
    *[
        Case(name, (In((2, 3), dtype, -9, 9, distinct=dtype == "float32"),), attrs, numpy=True)
        for name in ("_npi_argmax", "_npi_argmin")
        for dtype in ("float32", "int32")
        for attrs in ({}, {"axis": 1}, {"axis": -2, "keepdims": True}, {"keepdims": True})
    ],
    Case("_npi_argmax", (_TIES,), {"axis": 1}, numpy=True),
    *[
        Case(name, ((2, 3, 2),), attrs, grad=True, numpy=True)
        for name, attrs in [("_np_cumsum", {}), ("_np_cumsum", {"axis": 0}), ("cumsum", {"axis": 1})]
    ],
    *[Case("_np_cumsum", (In((2, 3), dtype, 0, 5),), {"axis": 1}, numpy=True) for dtype in (*_TYPES, "bool")],
    *[
        Case("_np_cumsum", (In((5,), low=0, high=9),), {"dtype": t}, numpy=True)
        for t in ("float64", "int32", "float16")
    ],
    Case("_np_cumsum", ((),), numpy=True),
]
