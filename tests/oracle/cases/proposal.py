"""Cases of gluax.ops.proposal. MXNet runs these in float32 only."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_FEW: dict[str, Any] = {"rpn_min_size": 0, "rpn_post_nms_top_n": 12, "rpn_pre_nms_top_n": 60}
_ATTRS: list[dict[str, Any]] = [
    _FEW,
    {**_FEW, "threshold": 0.3},
    {**_FEW, "threshold": 0.3, "output_score": True},
    {**_FEW, "scales": (2, 3.5), "ratios": (0.3, 1, 1.7, 3)},
    {**_FEW, "feature_stride": 8, "scales": (8,), "ratios": (1, 0.5)},
    {**_FEW, "rpn_pre_nms_top_n": 20, "threshold": 0.5},
    {**_FEW, "rpn_pre_nms_top_n": -1, "threshold": 0.1, "rpn_post_nms_top_n": 40},
    {**_FEW, "iou_loss": True, "output_score": True},
    {**_FEW, "rpn_min_size": 40, "rpn_pre_nms_top_n": 9, "output_score": True, "scales": (4, 8)},
    {"rpn_post_nms_top_n": 30, "rpn_pre_nms_top_n": 50, "scales": (8, 16)},
]


def _case(
    op: str, batch: int, size: tuple[int, int], attrs: dict[str, Any], image: tuple[float, float], **more: Any
) -> Case:
    count = len(attrs.get("scales", (4, 8, 16, 32))) * len(attrs.get("ratios", (0.5, 1, 2)))
    zoom = attrs.get("feature_stride", 16) / 16
    info = In(values=[[zoom * (image[0] - 3 * i), zoom * (image[1] - 2 * i), 1.0 + 0.25 * i] for i in range(batch)])
    inputs = (
        In((batch, 2 * count, *size), low=0, high=1, distinct=True),
        In((batch, 4 * count, *size), low=-0.5, high=0.5),
        info,
    )
    return Case(op, inputs, attrs, outputs=2 if attrs.get("output_score") else 1, **more)


CASES = [
    *[_case("_contrib_Proposal", 1, (5, 6), attrs, (80, 96)) for attrs in _ATTRS],
    *[_case("_contrib_MultiProposal", 2, (4, 5), attrs, (70, 80)) for attrs in _ATTRS],
    _case("_contrib_Proposal", 1, (5, 6), _FEW, (52, 60)),
    _case("_contrib_Proposal", 1, (2, 2), {**_FEW, "scales": (1,), "ratios": (1,)}, (32, 32), grad=(0, 1)),
    _case("_contrib_MultiProposal", 1, (2, 2), {**_FEW, "scales": (1,), "ratios": (1,)}, (32, 32), grad=(0, 1)),
    _case("_contrib_Proposal", 1, (12, 12), {"scales": (1, 2, 4), "rpn_min_size": 4, "threshold": 0.6}, (192, 192)),
]


def _draw_proposal(draw: Draw, op: str, batch: int) -> Case:
    size = draw.integer(2, 6), draw.integer(2, 6)
    attrs = {
        "rpn_post_nms_top_n": draw.integer(1, 20),
        "rpn_min_size": draw.choice((0, 1, 16, 40)),
        **draw.given(
            rpn_pre_nms_top_n=draw.choice((-1, 1, 10, 40, 6000)),
            threshold=draw.choice((0.1, 0.3, 0.5, 0.7, 1.0)),
            scales=tuple(draw.choice((1, 2, 3.5, 8)) for _ in range(draw.integer(1, 3))),
            ratios=tuple(draw.choice((0.3, 0.5, 1, 2, 3)) for _ in range(draw.integer(1, 3))),
            feature_stride=draw.choice((4, 8, 16)),
            output_score=draw.flag(),
            iou_loss=draw.flag(),
        ),
    }
    # MXNet ends the process when the image is larger than the map.
    image = (size[0] * 16.0 - draw.integer(0, 20), size[1] * 16.0 - draw.integer(0, 20))
    return _case(op, batch, size, attrs, image)


GENERATORS = {
    "_contrib_Proposal": lambda draw: _draw_proposal(draw, "_contrib_Proposal", 1),
    "_contrib_MultiProposal": lambda draw: _draw_proposal(draw, "_contrib_MultiProposal", draw.integer(1, 3)),
}

NOTES = {
    "_contrib_Proposal": "Not compared: images larger than the map (im_info), on which MXNet ends the process.",
    "_contrib_MultiProposal": "Not compared: images larger than the map (im_info), on which MXNet ends the process.",
}
