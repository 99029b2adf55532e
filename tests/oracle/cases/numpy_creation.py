"""Cases of gluax.ops.numpy_creation."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, NUMBERS, Draw

_WINDOWS = ("_npi_blackman", "_npi_hamming", "_npi_hanning")
_FILLED = ("_npi_zeros", "_npi_ones")

CASES = [
    *[
        Case(name, (), {"shape": shape, "dtype": dtype}, numpy=True)
        for name in _FILLED
        for shape, dtype in [((2, 3), "float32"), ((), "float64"), ((0, 2), "int32"), ((2,), "bool")]
    ],
    *[
        Case("_npi_full_like", ((2,),), {"fill_value": 2.5, **attrs}, numpy=True)
        for attrs in ({}, {"dtype": "int32"}, {"dtype": "bool"})
    ],
    *[
        Case("_npi_arange", (), attrs, numpy=True)
        for attrs in (
            {"start": 5},
            {"start": 5, "stop": 1},
            {"start": 2, "stop": 0, "step": -0.7, "dtype": "float64"},
            {"start": 0.5, "stop": 5.5, "dtype": "int32"},
            {"start": 0, "stop": 2.5, "step": 0.5, "dtype": "int64"},
        )
    ],
    *[
        Case("_npi_eye", (), attrs, numpy=True)
        for attrs in ({"N": 2}, {"N": 3, "M": 2, "k": -1, "dtype": "int8"}, {"N": 2, "M": 0}, {"N": 2, "k": 9})
    ],
    *[
        Case("_npi_identity", (), attrs, numpy=True)
        for attrs in ({"shape": (3, 3)}, {"shape": (2, 2), "dtype": "bool"}, {"shape": (3, 2)}, {"shape": (0, 0)})
    ],
    *[
        Case("_npi_indices", (), attrs, numpy=True)
        for attrs in ({"dimensions": (2, 3)}, {"dimensions": (2, 1, 2), "dtype": "float16"}, {"dimensions": ()})
    ],
    *[
        Case("_npi_logspace", (), {"start": 0, "stop": 3, **attrs}, numpy=True)
        for attrs in (
            {"num": 5},
            {"num": 4, "base": 2, "endpoint": False},
            {"num": 1, "dtype": "float16"},
            {"num": 4, "dtype": "int32"},
            {"num": 3, "base": -2.5, "dtype": "float64"},
        )
    ],
    *[Case("_npi_diag_indices_from", (In(shape),), numpy=True) for shape in [(3, 3), (2, 2, 2), (0, 0)]],
    *[Case(name, (), {"M": 6}, numpy=True) for name in _WINDOWS],
    *[
        Case("_npi_hanning", (), attrs, numpy=True)
        for attrs in ({"M": 5, "dtype": "float64"}, {"M": 1}, {"M": 0}, {"M": 5, "dtype": "float16"})
    ],
    Case("_npi_blackman", (), {"M": 7, "dtype": "int32"}, numpy=True),
]


def _draw_filled(name: str) -> Any:
    def draw_case(draw: Draw) -> Case:
        attrs = draw.given(shape=draw.shape(0, 4, empty=True), dtype=draw.choice((*NUMBERS, "bool")), ctx="cpu(0)")
        return Case(name, (), attrs, numpy=True)

    return draw_case


def _draw_full_like(draw: Draw) -> Case:
    kind = draw.choice((*NUMBERS, "bool"))
    attrs = {"fill_value": draw.number(0, 100), **draw.given(dtype=draw.choice((*NUMBERS, "bool")))}
    return Case("_npi_full_like", (draw.data(draw.shape(0, 4, empty=True), kind, 0, 2),), attrs, numpy=True)


def _draw_arange(draw: Draw) -> Case:
    dtype = draw.choice((*FLOATS, "int8", "int32", "int64"))
    digits = 0 if dtype == "float16" else 3  # see NOTES
    step, start = draw.number(0.6, 3, digits) * draw.choice((1, -1)), draw.number(0, 9, digits)
    attrs = {"start": start, "dtype": dtype, **draw.given(step=step, repeat=1, ctx="cpu(0)")}
    attrs.update(draw.given(stop=start + attrs.get("step", 1) * draw.number(-1, 9)))
    if dtype == "float32" and draw.flag():
        del attrs["dtype"]
    return Case("_npi_arange", (), attrs, numpy=True)


def _draw_eye(draw: Draw) -> Case:
    attrs = draw.given(M=draw.choice((None, 0, 1, 3, 5)), k=draw.integer(-6, 6), dtype=draw.choice(NUMBERS))
    return Case("_npi_eye", (), {"N": draw.integer(0, 5), **attrs}, numpy=True)


def _draw_identity(draw: Draw) -> Case:
    shape = draw.shape(1, 3) if draw.flag() else (draw.integer(0, 5),) * 2
    return Case("_npi_identity", (), {"shape": shape, **draw.given(dtype=draw.choice((*NUMBERS, "bool")))}, numpy=True)


def _draw_indices(draw: Draw) -> Case:
    attrs = {"dimensions": draw.shape(0, 4, empty=True), **draw.given(dtype=draw.choice(NUMBERS), ctx="cpu(0)")}
    return Case("_npi_indices", (), attrs, numpy=True)


def _draw_logspace(draw: Draw) -> Case:
    limits = {"start": draw.number(-2, 3), "stop": draw.number(-2, 3), "num": draw.integer(0, 9)}
    dtype = draw.choice((*FLOATS, "int32", "int64"))
    return Case(
        "_npi_logspace",
        (),
        {**limits, **draw.given(endpoint=draw.flag(), base=draw.number(0.5, 12, 1), dtype=dtype)},
        numpy=True,
    )


def _draw_diag_indices_from(draw: Draw) -> Case:
    shape = (draw.integer(0, 4),) * draw.integer(2, 5)
    data = draw.data(shape, draw.choice((*NUMBERS, "bool")), 0, 2)
    return Case("_npi_diag_indices_from", (data,), grad=draw.flag(), numpy=True)


def _draw_window(name: str) -> Any:
    def draw_case(draw: Draw) -> Case:
        attrs = {"M": draw.integer(-1, 40), **draw.given(dtype=draw.choice((*FLOATS, *INTEGERS)), ctx="cpu(0)")}
        return Case(name, (), attrs, numpy=True)

    return draw_case


GENERATORS = {
    **{name: _draw_filled(name) for name in _FILLED},
    "_npi_full_like": _draw_full_like,
    "_npi_arange": _draw_arange,
    "_npi_eye": _draw_eye,
    "_npi_identity": _draw_identity,
    "_npi_indices": _draw_indices,
    "_npi_logspace": _draw_logspace,
    "_npi_diag_indices_from": _draw_diag_indices_from,
    **{name: _draw_window(name) for name in _WINDOWS},
}

NOTES = {
    "_npi_arange": "In half precision MXNet truncates start and step to integers; gluax takes them as they are.",
}
