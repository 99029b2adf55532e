"""Cases of gluax.ops.ordering.

Left out: nan, whose place in MXNet is accidental; gradients of sort without an axis attribute, which MXNet
refuses; float16 data of sort and argsort, likewise.
"""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_DATA = In((3, 4, 2), distinct=True)
_TIES = In(values=[[1, 2, 2, 1, 2, 1], [0, 0, 0, 0, 0, 0]])
_KINDS = ("indices", "value", "both", "mask")
_CUTS = [(-1, 1, False), (1, 3, False), (1, 2, True), (0, 0, False), (None, 5, False), (-2, -1, True)]
_FLAT = [{"axis": axis, "is_ascend": up} for axis in (-1, 0, 1, None) for up in (True, False)]
_DTYPES = ("float64", "int32", "uint8", "int8", "int64")


def _topk(data: In, grad: bool = False, **attrs: object) -> Case:
    kind = attrs["ret_typ"]
    grad = grad and kind in ("value", "both")
    return Case("topk", (data,), attrs, outputs=2 if kind == "both" else 1, grad=grad)


CASES = [
    *[_topk(_DATA, True, ret_typ=kind, axis=axis, k=k, is_ascend=up) for kind in _KINDS for axis, k, up in _CUTS],
    *[_topk(_TIES, ret_typ="indices", k=k, is_ascend=up) for k in (0, 4) for up in (True, False)],
    *[_topk(In((2, 5), dtype, 0, 99, distinct=True), ret_typ="both", k=2) for dtype in (*_DTYPES, "float16")],
    *[_topk(In((2, 5), dtype, 0, 99, distinct=True), ret_typ="mask", k=2) for dtype in ("int32", "float16")],
    *[
        _topk(In((2, 5), distinct=True), ret_typ="both", k=2, dtype=dtype)
        for dtype in ("float16", "float64", "int32", "int64", "uint8")
    ],
    Case("topk", (In((2, 5), distinct=True),), grad=True),
    Case("_npx_topk", (In((2, 5), distinct=True),), {"k": 3, "dtype": "int64"}),
    *[Case("sort", (_DATA,), attrs, grad=True) for attrs in _FLAT],
    *[Case("argsort", (_DATA,), attrs) for attrs in _FLAT],
    *[Case("argsort", (_TIES,), {"is_ascend": up}) for up in (True, False)],
    *[Case(op, (In((2, 5), dtype, 0, 99, distinct=True),)) for op in ("sort", "argsort") for dtype in _DTYPES],
    *[Case("argsort", (In((2, 5)),), {"dtype": dtype}) for dtype in ("float16", "float64", "int32", "int64", "uint8")],
    Case("argsort", (In((2, 5)),), grad=True),
    *[Case(op, (In((2, 5), distinct=True),)) for op in ("_npi_sort", "_npi_argsort")],
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for kind in _KINDS:
        shape = tuple(random.randint(1, 6, random.randint(1, 4)))
        axis = int(random.randint(len(shape)))
        k = int(random.randint(1, shape[axis] + 1))
        up = bool(random.randint(2))
        cases.append(_topk(In(shape, distinct=True), True, ret_typ=kind, axis=axis, k=k, is_ascend=up))
    return cases
