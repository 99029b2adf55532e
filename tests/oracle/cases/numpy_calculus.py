"""Cases of gluax.ops.numpy_calculus."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, NUMBERS, Draw, cancelling

_BEGIN, _END = {"to_begin_arr_given": True}, {"to_end_arr_given": True}

CASES = [
    *[Case("_npi_diff", ((2, 5),), attrs, grad=True, numpy=True) for attrs in ({}, {"n": 0}, {"n": 3, "axis": 1})],
    *[Case("_npi_diff", ((2, 3, 2),), {"n": n, "axis": 0}, grad=True, numpy=True) for n in (1, 3)],
    *[Case("_npi_diff", (In((6,), dtype, 0, 9),), {"n": 2}, numpy=True) for dtype in ("uint8", "int64", "float16")],
    *[
        Case("_npi_ediff1d", (shape,), attrs, grad=True, numpy=True)
        for shape, attrs in [
            ((4,), {}),
            ((2, 3), {"to_begin_scalar": 7}),
            ((1,), {"to_begin_scalar": 1, "to_end_scalar": -2.5}),
            ((), {}),
        ]
    ],
    Case("_npi_ediff1d", ((4,), (2,), (1, 2)), {**_BEGIN, **_END}, grad=True, numpy=True),
    Case("_npi_ediff1d", ((4,), ()), {**_BEGIN, "to_end_scalar": 3}, grad=True, numpy=True),
    Case("_npi_ediff1d", ((4,), (2,)), {**_END, "to_begin_scalar": 3}, grad=True, numpy=True),
    Case("_npi_ediff1d", (In((4,), "int32", 0, 9),), {"to_begin_scalar": 2.7}, numpy=True),
    *[Case("_npi_polyval", shapes, grad=True, numpy=True) for shapes in [((3,), (2, 3)), ((1,), ()), ((4,), (0, 2))]],
    Case("_npi_polyval", ((0,), (3,)), numpy=True),
    *[Case("_npi_polyval", (In((3,), dtype, 0, 9), In((4,), dtype, 0, 9)), numpy=True) for dtype in ("int32", "uint8")],
]


def _draw_diff(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, 4, empty=True), draw.choice(NUMBERS)
    attrs = draw.given(n=draw.integer(0, 5), axis=draw.axis(len(shape)))
    also = ("ties", "nonfinite") if dtype in FLOATS else ("ties", "extreme")  # differences of huge floats overflow
    return Case("_npi_diff", (draw.data(shape, dtype, 0, 9, also=also),), attrs, grad=draw.flag(), numpy=True)


def _draw_ediff1d(draw: Draw) -> Case:
    dtype = draw.choice(NUMBERS)
    inputs, attrs = [draw.data(draw.shape(0, 3, empty=True), dtype, 0, 9)], {}
    for side in ("begin", "end"):
        kind = draw.choice(("array", "number", "none"))
        if kind == "array":
            attrs[f"to_{side}_arr_given"] = True
            inputs.append(draw.data(draw.shape(0, 2, empty=True), dtype, 0, 9))
        elif kind == "number":
            attrs[f"to_{side}_scalar"] = draw.number(0, 9)
    grad = draw.flag() and 0 not in inputs[0].shape
    return Case("_npi_ediff1d", tuple(inputs), attrs, grad=grad, numpy=True)


def _draw_polyval(draw: Draw) -> Case:
    dtype = draw.choice(NUMBERS)
    low, high, kinds = (0, 5, ("ties",)) if dtype in INTEGERS else (-1.5, 1.5, ("ties",))
    inputs = (
        draw.data((draw.integer(0, 5),), dtype, low, high, also=kinds),
        draw.data(draw.shape(0, 2, empty=True), dtype, low, high, also=kinds),
    )
    grad = draw.flag() and all(0 not in spec.shape for spec in inputs)
    return Case("_npi_polyval", inputs, grad=grad, numpy=True, **cancelling(dtype))


GENERATORS = {"_npi_diff": _draw_diff, "_npi_ediff1d": _draw_ediff1d, "_npi_polyval": _draw_polyval}

NOTES = {
    "_npi_polyval": "Asked for the gradient of x alone, MXNet gives zeros; gluax gives it.",
    "_npi_ediff1d": "Given both an array and a number for one side, MXNet leaves part of its output unwritten; gluax "
    "takes the array.",
}
