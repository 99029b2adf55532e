"""Cases of gluax.ops.deconvolution. MXNet has no CPU kernel for float16, channels-last layouts and 3D.

Its native kernel also gets dilation with a stride wrong (its oneDNN kernel does not), so they do not meet here.
"""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_SPATIAL = {1: (5,), 2: (3, 4)}


def _case(channels, filters, kernel, groups=1, spatial=None, dtype="float32", op="Deconvolution", **attrs) -> Case:
    data = (1 + len(kernel) % 2, channels, *(spatial or _SPATIAL[len(kernel)]))
    weight = (channels, filters // groups, *kernel)
    bias = () if attrs.get("no_bias", True) else ((filters,),)
    inputs = tuple(In(shape, dtype) for shape in (data, weight, *bias))
    attrs = {"kernel": kernel, "num_filter": filters, **({"num_group": groups} if groups > 1 else {}), **attrs}
    return Case(op, inputs, attrs, grad=True)


CASES = [
    *[_case(3, 4, (k,) * rank) for rank in (1, 2) for k in (1, 3)],
    *[_case(2, 3, (k,) * rank, stride=(s,) * rank) for rank in (1, 2) for k in (2, 3, 4) for s in (2, 3)],
    *[_case(3, 4, (4, 3), stride=(2, 3), pad=(1, 0), no_bias=no_bias) for no_bias in (True, False)],
    *[_case(3, 4, (3, 3), stride=(3, 2), adj=adj, pad=(1, 0)) for adj in ((2, 1), (0, 1), (2, 0))],
    _case(2, 2, (1, 2), stride=(4, 5), adj=(3, 4)),
    *[_case(3, 4, (3, 3), dilate=dilate, pad=(1, 2)) for dilate in ((2, 1), (2, 3))],
    *[_case(3, 4, (3, 3), stride=(2, 2), target_shape=shape) for shape in ((6, 8), (7, 9), (5, 6), (2, 3))],
    _case(3, 4, (4, 4), stride=(2, 2), target_shape=(6, 8), pad=(5, 5), adj=(1, 1)),
    _case(3, 4, (4,), stride=(3,), target_shape=(14,)),
    _case(3, 4, (3, 3), stride=(2, 2), target_shape=(0, 0), pad=(1, 1)),
    *[_case(4, 6, (3, 3), groups=2, stride=s) for s in ((1, 1), (3, 2))],
    *[_case(4, 4 * m, (4, 4), groups=4, stride=(2, 2), pad=(1, 1)) for m in (1, 2)],
    _case(3, 3, (4,), groups=3, stride=(2,), pad=(1,), no_bias=False),
    _case(4, 6, (3, 3), groups=2, dilate=(2, 2)),
    *[_case(3, 4, (3, 3), layout="NCHW"), _case(3, 4, (3,), layout="NCW")],
    _case(3, 4, (3, 3), stride=(2, 2), dtype="float64"),
    _case(3, 4, (3, 3), cudnn_tune="off", workspace=256, cudnn_off=True),
    _case(3, 4, (2, 2), op="_npx_deconvolution"),
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(20):
        rank = random.randint(1, 3)
        kernel, stride, dilate = (tuple(map(int, random.randint(1, top, rank))) for top in (5, 4, 3))
        dilate = dilate if max(stride) == 1 else (1,) * rank
        pad = tuple(int(random.randint(0, (k + 1) // 2)) for k in kernel)
        adj = tuple(int(random.randint(0, s)) for s in stride)
        groups, inputs, filters = map(int, random.randint(1, 4, 3))
        attrs = {"stride": stride, "dilate": dilate, "pad": pad, "adj": adj, "no_bias": bool(random.randint(2))}
        cases.append(_case(groups * inputs, groups * filters, kernel, groups, **attrs))
    return cases
