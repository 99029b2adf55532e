"""Cases of gluax.ops.initialize."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

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


_TYPES = (*NUMBERS, "bool")


def _draw_filled(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        attrs = {"shape": draw.shape(1, 4), **draw.given(dtype=draw.choice(_TYPES), ctx="cpu(0)")}
        return Case(op, (), attrs)

    return draw_case


def _draw_full(draw: Draw) -> Case:
    numpy, dtype = draw.flag(), draw.choice(_TYPES)
    value = draw.choice((draw.number(0, 99), draw.integer(0, 9), *(["nan", "inf"] if dtype in FLOATS else [])))
    attrs = {"shape": draw.shape(0 if numpy else 1, 4, empty=numpy), "dtype": dtype, "value": value}
    return Case("_full", (), attrs | draw.given(ctx="cpu(0)"), numpy=numpy)


def _draw_without_dtype(draw: Draw) -> Case:
    return Case("_zeros_without_dtype", (), {"shape": draw.shape(1, 4), "dtype": draw.integer(0, 7)})


def _draw_like(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        dtype, (shape, numpy) = draw.choice(_TYPES), draw.any_shape()
        data = draw.data(shape, dtype, 0, 2, also=() if dtype == "bool" else ("ties", "nonfinite"))
        return Case(op, (data,), grad=dtype in FLOATS, numpy=numpy)

    return draw_case


def _draw_eye(draw: Draw) -> Case:
    attrs = draw.given(M=draw.integer(0, 5), k=draw.integer(-6, 6), dtype=draw.choice(NUMBERS), ctx="cpu(0)")
    return Case("_eye", (), {"N": draw.integer(1, 5), **attrs})


def _draw_range(draw: Draw) -> Case:
    dtype = draw.choice((*FLOATS, "int8", "int32", "int64"))
    digits = 0 if dtype == "float16" else 3  # see NOTES
    step, start = draw.number(0.6, 3, digits) * draw.choice((1, -1)), draw.number(-5, 5, digits)
    attrs = {"start": start, "stop": start + step * draw.number(0.1, 9), "step": step}
    if draw.flag(0.3):
        attrs = {"start": draw.number(0.6, 9, digits)}
    given = draw.given(repeat=draw.integer(1, 4), ctx="cpu(0)") | ({"dtype": dtype} if draw.flag(0.8) else {})
    return Case("_arange", (), attrs | given)


def _draw_line(draw: Draw) -> Case:
    dtype = draw.choice((*FLOATS, "int8", "int32", "int64"))
    attrs = {"start": draw.number(-9, 9), "stop": draw.number(-9, 9), "num": draw.integer(1, 20)}
    return Case("_linspace", (), attrs | draw.given(endpoint=draw.flag(), dtype=dtype, ctx="cpu(0)"))


def _draw_progression(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, 4), draw.choice((*FLOATS, "int32", "int64"))
    digits = 0 if dtype == "float16" else 3  # see NOTES
    start, step = draw.number(-5, 5, digits), draw.number(-2, 2, digits)
    attrs = draw.given(start=start, step=step, repeat=draw.integer(1, 4), axis=draw.axis(len(shape)))
    return Case("_contrib_arange_like", (draw.data(shape, dtype, 0, 9),), attrs, grad=dtype in FLOATS)


def _draw_size(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape, numpy = draw.any_shape()
        return Case(op, (draw.data(shape, draw.choice(NUMBERS), 0, 9),), grad=draw.flag(), numpy=numpy)

    return draw_case


GENERATORS = {
    **{op: _draw_filled(op) for op in ("_zeros", "_ones")},
    "_full": _draw_full,
    "_zeros_without_dtype": _draw_without_dtype,
    **{op: _draw_like(op) for op in ("zeros_like", "ones_like")},
    "_eye": _draw_eye,
    "_arange": _draw_range,
    "_linspace": _draw_line,
    "_contrib_arange_like": _draw_progression,
    **{op: _draw_size(op) for op in ("shape_array", "size_array")},
}

_HALF = "In half precision MXNet truncates start and step to integers; gluax takes them as they are."
NOTES = {"_arange": _HALF, "_contrib_arange_like": _HALF}
