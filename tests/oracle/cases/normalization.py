"""Cases of gluax.ops.normalization. MXNet has no kernels for integers; InstanceNorm and LRN take float32 only."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In


def _case(op, shape, count, dtype="float32", low=-1.0, **attrs) -> Case:
    inputs = (In(shape, dtype, low, low + 2), *(In((count,), dtype) for _ in range(2 if count else 0)))
    return Case(op, inputs, attrs, 3 if attrs.get("output_mean_var") else 1, grad=True)


CASES = [
    *[
        _case("LayerNorm", shape, shape[axis], axis=axis, eps=eps)
        for shape, axis in [((7,), 0), ((3, 5), -1), ((2, 3, 4), -1), ((2, 3, 4), 1), ((3, 4, 5), 0)]
        for eps in (1e-5, 0.1)
    ],
    *[_case("LayerNorm", (2, 3, 4), 4, output_mean_var=True), _case("LayerNorm", (2, 3), 3, low=50.0)],
    *[_case("LayerNorm", (2, 3, 4), 3, axis=-2, output_mean_var=True), _case("_npx_layer_norm", (3, 5), 5)],
    *[_case("LayerNorm", (3, 8), 8, dtype) for dtype in ("float64", "float16")],
    *[_case("LayerNorm", (2, 3, 1), 1), _case("LayerNorm", (2, 300), 300)],
    *[_case("GroupNorm", (2, 6, *rest), groups, num_groups=groups) for groups in (1, 2, 6) for rest in ((4,), (3, 4))],
    *[_case("GroupNorm", (2, 6, 4), 3, num_groups=3, output_mean_var=True, eps=0.1)],
    _case("GroupNorm", (2, 6, 4), 2, "float64", num_groups=2),
    *[_case("InstanceNorm", (2, 3, *rest), 3, eps=eps) for rest in ((4,), (3, 4), (2, 2, 3)) for eps in (0.001, 0.1)],
    *[
        _case("L2Normalization", shape, 0, dtype, mode=mode, eps=eps)
        for mode in ("instance", "channel", "spatial")
        for shape in ((2, 3, 4), (2, 3, 4, 5))
        for dtype, eps in (("float32", 1e-10), ("float64", 0.1))
    ],
    *[_case("L2Normalization", (3, 4), 0), _case("L2Normalization", (2, 3, 4), 0, "float16", mode="channel")],
    *[Case("L2Normalization", (In(values=[[0.0, 0.0], [3.0, 4.0]]),), {}, grad=True)],
    *[_case("LRN", (2, 7, 3, 2), 0, nsize=nsize) for nsize in (1, 3, 5, 7)],
    *[
        _case("LRN", (2, 7, 3, 2), 0, low=2.0, nsize=5, alpha=0.5, beta=beta, knorm=knorm)
        for beta, knorm in [(0.75, 1.0), (1.2, 0.3)]
    ],
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(6):
        shape = tuple(map(int, random.randint(2, 6, random.randint(2, 5))))
        axis = int(random.randint(-len(shape), len(shape)))
        cases.append(_case("LayerNorm", shape, shape[axis], axis=axis, eps=float(random.uniform(0.001, 0.1))))
        groups, each = map(int, random.randint(1, 4, 2))
        cases.append(_case("GroupNorm", (2, groups * each, *shape), groups, num_groups=groups, eps=0.01))
        cases.append(_case("InstanceNorm", (2, *shape), shape[0], eps=0.01))
        cases.append(
            _case("L2Normalization", (2, *shape), 0, mode=("instance", "channel", "spatial")[random.randint(3)])
        )
    return cases
