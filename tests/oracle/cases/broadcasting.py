"""Cases of gluax.ops.broadcasting."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw

_DTYPES = (*NUMBERS, "bool")
_SUMS: dict[str, Any] = {"atol": 0.05, "why": "MXNet adds gradients up in half precision"}

CASES = [
    *[
        Case("broadcast_to", (shape,), {"shape": target}, grad=True)
        for shape, target in [
            ((1, 3), (4, 3)),
            ((1, 3), (4, 0)),
            ((1, 1, 2), (3, 4, 2)),
            ((1,), (5,)),
            ((2, 3), (0, 0)),
        ]
    ],
    *[Case("broadcast_to", (In((1, 3), dtype, 0, 9),), {"shape": (2, 3)}) for dtype in ("float64", "float16", "int32")],
    *[
        Case(name, ((1, 3, 1),), attrs, grad=True)
        for name, attrs in [
            ("broadcast_axis", {"axis": (0, 2), "size": (4, 5)}),
            ("broadcast_axes", {"axis": 2, "size": 4}),
            ("broadcast_axis", {}),
        ]
    ],
    *[
        Case("broadcast_like", (lhs, rhs), attrs, grad=True)
        for lhs, rhs, attrs in [
            ((1, 3), (4, 3), {}),
            ((1, 3, 1), (4, 5, 6), {"lhs_axes": (0, 2), "rhs_axes": (0, 1)}),
            ((1, 3, 1), (4, 5, 6), {"lhs_axes": (0, -1), "rhs_axes": (0, -1)}),
            ((2, 1), (5,), {"lhs_axes": (1,), "rhs_axes": (0,)}),
        ]
    ],
    Case("broadcast_like", ((1, 3), In((4, 3), "int32", 0, 9))),
]


def _data(draw: Draw, shape: tuple[int, ...]) -> In:
    dtype = draw.choice(_DTYPES)
    return draw.data(shape, dtype, 0, 2, also=()) if dtype == "bool" else draw.data(shape, dtype)


def _case(op: str, data: In, attrs: dict[str, Any], numpy: bool, *others: In) -> Case:
    precision = _SUMS if data.dtype == "float16" else {}
    return Case(op, (data, *others), attrs, grad=(0,) if data.dtype in FLOATS else False, numpy=numpy, **precision)


def _target(draw: Draw) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """A shape, one that broadcasts to it, and whether both need numpy semantics."""
    target, numpy = draw.any_shape(high=5)
    return target, tuple(1 if draw.flag() else size for size in target), numpy


def _draw_to(draw: Draw) -> Case:
    target, shape, numpy = _target(draw)
    marks = tuple(0 if own == size and not numpy and draw.flag(0.3) else size for own, size in zip(shape, target))
    return _case("broadcast_to", _data(draw, shape), {"shape": marks}, numpy)


def _draw_axis(draw: Draw) -> Case:
    target, _, numpy = _target(draw)
    axes = draw.some(range(len(target)))
    shape = tuple(1 if axis in axes else size for axis, size in enumerate(target))
    attrs = {"axis": axes, "size": tuple(target[axis] for axis in axes)} if axes else {}
    return _case("broadcast_axis", _data(draw, shape), attrs, numpy)


def _draw_like(draw: Draw) -> Case:
    target, shape, numpy = _target(draw)
    attrs, other = {}, target
    if target and draw.flag():  # some axes, in any order and among others
        axes = draw.some(range(len(target)), 1)
        other = (*(target[axis] for axis in axes), *draw.shape(0, 2))
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(target))
        attrs = {"lhs_axes": tuple(axis - len(target) if draw.flag() else axis for axis in axes)}
        attrs["rhs_axes"] = tuple(axis - len(other) if draw.flag() else axis for axis in range(len(axes)))
    return _case("broadcast_like", _data(draw, shape), attrs, numpy, draw.data(other, draw.choice(NUMBERS)))


GENERATORS = {"broadcast_to": _draw_to, "broadcast_axis": _draw_axis, "broadcast_like": _draw_like}
