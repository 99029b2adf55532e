"""Cases of gluax.ops.dense."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

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


_REAL = ("float32", "float64")
_KINDS = ("ties", "nonfinite")


def _draw_dense(draw: Draw) -> Case:
    shape, hidden = draw.shape(empty=True), draw.integer(1, 5)
    attrs = draw.given(flatten=draw.flag(), no_bias=draw.flag(0.3))
    inner = int(np.prod(shape[1:])) if attrs.get("flatten", True) else shape[-1]
    shapes = [shape, (hidden, inner), *([] if attrs.get("no_bias") else [(hidden,)])]
    dtype = draw.choice(_REAL)
    inputs = tuple(draw.data(s, dtype, also=_KINDS) for s in shapes)
    return Case("FullyConnected", inputs, {"num_hidden": hidden, **attrs}, grad=True, numpy=True)


def _draw_dot(op: str, low: int):
    def draw_case(draw: Draw) -> Case:
        batch = draw.shape(1, 2, 3) if op == "batch_dot" else ()
        inner, high = draw.integer(1, 5), 1 if batch else 2
        left, right = draw.shape(low, high), draw.shape(low, high)
        flags = [bool(sizes) and draw.flag(0.4) for sizes in (left, right)]
        case = _dot((*batch, *left, inner), (*batch, inner, *right), *flags, op=op, dtype=draw.choice(_REAL))
        attrs = {name: flag for name, flag in case.attrs.items() if flag or draw.flag()}
        return replace(case, attrs=attrs, inputs=tuple(replace(s, also=_KINDS) for s in case.specs))

    return draw_case


def _draw_embedding(op: str):
    def draw_case(draw: Draw) -> Case:
        types = NUMBERS if op == "Embedding" else (*FLOATS, "int32", "uint8")
        index, weight = draw.choice(NUMBERS), draw.choice(types)
        rows, columns = draw.integer(1, 5), draw.integer(1, 4)
        signed = 0 if index == "uint8" else -3
        inputs = (In(draw.shape(), index, signed, 9), In((rows, columns), weight, 0, 9, also=_KINDS))
        attrs = draw.given(dtype=weight, sparse_grad=False)
        if weight != "float32":
            attrs["dtype"] = weight
        grad = (1,) if op == "Embedding" and weight in FLOATS else False
        loose = {"rtol": 4e-3, "why": "MXNet adds repeated rows in half precision"} if weight == "float16" else {}
        return Case(op, inputs, {"input_dim": rows, "output_dim": columns, **attrs}, grad=grad, **loose)

    return draw_case


def _draw_khatri_rao(draw: Draw) -> Case:
    columns, dtype = draw.integer(1, 4), draw.choice(_REAL)
    inputs = tuple(draw.data((draw.integer(1, 4), columns), dtype, also=_KINDS) for _ in range(draw.integer(1, 4)))
    return Case("khatri_rao", inputs, {"num_args": len(inputs)})


GENERATORS = {
    "FullyConnected": _draw_dense,
    "dot": _draw_dot("dot", 0),
    "batch_dot": _draw_dot("batch_dot", 1),
    "Embedding": _draw_embedding("Embedding"),
    "_contrib_SparseEmbedding": _draw_embedding("_contrib_SparseEmbedding"),
    "khatri_rao": _draw_khatri_rao,
}
