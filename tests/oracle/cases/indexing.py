"""Cases of gluax.ops.indexing.

Left out, because MXNet reads or writes foreign memory there: batch_take of more than two axes, scatter_nd and
index_copy with indices out of range, unravel_index of more than one axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw


def _ints(*values: Any, dtype: str = "int32") -> In:
    return In(values=list(values), dtype=dtype, shape=np.shape(values))


_WILD = In(values=[[0, -1, 5], [2, -7, 9.6]], shape=(2, 3))

CASES = [
    *[Case("take", ((3, 2), _WILD), {"mode": mode}, grad=True) for mode in ("clip", "wrap")],
    *[Case("take", ((2, 3, 2), _WILD), {"axis": axis, "mode": "wrap"}, grad=True) for axis in (1, -1)],
    *[Case("take", ((2, 3, 2), _WILD), {"axis": axis}, grad=True) for axis in (1, -2)],
    Case("take", ((3, 2), _ints(0, 2, 1)), {"mode": "raise"}, grad=True),
    *[
        Case("take", (In((3, 2), dtype, 0, 9), _ints(1, 0, dtype=index)))
        for dtype, index in [("int32", "int32"), ("float16", "float16"), ("float64", "int64"), ("float32", "uint8")]
    ],
    Case("take", ((3, 2), _ints(-1.5, 1.9, -0.5, 2.9, dtype="float32"))),
    Case("_npi_take", ((3, 2), In(values=1, dtype="int32")), numpy=True),
    Case("take", ((4,), _ints(3, 3, 0)), grad=True),
    Case("batch_take", ((3, 4), _ints(0, 5, -1))),
    Case("batch_take", ((3, 4), _ints([0], [1], [3]))),
    *[
        Case(name, (data, index), attrs, grad=True)
        for name, data, index, attrs in [
            ("pick", (3, 4), _ints(0, 1, 2, dtype="float32"), {}),
            ("pick", (3, 4), _ints(-1, 4, 9, dtype="float32"), {}),
            ("pick", (3, 4), _ints(-1.5, 4, -9, dtype="float32"), {"mode": "wrap"}),
            ("choose_element_0index", (3, 4), _ints(0, 3, 1, dtype="float32"), {}),
            ("pick", (3, 4), _ints(0, 1, 2, 3), {"axis": 0}),
            ("pick", (3, 4), _ints([0], [1], [2]), {"keepdims": True}),
            ("pick", (3, 4), _ints(0, 1, 2, dtype="int64"), {"keepdims": True}),
            ("pick", (3, 4), _ints([0], [1], [2], dtype="uint8"), {}),
            ("pick", (2, 3, 4), In((2, 4), "int32", 0, 3), {"axis": 1}),
            ("pick", (3,), _ints(1), {}),
            ("_npx_pick", (3,), _ints(1), {"keepdims": True}),
        ]
    ],
    Case("pick", (In((3, 4), "int32", 0, 9), _ints(0, 1, 2))),
    Case("pick", (In((3, 4), "float16"), _ints(0, 1, 2))),
    *[
        Case("gather_nd", (data, index), grad=True)
        for data, index in [
            ((3, 4), _ints([0, 1, 2], [1, 2, 3])),
            ((3, 4), _ints([0, 0, 0], [1, 1, 2])),
            ((3, 4), _ints([2, 0])),
            ((3, 4), _ints([0.9, 1.5], [1, 2], dtype="float32")),
            ((2, 3, 4), _ints([[0, 1], [1, 1]], [[2, 2], [0, 1]])),
            ((3, 4), _ints([0], [1], dtype="int64")),
        ]
    ],
    Case("gather_nd", ((3, 4), _ints([0, 1, -1], [1, 2, -1]))),
    Case("gather_nd", (In((3, 4), "int32", 0, 9), _ints([0, 1]))),
    *[
        Case("scatter_nd", (data, index), {"shape": shape}, grad=True)
        for data, index, shape in [
            ((2,), _ints([0, 1], [1, 1]), (2, 3)),
            ((2, 3), _ints([0, 2]), (3, 3)),
            ((3,), _ints([0, 1.7, 2], dtype="float32"), (4,)),
            ((2, 2), _ints([[0, 1], [2, 3]]), (4,)),
        ]
    ],
    Case("scatter_nd", (_ints(1, 2), _ints([0, 1])), {"shape": (4,)}),
    *[
        Case("one_hot", (In(values=[0, 2, -1, 3, 1.7]),), {"depth": 3, "dtype": dtype})
        for dtype in ("float16", "float32", "float64", "int32", "int64", "int8", "uint8")
    ],
    Case("one_hot", (_ints([0, 1], [2, 0]),), {"depth": 3, "on_value": 5.5, "off_value": -1.5, "dtype": "int32"}),
    Case("one_hot", (_ints(0, 1),), {"depth": 3, "on_value": 0.9, "off_value": 0.1}),
    Case("_npx_one_hot", (In(values=1, dtype="int64"),), {"depth": 2}, numpy=True),
    Case("one_hot", ((2,),), {"depth": 2}, grad=True),
    *[
        Case("_ravel_multi_index", (In((2, 3), dtype, 0, 5),), {"shape": shape})
        for dtype in ("float32", "int32", "int64")
        for shape in [(5, 6), (-1, 7)]
    ],
    Case("ravel_multi_index", (_ints([3, 9, -1], [4, 5, 7]),), {"shape": (7, 6)}),
    Case("_ravel_multi_index", (In((3, 2), low=0, high=4),), {"shape": (4, 5, 6)}, grad=True),
    *[
        Case("_unravel_index", (In((4,), dtype, 0, 42),), {"shape": shape})
        for dtype in ("float32", "int32", "int64")
        for shape in [(7, 6), (-1, 6), (2, 3, 7)]
    ],
    Case("unravel_index", (_ints(50, -1, -7),), {"shape": (7, 6)}),
    *[
        Case("_contrib_index_copy", (old, index, new), grad=True)
        for old, index, new in [
            ((4, 3), _ints(0, 2), (2, 3)),
            ((4, 3), _ints(3, 1, dtype="int64"), (2, 3)),
            ((4,), _ints(2, dtype="float32"), (1,)),
        ]
    ],
    *[
        Case("_contrib_index_array", ((2, 3, 2),), attrs)
        for attrs in ({}, {"axes": (1,)}, {"axes": (-1, 0)}, {"axes": ()})
    ],
    Case("_contrib_index_array", ((2, 3),), grad=True),
    Case("fill_element_0index", ((3, 4), (3,), _ints(0, 3, 1, dtype="float32")), eager=True),
    Case("_scatter_set_nd", ((3, 4), (2,), _ints([0, 2], [1, 3])), {"shape": (3, 4)}, inplace=True),
]


def _indices(draw: Draw, shape: tuple[int, ...], size: int, wild: bool, *, booleans: bool = False) -> In:
    """Indices of an axis, when `wild` also out of range; floats have a fraction, which is dropped."""
    dtype = draw.choice((*NUMBERS, "int32", "int64", *(("bool",) if booleans else ())))
    low = -size - 2 if wild and dtype not in ("uint8", "bool") else 0
    high = 2 if dtype == "bool" else size + 3 if wild else size
    return In(shape, dtype, low, high if np.dtype(dtype).kind != "f" or wild else size - 0.01)


def _graded(draw: Draw, data: In, index: In | None = None) -> tuple[int, ...]:
    """The inputs whose gradients are compared: data's, and now and then that of indices, which is 0."""
    if data.dtype not in FLOATS or draw.flag():
        return ()
    return (0, 1) if index is not None and index.dtype in FLOATS and draw.flag(0.3) else (0,)


def _draw_take(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    data = draw.data(shape, draw.choice((*NUMBERS, "bool")), 0, 9)
    attrs = draw.given(axis=draw.axis(len(shape)), mode=draw.choice(("clip", "wrap", "raise")))
    index = _indices(draw, draw.shape(0, 2), shape[attrs.get("axis", 0)], attrs.get("mode") != "raise", booleans=True)
    return Case("take", (data, index), attrs, grad=_graded(draw, data, index), numpy=True)


def _draw_batch_take(draw: Draw) -> Case:
    rows, columns = draw.integer(1, 5), draw.integer(1, 5)
    data = draw.data((rows, columns), draw.choice(NUMBERS), 0, 9)
    shape = draw.choice(((rows,), (rows, 1), (1, rows)))
    return Case("batch_take", (data, In(shape, "int32", -2, columns + 2)))


def _draw_pick(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    data = draw.data(shape, draw.choice(NUMBERS), 0, 9)
    attrs = draw.given(axis=draw.axis(len(shape)), keepdims=draw.flag(), mode=draw.choice(("clip", "wrap")))
    axis = attrs.get("axis", -1) % len(shape)
    kept = (1,) if draw.flag() or len(shape) == 1 else ()
    index = _indices(draw, (*shape[:axis], *kept, *shape[axis + 1 :]), shape[axis], True)
    return Case("pick", (data, index), attrs, grad=_graded(draw, data, index))


def _coordinates(draw: Draw, target: tuple[int, ...], *, repeated: bool, booleans: bool = True) -> In:
    """Indices (M, ...) of places in an array of shape `target`; negative ones and the same place twice if `repeated`."""
    depth = draw.integer(1, len(target))
    places = int(np.prod(target[:depth]))
    count = draw.integer(1, 4) if repeated else draw.integer(1, min(places, 4))
    flat = draw.random.randint(0, places, count) if repeated else draw.random.permutation(places)[:count]
    rows = np.array(np.unravel_index(flat, target[:depth]))
    dtype = draw.choice(("int32", "int64", "int8", "float32", "float64"))
    if repeated:
        rows = rows - np.where(draw.random.uniform(size=rows.shape) < 0.3, np.array(target[:depth])[:, None], 0)
    shaped = rows.reshape((depth, 2, 2) if count == 4 and draw.flag() else rows.shape)
    return In(shaped.shape, dtype, values=shaped.tolist())


def _draw_gather_nd(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    data = draw.data(shape, draw.choice((*NUMBERS, "bool")), 0, 9)
    places = _coordinates(draw, shape, repeated=True)
    grad = _graded(draw, data) if np.min(places.values) >= 0 else ()
    return Case("gather_nd", (data, places), grad=grad)


def _draw_scatter(op: str) -> Callable[[Draw], Case]:
    """Places are different: which of several values stays is open."""

    def generate(draw: Draw) -> Case:
        target, dtype = draw.shape(1, 4), draw.choice((*NUMBERS, "bool"))
        places = _coordinates(draw, target, repeated=False)
        values = draw.data((*places.shape[1:], *target[places.shape[0] :]), dtype, 0, 9)
        if op == "_scatter_set_nd":
            return Case(op, (draw.data(target, dtype, 0, 9), values, places), {"shape": target}, inplace=True)
        return Case(op, (values, places), {"shape": target}, grad=_graded(draw, values))

    return generate


def _draw_one_hot(draw: Draw) -> Case:
    depth = draw.integer(1, 5)
    index = _indices(draw, draw.shape(0, 3), depth, True)
    dtype = draw.choice(NUMBERS)
    numbers = {"on_value": draw.number(), "off_value": draw.number()} if dtype != "uint8" else {"on_value": 3.7}
    attrs = {"depth": depth, **draw.given(dtype=dtype, **numbers)}
    return Case("one_hot", (index,), attrs, numpy=True, grad=index.dtype in FLOATS and draw.flag())


def _draw_ravel(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        shape, dtype = draw.shape(1, 3, 4), draw.choice(NUMBERS)
        sizes = shape if op == "_ravel_multi_index" else (int(np.prod(shape)),)
        rows = np.array([draw.random.randint(0, size, 4) for size in sizes])
        values = (rows if op == "_ravel_multi_index" else rows[0]) + (0.5 if dtype in FLOATS and draw.flag() else 0)
        data = In(values.shape, dtype, values=values.tolist())
        return Case(op, (data,), {"shape": (-1, *shape[1:]) if draw.flag(0.3) else shape}, grad=_graded(draw, data))

    return generate


def _draw_fill(draw: Draw) -> Case:
    rows, columns = draw.integer(1, 5), draw.integer(1, 5)
    index = In((rows,), "float32", 0, columns - 0.01)
    return Case("fill_element_0index", ((rows, columns), (rows,), index), eager=True)


def _draw_index_copy(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, 3), draw.choice(NUMBERS)
    rows = draw.random.permutation(shape[0])[: draw.integer(1, shape[0])]
    index = In(rows.shape, draw.choice(("int32", "int64", "float32")), values=rows.tolist())
    inputs = (draw.data(shape, dtype, 0, 9), index, draw.data((rows.size, *shape[1:]), dtype, 0, 9))
    return Case("_contrib_index_copy", inputs, grad=draw.choice(((), (0,), (0, 2))) if dtype in FLOATS else ())


def _draw_index_array(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    data = draw.data(shape, draw.choice((*NUMBERS, "bool")), 0, 9)
    axes = tuple(draw.axis(len(shape)) for _ in range(draw.integer(1, 3)))
    return Case("_contrib_index_array", (data,), draw.given(axes=axes), grad=_graded(draw, data))


GENERATORS = {
    "take": _draw_take,
    "batch_take": _draw_batch_take,
    "pick": _draw_pick,
    "gather_nd": _draw_gather_nd,
    **{op: _draw_scatter(op) for op in ("scatter_nd", "_scatter_set_nd")},
    "one_hot": _draw_one_hot,
    **{op: _draw_ravel(op) for op in ("_ravel_multi_index", "_unravel_index")},
    "fill_element_0index": _draw_fill,
    "_contrib_index_copy": _draw_index_copy,
    "_contrib_index_array": _draw_index_array,
}

NOTES = {
    "batch_take": "With more than two axes MXNet reads foreign memory; gluax refuses them. MXNet has no gradient of it.",
    "scatter_nd": "Out of range MXNet writes foreign memory, gluax writes nothing; which of several values for one place "
    "stays is open in both.",
    "_scatter_set_nd": "MXNet writes into its input; gluax returns the new array.",
    "_contrib_index_copy": "Out of range MXNet writes foreign memory, gluax writes nothing.",
    "_unravel_index": "With more than one axis of indices MXNet reads foreign memory; gluax does as numpy does.",
    "fill_element_0index": "MXNet takes float32 only, and crashes in a graph; gluax takes all types everywhere.",
    "gather_nd": "The gradient of negative indices goes to foreign memory in MXNet, to their elements in gluax. Out of range MXNet raises; so does gluax where the indices are at hand, else it takes the nearest element.",
    "take": "mode='raise' raises where the indices are at hand, else it takes the nearest element.",
}
