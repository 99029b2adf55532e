"""Cases of gluax.ops.sequence. Lengths stay in 1 to T: outside, MXNet touches foreign memory."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.case import Case, In
from tests.oracle.draw import NUMBERS, Draw

_OPERATORS = [*[(op, axis) for op in ("SequenceMask", "SequenceLast") for axis in (0, 1)], ("SequenceReverse", 0)]
_NAMES = ("SequenceMask", "SequenceLast", "SequenceReverse")


def _case(
    op: str, axis: int, shape: tuple[int, ...], dtype: str = "float32", *, lengths: In | None = None, **attrs: float
) -> Case:
    low, high = (-9, 9) if dtype.startswith("int") else (0, 9) if dtype.startswith("u") else (-1, 1)
    data = In(shape, dtype, low, high)
    if lengths is None:
        lengths = In((shape[1 - axis],), "int32", 1, shape[axis])
    grad = (0,) if dtype.startswith("float") else False
    return Case(op, (data, lengths), {"axis": axis, "use_sequence_length": True, **attrs}, grad=grad)


CASES = [
    *[_case(op, axis, shape) for op, axis in _OPERATORS for shape in [(5, 3), (4, 2, 3), (2, 3, 2, 3), (1, 1, 1)]],
    *[_case(op, axis, (4, 3, 2), dtype) for op, axis in _OPERATORS for dtype in ("float16", "float64", "int32")],
    _case("SequenceMask", 0, (4, 3, 2), "uint8"),
    *[
        _case(op, 0, (4, 3, 2), lengths=In(values=[1, 4, 2], dtype=dtype))
        for op in _NAMES
        for dtype in ("float32", "float16", "int64", "uint8")
    ],
    *[_case(op, 0, (4, 3, 2), lengths=In(values=[1, 2.7, 3])) for op in _NAMES],
    *[_case("SequenceMask", axis, (4, 3, 2), value=value) for axis in (0, 1) for value in (-1.5, float("inf"))],
    *[Case(op, ((4, 3, 2),), {"axis": axis}, grad=True) for op, axis in _OPERATORS],
    Case("_npx_sequence_mask", ((4, 3, 2), In(values=[0, 9, 2])), {"use_sequence_length": True}),
]  # fmt: skip


def _draw_sequence(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        dtype = draw.choice(NUMBERS)
        shape, axis = draw.shape(2, 4), 0 if op == "SequenceReverse" else draw.integer(0, 1)
        data = draw.data(shape, dtype, *((-1, 1) if dtype.startswith("float") else (0, 9)))
        attrs = draw.given(axis=axis)
        axis = attrs.get("axis", 0)
        if op == "SequenceMask":
            attrs |= draw.given(value=draw.number(0, 9))
        grad = (0,) if dtype.startswith("float") and draw.flag(0.8) else False
        if draw.flag(0.3):
            attrs |= draw.given(use_sequence_length=False)
            return Case(op, (data,), attrs, grad=grad)
        least, most = (0, shape[axis] + 2) if op == "SequenceMask" else (1, shape[axis])
        kind = draw.choice(("float32", "float64", "float16", "int32", "int64", "uint8", "int8"))
        lengths = In((shape[1 - axis],), kind, least, most + (not kind.startswith("float")))
        return Case(op, (data, lengths), {"use_sequence_length": True, **attrs}, grad=grad)

    return generate


GENERATORS = {op: _draw_sequence(op) for op in _NAMES}

NOTES = {
    "SequenceLast": "MXNet reads foreign memory for lengths outside of 1 to T; gluax takes the nearest of these.",
    "SequenceReverse": "MXNet writes to foreign memory for lengths above T; gluax takes T.",
    "SequenceMask": "Data of rank 1 kill MXNet's process; gluax raises ShapeError (in all three operators).",
}
