"""Cases of gluax.ops.roi."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

# Image and corners: inside, reversed, partly and wholly outside, tiny, of no image.
_ROIS = [
    [0, 1, 1, 8, 6],
    [1, 2.3, 0.4, 11.7, 9.9],
    [0, 5, 5, 2, 2],
    [1, -4, -3, 3, 2],
    [0, 6, 7, 30, 28],
    [0, 40, 40, 50, 50],
    [1, 3.2, 3.2, 3.4, 3.4],
    [-1, 0, 0, 5, 5],
]
# ROIAlign and PSROIPooling read outside their arrays for the last one: leave it out.
_INSIDE = [row for row in _ROIS if row[0] >= 0]
# MXNet ends the process on a box without area when aligned.
_PROPER = [row for row in _INSIDE if row[3] > row[1]]


def _rois(rows: list[list[float]], dtype: str = "float32") -> In:
    return In(values=rows, dtype=dtype)


CASES = [
    *[
        Case("ROIPooling", (In((2, 3, 7, 9), distinct=True), _rois(_ROIS)), {"pooled_size": size, "spatial_scale": scale}, grad=True)
        for size in ((2, 2), (3, 1), (4, 5))
        for scale in (1.0, 0.5)
    ],
    *[
        Case("ROIPooling", (In((2, 2, 5, 5), dtype), _rois(_ROIS, dtype)), {"pooled_size": (2, 2), "spatial_scale": 0.5}, grad=(0,))
        for dtype in ("float64", "float16")
    ],
    Case("_npx_roi_pooling", (In((2, 2, 5, 5), values=np.ones((2, 2, 5, 5)).tolist()), _rois(_ROIS)), {"pooled_size": (2, 3), "spatial_scale": 1.0}, grad=(0,)),
    *[
        Case(
            "_contrib_ROIAlign",
            ((2, 3, 7, 9), _rois(_PROPER if aligned else _INSIDE)),
            {"pooled_size": size, "spatial_scale": scale, "sample_ratio": ratio, "aligned": aligned},
            grad=True,
        )
        for size in ((2, 2), (3, 1))
        for scale, aligned in ((1.0, False), (0.5, True))
        for ratio in (-1, 1, 2, 5)
    ],
    Case("_contrib_ROIAlign", ((2, 3, 7, 9), _rois(_PROPER)), {"pooled_size": (3, 2), "spatial_scale": 0.3, "aligned": True}),
    *[
        Case(
            "_contrib_ROIAlign",
            ((2, 12, 5, 6), _rois(_INSIDE)),
            {"pooled_size": (2, 3), "spatial_scale": 0.5, "sample_ratio": ratio, "position_sensitive": True},
            grad=True,
        )
        for ratio in (-1, 2)
    ],
    *[
        Case("_contrib_ROIAlign", (In((2, 2, 5, 5), dtype), _rois(_INSIDE, dtype)), {"pooled_size": (2, 2), "spatial_scale": 0.5, "sample_ratio": 2}, grad=(0,))
        for dtype in ("float64", "float16")
    ],
    *[
        Case(
            "_contrib_RROIAlign",
            ((2, 3, 7, 9), _rois([[0, 4, 4, 5, 3, 30], [1, 3, 5, 2, 8, -70], [0, 8, 6, 9, 9, 180], [1, 2, 2, 0.1, 0.1, 0]])),
            {"pooled_size": (2, 3), "spatial_scale": 0.8, "sampling_ratio": ratio},
        )
        for ratio in (-1, 2)
    ],
    *[
        Case("_contrib_PSROIPooling", ((2, 18, 7, 9), _rois(_INSIDE)), {"spatial_scale": scale, "output_dim": 2, "pooled_size": 3, **more}, grad=True)
        for scale in (1.0, 0.4)
        for more in ({}, {"group_size": 3})
    ],
    Case("_contrib_PSROIPooling", ((2, 12, 7, 9), _rois(_INSIDE)), {"spatial_scale": 0.6, "output_dim": 3, "pooled_size": 5, "group_size": 2}),
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(6):
        corner, size = random.uniform(0, 12, (5, 2)), random.uniform(1, 8, (5, 2))
        rois = _rois(np.concatenate([random.randint(0, 2, (5, 1)), corner, corner + size], 1).round(2).tolist())
        shape = (2, int(random.randint(1, 4)), int(random.randint(4, 9)), int(random.randint(4, 9)))
        attrs = {"pooled_size": tuple(int(n) for n in random.randint(1, 5, 2)), "spatial_scale": 0.5}
        cases.append(Case("ROIPooling", (In(shape, distinct=True), rois), attrs, grad=True))
        ratio = int(random.choice([-1, 1, 2, 3, 4]))
        cases.append(Case("_contrib_ROIAlign", (shape, rois), {**attrs, "sample_ratio": ratio}, grad=True))
    return cases
