"""Cases of gluax.ops.convolution. MXNet has no CPU kernel for float16, integers and channels-last layouts."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_SPATIAL = {1: (7,), 2: (5, 6), 3: (3, 4, 3)}


def _case(channels, filters, kernel, groups=1, spatial=None, dtype="float32", op="Convolution", **attrs) -> Case:
    data = (2 if len(kernel) == 1 else 1, channels, *(spatial or _SPATIAL[len(kernel)]))
    weight = (filters, channels // groups, *kernel)
    bias = () if attrs.get("no_bias") else ((filters,),)
    inputs = tuple(In(shape, dtype) for shape in (data, weight, *bias))
    attrs = {"kernel": kernel, "num_filter": filters, **({"num_group": groups} if groups > 1 else {}), **attrs}
    return Case(op, inputs, attrs, grad=True)


CASES = [
    *[_case(3, 4, (k,) * rank) for rank in (1, 2, 3) for k in (1, 3)],
    *[_case(3, 4, (3,) * rank, pad=(1,) * rank, stride=(2,) * rank, no_bias=True) for rank in (1, 2, 3)],
    *[_case(3, 4, (2,) * rank, dilate=(2,) * rank) for rank in (1, 2)],
    _case(2, 3, (2, 3, 2), stride=(2, 1, 1), dilate=(2, 1, 1), pad=(1, 0, 1)),
    *[_case(4, 4, (2, 2, 2), groups=g) for g in (2, 4)],
    *[_case(3, 4, (2, 3), **attrs) for attrs in ({"stride": (3, 1)}, {"pad": (2, 1)}, {"dilate": (1, 2)})],
    *[_case(3, 5, (1, 1), stride=(2, 3)), _case(3, 5, (1, 1), pad=(1, 2)), _case(1, 1, (5, 6))],
    *[_case(4, 6, (3, 3), groups=2, pad=(1, 1), stride=stride) for stride in ((1, 1), (2, 2))],
    *[_case(4, 6, (1, 1), groups=2), _case(40, 20, (3, 3), groups=10, spatial=(4, 3)), _case(64, 4, (3,), groups=2)],
    *[_case(12, 12, (3, 3), groups=3), _case(90, 18, (2, 2), groups=18, spatial=(3, 3))],
    *[_case(4, 4 * m, (3, 3), groups=4, pad=(1, 1), stride=s) for m in (1, 2) for s in ((1, 1), (2, 1))],
    *[_case(3, 3, (3,) * rank, groups=3, dilate=(2,) * rank, pad=(2,) * rank) for rank in (1, 2)],
    *[_case(3, 4, (3, 3), layout="NCHW"), _case(3, 4, (3,), layout="NCW"), _case(3, 4, (2, 2, 2), layout="NCDHW")],
    *[_case(3, 4, (3, 3), dtype="float64"), _case(3, 3, (3, 3), groups=3, dtype="float64")],
    _case(3, 4, (3, 3), cudnn_tune="off", workspace=256, cudnn_off=True),
    _case(3, 4, (3, 3), op="_npx_convolution"),
    *[_case(3, 4, (3, 3), op="Convolution_v1", **attrs) for attrs in ({}, {"pad": (1, 1), "no_bias": True})],
    _case(4, 4, (3, 3), groups=2, op="Convolution_v1", stride=(2, 2)),
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(20):
        rank = random.randint(1, 3)
        kernel, stride, dilate, pad = (
            tuple(map(int, random.randint(a, b, rank))) for a, b in ((1, 4), (1, 4), (1, 3), (0, 3))
        )
        spatial = tuple((k - 1) * d + 1 + int(random.randint(0, 5)) for k, d in zip(kernel, dilate))
        groups, inputs, filters = map(int, random.randint(1, 4, 3))
        attrs = {"stride": stride, "dilate": dilate, "pad": pad, "no_bias": bool(random.randint(2))}
        cases.append(_case(groups * inputs, groups * filters, kernel, groups, spatial, **attrs))
    return cases
