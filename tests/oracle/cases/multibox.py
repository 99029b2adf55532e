"""Cases of gluax.ops.multibox. MXNet runs these in float32 only."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw


def _anchors(count: int, seed: int) -> In:
    random = np.random.RandomState(seed)
    corner, size = random.uniform(0, 0.6, (1, count, 2)), random.uniform(0.1, 0.5, (1, count, 2))
    return In(values=np.concatenate([corner, corner + size], -1).round(4).tolist())


def _labels(counts: tuple[int, ...], width: int, seed: int) -> In:
    """Rows of class, corners and filler; samples hold `counts` boxes and are padded with -1."""
    random = np.random.RandomState(seed)
    table = np.full((len(counts), max(*counts, 1) + 1, width), -1.0)
    for sample, count in zip(table, counts):
        corner, size = random.uniform(0, 0.6, (count, 2)), random.uniform(0.1, 0.5, (count, 2))
        sample[:count] = np.concatenate(
            [random.randint(0, 3, (count, 1)), corner, corner + size, np.ones((count, width - 5))], 1
        )
    return In(values=table.round(4).tolist())


def _probabilities(batch: int, classes: int, anchors: int, seed: int) -> In:
    random = np.random.RandomState(seed)
    return In(values=(random.dirichlet(np.ones(classes) / 2, (batch, anchors)).transpose(0, 2, 1)).round(2).tolist())


_PRIORS: list[dict[str, Any]] = [
    {},
    {"sizes": (0.5, 0.2), "ratios": (4, 1, 2)},
    {"sizes": (0.9, 0.272), "ratios": (1, 2, 0.5), "clip": True},
    {"sizes": (0.1,), "ratios": (0.3, 3), "steps": (0.4, 0.3), "offsets": (0.1, 0.2)},
]
_TARGETS: list[dict[str, Any]] = [
    {},
    {"overlap_threshold": 0.2},
    {"overlap_threshold": 0.0},
    {"negative_mining_ratio": 1.0},
    {"negative_mining_ratio": 0.7, "negative_mining_thresh": 0.4, "ignore_label": -2.0, "overlap_threshold": 0.3},
    {"negative_mining_ratio": 0.5, "minimum_negative_samples": 7, "overlap_threshold": 0.0, "variances": (0.2, 0.3, 0.4, 0.5)},
    {"negative_mining_ratio": 30.0, "negative_mining_thresh": 1.0, "overlap_threshold": 0.3},
]  # fmt: skip
_DETECTIONS: list[dict[str, Any]] = [
    {},
    {"threshold": 0.45},
    {"threshold": 0.0},
    {"nms_threshold": 0.3, "force_suppress": True},
    {"nms_threshold": 0.2, "variances": (0.01, 0.02, 0.03, 0.04)},
    {"nms_topk": 4, "nms_threshold": 0.2},
    {"nms_topk": 400},
    {"background_id": 1},
    {"clip": False},
    {"nms_threshold": 0.0},
    {"nms_threshold": 1.5},
]

CASES = [
    *[
        Case("_contrib_MultiBoxPrior", (shape,), attrs, grad=shape[0] == 1)
        for attrs in _PRIORS
        for shape in [(1, 1, 2, 3), (2, 3, 5, 4)]
    ],
    Case("_npx_multibox_prior", ((1, 1, 3, 2),), {"sizes": (0.3, 0.4)}),
    *[
        Case("_contrib_MultiBoxTarget", (_anchors(20, 1), _labels((4, 0, 2), 6, 2), In((3, 4, 20))), attrs, outputs=3)
        for attrs in _TARGETS
    ],
    Case("_contrib_MultiBoxTarget", (_anchors(7, 3), _labels((1,), 5, 4), In((1, 2, 7))), {}, outputs=3, grad=(2,)),
    Case("_npx_multibox_target", (_anchors(3, 3), _labels((6,), 5, 4), In((1, 2, 3))), {}, outputs=3),
    *[
        Case("_contrib_MultiBoxDetection", (_probabilities(2, 4, 14, 5), In((2, 56)), _anchors(14, 6)), attrs)
        for attrs in _DETECTIONS
    ],
    Case("_npx_multibox_detection", (_probabilities(1, 2, 5, 7), In((1, 20)), _anchors(5, 8)), grad=True),
    # Scores of 0 and below count, down to -1.
    Case(
        "_contrib_MultiBoxDetection",
        (In((1, 3, 9), low=-2, high=0.5), In((1, 36)), _anchors(9, 9)),
        {"threshold": -1.5},
    ),
    Case(
        "_contrib_MultiBoxDetection",
        (In(values=np.zeros((1, 2, 3)).tolist()), In((1, 12)), _anchors(3, 9)),
        {"threshold": 0.0},
    ),
]


def _draw_prior(draw: Draw) -> Case:
    shape = tuple(draw.integer(1, 5) for _ in range(4))
    attrs = draw.given(
        sizes=tuple(draw.number(0.05, 1.2) for _ in range(draw.integer(1, 3))),
        ratios=tuple(draw.number(0.2, 4) for _ in range(draw.integer(1, 3))),
        clip=draw.flag(),
        steps=(draw.number(0.05, 0.5), draw.number(0.05, 0.5)) if draw.flag() else (-1, -1),
        offsets=(draw.number(0, 1), draw.number(0, 1)),
    )
    return Case("_contrib_MultiBoxPrior", (shape,), attrs, grad=draw.flag())


def _drawn_anchors(draw: Draw, count: int) -> In:
    """Proper boxes, on few places or anywhere."""
    kind = draw.choice(("uniform", "ties"))
    return In(parts=(In((1, count, 2), low=0, high=0.4, kind=kind), In((1, count, 2), low=0.5, high=1, kind=kind)))


def _drawn_variances(draw: Draw) -> tuple[float, ...]:
    return tuple(draw.number(0.05, 0.5) for _ in range(4))


def _draw_target(draw: Draw) -> Case:
    batch, count, classes, width = draw.integer(1, 3), draw.integer(1, 20), draw.integer(1, 5), draw.choice((5, 6))
    labels = _labels(tuple(draw.integer(0, 5) for _ in range(batch)), width, draw.integer(0, 1 << 30))
    attrs = draw.given(
        overlap_threshold=draw.choice((0.0, 0.2, 0.5, 0.9)),
        ignore_label=float(draw.integer(-3, 3)),
        negative_mining_ratio=draw.choice((-1.0, 0.4, 1.0, 3.0, 50.0)),
        negative_mining_thresh=draw.choice((0.1, 0.5, 1.0)),
        minimum_negative_samples=draw.integer(0, 5),
        variances=_drawn_variances(draw),
    )
    return Case(
        "_contrib_MultiBoxTarget", (_drawn_anchors(draw, count), labels, In((batch, classes, count))), attrs, outputs=3
    )


def _draw_detection(draw: Draw) -> Case:
    batch, count, classes = draw.integer(1, 3), draw.integer(1, 20), draw.integer(2, 5)
    scores = In((batch, classes, count), low=0, high=1, kind=draw.choice(("uniform", "ties")))
    attrs = draw.given(
        clip=draw.flag(),
        threshold=draw.choice((0.0, 0.25, 0.5, 0.9)),
        background_id=draw.integer(0, 2),
        nms_threshold=draw.choice((0.1, 0.3, 0.5, 0.9, 1.0, 0.0, 2.0)),
        force_suppress=draw.flag(),
        variances=_drawn_variances(draw),
        nms_topk=draw.choice((-1, 0, 1, 5, 100)),
    )
    inputs = scores, In((batch, 4 * count)), _drawn_anchors(draw, count)
    return Case("_contrib_MultiBoxDetection", inputs, attrs, grad=draw.flag(0.3))


GENERATORS = {
    "_contrib_MultiBoxPrior": _draw_prior,
    "_contrib_MultiBoxTarget": _draw_target,
    "_contrib_MultiBoxDetection": _draw_detection,
}

NOTES = {
    "_contrib_MultiBoxTarget": (
        "MXNet refuses to mine more negatives than there are candidates; gluax then takes all candidates. "
        "MXNet on CPU ignores minimum_negative_samples, and so does gluax."
    ),
}
