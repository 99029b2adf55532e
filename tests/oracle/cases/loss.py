"""Cases of gluax.ops.loss."""

from __future__ import annotations

import itertools

import numpy as np

from tests.oracle.case import Case, In

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


def random_cases(random: np.random.RandomState) -> list[Case]:
    def shape(low, high):
        return tuple(int(size) for size in random.randint(1, 6, random.randint(low, high)))

    cases = []
    for normalization in _NORMALIZATIONS * 2:
        attrs = {"normalization": normalization, "grad_scale": random.uniform(0.5, 2)}
        attrs.update(use_ignore=bool(random.randint(2)), ignore_label=int(random.randint(3)))
        data = (*shape(1, 4), int(random.randint(2, 6)))  # smoothing over a single class divides by zero
        cases.append(_softmax(data, data[:-1], preserve_shape=bool(random.randint(2)), **attrs))
        cases.append(_softmax(data, data[:-1], smooth_alpha=0.1, out_grad=bool(random.randint(2)), **attrs))
        data = shape(2, 5)
        label = (data[0], int(np.prod(data[2:])))
        cases.append(_softmax(data, label, multi_output=True, out_grad=bool(random.randint(2)), **attrs))
    for op in _REGRESSIONS:
        data = shape(1, 4)
        cases.append(Case(op, (In(data), In(data)), {"grad_scale": random.uniform(0.5, 2)}, grad=True))
    return cases
