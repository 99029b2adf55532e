"""Cases of gluax.ops.reshape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_CODES = [
    ((2, 3, 4), (0, 0, -1)),
    ((2, 3), (0, 0, -1)),
    ((2, 3, 4), (-2,)),
    ((2, 3, 4), (-2, 1, 1)),
    ((2, 3, 4), (0, -3)),
    ((2, 3, 4, 5), (-3, -3)),
    ((2, 3, 4), (-3, -2)),
    ((2, 3, 4), (-4, 1, 2, -2)),
    ((2, 3, 4), (2, -4, -1, 3, -2)),
    ((2, 6, 4), (0, -4, 3, -1, 0)),
    ((2, 3, 4), (-1, -4, 1, -1, 0)),
    ((6, 4), (3, -1)),
    ((10, 5, 4), (-1, 0)),
]
_REVERSED = [
    ((10, 5, 4), (-1, 0)),
    ((10, 5, 6), (0, 0, 2, 3, -4)),
    ((10, 5, 4), (0, -3)),
    ((10, 5, 4), (-3, 0)),
    ((10, 5, 4), (-2, 0)),
    ((6, 2, 4), (-1, 0, 0)),
]
_LEGACY = [((0, 4), False), ((2, 0), False), ((6, 4), False), ((0, 0), True), ((9, 0), True), ((0, 4, 3), True)]
_NUMPY = [
    ((2, 3, 4), (-2, -1)),
    ((2, 3, 4), (-4,)),
    ((2, 3, 1), (-2, -2, -3)),
    ((2, 3, 4), (-5, 4)),
    ((2, 3, 4), (-2, -6, -1, 3, -2)),
    ((2, 3, 4), (-6, 1, 2, -4)),
    ((0, 4), (0, 4)),
    ((0, 4), (-1, 4)),
    ((1,), ()),
]
_LIKE = [
    ((2, 3, 4), (4, 6), {}),
    ((2, 3, 4), (4, 6), {"lhs_begin": 0, "lhs_end": 2, "rhs_begin": 1, "rhs_end": 2}),
    ((30, 7), (15, 2, 4), {"lhs_begin": 0, "lhs_end": 1, "rhs_begin": 0, "rhs_end": 2}),
    ((2, 12), (5, 3, 4), {"lhs_begin": -1, "lhs_end": None, "rhs_begin": -2, "rhs_end": None}),
    ((2, 3, 4), (9, 6, 5), {"lhs_end": -1, "rhs_begin": 1, "rhs_end": -1}),
]

_MEANINGS = {"copy": 0, "infer": -1, "rest": -2, "merge": -3, "split": -4}
_NUMPY_MEANINGS = {"infer": -1, "copy": -2, "drop": -3, "rest": -4, "merge": -5, "split": -6}

CASES = [
    *[Case("Reshape", (shape,), {"shape": codes}, grad=True) for shape, codes in _CODES],
    *[Case("Reshape", (shape,), {"shape": codes, "reverse": True}) for shape, codes in _REVERSED],
    *[
        Case("Reshape", ((2, 3, 4),), {"target_shape": target, "keep_highest": keep})
        for target, keep in _LEGACY
        if not (keep and target[0] == 9)
    ],
    Case("Reshape", ((2, 12),), {"target_shape": (9, 0), "keep_highest": True, "shape": (4, 6)}),
    *[Case("reshape", (In((4, 6), dtype, 0, 99),), {"shape": (8, -1)}) for dtype in ("float64", "float16", "int32")],
    Case("Reshape", ((),), {"shape": (-1,)}, numpy=True),
    Case("Reshape", ((0, 3),), {"shape": (0, 0, 1)}, numpy=True),
    *[Case("_npx_reshape", (shape,), {"newshape": codes}, numpy=True) for shape, codes in _NUMPY],
    *[
        Case("_npx_reshape", ((8, 3, 4, 6),), {"newshape": codes, "reverse": True}, numpy=True)
        for codes in [(-4, -5), (-4, -2), (-4, 2, 3, -6)]
    ],
    Case("_npi_reshape", ((2, 3),), {"newshape": (3, -1), "order": "F"}),
    Case("_np_reshape", ((2, 3),), {"newshape": (3, -1)}, grad=True, numpy=True),
    *[Case("Flatten", (shape,), grad=True) for shape in [(3,), (2, 3), (2, 3, 4, 5)]],
    Case("flatten", (In((2, 3, 2), "int32", 0, 9),)),
    *[Case("expand_dims", ((2, 3),), {"axis": axis}, grad=True) for axis in (0, 1, 2, -1, -3)],
    *[
        Case("squeeze", ((1, 2, 1, 3),), attrs, grad=True)
        for attrs in ({}, {"axis": 0}, {"axis": (0, -2)}, {"axis": None}, {"axis": ()})
    ],
    Case("squeeze", ((1, 1),)),
    *[Case("_np_squeeze", ((1, 2, 1),), attrs, grad=True, numpy=True) for attrs in ({}, {"axis": -1}, {"axis": ()})],
    Case("_np_squeeze", ((1, 1),), numpy=True),
    *[Case("reshape_like", (lhs, rhs), attrs, grad=True) for lhs, rhs, attrs in _LIKE],
    Case("reshape_like", ((2, 3), In((6,), "int32", 0, 9))),
]


def _data(draw: Draw, shape: tuple[int, ...]) -> In:
    return draw.data(shape, draw.choice(NUMBERS))


def _factors(draw: Draw, size: int, most: int = 3) -> tuple[int, ...]:
    """A random shape of that many elements."""
    found: list[int] = []
    while len(found) < most - 1 and draw.flag(0.7):
        found.append(draw.choice([factor for factor in range(1, max(size, 1) + 1) if size % factor == 0]))
        size //= found[-1]
    return (*found, size)


def _codes(draw: Draw, shape: tuple[int, ...], meanings: dict[str, int], reverse: bool) -> tuple[int, ...]:
    """Codes that fit the shape: each dimension is copied, merged, split, dropped, inferred or named, or all the rest."""
    dims, codes = list(shape[::-1] if reverse else shape), list[int]()
    while dims:
        kind = draw.choice((*meanings, "size"))
        if kind == "rest":
            codes.append(meanings[kind])
            break
        size = dims.pop(0)
        if kind == "merge" and dims:
            dims.pop(0)
            codes.append(meanings[kind])
        elif kind == "split":
            first = draw.choice([factor for factor in range(1, size + 1) if size % factor == 0] or [1])
            codes += draw.choice(((first, size // first), (-1, size // first or 1), (first, -1)))
            codes.insert(len(codes) if reverse else len(codes) - 2, meanings[kind])
        elif kind == "copy" or (kind == "drop" and size == 1) or (kind == "infer" and -1 not in codes and all(shape)):
            codes.append(meanings[kind])
        else:
            codes.append(size)
    codes += [1] * draw.choice((0, 0, 0, 1, 2))
    return tuple(codes[::-1] if reverse else codes)


def _draw_reshape(draw: Draw) -> Case:
    shape = draw.shape(empty=(numpy := draw.flag(0.2)))
    reverse = draw.flag(0.3)
    attrs: dict[str, Any] = {"shape": _codes(draw, shape, _MEANINGS, reverse)}
    if reverse or draw.flag():
        attrs["reverse"] = reverse
    return Case("Reshape", (_data(draw, shape),), attrs, grad=True, numpy=numpy)


def _draw_npx_reshape(draw: Draw) -> Case:
    shape = draw.any_shape()[0]
    reverse = draw.flag(0.3)
    attrs: dict[str, Any] = {"newshape": _codes(draw, shape, _NUMPY_MEANINGS, reverse), **draw.given(order="C")}
    if reverse or draw.flag():
        attrs["reverse"] = reverse
    return Case("_npx_reshape", (_data(draw, shape),), attrs, grad=True, numpy=True)


def _draw_np_reshape(draw: Draw) -> Case:
    shape = draw.any_shape()[0]
    target = list(_factors(draw, math.prod(shape), 4))
    if all(shape) and draw.flag():
        target[draw.integer(0, len(target) - 1)] = -1
    attrs: dict[str, Any] = {"newshape": tuple(target), **draw.given(order="C")}
    return Case("_np_reshape", (_data(draw, shape),), attrs, grad=True, numpy=True)


def _draw_flatten(draw: Draw) -> Case:
    shape = draw.shape(empty=(numpy := draw.flag(0.3)))
    return Case("Flatten", (_data(draw, shape),), grad=True, numpy=numpy)


def _draw_expand(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    attrs = {"axis": draw.integer(-len(shape) - 1, len(shape))}
    return Case("expand_dims", (_data(draw, shape),), attrs, grad=True, numpy=numpy)


def _draw_squeeze(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        numpy = op.startswith("_np") or draw.flag(0.2)
        shape = tuple(1 if draw.flag() else size for size in draw.shape(empty=numpy))
        ones = [axis - draw.choice((0, len(shape))) for axis, size in enumerate(shape) if size == 1]
        attrs = draw.given(axis=draw.choice((None, draw.some(ones, min(1, len(ones))) or None)))
        return Case(op, (_data(draw, shape),), attrs, grad=True, numpy=numpy)

    return draw_case


def _span(draw: Draw, side: str, rank: int, begin: int, end: int) -> dict[str, int | None]:
    """A range of axes, with its ends left out, None, or counted from either side, where they can be."""
    first: list[int | None] = [begin, begin - rank, *([None] if begin == 0 else [])]
    last: list[int | None] = [end, *([end - rank] if end < rank else [None])]
    given = {f"{side}_begin": draw.choice(first), f"{side}_end": draw.choice(last)}
    return {name: value for name, value in given.items() if value is not None or draw.flag()}


def _draw_like(draw: Draw) -> Case:
    lhs = draw.shape(1, 4)
    begin = draw.integer(0, len(lhs) - 1)
    end = draw.integer(begin + 1, len(lhs))
    middle, before = _factors(draw, math.prod(lhs[begin:end])), draw.shape(0, 2)
    rhs = (*before, *middle, *draw.shape(0, 2))
    attrs = _span(draw, "lhs", len(lhs), begin, end)
    attrs |= _span(draw, "rhs", len(rhs), len(before), len(before) + len(middle))
    data = _data(draw, lhs)
    return Case("reshape_like", (data, _data(draw, rhs)), attrs, grad=(0,) if data.dtype in FLOATS else False)


GENERATORS = {
    "Reshape": _draw_reshape,
    "_npx_reshape": _draw_npx_reshape,
    "_np_reshape": _draw_np_reshape,
    "Flatten": _draw_flatten,
    "expand_dims": _draw_expand,
    **{op: _draw_squeeze(op) for op in ("squeeze", "_np_squeeze")},
    "reshape_like": _draw_like,
}
