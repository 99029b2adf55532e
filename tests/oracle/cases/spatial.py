"""Cases of gluax.ops.spatial."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw, Shape

_LOC = [[0.83, 0.12, 0.05, -0.21, 0.92, 0.13], [1.5, 0.3, -0.4, 0.2, 1.3, 0.6]]
_CORRELATIONS: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 3, 5, 6), {}),
    ((1, 2, 7, 7), {"max_displacement": 2, "pad_size": 2}),
    ((1, 2, 8, 9), {"kernel_size": 3, "max_displacement": 2, "stride2": 2, "pad_size": 3}),
    ((2, 1, 9, 8), {"kernel_size": 3, "max_displacement": 3, "stride1": 2, "stride2": 2, "pad_size": 4}),
    ((1, 3, 6, 6), {"max_displacement": 0, "kernel_size": 1}),
]

CASES = [
    *[
        Case("GridGenerator", (In(values=_LOC, dtype=dtype),), {"transform_type": "affine", "target_shape": size}, grad=True)
        for size, dtype in [((3, 4), "float32"), ((2, 2), "float32"), ((5, 3), "float32")]
    ],
    *[
        Case("GridGenerator", (In(shape, dtype, -3, 3),), {"transform_type": "warp"}, grad=True)
        for shape, dtype in [((2, 2, 3, 4), "float32"), ((1, 2, 5, 2), "float32")]
    ],
    *[
        Case("BilinearSampler", (In((2, 3, *size), dtype), In((2, 2, *target), dtype, -1.3, 1.3)), grad=True)
        for size, target, dtype in [
            ((4, 5), (3, 6), "float32"),
            ((2, 7), (5, 5), "float32"),
            ((5, 5), (2, 3), "float64"),
            ((3, 4), (4, 3), "float16"),
        ]
    ],
    # On the edges and on grid points, where the gradient of the grid is one-sided.
    Case("BilinearSampler", (In((1, 2, 3, 3)), In(values=[[[[-1, 0, 1]], [[-1, 0, 1]]]])), grad=True),
    *[
        Case(
            "SpatialTransformer",
            (In((2, 3, *size), dtype), In(values=_LOC, dtype=dtype)),
            {"target_shape": target, "transform_type": "affine", "sampler_type": "bilinear"},
            grad=True,
        )
        for size, target, dtype in [
            ((4, 5), (3, 6), "float32"),
            ((6, 6), (6, 6), "float32"),
            ((3, 5), (4, 3), "float64"),
        ]
    ],
    Case(
        "SpatialTransformer",
        (In((1, 2, 4, 4)), In(values=[[1, 0, 0, 0, 1, 0]])),
        {"target_shape": (4, 4), "transform_type": "affine", "sampler_type": "bilinear"},
        grad=True,
    ),
    *[
        Case("Correlation", (shape, shape), {**attrs, "is_multiply": multiply}, grad=True)
        for shape, attrs in _CORRELATIONS
        for multiply in (True, False)
    ],
    Case("Correlation", (In((1, 2, 4, 4), "float64"), In((1, 2, 4, 4), "float64")), {}, grad=True),
    Case("Correlation", (In((1, 2, 4, 4), low=0, high=2, dtype="float32", values=np.ones((1, 2, 4, 4)).tolist()),) * 2, {"is_multiply": False}, grad=True),
]  # fmt: skip


def _drawn_maps(draw: Draw) -> Shape:
    return draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 6), draw.integer(1, 6)


def _draw_grid(draw: Draw) -> Case:
    if draw.flag():
        attrs = {"transform_type": "affine", "target_shape": (draw.integer(1, 5), draw.integer(1, 5))}
        return Case("GridGenerator", (In((draw.integer(1, 3), 6)),), attrs, grad=draw.flag())
    batch, _, *size = _drawn_maps(draw)
    return Case("GridGenerator", (In((batch, 2, *size), low=-3, high=3),), {"transform_type": "warp"}, grad=draw.flag())


def _draw_sampler(draw: Draw) -> Case:
    shape, dtype = _drawn_maps(draw), draw.choice(FLOATS)
    grid = draw.data((shape[0], 2, draw.integer(1, 5), draw.integer(1, 5)), dtype, -1.5, 1.5, also=("ties",))
    half = {"atol": 1e-2, "why": "places are rounded to float16"} if dtype == "float16" else {}
    return Case(
        "BilinearSampler", (In(shape, dtype), grid), draw.given(cudnn_off=draw.flag()), grad=draw.flag(), **half
    )


def _draw_transformer(draw: Draw) -> Case:
    shape, dtype = _drawn_maps(draw), draw.choice(("float32", "float64"))
    attrs = {
        "target_shape": (draw.integer(2, 5), draw.integer(2, 5)),
        "transform_type": "affine",
        "sampler_type": "bilinear",
        **draw.given(cudnn_off=draw.flag()),
    }
    return Case("SpatialTransformer", (In(shape, dtype), In((shape[0], 6), dtype, -1.3, 1.3)), attrs, grad=draw.flag())


def _draw_correlation(draw: Draw) -> Case:
    kernel, far, pad = draw.choice((1, 1, 3, 5)), draw.integer(0, 3), draw.integer(0, 4)
    least = max(1, 2 * (far + kernel // 2 - pad) + 1)
    shape = (draw.integer(1, 2), draw.integer(1, 3), least + draw.integer(0, 4), least + draw.integer(0, 4))
    attrs = {
        "kernel_size": kernel,
        "max_displacement": far,
        "pad_size": pad,
        **draw.given(stride1=draw.integer(1, 3), stride2=draw.integer(1, 3), is_multiply=draw.flag()),
    }
    dtype = draw.choice(FLOATS)
    inputs = draw.data(shape, dtype, also=("ties",)), draw.data(shape, dtype, also=("ties",))
    return Case("Correlation", inputs, attrs, grad=draw.flag())


GENERATORS = {
    "GridGenerator": _draw_grid,
    "BilinearSampler": _draw_sampler,
    "SpatialTransformer": _draw_transformer,
    "Correlation": _draw_correlation,
}
