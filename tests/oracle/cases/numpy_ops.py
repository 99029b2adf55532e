"""Cases of gluax.ops.numpy_ops.

Without gradients where MXNet's are wrong: matmul with both sides broadcast, rot90 by an odd number of quarters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, NUMBERS, Draw, cancelling

_MATMULS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 1, 2, 3), (4, 3, 2)),
    ((3,), (4, 3, 2)),
    ((4, 2, 3), (3,)),
]
_EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("ij,jk", (2, 3), (3, 2)),
    ("bij,bkj->bik", (2, 2, 3), (2, 4, 3)),
    ("...j,jk->...k", (4, 2, 3), (3, 2)),
    ("i,j", (2,), (3,)),
    ("i,i", (3,), (3,)),
    ("ij , jk -> ik", (2, 3), (3, 2)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
]
_STACKS = [
    ("_npi_vstack", (3,), (2, 3)),
    ("_npi_hstack", (3,), (2,)),
    ("_npi_hstack", (2, 3), (2, 1)),
    ("_npi_dstack", (3,), (3,)),
    ("_npi_dstack", (2, 3), (2, 3)),
    ("_npi_column_stack", (3,), (3, 2)),
    ("_npi_vstack", (), ()),
    ("_npi_hstack", (), ()),
]
_ONE = [
    ("_npi_flip", (2, 3), {"axis": (0, 1)}),
    ("_npi_flip", (2, 3), {"axis": ()}),
    ("_np_roll", (2, 3), {"shift": 1}),
    ("_np_roll", (2, 3), {"shift": (1, -1), "axis": (0, 1)}),
    ("_np_roll", (2, 3), {"shift": 4, "axis": -1}),
    ("_np_roll", (2, 3), {"shift": 1, "axis": (0, 1)}),
    ("_np_moveaxis", (2, 3, 4), {"source": (0,), "destination": (-1,)}),
    ("_np_moveaxis", (2, 3, 4), {"source": (0, 1), "destination": (2, 0)}),
    *[("_npi_rot90", (2, 3), {"axes": (0, 1), "k": k}) for k in (0, 2)],
    ("_npi_broadcast_to", (3,), {"shape": (2, 3)}),
    ("_npi_broadcast_to", (2, 1), {"shape": (4, 2, 3)}),
    *[("_npi_tril", (2, 3, 3), {"k": k}) for k in (0, 1, -1)],
    ("_npi_tril", (3,), {}),
    *[("_np_diag", shape, {"k": k}) for shape in [(3,), (3, 4)] for k in (0, 1)],
    ("_np_diagflat", (2, 2), {"k": -1}),
    ("_np_diagonal", (2, 3, 4), {"offset": 1}),
    ("_np_diagonal", (2, 3, 4), {"offset": -1, "axis1": 2, "axis2": 1}),
    ("_np_trace", (2, 3), {"offset": 1}),
    ("_np_trace", (2, 3, 4), {"axis1": -1, "axis2": 0}),
]

CASES = [
    *[Case("_npi_matmul", shapes, grad=shapes[0] != (2, 1, 2, 3), numpy=True) for shapes in _MATMULS],
    Case("_npi_matmul", (In((2, 3), "float64"), In((3, 2), "float64")), numpy=True),
    *[
        Case("_npi_einsum", tuple(shapes), {"num_args": len(shapes), "subscripts": subscripts}, grad=True, numpy=True)
        for subscripts, *shapes in _EINSUMS
    ],
    *[
        Case(
            "_npi_einsum",
            (In((2, 3), dtype, 0, 9), In((3, 2), dtype, 0, 9)),
            {"num_args": 2, "subscripts": "ij,jk->ik"},
            numpy=True,
        )
        for dtype in ("int32", "float16", "float64")
    ],
    Case(
        "_npi_einsum",
        ((2, 3), (3, 2), (2, 4)),
        {"num_args": 3, "subscripts": "ij,jk,kl->il", "optimize": 1},
        numpy=True,
    ),
    *[
        Case("_np_dot", shapes, grad=True, numpy=True)
        for shapes in [((2, 3), (3,)), ((2, 3), (4, 3, 2)), ((3,), (3,)), ((), (3,))]
    ],
    Case(
        "_npi_tensordot",
        ((2, 3, 4), (4, 3, 2)),
        {"a_axes_summed": (1, 2), "b_axes_summed": (1, 0)},
        grad=True,
        numpy=True,
    ),
    *[
        Case("_npi_tensordot_int_axes", tuple(shapes), {"axes": axes}, grad=True, numpy=True)
        for axes, *shapes in [(1, (2, 3), (3, 2)), (0, (2,), (3,)), (2, (4, 2, 3), (2, 3))]
    ],
    *[Case(name, tuple(shapes), {"num_args": 2}, grad=True, numpy=True) for name, *shapes in _STACKS],
    *[
        Case(f"_np_atleast_{n}d", ((), (3,), (2, 3)), {"num_args": 3}, outputs=3, grad=True, numpy=True)
        for n in (1, 2, 3)
    ],
    *[
        Case(name, (shape,), {"indices": indices, "sections": sections, "axis": axis}, outputs=2, grad=True, numpy=True)
        for name, shape, axis, indices, sections in [
            ("_npi_hsplit", (2, 4), 1, (), 2),
            ("_npi_hsplit", (4,), 0, (), 2),
            ("_npi_hsplit", (2, 4), 1, (0, 1), 0),
            ("_npi_dsplit", (1, 2, 4), 2, (), 2),
        ]
    ],
    *[Case(name, (shape,), attrs, grad=True, numpy=True) for name, shape, attrs in _ONE],
    *[Case("_npi_rot90", ((2, 3),), {"axes": (0, 1), "k": k}, numpy=True) for k in (1, 3, -1)],
]


_PRODUCTS = ("float32", "float64")  # on the CPU MXNet has no products of half precision


def _float_data(draw: Draw, shape: tuple[int, ...], dtype: str) -> In:
    return draw.data(shape, dtype, -2, 2, also=("ties",))


def _draw_matmul(draw: Draw) -> Case:
    dtype, (n, k, m) = draw.choice(_PRODUCTS), (draw.integer(1, 4) for _ in range(3))
    batch = draw.shape(0, 2, 3)
    first = (k,) if draw.flag(0.2) else (*batch, n, k)
    second = (k,) if draw.flag(0.2) else (*(batch if draw.flag() else ()), k, m)
    return Case(
        "_npi_matmul", (_float_data(draw, first, dtype), _float_data(draw, second, dtype)), grad=True, numpy=True
    )


def _draw_einsum(draw: Draw) -> Case:
    subscripts, *shapes = draw.choice(_EINSUMS)
    sizes = {size: draw.integer(1, 4) for size in {s for shape in shapes for s in shape}}
    dtype = draw.choice((*FLOATS, "int32", "int64"))
    inputs = tuple(_float_data(draw, tuple(sizes[s] for s in shape), dtype) for shape in shapes)
    attrs = {"num_args": len(inputs), "subscripts": subscripts, **draw.given(optimize=draw.integer(0, 1))}
    return Case("_npi_einsum", inputs, attrs, grad=dtype in FLOATS, numpy=True)


def _draw_dot(draw: Draw) -> Case:
    dtype, inner = draw.choice(_PRODUCTS), draw.integer(1, 4)
    first = (*draw.shape(0, 2, 3), inner)
    second = draw.choice(((inner,), (inner, 3), (2, inner, 3), ()))
    shapes = ((), first) if draw.flag(0.1) else (first, second)
    return Case("_np_dot", tuple(_float_data(draw, shape, dtype) for shape in shapes), grad=True, numpy=True)


def _draw_tensordot(draw: Draw) -> Case:
    dtype, inner = draw.choice(_PRODUCTS), draw.shape(1, 2, 3)
    first, second = (*draw.shape(0, 2, 3), *inner), (*inner[::-1], *draw.shape(0, 2, 3))
    rank, count = len(first), len(inner)
    axes = tuple(rank - count + i - (rank if draw.flag() else 0) for i in range(count))
    attrs = {"a_axes_summed": axes, "b_axes_summed": tuple(reversed(range(count)))}
    inputs = (_float_data(draw, first, dtype), _float_data(draw, second, dtype))
    return Case("_npi_tensordot", inputs, attrs, grad=True, numpy=True)


def _draw_tensordot_int(draw: Draw) -> Case:
    dtype, inner = draw.choice(_PRODUCTS), draw.shape(0, 2, 3)
    inputs = (
        _float_data(draw, (*draw.shape(0, 2, 3), *inner), dtype),
        _float_data(draw, (*inner, *draw.shape(0, 2, 3)), dtype),
    )
    return Case("_npi_tensordot_int_axes", inputs, {"axes": len(inner)}, grad=True, numpy=True)


def _draw_stack(op: str) -> Callable[[Draw], Case]:
    axis, low = {"vstack": (0, 2), "hstack": (1, 1), "dstack": (2, 3), "column_stack": (1, 2)}[op]

    def draw_case(draw: Draw) -> Case:
        count, dtype = draw.integer(1, 4), draw.choice(NUMBERS)
        shape = draw.shape(0, 4)
        shapes = [list(shape) for _ in range(count)]
        if op == "hstack" and len(shape) == 1:
            shapes = [[draw.integer(1, 4)] for _ in range(count)]
        elif len(shape) >= max(low, axis + 1):
            for part in shapes:
                part[axis] = draw.integer(1, 4)
        inputs = tuple(draw.data(tuple(part), dtype, 0, 9) for part in shapes)
        return Case(f"_npi_{op}", inputs, {"num_args": count}, grad=True, numpy=True)

    return draw_case


def _draw_atleast(rank: int) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        count, dtype = draw.integer(1, 3), draw.choice(NUMBERS)
        inputs = tuple(draw.data(draw.shape(0, 4, empty=True), dtype, 0, 9) for _ in range(count))
        return Case(f"_np_atleast_{rank}d", inputs, {"num_args": count}, outputs=count, numpy=True)

    return draw_case


def _draw_split(op: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape = list(draw.shape(1 if op == "hsplit" else 3, 4))
        axis = 2 if op == "dsplit" else min(len(shape) - 1, 1)
        if draw.flag():
            count, indices = draw.integer(1, 3), ()
            shape[axis] = count * draw.integer(1, 3)
        else:
            indices = tuple(sorted({0, *draw.some(range(1, shape[axis]), 0, min(2, shape[axis] - 1))}))
            count = 0
        attrs = {"indices": indices, "sections": count, "axis": axis}
        data = draw.data(tuple(shape), draw.choice(NUMBERS), 0, 9)
        return Case(f"_npi_{op}", (data,), attrs, outputs=count or len(indices), grad=True, numpy=True)

    return draw_case


def _attrs_of(op: str, draw: Draw, rank: int) -> dict[str, Any]:
    if op == "_npi_flip":
        return {"axis": draw.some(range(rank))}
    if op == "_np_roll":
        axes = draw.axes(rank, 1)
        one = {"shift": (draw.integer(-6, 6),)}
        return draw.choice(
            (one, {**one, "axis": axes}, {"shift": tuple(draw.integer(-6, 6) for _ in axes), "axis": axes})
        )
    if op == "_np_moveaxis":
        source = draw.axes(rank, 1)
        return {"source": source, "destination": draw.some(range(rank), len(source), len(source))}
    if op in ("_np_diagonal", "_np_trace"):
        axis1, axis2 = draw.some(range(rank), 2, 2)
        return draw.given(offset=draw.integer(-3, 3)) | {"axis1": axis1 - rank * draw.flag(), "axis2": axis2}
    return draw.given(k=draw.integer(-4, 4))


def _draw_one(op: str, ranks: tuple[int, int]) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        shape = draw.shape(*ranks)
        data = draw.data(shape, draw.choice((*NUMBERS, "bool") if op in _ANY_TYPE else NUMBERS), 0, 2)
        return Case(op, (data,), _attrs_of(op, draw, len(shape)), grad=True, numpy=True)

    return draw_case


def _draw_rot90(draw: Draw) -> Case:
    shape, k = draw.shape(2, 4), draw.integer(-5, 5)
    attrs = {"k": k, "axes": draw.some(range(len(shape)), 2, 2)}
    return Case("_npi_rot90", (draw.data(shape, draw.choice(NUMBERS), 0, 9),), attrs, grad=k % 2 == 0, numpy=True)


def _draw_broadcast_to(draw: Draw) -> Case:
    target = draw.shape(0, 4, empty=True)
    shape = tuple(1 if draw.flag(0.4) else size for size in target[draw.integer(0, len(target)) :])
    dtype = draw.choice(NUMBERS)
    data = draw.data(shape, dtype, 0, 9)
    return Case("_npi_broadcast_to", (data,), {"shape": target}, grad=True, numpy=True, **cancelling(dtype))


_ANY_TYPE = ("_np_roll",)
_RANKS = {
    "_npi_flip": (1, 4), "_np_roll": (1, 4), "_np_moveaxis": (1, 4), "_npi_tril": (1, 4), "_np_diag": (1, 2),
    "_np_diagflat": (1, 3), "_np_diagonal": (2, 4), "_np_trace": (2, 4),
}  # fmt: skip

GENERATORS = {
    "_npi_matmul": _draw_matmul,
    "_npi_einsum": _draw_einsum,
    "_np_dot": _draw_dot,
    "_npi_tensordot": _draw_tensordot,
    "_npi_tensordot_int_axes": _draw_tensordot_int,
    **{f"_npi_{op}": _draw_stack(op) for op in ("vstack", "hstack", "dstack", "column_stack")},
    **{f"_np_atleast_{rank}d": _draw_atleast(rank) for rank in (1, 2, 3)},
    **{f"_npi_{op}": _draw_split(op) for op in ("hsplit", "dsplit")},
    **{op: _draw_one(op, ranks) for op, ranks in _RANKS.items()},
    "_npi_rot90": _draw_rot90,
    "_npi_broadcast_to": _draw_broadcast_to,
}
