"""Cases of gluax.ops.softmax."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

_OPS = ("softmax", "softmin", "log_softmax")
_TYPES = ("float16", "float32", "float64")
_SINGLE = {"rtol": 1e-6, "atol": 1e-7, "why": "MXNet computes in the narrower of the two types"}
_CANCELS = {"atol": 1e-6, "why": "the gradient is a difference"}
_HALF = {"rtol": 2e-3, "atol": 2e-3, "why": "MXNet computes float16 data in float16"}
_EDGES = In(
    values=[[1, -np.inf, 2], [-np.inf] * 3, [np.inf, 1, 2], [np.nan, 1, 2], [1e4, -1e4, 0], [90, 91, 92], [0, 0, 0]]
)


def _lengths(data, length, dtype="int32", **attrs):
    return Case("softmax", (data, In(dtype=dtype, values=length)), {"use_length": True, **attrs}, grad=(0,))


# MXNet 1.9.1 refuses integer data, use_length for softmin and log_softmax, a negative axis but -1 with a length,
# SoftmaxActivation in any type but float32 and the gradient of a vector; lengths and labels out of
# range touch foreign memory there.
CASES = [
    *[
        Case(op, (In(shape, low=-4, high=4),), {"axis": axis}, grad=True)
        for op in _OPS
        for shape, axis in [((2, 3), -1), ((2, 3, 4), 0), ((2, 3, 4), 1), ((2, 3, 4), -3), ((5,), 0), ((3, 1), -1)]
    ],
    *[
        Case(op, (In((2, 5), low=-4, high=4),), {"temperature": temperature}, grad=True)
        for op in _OPS
        for temperature in (0.5, 1.0, 10.0)
    ],
    Case("softmax", ((2, 5),), {"temperature": -2.0}, grad=True),
    Case("softmax", ((2, 5),), {"temperature": "None", "dtype": "None"}),
    *[
        Case(op, (In((2, 5), given, -4, 4),), {"dtype": wanted}, grad=True, **why)
        for op in _OPS
        for given in _TYPES
        for wanted in _TYPES
        for why in [_HALF if "float16" in (given, wanted) else {} if given == wanted else _SINGLE]
    ],
    *[Case(op, (In((2, 5), given, -4, 4),), grad=True, **_HALF) for op in _OPS for given in ("float16",)],
    *[Case(op, (_EDGES,)) for op in _OPS],
    _lengths(In((3, 4)), [1, 2, 4]),
    _lengths(In((3, 4)), [0, 4, 2]),
    _lengths(In((3, 4)), [4, 3, 1], "int64", temperature=2.0),
    _lengths(In((3, 4)), [1, 2, 3, 2], axis=0),
    _lengths(In((2, 3, 2)), [[1, 2], [3, 0]], axis=1),
    _lengths(In((2, 3, 2), "float64"), [[1, 2], [2, 1]], axis=1),
    *[Case("SoftmaxActivation", (In(shape, low=-4, high=4),), grad=True) for shape in [(2, 3), (4, 1)]],
    Case("SoftmaxActivation", ((5,),)),
    *[
        Case("SoftmaxActivation", (In(shape, low=-4, high=4),), {"mode": mode}, grad=True)
        for shape in [(2, 3, 4), (2, 3, 2, 2)]
        for mode in ("instance", "channel")
    ],
    *[
        Case("softmax_cross_entropy", (In((3, 4), dtype, -3, 3), In(dtype=dtype, values=label)), grad=(0,))
        for label, dtype in [
            ([0, 2, 3], "float32"), ([0.9, 1.7, 2], "float32"), ([0, 2, 3], "float64"),
            ([0, 2, 3], "float16"),
        ]
    ],
    Case("softmax_cross_entropy", (In(values=[[1e4, -1e4, 0]]), In(values=[1])), grad=(0,)),
    *[Case(op, ((2, 3),)) for op in ("_npx_softmax", "_npx_log_softmax")],
]  # fmt: skip


def _draw_softmax(op: str):
    def draw_case(draw: Draw) -> Case:
        shape = draw.shape(empty=True)
        data = draw.data(shape, draw.choice(FLOATS), -5, 5, also=("ties", "nonfinite"))
        attrs = draw.given(
            axis=draw.axis(len(shape)), temperature=draw.choice((None, 1.0, draw.number(0.2, 3))),
            dtype=draw.choice(("float16", "float32", "float64")),
        )  # fmt: skip
        types = {data.dtype, attrs.get("dtype", data.dtype)}
        loose = _HALF if "float16" in types else _SINGLE if len(types) > 1 else _CANCELS if "float32" in types else {}
        if op == "softmax" and draw.flag(0.3) and len(shape) > 1:
            attrs |= draw.given(axis=draw.integer(-1, len(shape) - 1))
            axis = max(attrs.get("axis", -1), -1) % len(shape)
            attrs = {**attrs, "axis": axis} if attrs.get("axis", -1) < -1 else attrs
            length = In(shape[:axis] + shape[axis + 1 :], draw.choice(("int32", "int64")), 0, shape[axis] + 1)
            return Case(op, (data, length), {**attrs, "use_length": True}, grad=(0,), numpy=True, **loose)
        return Case(op, (data,), {**attrs, **draw.given(0.2, use_length=False)}, grad=True, numpy=True, **loose)

    return draw_case


def _draw_activation(draw: Draw) -> Case:
    mode = draw.choice(("instance", "channel", None))
    data = draw.data(draw.shape(3 if mode == "channel" else 2), "float32", -5, 5, also=("ties", "nonfinite"))
    return Case("SoftmaxActivation", (data,), {"mode": mode} if mode else {}, grad=True)


def _draw_cross_entropy(draw: Draw) -> Case:
    rows, classes, dtype = draw.integer(1, 5), draw.integer(1, 5), draw.choice(FLOATS)
    data = draw.data((rows, classes), dtype, -5, 5, also=("ties",))
    return Case("softmax_cross_entropy", (data, In((rows,), dtype, 0, classes)), grad=(0,))


GENERATORS = {
    **{op: _draw_softmax(op) for op in _OPS},
    "SoftmaxActivation": _draw_activation,
    "softmax_cross_entropy": _draw_cross_entropy,
}
