"""Cases of gluax.ops.loss."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_NORMALIZATIONS = ("null", "batch", "valid")
_TYPES = ("float64", "float16")
_REGRESSIONS = ("LinearRegressionOutput", "LogisticRegressionOutput", "MAERegressionOutput")


def _softmax(data, label, dtype="float32", op="SoftmaxOutput", **attrs):
    label = In(label, dtype, 0, 4) if isinstance(label, tuple) else In(dtype=dtype, values=label)
    return Case(op, (In(data, dtype, -2, 2), label), attrs, grad=True)


_CLASSES = [0, 2, 3, 2]
_UNIT = (In((4, 3), low=0.1, high=0.9), In((3,), low=0.2, high=0.8))
_MAPS = [[[0, 1], [2, 1]], [[2, 2], [0, 0]]]

# MXNet 1.9.1 refuses integer data, and labels of another type than data.
CASES = [
    *[
        _softmax((4, 5), _CLASSES, normalization=normalization, grad_scale=scale, **ignore)
        for normalization in _NORMALIZATIONS
        for scale in (1.0, 2.5)
        for ignore in ({}, {"use_ignore": True, "ignore_label": 2}, {"use_ignore": True, "ignore_label": -1})
    ],
    *[
        _softmax((2, 3, 2, 2), _MAPS, multi_output=True, normalization=normalization, **more)
        for normalization in _NORMALIZATIONS
        for more in (
            {},
            {"use_ignore": True, "ignore_label": 2, "grad_scale": 3.0},
            {"smooth_alpha": 0.3},
            {"out_grad": True},
        )
    ],
    _softmax((4, 5), [0.9, -1, 7, 2.5]),
    _softmax((4, 5), [0.9, -1, 7, 2.5], use_ignore=True, ignore_label=2.7, normalization="valid"),
    _softmax((4, 5), [2, 2, 2, 2], use_ignore=True, ignore_label=2, normalization="valid"),
    _softmax((4, 5), _CLASSES, ignore_label=2, normalization="valid"),
    *[_softmax((4, 5), _CLASSES, smooth_alpha=0.1, **more) for more in ({}, {"use_ignore": True, "ignore_label": 2})],
    *[_softmax((4, 5), [2, 9, -1, 0], smooth_alpha=0.2)],
    *[_softmax((4, 5), _CLASSES, out_grad=True, normalization=normalization) for normalization in _NORMALIZATIONS],
    *[_softmax(shape, shape) for shape in [(4, 5), (2, 3, 4), (3,)]],
    *[
        _softmax((3, 4), (3, 4), grad_scale=2.0, normalization="valid", **more)
        for more in ({}, {"out_grad": True}, {"smooth_alpha": 0.3}, {"use_ignore": True, "ignore_label": 0})
    ],
    *[_softmax((2, 3, 2, 2), shape, multi_output=True) for shape in [(2, 4), (2, 1, 2, 2), (2, 3, 2, 2)]],
    *[_softmax((3, 4), shape, multi_output=True, normalization="batch") for shape in [(3,), (3, 1)]],
    *[
        _softmax(shape, shape[:-1], preserve_shape=preserve, normalization=normalization)
        for shape in [(2, 3, 4), (2, 3, 2, 4), (1, 1, 4)]
        for preserve in (False, True)
        for normalization in _NORMALIZATIONS
    ],
    *[_softmax((4, 5), _CLASSES, dtype, normalization="valid", grad_scale=2.0) for dtype in _TYPES],
    *[_softmax((2, 3, 2, 2), _MAPS, dtype, multi_output=True) for dtype in _TYPES],
    _softmax((4, 5), _CLASSES, op="Softmax"),
    *[
        Case(op, (In(data, dtype, -2, 2), In(label, dtype, -2, 2)), attrs, grad=True)
        for op in _REGRESSIONS
        for data, label, dtype, attrs in [
            ((3, 4), (3, 4), "float32", {}),
            ((3, 4), (3, 4), "float32", {"grad_scale": 0.5}),
            ((3, 1), (3,), "float32", {}),
            ((3,), (3, 1), "float32", {}),
            ((3,), (3,), "float32", {}),
            ((2, 3, 4), (2, 12), "float32", {}),
            ((2, 3, 4), (2, 3, 4), "float64", {"grad_scale": 3}),
            ((3, 4), (3, 4), "float16", {}),
        ]
    ],
    *[Case(op, (In(values=[[1, 2, 3]]), In(values=[[1, 3, 2]])), grad=True) for op in _REGRESSIONS],
    *[Case(f"_sparse_{op}", ((2, 3), (2, 3)), grad=True) for op in _REGRESSIONS],
    *[
        Case("MakeLoss", ((2, 3),), {"normalization": kind, "valid_thresh": above, "grad_scale": scale}, grad=True)
        for kind, above, scale in itertools.product(_NORMALIZATIONS, (0.0, 0.5, 9.0), (1.0, 3.0))
    ],
    *[Case("MakeLoss", (In((2, 3), dtype),), {"normalization": "valid"}, grad=True) for dtype in _TYPES],
    *[Case("MakeLoss", (shape,), {"normalization": "batch"}, grad=True) for shape in [(4,), (2, 3, 4)]],
    *[Case(op, ((2, 3),), grad=True) for op in ("make_loss", "_sparse_make_loss")],
    *[Case("make_loss", (In((2, 3), dtype, -5, 5),)) for dtype in ("int32", "float16", "float64")],
    *[
        Case("SVMOutput", (In((3, 4), low=-2, high=2), In(values=label)), {"use_linear": linear, **attrs}, grad=True)
        for linear in (False, True)
        for label in ([0, 2, 3], [0.9, -1, 7])
        for attrs in ({}, {"margin": 0.3, "regularization_coefficient": 2.0})
    ],
    Case("SVMOutput", (In((2, 3, 2), low=-2, high=2), In((2, 3), low=0, high=2)), grad=True),
    Case("SVMOutput", (In(values=[[1, -1, 0]]), In(values=[0])), {"use_linear": True}, grad=True),
    *[Case("SVMOutput", (In((3, 4), d, -2, 2), In(dtype=d, values=[0, 2, 3])), grad=True) for d in _TYPES],
    *[
        Case(
            "IdentityAttachKLSparseReg", (unit, In((3,), low=0.2, high=0.8)), attrs, grad=(0,), training=True, aux=(1,)
        )
        for unit in [In((4, 3), low=0.1, high=0.9)]
        for attrs in ({}, {"sparseness_target": 0.3, "penalty": 0.5, "momentum": 0.6})
    ],
    Case("IdentityAttachKLSparseReg", ((4, 3), (3,)), aux=(1,)),
]


_ANY = ("ties", "nonfinite", "extreme")
_ROUNDED: dict[str, dict[str, Any]] = {
    "float16": {"rtol": 4e-3, "atol": 1e-3, "why": "the difference of two numbers rounded to half precision"},
}


def _draw_softmax(draw: Draw) -> Case:
    dtype = draw.choice(FLOATS)
    attrs = draw.given(
        grad_scale=draw.number(0.5, 2), normalization=draw.choice(_NORMALIZATIONS), use_ignore=draw.flag(),
        ignore_label=draw.choice((-1, 0, 1, 2, 1.5)), out_grad=draw.flag(), preserve_shape=draw.flag(),
    )  # fmt: skip
    attrs |= draw.given(0.3, smooth_alpha=draw.number(0, 0.9))
    if draw.flag(0.4):
        shape = draw.shape(2, 4)
        attrs["multi_output"] = True
        classes = draw.choice([(shape[0], math.prod(shape[2:])), (shape[0], 1, *shape[2:])])
    else:
        shape = (*draw.shape(1, 3), draw.integer(2, 5))  # smoothing over a single class divides by zero
        attrs |= draw.given(0.2, multi_output=False)
        classes = shape[:-1]
    if draw.flag(0.2):
        label = In(shape, dtype, 0, 1)
    else:
        label = In(values=np.reshape(draw.integers(math.prod(classes), -1, 5), classes).tolist(), dtype=dtype)
    return Case(
        "SoftmaxOutput", (draw.data(shape, dtype, -2, 2), label), attrs, grad=draw.flag(0.8), **_ROUNDED.get(dtype, {})
    )


def _draw_regression(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        dtype, numpy = draw.choice(FLOATS), draw.flag(0.2)
        shape = draw.shape(1, 4)
        other = shape if draw.flag(0.7) else draw.choice([(shape[0], -1), (*shape, 1)])
        other = tuple(math.prod(shape[1:]) if size == -1 else size for size in other)
        data, label = (draw.data(each, dtype, -2, 2, also=("ties", "extreme")) for each in (shape, other))
        scale = draw.given(grad_scale=draw.number())
        return Case(op, (data, label), scale, grad=draw.flag(0.8), numpy=numpy, **_ROUNDED.get(dtype, {}))

    return generate


def _draw_scaled(draw: Draw) -> Case:
    shape, numpy = draw.any_shape(1, 4)
    attrs = draw.given(
        grad_scale=draw.number(), valid_thresh=draw.number(-1, 1), normalization=draw.choice(_NORMALIZATIONS)
    )
    return Case("MakeLoss", (draw.data(shape, draw.choice(FLOATS)),), attrs, grad=draw.flag(0.8), numpy=numpy)


def _draw_make_loss(draw: Draw) -> Case:
    shape, numpy = draw.any_shape(0, 4)
    dtype = draw.choice(NUMBERS)
    data = draw.data(shape, dtype, *((-1, 1) if dtype.startswith("float") else (0, 9)))
    return Case("make_loss", (data,), grad=dtype.startswith("float") and draw.flag(0.8), numpy=numpy)


def _draw_svm(draw: Draw) -> Case:
    shape, dtype = draw.shape(2, 3), draw.choice(FLOATS)
    label = In(values=np.reshape(draw.integers(math.prod(shape[:-1]), -1, 5), shape[:-1]).tolist(), dtype=dtype)
    attrs = draw.given(margin=draw.number(0, 2), regularization_coefficient=draw.number(0, 2), use_linear=draw.flag())
    data = draw.data(shape, dtype, -2, 2, also=("ties", "extreme"))
    return Case("SVMOutput", (data, label), attrs, grad=draw.flag(0.8))


def _draw_sparse_reg(draw: Draw) -> Case:
    shape = draw.integers(2, 1, 5)
    attrs = draw.given(
        sparseness_target=draw.number(0.1, 0.9), penalty=draw.number(0, 1), momentum=draw.number(0.1, 0.9)
    )
    grad = draw.flag(0.8)
    inputs = (In(shape, low=0.1, high=0.9), In(shape[1:], low=0.2, high=0.8))
    return Case("IdentityAttachKLSparseReg", inputs, attrs, grad=(0,) if grad else False, training=grad, aux=(1,))


GENERATORS = {
    "SoftmaxOutput": _draw_softmax,
    **{op: _draw_regression(op) for op in _REGRESSIONS},
    "MakeLoss": _draw_scaled,
    "make_loss": _draw_make_loss,
    "SVMOutput": _draw_svm,
    "IdentityAttachKLSparseReg": _draw_sparse_reg,
}

NOTES = dict.fromkeys(_REGRESSIONS, "MXNet may end the process on arrays without elements, so that is not compared.")
