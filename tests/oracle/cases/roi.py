"""Cases of gluax.ops.roi."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw, Shape

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


def _drawn_rois(draw: Draw, data: Shape, scale: float, dtype: str, *, low: int = 0, proper: bool = False) -> In:
    """Boxes around the map: inside, partly or wholly outside, reversed unless `proper`. Often at whole places."""
    count, size = draw.integer(1, 5), max(data[2:]) / scale
    kind = draw.choice(("uniform", "ties"))
    first = In((count, 2), low=-3, high=round(size * 0.6), kind=kind)
    second = In((count, 2), low=round(size * (0.6 if proper else 0.2)) + proper, high=round(size * 1.4) + 2, kind=kind)
    return In(dtype=dtype, parts=(In((count, 1), "int32", low, data[0]), first, second))


def _drawn_map(draw: Draw, channels: int = 0) -> Shape:
    return draw.integer(1, 2), channels or draw.integer(1, 3), draw.integer(1, 8), draw.integer(1, 8)


def _draw_pooling(draw: Draw) -> Case:
    shape, dtype, scale = _drawn_map(draw), draw.choice(FLOATS), draw.choice((1.0, 0.5, 0.3))
    attrs = {"pooled_size": (draw.integer(1, 5), draw.integer(1, 5)), "spatial_scale": scale}
    data = draw.data(shape, dtype, also=("ties",))
    return Case("ROIPooling", (data, _drawn_rois(draw, shape, scale, dtype, low=-1)), attrs, grad=draw.flag())


_HALF = "both round every step of the places and sums to float16"


def _draw_align(draw: Draw) -> Case:
    bins, sensitive, aligned = (draw.integer(1, 4), draw.integer(1, 4)), draw.flag(0.3), draw.flag()
    shape = _drawn_map(draw, bins[0] * bins[1] * draw.integer(1, 2) if sensitive else 0)
    dtype, scale = draw.choice(FLOATS), draw.choice((1.0, 0.5, 0.3))
    attrs = {
        "pooled_size": bins,
        "spatial_scale": scale,
        **draw.given(sample_ratio=draw.choice((-1, 0, 1, 2, 3)), aligned=aligned),
    }
    attrs |= {"position_sensitive": True} if sensitive else draw.given(position_sensitive=False)
    rois = _drawn_rois(draw, shape, scale, dtype, proper=aligned)
    half = {"rtol": 2e-2, "atol": 5e-3, "why": _HALF} if dtype == "float16" else {}
    return Case("_contrib_ROIAlign", (In(shape, dtype), rois), attrs, grad=draw.flag(), **half)


def _draw_rotated(draw: Draw) -> Case:
    shape, count, dtype = _drawn_map(draw), draw.integer(1, 4), draw.choice(FLOATS)
    box = In((count, 2), low=-1, high=10), In((count, 2), low=0, high=9), In((count, 1), low=-200, high=200)
    rois = In(dtype=dtype, parts=(In((count, 1), "int32", 0, shape[0]), *box))
    attrs = {"pooled_size": (draw.integer(1, 4), draw.integer(1, 4)), "spatial_scale": draw.choice((1.0, 0.5, 0.8))}
    attrs |= draw.given(sampling_ratio=draw.choice((-1, 0, 1, 2, 3)))
    # A rotated place on the edge of the map may round to either side of it.
    half = {"atol": 0.2, "why": _HALF} if dtype == "float16" else {}
    return Case("_contrib_RROIAlign", (In(shape, dtype), rois), attrs, **half)


def _draw_sensitive(draw: Draw) -> Case:
    pooled, groups, depth, scale = (
        draw.integer(1, 4),
        draw.integer(1, 3),
        draw.integer(1, 2),
        draw.choice((1.0, 0.5, 0.3)),
    )
    attrs = {"spatial_scale": scale, "output_dim": depth, "pooled_size": pooled}
    if draw.flag():
        attrs["group_size"] = groups
    else:
        groups = pooled
    shape, dtype = _drawn_map(draw, depth * groups * groups), draw.choice(FLOATS)
    return Case(
        "_contrib_PSROIPooling", (In(shape, dtype), _drawn_rois(draw, shape, scale, dtype)), attrs, grad=draw.flag()
    )


GENERATORS = {
    "ROIPooling": _draw_pooling,
    "_contrib_ROIAlign": _draw_align,
    "_contrib_RROIAlign": _draw_rotated,
    "_contrib_PSROIPooling": _draw_sensitive,
}

NOTES = {
    "_contrib_ROIAlign": (
        "Not compared: boxes of a negative image, for which MXNet leaves memory as it was in all but one element and "
        "gluax gives 0; with aligned=True boxes without area, on which MXNet ends the process."
    ),
    "_contrib_PSROIPooling": (
        "Not compared: boxes of a negative image, for which MXNet reads outside of its arrays; gluax takes the nearest image."
    ),
}
