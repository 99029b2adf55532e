"""Cases of gluax.ops.slicing."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

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


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(10):
        shape = tuple(int(d) for d in random.randint(3, 6, random.randint(1, 4)))
        bounds = [sorted(int(i) for i in random.choice(dim + 1, 2, replace=False)) for dim in shape]
        step = tuple(int(random.choice([1, 2, 3])) for _ in shape)
        attrs = {"begin": tuple(b for b, _ in bounds), "end": tuple(e for _, e in bounds), "step": step}
        cases.append(Case("slice", (shape,), attrs, grad=True))
        axis = int(random.randint(len(shape)))
        cases.append(
            Case("slice_axis", (shape,), {"axis": axis, "begin": bounds[axis][0], "end": bounds[axis][1]}, grad=True)
        )
        pads = [int(p) for p in random.randint(0, 3, 4)]
        mode = str(random.choice(["constant", "edge", "reflect"]))
        cases.append(Case("Pad", ((1, 2, 4, 3),), {"mode": mode, "pad_width": (0, 0, 0, 0, *pads)}, grad=True))
    return list({case.id: case for case in cases}.values())
