"""Cases of gluax.ops.joining. MXNet's tile returns garbage or refuses from four repeated axes on."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_CONCATS = [
    (((2, 3), (2, 4)), {}),
    (((2, 3), (1, 3)), {"dim": 0}),
    (((2, 3), (2, 4), (2, 1)), {"dim": -1}),
    (((2,), (3,)), {"dim": 0}),
    (((2, 3, 2), (2, 1, 2)), {"dim": -2}),
    (((2, 3),), {}),
]

CASES = [
    *[Case("Concat", shapes, {"num_args": len(shapes), **attrs}, grad=True) for shapes, attrs in _CONCATS],
    *[
        Case(name, (In((2, 3), dtype, 0, 9), In((2, 1), dtype, 0, 9)), {"num_args": 2})
        for name, dtype in [("concat", "float64"), ("Concat", "float16"), ("concat", "int32"), ("Concat", "int64")]
    ],
    Case("_rnn_param_concat", ((6,), (4,), (1,)), {"num_args": 3, "dim": 0}, grad=True),
    Case("_rnn_param_concat", ((2, 3), (1, 3)), {"num_args": 2, "dim": 0}),
    *[
        Case("_npi_concatenate", shapes, {"num_args": 2, **attrs}, grad=True, numpy=True)
        for shapes, attrs in [
            (((2, 3), (2, 4)), {"axis": 1}),
            (((2, 3), (2, 4)), {"axis": -1}),
            (((2, 3), (1, 3)), {}),
            (((2, 3), (2, 4)), {"axis": None}),
        ]
    ],
    *[
        Case(name, ((2, 3), (2, 3), (2, 3)), {"num_args": 3, **attrs}, grad=True)
        for name, attrs in [
            ("stack", {}),
            ("stack", {"axis": -1}),
            ("stack", {"axis": 1}),
            ("_npi_stack", {"axis": -3}),
        ]
    ],
    Case("stack", (In((2,), "int32", 0, 9), In((2,), "int32", 0, 9)), {"num_args": 2}),
    *[Case("tile", ((2, 3),), {"reps": reps}, grad=True) for reps in [(2,), (2, 3), (2, 1, 3), ()]],
    Case("tile", ((3,),), {"reps": (2, 2)}, grad=True),
    Case("tile", ((2, 3),), {"reps": (0,)}, numpy=True),
    Case("tile", (In((2, 3), "int32", 0, 9),), {"reps": 2}),
    *[
        Case("repeat", ((2, 3),), attrs, grad=True)
        for attrs in (
            {"repeats": 2},
            {"repeats": 2, "axis": 0},
            {"repeats": 3, "axis": -1},
            {"repeats": 1, "axis": None},
        )
    ],
    Case("repeat", ((2, 3),), {"repeats": 0, "axis": 1}, numpy=True),
    Case("repeat", (In((2, 3), "int32", 0, 9),), {"repeats": 2}),
]


def _kind(draw: Draw, booleans: bool) -> str:
    return draw.choice((*NUMBERS, *(("bool",) if booleans else ())))


def _draw_concat(op: str) -> Callable[[Draw], Case]:
    """Concat and its kin: parts that differ along one axis, some of them of size 0 there."""
    name = "axis" if op == "_npi_concatenate" else "dim"
    default = 0 if op == "_npi_concatenate" else 1

    def generate(draw: Draw) -> Case:
        shape, count = list(draw.shape(2, 4)), draw.integer(1, 5)
        axis = draw.axis(len(shape))
        attrs = draw.given(0.7, **{name: axis})
        place, dtype = attrs.get(name, default), _kind(draw, op == "_npi_concatenate")
        parts = []
        for _ in range(count):
            shape[place] = draw.integer(0 if draw.flag(0.2) else 1, 4)
            parts.append(draw.data(tuple(shape), dtype, 0, 9))
        if op == "_npi_concatenate" and draw.flag(0.2):
            attrs = {name: None}
        grad = dtype in FLOATS and draw.flag(0.6) and op != "_rnn_param_concat"
        return Case(op, tuple(parts), {"num_args": count, **attrs}, grad=grad, numpy=True)

    return generate


def _draw_stack(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        shape, count, dtype = draw.shape(0, 4, empty=True), draw.integer(1, 4), _kind(draw, True)
        attrs = {"num_args": count, **draw.given(axis=draw.axis(len(shape) + 1))}
        inputs = tuple(draw.data(shape, dtype, 0, 9) for _ in range(count))
        return Case(op, inputs, attrs, grad=dtype in FLOATS and draw.flag(0.6), numpy=True)

    return generate


def _draw_tile(draw: Draw) -> Case:
    data = draw.data(draw.shape(0, 3, 3, empty=True), _kind(draw, True), 0, 9)
    reps = tuple(draw.integer(0 if draw.flag(0.1) else 1, 3) for _ in range(draw.integer(0, 3)))
    grad = data.dtype in FLOATS and draw.flag(0.6) and 0 not in (*reps, *data.shape)
    return Case("tile", (data,), {"reps": reps[0] if len(reps) == 1 and draw.flag() else reps}, grad=grad, numpy=True)


def _draw_repeat(draw: Draw) -> Case:
    shape = draw.shape(1, 4, 4)
    data = draw.data(shape, _kind(draw, True), 0, 9)
    attrs = {"repeats": draw.integer(1, 4), **draw.given(axis=draw.choice((None, draw.axis(len(shape)))))}
    return Case("repeat", (data,), attrs, grad=data.dtype in FLOATS and draw.flag(0.6), numpy=True)


GENERATORS = {
    **{op: _draw_concat(op) for op in ("Concat", "_rnn_param_concat", "_npi_concatenate")},
    **{op: _draw_stack(op) for op in ("stack", "_npi_stack")},
    "tile": _draw_tile,
    "repeat": _draw_repeat,
}

NOTES = {"tile": "MXNet returns garbage or refuses from four repeated axes on; gluax does as numpy does."}
