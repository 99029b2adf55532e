"""Cases of gluax.ops.numpy_statistics."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, NUMBERS, Draw, cancelling

_INTERPOLATIONS = ("linear", "lower", "higher", "nearest", "midpoint")
_POSITIVE = In((2, 3), low=0.5, high=2)


def _average(a: In, *weights: In, grad: bool = True, **attrs: Any) -> Case:
    outputs = 1 + bool(attrs.get("returned"))
    given = attrs if weights else {**attrs, "weighted": False}
    half = cancelling("float16") if a.dtype == "float16" else {}
    return Case("_npi_average", (a, *weights), given, outputs=outputs, grad=grad, numpy=True, **half)


CASES = [
    _average(_POSITIVE),
    _average(_POSITIVE, axis=0, returned=True),
    _average(_POSITIVE, axis=(0, 1)),
    _average(In((2, 3)), _POSITIVE, returned=True),
    _average(In((2, 3)), _POSITIVE, axis=()),
    _average(In((2, 3)), In((3,), low=0.5, high=2), axis=-1, returned=True),
    _average(In((2, 3), "int32", 0, 9), In((2, 3), "int32", 1, 9), grad=False, returned=True),
    *[
        Case("_npi_percentile", (In((3, 4)),), {"q_scalar": 30, "interpolation": name, "axis": 1}, numpy=True)
        for name in _INTERPOLATIONS
    ],
    Case("_npi_percentile", (In((2, 3)), In((3,), low=0, high=100)), grad=(0,), numpy=True),
    Case(
        "_npi_percentile",
        (In((2, 3, 4), "float64"), In(values=[20, 77])),
        {"axis": (-1, 0), "keepdims": True},
        numpy=True,
    ),
    Case("_npi_percentile", (In((2, 3), "int32", 0, 9), In((), "int32", 0, 100)), {"keepdims": True}, numpy=True),
    Case("_npi_percentile", (In((2, 3)),), {"q_scalar": 50, "axis": ()}, numpy=True),
    *[Case("_npi_bincount", (In((6,), "int32", 0, 5),), {"minlength": n}, numpy=True, eager=True) for n in (0, 9)],
    Case("_npi_bincount", (In((0,), "uint8"),), numpy=True, eager=True),
    Case(
        "_npi_bincount", (In((6,), "int64", 0, 5), In((6,))), {"has_weights": True}, grad=(1,), numpy=True, eager=True
    ),
]


def _draw_average(draw: Draw) -> Case:
    # The gradient of a weight that is alone along its axis is rounding noise.
    shape, dtype = tuple(draw.integer(2, 4) for _ in range(draw.integer(0, 4))), draw.choice(NUMBERS)
    low = 1 if dtype in INTEGERS else 0.3
    attrs = draw.given(returned=draw.flag(), axis=draw.axes(len(shape), min(1, len(shape))))
    data, kind = draw.data(shape, dtype, low, 9, also=("ties",)), draw.choice(("none", "whole", "vector"))
    grad = dtype in FLOATS and bool(shape) and draw.flag()
    if kind == "none" or (kind == "vector" and not shape):
        return _average(data, grad=grad, **attrs)
    if kind == "vector":
        attrs["axis"] = draw.axis(len(shape))
        shape = (shape[attrs["axis"]],)
    weights = draw.data(shape, dtype, low, 4, also=("ties",))
    return _average(data, weights, grad=grad, **attrs)


def _draw_percentile(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, 4), draw.choice(NUMBERS)
    attrs = draw.given(axis=draw.axes(len(shape)), interpolation=draw.choice(_INTERPOLATIONS), keepdims=draw.flag())
    inputs = [draw.data(shape, dtype, 0, 99, also=("ties",))]
    if draw.flag():
        attrs["q_scalar"] = draw.number(0, 100, 1)
    else:
        inputs.append(draw.data(draw.choice(((), (3,), (1,))), draw.choice(NUMBERS), 0, 100, also=("ties",)))
    grad = (0,) if dtype in FLOATS and draw.flag() else False
    return Case("_npi_percentile", tuple(inputs), attrs, grad=grad, numpy=True)


def _draw_bincount(draw: Draw) -> Case:
    size = draw.integer(0, 9)
    data = draw.data((size,), draw.choice(INTEGERS), 0, draw.integer(1, 9), also=("ties",))
    attrs = draw.given(minlength=draw.integer(0, 12))
    if draw.flag():
        return Case("_npi_bincount", (data,), attrs, numpy=True, eager=True)
    weights, attrs = draw.data((size,), draw.choice(NUMBERS), 0, 9, also=("ties",)), {**attrs, "has_weights": True}
    return Case("_npi_bincount", (data, weights), attrs, numpy=True, eager=True)


GENERATORS = {"_npi_average": _draw_average, "_npi_percentile": _draw_percentile, "_npi_bincount": _draw_bincount}

NOTES = {
    "_npi_average": "MXNet does not write the gradient of data of rank 0; gluax does.",
    "_npi_percentile": "MXNet gives 0 for no data, and with nan in the data whatever their order yields; gluax refuses "
    "the former and takes nan for the largest number.",
}
