"""Cases of gluax.ops.numpy_elemwise."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_EDGES = In(values=[-np.inf, -2.5, -1.5, -0.5, -0.0, 0.0, 0.5, 1.5, 2.5, np.inf, np.nan])
_RANGES = {
    "arccosh": (1, 3),
    "log": (0.1, 3),
    "log10": (0.1, 3),
    "log2": (0.1, 3),
    "log1p": (-0.5, 3),
    "sqrt": (0.1, 3),
}
_UNARY = [
    "absolute",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "degrees",
    "exp",
    "expm1",
    "fix",
    "floor",
    "log",
    "log10",
    "log1p",
    "log2",
    "negative",
    "radians",
    "reciprocal",
    "rint",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]
_TESTS = ("isfinite", "isinf", "isnan", "isneginf", "isposinf", "logical_not")
_ARITHMETIC = ("add", "subtract", "multiply", "mod", "power", "true_divide")
_COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
_TYPES = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool")
# What MXNet takes of two dtypes; the rest of its table is not implemented or crashes.
_PAIRS = [("float16", "float64"), ("float32", "int64"), ("int32", "float16"), ("bool", "float32"), ("float64", "uint8")]


def _data(dtype: str, shape: tuple[int, ...] = (2, 3)) -> In:
    return In(shape, dtype, 0 if dtype == "bool" else 1, 2 if dtype == "bool" else 5)


CASES = [
    *[
        Case(f"_npi_{name}", (In((2, 3), "float32", *_RANGES.get(name, (-0.9, 0.9))),), grad=True, numpy=True)
        for name in _UNARY
    ],
    *[
        Case(f"_npi_{name}", (In((3,), "int32", -5, 9),), numpy=True)
        for name in ("absolute", "square", "floor", "sqrt")
    ],
    *[Case(f"_npi_{name}", (_EDGES,), numpy=True) for name in ("rint", "fix", "sign", *_TESTS)],
    *[Case(f"_npi_{name}", (In(values=[0, 1, -2], dtype="int32"),), numpy=True) for name in _TESTS],
    Case("_npi_logical_not", (In((4,), "bool", 0, 2),), numpy=True),
    *[Case(name, (_EDGES,), grad=True, numpy=True) for name in ("_npx_relu", "_npx_sigmoid", "_np_copy")],
    *[Case("_npi_around", (_EDGES,), attrs, grad=True, numpy=True) for attrs in ({}, {"decimals": 1})],
    Case("_npi_around", (In((4,), low=-999, high=999),), {"decimals": -2}, numpy=True),
    Case("_npi_around", (In(values=[125, 135, -19], dtype="int32"),), {"decimals": -1}, numpy=True),
    *[
        Case("_npi_nan_to_num", (_EDGES,), attrs, grad=True, numpy=True)
        for attrs in ({}, {"nan": 1.5, "posinf": 7, "neginf": -3, "copy": False})
    ],
    *[
        Case(f"_npi_{name}", (In(shape, low=0.5, high=3), In(other, low=0.5, high=3)), grad=True, numpy=True)
        for name in (*_ARITHMETIC, "arctan2", "hypot", "copysign")
        for shape, other in [((2, 3), (2, 3)), ((2, 1), (3,))]
    ],
    Case("_npi_add", ((), (2, 3)), grad=True, numpy=True),
    *[
        Case(
            f"_npi_{name}",
            (In(values=[5, -5, 5, -5, 0, 7], dtype=dtype), In(values=[3, 3, -3, -3, 2, 0], dtype=dtype)),
            numpy=True,
        )
        for name in ("mod", "true_divide", "copysign")
        for dtype in ("float32", "int32")
    ],
    *[
        Case(f"_npi_{name}", (_data(dtype), _data(dtype)), numpy=True)
        for name in ("add", "power", "true_divide")
        for dtype in _TYPES
        if (name, dtype) != ("true_divide", "bool")
    ],
    *[
        Case(f"_npi_{name}", (_data(first), _data(second, (3,))), numpy=True)
        for name in ("add", "multiply", "power")
        for first, second in _PAIRS
    ],
    *[Case("_npi_true_divide", (_data(first), _data(second)), numpy=True) for first, second in _PAIRS[1:]],
    *[
        Case(f"_npi_{name}", (In((2, 3), dtype, 0, 3), In((3,), dtype, 0, 3)), numpy=True)
        for name in _COMPARISONS
        for dtype in ("float32", "int32")
    ],
    Case("_npi_equal", (In((3,), "bool", 0, 2), In((3,), "bool", 0, 2)), numpy=True),
    *[
        Case(f"_npi_bitwise_{name}", (In((2, 3), dtype, 0, 2), In(other, dtype, 0, 2)), numpy=True)
        for name in ("and", "or", "xor")
        for dtype, other in [("int32", (3,)), ("bool", (2, 3))]
    ],
]
