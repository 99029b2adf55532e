"""Cases of gluax.ops.layout."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.case import Case, In
from tests.oracle.draw import NUMBERS, Draw

_AXES = [((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (0, 2, 1)), ((2, 3), ()), ((2, 3, 4, 5), (0, 2, 3, 1)), ((4,), (0,))]

CASES = [
    *[Case("transpose", (shape,), {"axes": axes}, grad=True) for shape, axes in _AXES],
    *[Case("transpose", (In((2, 3), dtype, 0, 9),)) for dtype in ("float64", "float16", "int32", "uint8")],
    Case("transpose", ((1, 2, 1, 3, 2, 2),), {"axes": (5, 3, 1, 0, 2, 4)}),
    *[
        Case("_np_transpose", ((2, 3, 4),), attrs, grad=True, numpy=True)
        for attrs in ({}, {"axes": (1, -1, 0)}, {"axes": (0, 2, 1)}, {"axes": None})
    ],
    Case("_np_transpose", ((),), numpy=True),
    *[
        Case(name, ((2, 3, 4),), {"dim1": first, "dim2": second}, grad=True)
        for name, first, second in [
            ("SwapAxis", 0, 2),
            ("swapaxes", 0, -1),
            ("SwapAxis", 1, 1),
            ("_npi_swapaxes", 1, 0),
        ]
    ],
    Case("SwapAxis", ((2, 3),)),
    *[
        Case("depth_to_space", (shape,), {"block_size": b}, grad=True)
        for shape, b in [((2, 8, 2, 3), 2), ((1, 9, 1, 2), 3)]
    ],
    *[
        Case("space_to_depth", (shape,), {"block_size": b}, grad=True)
        for shape, b in [((2, 2, 4, 6), 2), ((1, 2, 3, 6), 3)]
    ],
    Case("depth_to_space", (In((1, 4, 2, 2), "int32", 0, 99),), {"block_size": 2}),
    *[Case("diag", (shape,), {"k": k}, grad=True) for shape in [(3,), (3, 4), (5, 2)] for k in (0, 1, -1)],
    Case("diag", (In((3, 3), "int32", 0, 9),)),
    *[
        Case("diag", ((2, 3, 4),), {"k": k, "axis1": first, "axis2": second}, grad=True)
        for k, first, second in [(0, 0, 1), (0, 0, -1), (1, 1, 0), (-1, 1, -1), (1, 2, 0)]
    ],
]


def _data(draw: Draw, shape: tuple[int, ...]) -> In:
    return draw.data(shape, draw.choice(NUMBERS))


def _draw_transpose(draw: Draw) -> Case:
    shape, numpy = draw.any_shape()
    attrs = draw.given(axes=draw.some(range(len(shape)), len(shape)))
    return Case("transpose", (_data(draw, shape),), attrs, grad=True, numpy=numpy)


def _draw_np_transpose(draw: Draw) -> Case:
    shape = draw.any_shape()[0]
    attrs = draw.given(axes=draw.axes(len(shape), len(shape)) or None)
    return Case("_np_transpose", (_data(draw, shape),), attrs, grad=True, numpy=True)


def _draw_swap(draw: Draw) -> Case:
    shape = draw.shape(1, empty=(numpy := draw.flag(0.3)))
    attrs = draw.given(0.7, dim1=draw.axis(len(shape)), dim2=draw.axis(len(shape)))
    return Case("SwapAxis", (_data(draw, shape),), attrs, grad=True, numpy=numpy)


def _draw_blocks(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        b, (n, c, h, w) = draw.integer(1, 3), draw.shape(4, 4, 3)[:4]
        shape = (n, c * b * b, h, w) if op == "depth_to_space" else (n, c, h * b, w * b)
        return Case(op, (_data(draw, shape),), {"block_size": b}, grad=True)

    return draw_case


def _draw_diag(draw: Draw) -> Case:
    shape = draw.shape(1, 4)
    if len(shape) == 1:
        return Case("diag", (_data(draw, shape),), draw.given(k=draw.integer(-4, 4)), grad=True)
    attrs: dict[str, int] = {}
    first, second = 0, 1
    if draw.flag():
        first, second = draw.some(range(len(shape)), 2, 2)
        attrs = {"axis1": first - draw.choice((0, len(shape))), "axis2": second - draw.choice((0, len(shape)))}
    attrs |= draw.given(k=draw.integer(1 - shape[first], shape[second] - 1))
    return Case("diag", (_data(draw, shape),), attrs, grad=True)


GENERATORS = {
    "transpose": _draw_transpose,
    "_np_transpose": _draw_np_transpose,
    "SwapAxis": _draw_swap,
    **{op: _draw_blocks(op) for op in ("depth_to_space", "space_to_depth")},
    "diag": _draw_diag,
}
