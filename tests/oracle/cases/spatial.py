"""Cases of gluax.ops.spatial."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

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


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(5):
        shape = (1, int(random.randint(1, 4)), int(random.randint(6, 10)), int(random.randint(6, 10)))
        attrs = {
            "kernel_size": int(random.choice([1, 3])),
            "max_displacement": int(random.randint(1, 4)),
            "stride1": int(random.randint(1, 3)),
            "stride2": int(random.randint(1, 3)),
            "pad_size": 4,
            "is_multiply": bool(random.randint(2)),
        }
        cases.append(Case("Correlation", (shape, shape), attrs, grad=True))
        grid = In((1, 2, int(random.randint(1, 6)), int(random.randint(1, 6))), low=-1.2, high=1.2)
        cases.append(Case("BilinearSampler", (shape, grid), grad=True))
    return cases
