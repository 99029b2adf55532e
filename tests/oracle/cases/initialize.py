"""Cases of gluax.ops.initialize."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

_DTYPES = ("float32", "float64", "float16", "int32", "int64", "int8", "uint8")
_RANGES: list[dict[str, Any]] = [
    {"start": 5}, {"start": 5, "stop": None}, {"start": 0, "stop": 5}, {"start": 1, "stop": 5, "step": 2},
    {"start": 0, "stop": 3, "repeat": 2}, {"start": 5, "stop": 0, "step": -1.5}, {"start": 0, "stop": 1, "step": 0.1},
    {"start": 0, "stop": 2.5, "step": 0.5, "dtype": "int32"}, {"start": 0.5, "stop": 4, "dtype": "int64"},
    {"start": 0, "stop": 5, "infer_range": True}, {"start": 0, "stop": 1, "step": 0.1, "dtype": "float64"},
    {"start": 0, "stop": 9, "dtype": "float16", "ctx": "cpu(0)"},
    {"start": 0, "stop": 200, "step": 50, "dtype": "uint8"},
    {"start": 3, "dtype": "int8"},
]  # fmt: skip
_LINES: list[dict[str, Any]] = [
    {"stop": 1, "num": 5}, {"stop": 1, "num": 5, "endpoint": False}, {"stop": 10, "num": 4, "dtype": "int32"},
    {"stop": 1, "num": 1}, {"stop": -1, "num": 7, "dtype": "float64"}, {"stop": 3, "num": 4, "dtype": "float16"},
]  # fmt: skip
_PROGRESSIONS: list[dict[str, Any]] = [
    {}, {"start": 1, "step": 0.5, "repeat": 2}, {"axis": 1}, {"axis": -1}, {"axis": 0, "repeat": 3}, {"repeat": 5},
    {"axis": 1, "start": 2, "step": -1, "ctx": "cpu(0)"},
]  # fmt: skip

CASES = [
    *[
        Case(op, (), {"shape": (2, 3), "dtype": dtype})
        for op in ("_zeros", "_ones")
        for dtype in (*_DTYPES, "bool")
    ],
    *[Case(op, (), {"shape": 4, "ctx": "cpu(0)"}) for op in ("_zeros", "_ones")],
    *[Case("_full", (), {"shape": (2,), "value": 3.7, "dtype": dtype}) for dtype in (*_DTYPES, "bool")],
    Case("_full", (), {"shape": (2, 1), "value": "nan"}),
    Case("_full", (), {"shape": (2,), "value": -1.5, "dtype": "uint8"}),
    Case("_npi_full", (), {"shape": (2,), "value": "inf", "ctx": "cpu(0)"}),
    Case("_zeros_without_dtype", (), {"shape": (2,), "dtype": 4}),
    *[
        Case(op, (In((2, 3), dtype, 0, 2),), grad=dtype == "float32")
        for op in ("zeros_like", "ones_like")
        for dtype in (*_DTYPES, "bool")
    ],
    Case("_sparse_zeros_like", ((2, 3),)),
    *[
        Case("_eye", (), attrs)
        for attrs in (
            {"N": 3}, {"N": 2, "M": 3}, {"N": 3, "M": 2, "k": 1}, {"N": 3, "k": -1, "dtype": "int32"}, {"N": 2, "M": 0},
            {"N": 2, "k": 5, "dtype": "float64"},
        )
    ],
    *[Case("_arange", (), attrs) for attrs in _RANGES],
    *[Case(op, (), {"start": 0, **attrs}) for op in ("_linspace",) for attrs in _LINES],
    Case("_npi_linspace", (), {"start": 2, "stop": 3, "num": 3}),
    *[Case("_contrib_arange_like", ((4, 3),), attrs) for attrs in _PROGRESSIONS],
    *[Case("_contrib_arange_like", (In((3, 2), dtype),), {"axis": 0}) for dtype in ("float64", "float16", "int32")],
    Case("_npx_arange_like", ((4, 3),), grad=True),
    *[Case(op, (shape,)) for op in ("shape_array", "size_array") for shape in [(2, 3, 4), (5,)]],
    Case("_npx_shape_array", (In((2, 1), "int8"),)),
    Case("shape_array", ((2, 3),), grad=True),
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    start, step = round(random.uniform(-5, 5), 2), round(random.uniform(0.1, 2), 2)
    repeat = int(random.randint(1, 4))
    return [
        Case("_arange", (), {"start": start, "stop": start + random.randint(1, 9), "step": step, "repeat": repeat}),
        Case("_linspace", (), {"start": start, "stop": start + step, "num": int(random.randint(2, 20))}),
    ]
