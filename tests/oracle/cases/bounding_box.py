"""Cases of gluax.ops.bounding_box."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

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


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [
        Case(
            "_contrib_box_nms",
            (_boxes((int(random.randint(1, 3)), int(random.randint(1, 60))), int(random.randint(1 << 30))),),
            {
                "overlap_thresh": float(random.choice([0.05, 0.25, 0.5, 0.75])),
                "topk": int(random.choice([-1, 5, 20])),
                "id_index": int(random.choice([-1, 0])),
                "force_suppress": bool(random.randint(2)),
                "valid_thresh": float(random.choice([0.0, 0.33])),
                "out_format": str(random.choice(["corner", "center"])),
            },
            grad=True,
        )
        for _ in range(10)
    ]
