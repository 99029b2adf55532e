"""Cases of gluax.ops.elemwise_binary."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_ARITHMETIC = ("add", "sub", "mul", "div")
_SMOOTH = ("maximum", "minimum", "mod", "power", "hypot")
_LOGIC = [
    "equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal", "logical_and", "logical_or",
    "logical_xor",
]  # fmt: skip
_ELEMENTWISE = [f"elemwise_{op}" for op in _ARITHMETIC] + [f"_{op}" for op in (*_SMOOTH, *_LOGIC)]
_BROADCASTING = [f"broadcast_{op}" for op in (*_ARITHMETIC, *_SMOOTH, *_LOGIC)]
_ALIASES = [
    "_plus", "_add", "_Plus", "_sparse_elemwise_add", "_minus", "_sub", "_Minus", "_sparse_elemwise_sub", "_mul",
    "_Mul", "_sparse_elemwise_mul", "_div", "_Div", "_sparse_elemwise_div", "_Maximum", "_Minimum", "_Mod", "_Power",
    "_Hypot", "_Equal", "_Not_Equal", "_Greater", "_Greater_Equal", "_Lesser", "_Lesser_Equal", "_Logical_And",
    "_Logical_Or", "_Logical_Xor", "broadcast_plus", "_sparse_broadcast_add", "_sparse_broadcast_plus",
    "broadcast_minus", "_sparse_broadcast_sub", "_sparse_broadcast_minus", "_sparse_broadcast_mul",
    "_sparse_broadcast_div", "_npi_maximum", "_npi_minimum", "_grad_add", "_scatter_elemwise_div",
]  # fmt: skip
# ties, zeros, signs, nan, infinities
_LEFT = [-2, -2, -1, 0, 0, 0, 1, 1, 2, 3, -3, np.nan, 1, np.inf, -np.inf, 5.5, -5.5, 5.5]
_RIGHT = [-2, 3, 0.5, 0, 1, -1, 0, 1, 0.5, -2, 2, 1, np.nan, 2, 3, np.inf, 2, -2]
_INTEGERS = [-7, 7, -7, 7, 0, 2, 3, 10], [2, -2, -2, 2, 3, -1, 2, 4]
_BYTES = [7, 7, 9, 0, 2, 200], [2, 3, 2, 3, 9, 100]
_PAIRS = [((2, 1, 3), (1, 4, 1)), ((3,), (2, 1)), ((2, 3), (2, 3)), ((2, 3, 1, 2), (1,)), ((1, 1), (3, 2, 4))]


def _pair(op: str, left: tuple[int, ...], right: tuple[int, ...], dtype: str = "float32") -> tuple[In, In]:
    low = 0.2 if op.endswith(("power", "div", "mod")) else -2
    return In(left, dtype, low, 2), In(right, dtype, low, 2)


CASES = [
    *[Case(op, (In(values=_LEFT), In(values=_RIGHT)), grad=True) for op in _ELEMENTWISE],
    *[
        Case(op, _pair(op, (2, 3), (2, 3), dtype), grad=True)
        for op in _ELEMENTWISE[:9]
        for dtype in ("float64", "float16")
    ],
    *[Case(op, _pair(op, *_PAIRS[i % len(_PAIRS)]), grad=True) for i, op in enumerate(_BROADCASTING)],
    *[Case("broadcast_plus", _pair("", *pair), grad=True) for pair in _PAIRS],
    *[
        Case(op, (In(values=left, dtype=dtype), In(values=right, dtype=dtype)))
        for op in _ELEMENTWISE
        for dtype, (left, right) in [("int32", _INTEGERS), ("uint8", _BYTES)]
    ],
    *[
        Case(op, (In(values=_INTEGERS[0], dtype=dtype), In(values=_INTEGERS[1], dtype=dtype)))
        for op in ("broadcast_div", "broadcast_mod", "broadcast_power", "broadcast_hypot")
        for dtype in ("int8", "int64")
    ],
    Case("_mod", (In(values=[2**40 + 1, 7], dtype="int64"), In(values=[3, 0], dtype="int64"))),
    Case("_power", (In(values=[3, 3], dtype="int32"), In(values=[25, 10], dtype="int32"))),
    *[Case(op, ((2, 2), (2, 2))) for op in _ALIASES],
    *[
        Case(op, ((2, 3),) * count, {"num_args": count}, grad=True)
        for op, count in [("add_n", 1), ("add_n", 3), ("ElementWiseSum", 5)]
    ],
    Case("_sparse_add_n", (In((3,), "int32", -9, 9),) * 2, {"num_args": 2}),
    Case("_sparse_ElementWiseSum", (In((3,), "float16"),) * 4, {"num_args": 4}, grad=True),
    Case("where", (In(values=[1, 0, np.nan, -2]), (4,), (4,)), grad=True),
    *[
        Case("where", (In(shape, dtype, 0, 2), (3, 2, 2), (3, 2, 2)), grad=(1, 2))
        for shape in [(3,), (3, 2, 2)]
        for dtype in ("int32", "float32", "uint8")
    ],
    Case("_sparse_where", (In((4,), "int64", 0, 2), In((4,), "int32", 0, 9), In((4,), "int32", 0, 9))),
    Case("where", (In((4,), "float32", -1, 1), In((4,), "float64"), In((4,), "float64")), grad=(1, 2)),
    *[
        Case("_contrib_allclose", (In(values=[1, np.nan]), In(values=[1.00001, np.nan])), attrs)
        for attrs in ({}, {"rtol": 1e-4}, {"atol": 1e-3}, {"rtol": 0.1, "equal_nan": False})
    ],
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for op in _BROADCASTING:
        shape = random.randint(1, 5, random.randint(1, 5))
        left, right = (tuple(np.where(random.rand(len(shape)) < 0.3, 1, shape).tolist()) for _ in "lr")
        cases.append(Case(op, _pair(op, left, right), grad=True))
    return cases
