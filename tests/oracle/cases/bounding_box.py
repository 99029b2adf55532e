"""Cases of gluax.ops.bounding_box."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw, Shape

# Class, score, corners. Equal scores, equal boxes, empty and inverted boxes, background and other negative classes.
_EDGES = In(
    values=[
        [-1, 0.5, 0, 0, 1, 1],
        [-2, 0.4, 0, 0, 2, 1],
        [0, 0.4, 3, 3, 4, 4],
        [0, 0.4, 3, 3, 4, 4],
        [1, 0.0, 0, 0, 1, 1],
        [1, 0.3, 5, 5, 5, 5],
        [1, 0.3, 5, 5, 5, 5],
        [0, 0.3, 7, 7, 6, 6],
        [0, 0.3, 6, 6, 7, 7],
        [1, 0.9, 3, 3, 4, 4.5],
    ]
)


def _boxes(shape: tuple[int, ...], seed: int, dtype: str = "float32", center: bool = False, classes: int = 3) -> In:
    """Rows of class, score (some equal), box."""
    random = np.random.RandomState(seed)
    corner, size = random.uniform(0, 1, (*shape, 2)), random.uniform(0.1, 0.8, (*shape, 2))
    ids, scores = random.randint(-1, classes, (*shape, 1)), random.randint(0, 20, (*shape, 1)) / 20
    return In(
        values=np.concatenate([ids, scores, corner, size if center else corner + size], -1).round(3).tolist(),
        dtype=dtype,
    )


_NMS: list[dict[str, Any]] = [
    {},
    {"overlap_thresh": 0.1},
    {"overlap_thresh": 0.3, "id_index": 0, "valid_thresh": 0.2},
    {"overlap_thresh": 0.1, "id_index": 0, "force_suppress": True},
    {"overlap_thresh": 0.2, "id_index": 0, "background_id": 1},
    {"overlap_thresh": 0.2, "background_id": 1},
    {"overlap_thresh": 0.2, "topk": 3},
    {"overlap_thresh": 0.2, "topk": 100},
    {"topk": 0},
    {"valid_thresh": 9.0},
    {"overlap_thresh": 0.2, "out_format": "center", "id_index": 0},
]

_PAIRS = [("float32", (2, 3, 4)), ("float64", (5, 4)), ("float16", (3, 4))]

CASES = [
    *[Case("_contrib_box_nms", (_boxes((2, 12), 1),), attrs, grad=True) for attrs in _NMS],
    *[Case("_contrib_box_nms", (_EDGES,), attrs) for attrs in _NMS],
    Case("_contrib_box_nms", (_EDGES,), {"overlap_thresh": -0.5}),
    *[
        Case("_contrib_box_nms", (_boxes((12,), 2, center=True),), {"in_format": "center", "overlap_thresh": 0.2, **more}, grad=True)
        for more in ({}, {"out_format": "center"}, {"topk": 4, "out_format": "corner"})
    ],
    *[
        Case("_contrib_box_non_maximum_suppression", (_boxes(shape, 3, dtype),), {"overlap_thresh": 0.3, "id_index": 0})
        for dtype, shape in [("float64", (9,)), ("float16", (8,)), ("float32", (2, 2, 7))]
    ],
    Case("_contrib_box_nms", (In((7, 5), low=0),), {"coord_start": 0, "score_index": 4, "overlap_thresh": 0.1}, grad=True),
    Case("_contrib_box_nms", (_boxes((1, 1500), 4),), {"overlap_thresh": 0.4, "topk": 9, "id_index": 0}, outputs=1),
    *[
        Case("_contrib_box_iou", (In((2, 4), dtype, 0, 2), In(shape, dtype, 0, 2)), {"format": kind}, grad=True)
        for dtype, shape in _PAIRS
        for kind in ("corner", "center")
    ],
    Case("_contrib_box_iou", (In(values=[[0, 0, 1, 1], [1, 1, 1, 1], [2, 2, 1, 1]]), In(values=[[0.5, 0.5, 1.5, 1.5], [1, 1, 1, 1]]))),
    *[
        Case("_contrib_bipartite_matching", (In(shape, dtype, 0, 1, distinct=True),), {"threshold": 0.4, **more}, outputs=2)
        for shape, dtype in [((2, 3, 4), "float32"), ((6, 3), "float64"), ((1, 2, 5, 5), "float32")]
        for more in ({}, {"topk": 1}, {"is_ascend": True})
    ],
    Case("_contrib_bipartite_matching", (In(values=[[0.5, 0.5, 0.7], [0.5, 0.7, 0.5]]),), {"threshold": 0.1}, outputs=2),
    *[
        Case(
            "_contrib_box_decode",
            (In((2, 5, 4), dtype), In((1, 5, 4), dtype, 0.1, 2)),
            {"std0": 0.1, "std1": 0.3, "std2": 0.2, "std3": 0.5, "clip": clip, "format": kind},
            grad=True,
        )
        for kind in ("center", "corner")
        for clip in (-1.0, 0.1)
        for dtype in ("float32", "float64")
    ],
    Case("_contrib_box_decode", ((1, 3, 4), (1, 3, 4))),
    *[
        Case(
            "_contrib_box_encode",
            (
                In((2, 6), dtype, -1, 1),
                In(values=[[0, 1, 2, 0, 1, 2], [2, 2, 1, 0, 0, 1]], dtype=dtype),
                In(np.cumsum(np.full((2, 6, 4), 0.3), -1).shape, dtype, values=_boxes((2, 6), 5).make(np.random.RandomState(0))[..., 2:].tolist()),
                In(dtype=dtype, values=_boxes((2, 3), 6).make(np.random.RandomState(0))[..., 2:].tolist()),
                In(values=[0.1, 0.2, 0.0, -0.1], dtype=dtype),
                In(values=[0.1, 0.1, 0.2, 0.2], dtype=dtype),
            ),
            outputs=2,
        )
        for dtype in ("float32", "float64")
    ],
]  # fmt: skip


_FORMATS = ("corner", "center")
_THRESHOLDS = (0.0, 0.1, 0.25, 0.33, 0.5, 1.0, -0.5)


def box_parts(draw: Draw, lead: Shape, kind: str = "corner", sound: bool = False) -> tuple[In, ...]:
    """Two inputs, side by side boxes: corners, some of them inverted or empty, or centres and sizes.

    Often whole numbers, where overlaps are simple fractions. `sound` boxes have an area.
    """
    dtype = draw.choice(("int32", "float32"))
    if kind == "center":
        return In((*lead, 2), dtype, 0, 6), In((*lead, 2), dtype, 1 if sound else 0, 5)
    return In((*lead, 2), dtype, 0, 4), In((*lead, 2), dtype, 5 if sound else 2, 9)


def _draw_nms(draw: Draw) -> Case:
    lead = (*(draw.integer(1, 3) for _ in range(draw.integer(0, 2))), draw.integer(1, 14))
    source, with_class = draw.choice(_FORMATS), draw.flag(0.6)
    columns: list[tuple[str, tuple[In, ...]]] = [
        ("score_index", (In((*lead, 1), low=-0.5, high=1, kind=draw.choice(("uniform", "ties"))),)),
        ("coord_start", box_parts(draw, lead, source)),
    ]
    if with_class:
        columns.append(("id_index", (In((*lead, 1), "int32", -2, 3),)))
    if draw.flag(0.3):
        columns.append(("", (In((*lead, 1)),)))
    attrs = draw.given(
        overlap_thresh=draw.choice(_THRESHOLDS),
        valid_thresh=draw.choice((0.0, 0.25, -1.0)),
        topk=draw.choice((-1, 0, 1, 3, 20)),
        background_id=draw.integer(-1, 2),
        force_suppress=draw.flag(),
        out_format=draw.choice(_FORMATS),
    )
    attrs |= {"in_format": source} if source == "center" else draw.given(in_format=source)
    parts: list[In] = []
    for name, found in draw.some(columns, len(columns)):
        attrs |= {name: sum(part.shape[-1] for part in parts)} if name else {}
        parts += found
    return Case("_contrib_box_nms", (In(dtype=draw.choice(FLOATS), parts=tuple(parts)),), attrs, grad=draw.flag())


def _draw_iou(draw: Draw) -> Case:
    kind, dtype = draw.choice(_FORMATS), draw.choice(FLOATS)
    boxes = tuple(In(dtype=dtype, parts=box_parts(draw, draw.shape(1, 3), kind)) for _ in range(2))
    return Case(
        "_contrib_box_iou", boxes, {"format": kind} if kind == "center" else draw.given(format=kind), grad=draw.flag()
    )


def _draw_matching(draw: Draw) -> Case:
    data = draw.data(draw.shape(2, 4), draw.choice(FLOATS), also=("ties",))
    attrs = draw.given(is_ascend=draw.flag(), topk=draw.choice((-1, 0, 1, 2, 9)))
    threshold = draw.choice((-2.0, -0.5, 0.0, 0.3, 0.5))
    return Case("_contrib_bipartite_matching", (data,), {"threshold": threshold, **attrs}, outputs=2, grad=draw.flag())


def _draw_encode(draw: Draw) -> Case:
    batch, anchors, truths = draw.integer(1, 3), draw.integer(1, 6), draw.integer(1, 4)
    dtype = draw.choice(FLOATS)
    samples = In((batch, anchors), dtype, -1, 1, kind=draw.choice(("uniform", "ties")))
    matches = In(dtype=dtype, parts=(In((batch, anchors), "int32", 0, truths),))
    boxes = [In(dtype=dtype, parts=box_parts(draw, (batch, count), sound=True)) for count in (anchors, truths)]
    normal = In((4,), dtype), In((4,), dtype, 0.1, 1)
    return Case("_contrib_box_encode", (samples, matches, *boxes, *normal), outputs=2, grad=draw.flag(0.3))


def _draw_decode(draw: Draw) -> Case:
    dtype, kind = draw.choice(FLOATS), draw.choice(_FORMATS)
    batch, count = draw.integer(1, 3), draw.integer(1, 6)
    inputs = In((batch, count, 4), dtype), In(dtype=dtype, parts=box_parts(draw, (1, count), kind))
    attrs = draw.given(
        **{f"std{i}": draw.number(0.1, 1) for i in range(4)}, clip=draw.choice((-1.0, 0.0, 0.2, 5.0)), format=kind
    )
    return Case("_contrib_box_decode", inputs, attrs, grad=draw.flag())


GENERATORS = {
    "_contrib_box_nms": _draw_nms,
    "_contrib_box_iou": _draw_iou,
    "_contrib_bipartite_matching": _draw_matching,
    "_contrib_box_encode": _draw_encode,
    "_contrib_box_decode": _draw_decode,
}
