"""Cases of gluax.ops.slicing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_SLICES = [
    ((1,), (3,), ()),
    ((1, None), (3, None), ()),
    ((None, 1), (None, -1), ()),
    ((-3,), (-1,), ()),
    ((0, None), (None, None), (2, -1)),
    ((3,), (0,), (-1,)),
    ((None,), (None,), (-2,)),
    ((0,), (10,), ()),
    ((-10,), (2,), ()),
    ((1,), (3,), (None,)),
    ((-1, 4), (-10, 0), (-1, -3)),
    ((10,), (0,), (-1,)),
    ((3,), (-4,), (-1,)),
    ((1, 2), (3, 4), ()),
    ((), (), ()),
]
_EMPTY = [((1,), (1,), ()), ((3,), (1,), ()), ((10,), (20,), ()), ((3,), (10,), (-1,))]
_AXIS = [(0, 1, 3), (-1, -3, -1), (1, 0, None), (0, -2, None), (1, 4, 5)]
_LIKE = [((2, 3), ()), ((2, 3), (0,)), ((2, 3), (-1,)), ((2, 3, 4), (1,)), ((4, 5), ())]
_CROPS = [
    {"h_w": (2, 3)},
    {"h_w": (2, 3), "offset": (1, 2)},
    {"h_w": (2, 3), "center_crop": True},
    {"h_w": (5, 6)},
    {"h_w": (1, 1), "offset": (4, 5)},
]
_SPLITS = [
    {"indices": (0, 2, 5), "axis": 1},
    {"indices": (0, 2, 5), "axis": -1},
    {"indices": (0, 2, 2), "axis": 1},
    {"indices": (), "sections": 2, "axis": 1},
    {"indices": (), "sections": 7, "axis": 1, "squeeze_axis": True},
    {"indices": (0, 1), "axis": 0, "squeeze_axis": True},
    {"indices": (0,)},
    {"indices": (0, 1), "axis": 0},
]
_ASSIGN = [((1,), (3,), (), (2, 5)), ((3, None), (0, None), (-2, 2), (2, 3)), ((None, -2), (None, None), (), (4, 2))]
_PADS = [((1, 2, 3, 4), (0, 0, 0, 0, 1, 2, 2, 1)), ((2, 1, 3, 3, 2), (0, 0, 0, 0, 1, 1, 0, 2, 1, 0))]


def _pieces(attrs: dict) -> int:
    return attrs.get("sections") or len(attrs["indices"])


CASES = [
    *[Case("slice", ((4, 5),), {"begin": b, "end": e, "step": s}, grad=True) for b, e, s in _SLICES],
    *[Case("slice", ((4, 5),), {"begin": b, "end": e, "step": s}, numpy=True) for b, e, s in _EMPTY],
    Case("crop", (In((4, 5, 2), "int32", 0, 99),), {"begin": (1, 0), "end": (3, 2)}),
    *[Case("slice_axis", ((4, 5),), {"axis": a, "begin": b, "end": e}, grad=True) for a, b, e in _AXIS],
    *[Case("slice_like", ((4, 5), like), {"axes": axes}, grad=True) for like, axes in _LIKE],
    Case("slice_like", ((4, 5, 6), In((2, 3), "int32", 0, 9)), {"axes": (0, 1)}),
    *[
        Case(name, (shape,), attrs, outputs=attrs["num_outputs"], grad=True)
        for name, shape, attrs in [
            ("SliceChannel", (2, 6), {"num_outputs": 3}),
            ("split", (2, 6, 3), {"num_outputs": 3, "axis": -1, "squeeze_axis": True}),
            ("SliceChannel", (2, 1), {"num_outputs": 1, "squeeze_axis": True}),
            ("SliceChannel", (4, 3), {"num_outputs": 2, "axis": 0}),
            ("SliceChannel", (2, 3), {"num_outputs": 1}),
        ]
    ],
    Case("SliceChannel", (In((2, 4), "int32", 0, 9),), {"num_outputs": 2}, outputs=2),
    *[Case("_split_v2", ((2, 7),), attrs, outputs=_pieces(attrs), grad=True) for attrs in _SPLITS],
    *[Case("Crop", ((2, 2, 5, 6),), {"num_args": 1, **attrs}, grad=True) for attrs in _CROPS],
    *[
        Case("Crop", ((1, 2, 5, 6), (2, 3, 2, 3)), {"num_args": 2, **attrs}, grad=True)
        for attrs in ({}, {"offset": (2, 1)}, {"center_crop": True})
    ],
    *[
        Case(name, ((2, 3, 4),), {"axis": axis}, grad=True)
        for name, axis in [("reverse", 0), ("flip", (0, 1)), ("reverse", (2,)), ("reverse", ()), ("reverse", (0, 0))]
    ],
    *[
        Case("_slice_assign", ((4, 5), shape), {"begin": begin, "end": end, "step": step})
        for begin, end, step, shape in _ASSIGN
    ],
    *[
        Case(name, (In((4, 5), dtype, 0, 9),), {"begin": begin, "end": end, "step": step, "scalar": -2.7})
        for name, dtype in [("_slice_assign_scalar", "float32"), ("_crop_assign_scalar", "int32")]
        for begin, end, step, _ in _ASSIGN
    ],
    Case("_slice_assign_scalar", ((4, 5),), {"begin": (1,), "end": (1,)}),
    *[
        Case(name, (In(shape, dtype),), {"mode": mode, "pad_width": width, "constant_value": 7.5}, grad=True)
        for mode in ("constant", "edge", "reflect")
        for (shape, width), name, dtype in zip(_PADS, ("Pad", "pad"), ("float32", "float64"))
    ],
    Case("Pad", ((1, 1, 3, 4),), {"mode": "edge", "pad_width": (0, 0, 0, 0, 5, 2, 0, 1)}, grad=True),
    Case("Pad", (In((1, 1, 3, 4), "float16"),), {"mode": "constant", "pad_width": (0, 0, 0, 0, 1, 1, 1, 1)}),
]


def _bounds(draw: Draw, shape: tuple[int, ...]) -> dict[str, Any]:
    """begin, end and maybe step of a slice of the first axes that is not empty."""
    parts: list[tuple[int | None, int | None, int | None]] = []
    for size in shape[: draw.integer(1, len(shape))]:
        for _ in range(20):
            first, last = (None if draw.flag(0.25) else draw.integer(-size - 1, size + 1) for _ in range(2))
            step = draw.choice((None, 1, 1, 2, 3, -1, -2))
            if len(range(*slice(first, last, step).indices(size))):
                break
        else:
            first, last, step = None, None, None
        parts.append((first, last, step))
    begin, end, step = (tuple(column) for column in zip(*parts))
    return {"begin": begin, "end": end, **({} if set(step) <= {None, 1} and draw.flag() else {"step": step})}


def _sizes(shape: tuple[int, ...], bounds: dict[str, Any]) -> tuple[int, ...]:
    steps = bounds.get("step") or (None,) * len(bounds["begin"])
    parts = [slice(*part) for part in zip(bounds["begin"], bounds["end"], steps)]
    return (*[len(range(*part.indices(size))) for part, size in zip(parts, shape)], *shape[len(parts) :])


def _any(draw: Draw, shape: tuple[int, ...], *, booleans: bool = False) -> In:
    return draw.data(shape, draw.choice((*NUMBERS, *(("bool",) if booleans else ()))), 0, 9)


def _graded(draw: Draw, *inputs: In) -> tuple[int, ...]:
    """Gradients of all float inputs, or none."""
    return tuple(i for i, data in enumerate(inputs) if data.dtype in FLOATS) if draw.flag(0.6) else ()


def _draw_slice(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    data = _any(draw, shape, booleans=True)
    return Case("slice", (data,), _bounds(draw, shape), grad=_graded(draw, data), numpy=True)


def _draw_slice_axis(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    axis = draw.axis(len(shape))
    size = shape[axis]
    begin, end = sorted(draw.some(range(size + 1), 2, 2))
    first, last = (place - size if draw.flag(0.3) and place < size else place for place in (begin, end))
    data = _any(draw, shape)
    attrs = {"axis": axis, "begin": first, "end": None if end == size and draw.flag() else last}
    return Case("slice_axis", (data,), attrs, grad=_graded(draw, data))


def _draw_slice_like(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    like = tuple(draw.integer(1, size) for size in shape)
    axes = draw.axes(len(shape), 1) if draw.flag() else ()
    if axes and draw.flag():  # the other sizes do not matter
        chosen = {axis % len(shape) for axis in axes}
        like = tuple(size if axis in chosen else 7 for axis, size in enumerate(like))
    data, other = _any(draw, shape), _any(draw, like)
    return Case("slice_like", (data, other), {"axes": axes} if axes else {}, grad=_graded(draw, data, other))


def _draw_slice_channel(draw: Draw) -> Case:
    pieces, squeeze = draw.integer(1, 4), draw.flag(0.3)
    shape = list(draw.shape(2, 4))
    attrs = {"num_outputs": pieces, **draw.given(axis=draw.axis(len(shape)))}
    shape[attrs.get("axis", 1)] = pieces if squeeze else pieces * draw.integer(1, 3)
    if squeeze:
        attrs["squeeze_axis"] = True
    data = _any(draw, tuple(shape))
    return Case("SliceChannel", (data,), attrs, outputs=pieces, grad=_graded(draw, data))


def _draw_split(draw: Draw) -> Case:
    shape = draw.shape(2, 4)
    axis = draw.given(axis=draw.axis(len(shape)))
    size, data = shape[axis.get("axis", 1)], _any(draw, shape)
    attrs: dict[str, Any] = {"indices": (), "sections": draw.integer(1, size)}
    if draw.flag(0.6):
        attrs = {"indices": (0, *sorted(draw.some(range(1, size), 0, min(size - 1, 3))))}
    if _pieces(attrs) == size and draw.flag():
        attrs["squeeze_axis"] = True
    return Case("_split_v2", (data,), {**attrs, **axis}, outputs=_pieces(attrs), grad=_graded(draw, data))


def _draw_crop(draw: Draw) -> Case:
    """float32 only. With center_crop the offset does not count."""
    shape = (draw.integer(1, 2), draw.integer(1, 3), draw.integer(2, 6), draw.integer(2, 6))
    sizes = (draw.integer(1, shape[2]), draw.integer(1, shape[3]))
    inputs = [In(shape)]
    attrs: dict[str, Any] = {"num_args": draw.integer(1, 2)}
    if attrs["num_args"] == 2:
        inputs.append(In((draw.integer(1, 2), draw.integer(1, 3), *sizes)))
    else:
        attrs["h_w"] = sizes
    offset = tuple(draw.integer(0, whole - size) for whole, size in zip(shape[2:], sizes))
    attrs |= {"center_crop": True} if draw.flag(0.4) else draw.given(offset=offset)
    return Case("Crop", tuple(inputs), attrs, grad=draw.flag(0.6))


def _draw_reverse(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    axes = tuple(draw.integer(0, len(shape) - 1) for _ in range(draw.integer(1, 3)))
    data = _any(draw, shape)
    return Case("reverse", (data,), {"axis": axes[0] if draw.flag(0.3) else axes}, grad=_graded(draw, data))


def _draw_assign(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        shape = draw.shape(1, 4)
        data, attrs = _any(draw, shape), _bounds(draw, shape)
        if op == "_slice_assign":
            return Case(op, (data, draw.data(_sizes(shape, attrs), data.dtype, 0, 9)), attrs)
        value = draw.number(0, 100) if data.dtype == "uint8" else draw.number(-100, 100)
        return Case(op, (data,), {**attrs, **draw.given(scalar=value)})

    return generate


def _draw_pad(draw: Draw) -> Case:
    shape = (draw.integer(1, 2), draw.integer(1, 3), *[draw.integer(2, 4) for _ in range(draw.integer(2, 3))])
    mode = draw.choice(("constant", "edge", "reflect"))
    width = [0, 0, 0, 0]
    for size in shape[2:]:
        width += [draw.integer(0, size - 1 if mode == "reflect" else 4) for _ in range(2)]
    data = draw.data(shape, draw.choice(FLOATS), 0, 9, also=("ties", "nonfinite"))
    attrs = {"mode": mode, "pad_width": tuple(width), **draw.given(constant_value=draw.number())}
    half = {"rtol": 5e-3, "why": "sums of many gradients in half precision"} if data.dtype == "float16" else {}
    return Case("Pad", (data,), attrs, grad=draw.flag(0.6), **half)


GENERATORS = {
    "slice": _draw_slice,
    "slice_axis": _draw_slice_axis,
    "slice_like": _draw_slice_like,
    "SliceChannel": _draw_slice_channel,
    "_split_v2": _draw_split,
    "Crop": _draw_crop,
    "reverse": _draw_reverse,
    **{op: _draw_assign(op) for op in ("_slice_assign", "_slice_assign_scalar")},
    "Pad": _draw_pad,
}

NOTES = {
    "_slice_assign": "MXNet has no gradient of it; gluax has.",
    "_slice_assign_scalar": "MXNet has no gradient of it; gluax has.",
}
