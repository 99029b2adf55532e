"""Cases of gluax.ops.activation."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_SHAPES = [(2, 3), (2, 3, 4, 5), (7,)]
_KINDS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")
_LEAKY = ("leaky", "elu", "selu", "gelu")
_PRELU = [
    ((2, 3), (3,)), ((2, 3, 4, 5), (3,)), ((2, 3, 4), (1,)), ((3,), (3,)), ((3,), (1,)),
    ((2, 3, 4), (2,)), ((2, 3, 4), (2, 3)), ((2, 3, 4), (1, 3)), ((2, 3, 4), (2, 1)), ((3, 3, 3), (3,)),
]  # fmt: skip
_EDGES = In(values=[[-np.inf, -1e3, -20.0, -1.0, -0.0, 0.0, 1e-8, 1.0, 20.0, 1e3, np.inf, np.nan]])
_SINGLE = {"rtol": 1e-6, "atol": 1e-7, "why": "MXNet's LeakyReLU computes float64 data in float32"}
_AT_ZERO = In(values=[[-2.5, -1.0, -0.0, 0.0, 1.0, 2.5]])

# MXNet 1.9.1 cannot run rrelu in training on CPU ("Check failed: kTempSpace"), nor any of these on integers.
CASES = [
    *[
        Case("Activation", (In(shape, dtype, -3, 3),), {"act_type": kind}, grad=True)
        for kind in _KINDS
        for shape, dtype in [((2, 3), "float32"), ((2, 3, 4, 5), "float32"), ((7,), "float64"), ((3, 2), "float16")]
    ],
    *[Case("Activation", (_EDGES,), {"act_type": kind}) for kind in _KINDS],
    *[Case("Activation", (_AT_ZERO,), {"act_type": kind}, grad=True) for kind in _KINDS],
    *[
        Case("LeakyReLU", (In(shape, low=-3, high=3),), {"act_type": kind, "slope": slope}, grad=True)
        for kind in _LEAKY
        for slope in (0.25, 0.1)
        for shape in _SHAPES
    ],
    *[
        Case("LeakyReLU", (In((3, 4), dtype, -3, 3),), {"act_type": kind}, grad=True, **why)
        for kind in _LEAKY
        for dtype, why in [("float16", {}), ("float64", _SINGLE)]
    ],
    *[Case("LeakyReLU", (data,), {"act_type": kind}) for kind in _LEAKY for data in (_EDGES, _AT_ZERO)],
    *[Case("LeakyReLU", (_AT_ZERO,), {"act_type": kind}, grad=True) for kind in _LEAKY],
    *[
        Case("LeakyReLU", (In(shape, low=-3, high=3), In(gamma, low=0.1)), {"act_type": "prelu"}, grad=True)
        for shape, gamma in _PRELU
    ],
    *[
        Case("LeakyReLU", (In((2, 3), dtype, -3, 3), In((3,), dtype, 0.1)), {"act_type": "prelu"}, grad=True, **why)
        for dtype, why in [("float16", {}), ("float64", _SINGLE)]
    ],
    Case("LeakyReLU", (_AT_ZERO, In((1,), low=0.1)), {"act_type": "prelu"}, grad=True),
    *[
        Case("LeakyReLU", (In((2, 3), dtype, -3, 3),), {"act_type": "rrelu", **bounds})
        for dtype in ("float32", "float16")
        for bounds in ({}, {"lower_bound": 0.5, "upper_bound": 1.0})
    ],
    *[Case("hard_sigmoid", (In(shape, low=-4, high=4),), {"alpha": 0.3, "beta": 0.4}, grad=True) for shape in _SHAPES],
    *[Case("hard_sigmoid", (In((3, 4), dtype, -4, 4),), grad=True) for dtype in ("float16", "float64")],
    Case("hard_sigmoid", (_AT_ZERO,), {"alpha": 0.2}, grad=True),
    Case("hard_sigmoid", (_EDGES,)),
    *[Case(op, (In((4, 5), low=-2, high=2),), grad=True) for op in ("relu", "_sparse_relu")],
    *[Case("relu", (data,)) for data in (_EDGES, _AT_ZERO)],
    Case("_npx_activation", ((2, 3),), {"act_type": "tanh"}),
    Case("_npx_leaky_relu", ((2, 3),)),
]


def _draw_activation(draw: Draw) -> Case:
    data = draw.data(draw.shape(empty=True), draw.choice(FLOATS), -5, 5)
    return Case("Activation", (data,), {"act_type": draw.choice(_KINDS)}, grad=True, numpy=True)


def _draw_leaky(draw: Draw) -> Case:
    kind, dtype, shape = draw.choice((*_LEAKY, "prelu", "rrelu", None)), draw.choice(FLOATS), draw.shape()
    # In single precision the extremes of double precision overflow.
    data = draw.data(shape, dtype, -5, 5, also=("ties", "nonfinite", "extreme")[: 2 if dtype == "float64" else 3])
    attrs = {**({"act_type": kind} if kind else {}), **draw.given(slope=draw.number(0, 1))}
    loose = _SINGLE if dtype == "float64" else {}
    if kind == "prelu":
        channels = shape[min(1, len(shape) - 1)]
        return Case("LeakyReLU", (data, In((draw.choice((1, channels)),), dtype, -1, 1)), attrs, grad=True, **loose)
    if kind == "rrelu":
        attrs |= draw.given(lower_bound=draw.number(0, 0.4), upper_bound=draw.number(0.4, 0.9))
    return Case("LeakyReLU", (data,), attrs, grad=kind != "rrelu", **loose)


def _draw_hard_sigmoid(draw: Draw) -> Case:
    data = draw.data(draw.shape(empty=True), draw.choice(FLOATS), -5, 5)
    attrs = draw.given(alpha=draw.number(0, 1), beta=draw.number(0, 1))
    return Case("hard_sigmoid", (data,), attrs, grad=True, numpy=True)


def _draw_relu(draw: Draw) -> Case:
    return Case("relu", (draw.data(draw.shape(0, empty=True), draw.choice(NUMBERS)),), grad=True, numpy=True)


GENERATORS = {
    "Activation": _draw_activation, "LeakyReLU": _draw_leaky, "hard_sigmoid": _draw_hard_sigmoid, "relu": _draw_relu,
}  # fmt: skip
