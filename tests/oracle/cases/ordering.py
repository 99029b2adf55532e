"""Cases of gluax.ops.ordering.

Left out: nan, whose place in MXNet is accidental; gradients of sort without an axis attribute, which MXNet
refuses; float16 data of sort and argsort, likewise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, Draw

_DATA = In((3, 4, 2), distinct=True)
_TIES = In(values=[[1, 2, 2, 1, 2, 1], [0, 0, 0, 0, 0, 0]])
_KINDS = ("indices", "value", "both", "mask")
_CUTS = [(-1, 1, False), (1, 3, False), (1, 2, True), (0, 0, False), (None, 5, False), (-2, -1, True)]
_FLAT = [{"axis": axis, "is_ascend": up} for axis in (-1, 0, 1, None) for up in (True, False)]
_INDEX_TYPES = ("float16", "float32", "float64", "int32", "int64", "uint8")
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


def _ordered(draw: Draw, op: str) -> tuple[In, dict[str, Any], int]:
    """Data, the attributes axis and is_ascend, and the number of elements to order."""
    numpy = draw.flag(0.2)
    shape = draw.shape(1, 3, empty=numpy and op != "topk")
    kinds = (*FLOATS[: 4 if op == "topk" else 3], *INTEGERS)
    data = draw.data(shape, draw.choice(kinds), -99, 99, also=("ties", "extreme"), distinct=draw.flag())
    axis = None if draw.flag(0.2) else draw.axis(len(shape))
    attrs = draw.given(is_ascend=draw.flag(), axis=axis)
    along = attrs.get("axis", -1)
    return data, attrs, int(np.prod(shape)) if along is None else shape[along]


def _draw_sort(draw: Draw) -> Case:
    data, attrs, _ = _ordered(draw, "sort")
    # MXNet refuses the gradient without an axis attribute: it passes on an empty text.
    return Case("sort", (data,), attrs, numpy=True, grad="axis" in attrs and data.dtype in FLOATS and draw.flag())


def _draw_argsort(draw: Draw) -> Case:
    data, attrs, _ = _ordered(draw, "argsort")
    return Case("argsort", (data,), {**attrs, **draw.given(dtype=draw.choice(_INDEX_TYPES))}, numpy=True)


def _draw_topk(draw: Draw) -> Case:
    data, attrs, size = _ordered(draw, "topk")
    kind = draw.choice(_KINDS)
    attrs |= draw.given(k=draw.integer(0, size), dtype=draw.choice(_INDEX_TYPES))
    attrs |= draw.given(ret_typ="indices") if kind == "indices" else {"ret_typ": kind}
    grad = data.dtype in FLOATS and kind in ("value", "both") and draw.flag()
    return Case("topk", (data,), attrs, outputs=2 if kind == "both" else 1, grad=grad, numpy=True)


GENERATORS = {"sort": _draw_sort, "argsort": _draw_argsort, "topk": _draw_topk}

NOTES = {
    "sort": "MXNet puts nan at accidental places; here it comes last, in descending order too. MXNet refuses half "
    "precision, and the gradient when no axis is given.",
    "argsort": "MXNet puts nan at accidental places and refuses half precision.",
    "topk": "MXNet puts nan at accidental places.",
}
