"""Cases of gluax.ops.dynamic.

Left out, because MXNet crashes or reads foreign memory there: boolean_mask of no rows; `val` for insert_slice and
insert_tensor; one scalar place `obj` in the middle of an array; values that do not broadcast.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, INTEGERS, NUMBERS, Draw

_ALL = {"return_index": True, "return_inverse": True, "return_counts": True}


def _of(values: Any, dtype: str = "float32") -> In:
    return In(np.shape(values), dtype, values=values)


def _case(op: str, inputs: tuple[Any, ...], attrs: dict[str, Any] | None = None, **options: Any) -> Case:
    return Case(op, inputs, attrs or {}, numpy=True, eager=True, **options)


def _assign(kind: str, inputs: tuple[Any, ...], **attrs: Any) -> Case:
    return Case(f"_npi_boolean_mask_assign_{kind}", inputs, attrs, numpy=True, inplace=True)


def _mask(*values: int) -> In:
    return _of(values, "bool")


def _unique(data: In, **attrs: Any) -> Case:
    wanted = sum(bool(attrs.get(name)) for name in _ALL)
    return _case("_npi_unique", (data,), attrs, outputs=1 + wanted)


_ROWS = In((3, 2))
_INSERTS = [
    ("scalar", (2,), {"int_ind": 1, "axis": 0}),
    ("scalar", (2, 3), {"int_ind": -1, "axis": 1}),
    ("scalar", (2,), {"int_ind": 6}),
    ("slice", (2, 1), {"start": -1, "stop": None, "step": -2, "axis": 0}),
    ("slice", (2, 2), {"start": 1, "stop": 2, "step": 1, "axis": 0}),
    ("slice", (), {"start": None, "stop": 4, "step": 2}),
]

CASES = [
    _case("_contrib_boolean_mask", (_ROWS, _of([0, -1, 0.5])), grad=True),
    _case("_contrib_boolean_mask", (In((4,), "int32", 0, 9), _of([0, 1, 1, 0], "int64"))),
    _case("_npi_boolean_mask", (In((2, 3, 2), "float16"), _mask(0, 0)), {"axis": 0}, grad=(0,)),
    _case("_npx_nonzero", (In((2, 3), "int8", 0, 2),)),
    _case("_npi_nonzero", (_of([[0, np.nan, -0.0], [1, 0, 0]]),), grad=True),
    *[_case("_npx_nonzero", (_of(values),)) for values in ([0, 0], 3.0, 0.0)],
    _unique(_of([[3, 1, 1], [0, 3, 7]], "float64"), **_ALL),
    _unique(_of([[1, 0, 1, 0], [2, 5, 2, 0]], "int32"), **_ALL, axis=-1),
    _unique(_of([[1, 0, 1], [1, 0, 0], [1, 0, 1]], "uint8"), return_counts=True, axis=0),
    _unique(In((3,)), return_inverse=True),
    _unique(In((0, 3)), axis=1),
    _assign("scalar", (_ROWS, _mask(0, 1, 1)), value=-2.5, start_axis=0),
    _assign("scalar", (In((2, 3, 2), "uint8", 0, 9), In((3, 2), "float32", 0, 2)), value=300.7, start_axis=1),
    _assign("scalar", (In((3,), "bool", 0, 2), _mask(0, 1, 0)), value=0.5),
    *[_assign("tensor", (_ROWS, _mask(0, 1, 1), In(shape)), start_axis=0) for shape in ((2, 2), (1, 2), (2,), (1,), ())],
    _assign("tensor", (In((2, 3, 2), "int32", 0, 9), _mask(1, 0, 1), In((2, 2, 2), "int32", 10, 99)), start_axis=1),
    _assign("tensor", (_ROWS, _of([[1, 0], [0, 1], [1, 0]], "bool"), In((3,)))),
    _assign("tensor", (_ROWS, _mask(0, 0, 0), In((2, 2)))),
    *[_case(f"_npi_insert_{kind}", (_ROWS, In(shape)), attrs) for kind, shape, attrs in _INSERTS],
    _case("_npi_insert_scalar", (In((3,), "int32", 0, 9),), {"val": 2.7, "int_ind": 1, "axis": 0}),
    _case("_npi_insert_scalar", (In((3,), "int32", 0, 9), In((2,), "float32", -5, 5)), {"int_ind": 1, "axis": 0}),
    *[
        _case("_npi_insert_tensor", (_ROWS, In(shape), _of(places, "int64")), attrs)
        for shape, places, attrs in [
            ((2,), [2, 0, 2, -3], {"axis": 0}),
            ((3, 2), [1, 1], {"axis": 1}),
            ((), [6, 0, -1], {}),
            ((2, 2), [2], {"axis": 0}),
            ((2, 2), 1, {"axis": 0}),
        ]
    ],
    *[
        _case("_npi_delete", (In((4, 3), dtype, 0, 9),), attrs)
        for dtype, attrs in [
            ("float32", {"int_ind": -1, "axis": 1}),
            ("int32", {"int_ind": 5}),
            ("float64", {"start": -1, "stop": None, "step": -2, "axis": 0}),
            ("float16", {"start": 1, "stop": 20, "step": 3}),
        ]
    ],
    *[
        _case("_npi_delete", (_ROWS, _of(places, dtype)), attrs)
        for places, dtype, attrs in [
            ([0, -1, 0], "int64", {"axis": 0}),
            ([9, 1, -7], "int32", {"axis": 0}),
            ([1.7, -0.5], "float32", {}),
            ([], "int64", {"axis": 1}),
        ]
    ],
]  # fmt: skip


def _draw_boolean_mask(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    data = draw.data(shape, draw.choice((*NUMBERS, "bool")), 0, 9)
    index = draw.data(shape[:1], draw.choice((*NUMBERS, "bool")), -1, 2)
    grad = (0, 1)[: 1 + (index.dtype in FLOATS)] if data.dtype in FLOATS and draw.flag() else ()
    return _case("_contrib_boolean_mask", (data, index), draw.given(axis=0), grad=grad)


def _draw_nonzero(draw: Draw) -> Case:
    data = draw.data(draw.shape(0, 3, empty=True), draw.choice((*NUMBERS, "bool")), 0, 2)
    return _case("_npx_nonzero", (data,), grad=draw.flag() and data.dtype in FLOATS)


def _draw_unique(draw: Draw) -> Case:
    shape = draw.shape(1, 3)
    data = draw.data(shape, draw.choice(NUMBERS), 0, 2, also=("ties",))
    return _unique(data, **draw.given(**_ALL, axis=draw.axis(len(shape))))


def _masked(draw: Draw) -> tuple[In, In, int]:
    shape = draw.shape(1, 3, empty=True)
    first = draw.integer(0, len(shape) - 1)
    last = draw.integer(first + 1, len(shape))
    data = draw.data(shape, draw.choice((*NUMBERS, "bool")), 0, 9)
    values = draw.random.randint(0, 2, shape[first:last]).tolist()
    return data, In(shape[first:last], draw.choice(("bool", "bool", "float32", "uint8")), values=values), first


def _draw_assign_scalar(draw: Draw) -> Case:
    data, mask, first = _masked(draw)
    value = draw.number(-5, 5) if data.dtype not in ("uint8", "bool") else draw.number(0, 200)
    return _assign(
        "scalar", (data, mask), value=value, **({"start_axis": first} if first else draw.given(start_axis=0))
    )


def _draw_assign_tensor(draw: Draw) -> Case:
    data, mask, first = _masked(draw)
    count = int(np.count_nonzero(mask.values)) if draw.flag(0.8) else 1
    shape = (*data.shape[:first], count, *data.shape[first + len(mask.shape) :])
    if draw.flag(0.3):  # axes in front may be missing
        shape = shape[first + 1 :] if draw.flag() else shape[first:]
    if first and len(shape) < len(data.shape) - len(mask.shape) + 1 and draw.flag(0.2):
        shape = ()
    value = draw.data(shape, data.dtype, 0, 9)
    return _assign("tensor", (data, mask, value), **({"start_axis": first} if first else draw.given(start_axis=0)))


def _span(draw: Draw, size: int) -> dict[str, Any]:
    """A slice of at least one place; insert and delete of none are copies."""
    while True:
        start, stop = (None if draw.flag(0.3) else draw.integer(-size - 1, size + 1) for _ in range(2))
        step = draw.choice((1, 1, 2, -1, -2, 3))
        if len(range(*slice(start, stop, step).indices(size))):
            return {"start": start, "stop": stop, "step": step}


def _target(draw: Draw) -> tuple[In, int, int, dict[str, Any]]:
    """An array, the axis in question (0 of the flat array), its size, and the attribute for it."""
    shape = draw.shape(1, 3)
    data = draw.data(shape, draw.choice(NUMBERS), 0, 9)
    if draw.flag(0.25):
        return data, 0, int(np.prod(shape)), draw.given(axis=None)
    axis = draw.axis(len(shape))
    return data, axis % len(shape), shape[axis], {"axis": axis}


def _values(draw: Draw, data: In, axis: int, count: int, attrs: dict[str, Any]) -> In:
    """Values to insert at `count` places: of the shape there, or one that broadcasts to it."""
    flat = attrs.get("axis") is None
    shape = [count] if flat else [*data.shape[:axis], count, *data.shape[axis + 1 :]]
    shape = [1 if draw.flag(0.2) else dim for dim in shape][draw.integer(0, len(shape)) :]
    dtype = data.dtype if draw.flag(0.7) else draw.choice(INTEGERS if data.dtype in INTEGERS else FLOATS)
    return draw.data(tuple(shape), dtype, 0, 9, also=())


def _draw_insert_scalar(draw: Draw) -> Case:
    data, axis, size, attrs = _target(draw)
    attrs["int_ind"] = draw.integer(-size, size)
    if draw.flag(0.2) and (len(data.shape) == 1 or attrs.get("axis") is None):
        return _case("_npi_insert_scalar", (data,), {**attrs, "val": draw.number(0, 9)})
    count = draw.integer(1, 3)
    values = _values(draw, data, axis, count, attrs)
    if attrs.get("axis") is not None and axis:  # the values' first axis is the one that is put at the place
        full = (1,) * (len(data.shape) - len(values.shape)) + values.shape
        moved = np.moveaxis(np.empty(full), axis, 0).shape
        values = In(moved, values.dtype, 0, 9)
    return _case("_npi_insert_scalar", (data, values), attrs)


def _draw_insert_slice(draw: Draw) -> Case:
    data, axis, size, attrs = _target(draw)
    attrs.update(_span(draw, size))
    count = len(range(*slice(attrs["start"], attrs["stop"], attrs["step"]).indices(size)))
    return _case("_npi_insert_slice", (data, _values(draw, data, axis, count, attrs)), attrs)


def _draw_insert_tensor(draw: Draw) -> Case:
    data, axis, size, attrs = _target(draw)
    count = draw.integer(1, 4)
    places = _of([draw.integer(-size, size) for _ in range(count)], "int64")
    values = _values(draw, data, axis, count if count > 1 else draw.integer(1, 3), attrs)
    return _case("_npi_insert_tensor", (data, values, places), attrs)


def _draw_delete(draw: Draw) -> Case:
    data, _, size, attrs = _target(draw)
    kind = draw.integer(0, 2)
    if kind == 0:
        return _case("_npi_delete", (data,), {**attrs, "int_ind": draw.integer(-size, size - 1)})
    if kind == 1:
        return _case("_npi_delete", (data,), {**attrs, **_span(draw, size)})
    places = [draw.integer(-size - 1, size) for _ in range(draw.integer(0, 4))]
    return _case("_npi_delete", (data, _of(places, draw.choice(("int64", "int64", "int32", "float32")))), attrs)


GENERATORS = {
    "_contrib_boolean_mask": _draw_boolean_mask,
    "_npx_nonzero": _draw_nonzero,
    "_npi_unique": _draw_unique,
    "_npi_boolean_mask_assign_scalar": _draw_assign_scalar,
    "_npi_boolean_mask_assign_tensor": _draw_assign_tensor,
    "_npi_insert_scalar": _draw_insert_scalar,
    "_npi_insert_slice": _draw_insert_slice,
    "_npi_insert_tensor": _draw_insert_tensor,
    "_npi_delete": _draw_delete,
}

NOTES = {
    "_npi_unique": "MXNet compares bytes, so 0 and -0 are different and nan spoils the order; gluax does as numpy does.",
    "_npi_boolean_mask_assign_scalar": "MXNet writes into its input; gluax returns the new array.",
    "_npi_boolean_mask_assign_tensor": "MXNet writes into its input; gluax returns the new array.",
    "_npi_insert_slice": "With val MXNet crashes; gluax inserts the number. MXNet has no gradient of insert, gluax has.",
    "_npi_insert_tensor": "With val MXNet crashes, and with a scalar place in a middle axis it reads foreign memory; gluax "
    "does as numpy does.",
    "_npi_insert_scalar": "With val and an axis of a matrix MXNet stops with an error; gluax inserts the number.",
    "_npi_delete": "MXNet has no gradient of delete; gluax has.",
}
