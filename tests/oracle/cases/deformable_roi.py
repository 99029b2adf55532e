"""Cases of gluax.ops.deformable_roi."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

_OP = "_contrib_DeformablePSROIPooling"


def _case(
    size: tuple[int, int], regions: list[list[float]], *, group: int, pooled: int, channels: int = 2, classes: int = 0,
    dtype: str = "float32", images: int = 2, also: tuple[str, ...] = (), **attrs: Any,
) -> Case:  # fmt: skip
    """Pooling of `regions`; with `classes` the bins are moved."""
    part = attrs.get("part_size", 0) or pooled
    inputs = [In((images, channels * group**2, *size), dtype, also=also), In(values=regions, dtype=dtype)]
    inputs += [In((len(regions), 2 * classes, part, part), dtype)] if classes else []
    given = {"output_dim": channels, "group_size": group, "pooled_size": pooled, **attrs}
    more = {} if classes else {"no_trans": True}
    # MXNet adds up and divides in float16; the places of the samples are as coarse.
    loose = {"rtol": 2e-2, "why": "places of samples are rounded to float16"} if dtype == "float16" else {}
    return Case(_OP, tuple(inputs), {**given, **more}, grad=True, **loose)


_REGIONS = [
    [0.0, 0.0, 0.0, 7.0, 5.0],
    [1.0, 2.5, 1.2, 6.0, 4.0],
    [0.0, -3.0, -2.0, 2.0, 3.0],
    [1.0, 4.0, 4.0, 3.0, 3.0],
]

CASES = [
    _case((6, 8), _REGIONS, group=2, pooled=2, spatial_scale=1.0),
    _case((6, 8), _REGIONS, group=3, pooled=3, classes=1, spatial_scale=0.5, sample_per_part=2, trans_std=0.1),
    _case((5, 5), _REGIONS, group=2, pooled=4, classes=2, channels=4, spatial_scale=0.7, sample_per_part=3, part_size=2, trans_std=0.3),
    _case((6, 8), _REGIONS, group=1, pooled=3, classes=2, spatial_scale=0.8, part_size=5, trans_std=0.2, dtype="float64"),
]  # fmt: skip


def _draw(draw: Draw) -> Case:
    size = (draw.integer(1, 6), draw.integer(1, 6))
    scale = draw.choice((1.0, 0.5, 0.37))
    classes = draw.integer(0, 2)
    pooled = draw.integer(1, 4)

    def region() -> list[float]:
        # Whole corners and a scale that no halves come of: where a sample falls on the edge hangs on the last bit.
        top, left = draw.number(-2, 8, 2), draw.number(-2, 8, 2)
        return [float(draw.integer(0, 1)), left, top, left + draw.number(-1, 9, 2), top + draw.number(-1, 9, 2)]

    moved = draw.given(part_size=draw.integer(0, 5), trans_std=draw.number(0.05, 0.5)) if classes else {}
    return _case(
        size,
        [region() for _ in range(draw.integer(1, 4))],
        group=draw.integer(1, 3),
        pooled=pooled,
        channels=draw.integer(1, 2) * max(classes, 1),
        classes=classes,
        dtype=draw.choice(FLOATS),
        also=("ties",),
        spatial_scale=scale,
        **draw.given(sample_per_part=draw.integer(1, 3)),
        **moved,
    )


GENERATORS = {_OP: _draw}
