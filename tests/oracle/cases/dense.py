"""Cases of gluax.ops.dense."""

from __future__ import annotations

import itertools

import numpy as np

from tests.oracle.case import Case, In

_FLAGS = list(itertools.product((False, True), repeat=2))


def _dense(shape, hidden=3, dtype="float32", flatten=True, bias=True, op="FullyConnected"):
    inner = int(np.prod(shape[1:])) if flatten else shape[-1]
    inputs = (In(shape, dtype), In((hidden, inner), dtype), *([In((hidden,), dtype)] if bias else []))
    return Case(op, inputs, {"num_hidden": hidden, "flatten": flatten, "no_bias": not bias}, grad=True)


def _dot(left, right, transpose_a=False, transpose_b=False, op="dot", dtype="float32"):
    """Both operands from the shapes as contracted: left ends with, right starts with, the common size."""
    if op == "dot":
        left = (left[-1:] + left[:-1]) if transpose_a else left
        right = (right[1:] + right[:1]) if transpose_b else right
    else:
        left = (*left[:-2], left[-1], left[-2]) if transpose_a else left
        right = (*right[:-2], right[-1], right[-2]) if transpose_b else right
    attrs = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return Case(op, (In(left, dtype), In(right, dtype)), attrs, grad=True)


def _embedding(data, weight="float32", op="Embedding", grad=(1,), **attrs):
    return Case(op, (data, In((4, 3), weight, -9, 9)), {"input_dim": 4, "output_dim": 3, **attrs}, grad=grad)


_INDICES = [0, 3, 4, 100, -1, -100, 2, 2]

# MXNet 1.9.1 on CPU has no float16 or integer FullyConnected, dot and batch_dot, no gradient of
# _contrib_SparseEmbedding and khatri_rao; an infinite or nan index is undefined behaviour there.
CASES = [
    *[
        _dense(shape, flatten=flatten, bias=bias)
        for shape in [(2, 5), (2, 3, 4), (1, 2, 3, 2), (4,), (1,)]
        for flatten in (True, False)
        for bias in (True, False)
    ],
    _dense((2, 5), dtype="float64"),
    _dense((5, 1), hidden=1),
    *[_dense((2, 3), op=op) for op in ("_npx_fully_connected", "_sparse_FullyConnected")],
    *[_dot(a, b, *flags) for a, b in [((2, 3), (3, 4)), ((2, 3, 4), (4, 5, 2))] for flags in _FLAGS],
    *[_dot((4,), b, False, flag) for b in [(4, 2), (4, 2, 3)] for flag in (False, True)],
    *[_dot(a, (4,), flag, False) for a in [(2, 4), (2, 3, 4)] for flag in (False, True)],
    _dot((4,), (4,)),
    _dot((1,), (1,)),
    _dot((2, 1), (1, 3)),
    _dot((2, 3), (3, 4), dtype="float64"),
    Case("dot", ((4,), (4, 2)), {"transpose_a": True}, grad=True),
    Case("dot", ((2, 4), (4,)), {"transpose_b": True}, grad=True),
    Case("_sparse_dot", ((2, 4), (4, 3)), {"forward_stype": "default"}),
    Case("dot", ((4,), (4,)), numpy=True),
    *[
        _dot(a, b, *flags, op="batch_dot")
        for a, b in [((2, 3, 4), (2, 4, 5)), ((2, 2, 1, 3), (2, 2, 3, 2))]
        for flags in _FLAGS
    ],
    _dot((2, 3, 4), (2, 4, 1), op="batch_dot", dtype="float64"),
    Case("_npx_batch_dot", ((2, 2, 3), (2, 3, 2)), {"forward_stype": "default"}),
    *[_embedding(In(dtype=index, values=_INDICES)) for index in ("int32", "int64", "int8")],
    _embedding(In(dtype="uint8", values=[0, 3, 4, 255])),
    *[_embedding(In(dtype=index, values=_INDICES)) for index in ("float32", "float64", "float16")],
    _embedding(In(values=[0.9, 2.5, -0.5, -1.5, 3.999])),
    _embedding(In(values=[1e9, 3e9, -3e9]), grad=False),  # beyond int32 the gradient overflows in MXNet
    _embedding(In((2, 3, 2), "int32", 0, 4)),
    *[_embedding(In((2, 3), low=0, high=4), weight, dtype=weight) for weight in ("float64", "float16")],
    *[_embedding(In((5,), low=0, high=4), weight, grad=False, dtype=weight) for weight in ("int32", "uint8", "int64")],
    _embedding(In((5,), low=0, high=4), "float64"),
    *[_embedding(In((5,), low=0, high=4), op=op) for op in ("_npx_embedding", "_sparse_Embedding")],
    _embedding(In(values=_INDICES), op="_contrib_SparseEmbedding", grad=False),
    *[
        Case("khatri_rao", tuple(In((rows, 3), dtype) for rows in sizes), {"num_args": len(sizes)})
        for sizes, dtype in [((2, 4), "float32"), ((2, 3, 2), "float32"), ((3,), "float32"), ((2, 4), "float64")]
    ],
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    def shape(low, high):
        return tuple(int(size) for size in random.randint(1, 6, random.randint(low, high)))

    cases = []
    for flags in _FLAGS:
        inner, batch = int(random.randint(1, 6)), shape(1, 3)
        cases.append(_dense(shape(1, 5), int(random.randint(1, 6)), flatten=flags[0], bias=flags[1]))
        cases.append(_dot((*shape(1, 3), inner), (inner, *shape(1, 3)), *flags))
        cases.append(_dot((*batch, *shape(1, 2), inner), (*batch, inner, *shape(1, 2)), *flags, op="batch_dot"))
        cases.append(_embedding(In(shape(1, 4), "int32", -3, 8)))
    return cases
