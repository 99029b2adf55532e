"""Cases of gluax.ops.pooling. MXNet has no kernel for integers; Pooling_v1 none for 3D."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_KINDS = ({"pool_type": "max"}, {"pool_type": "avg"}, {"pool_type": "avg", "count_include_pad": False})
_SUMS = ({"pool_type": "sum"}, *({"pool_type": "lp", "p_value": p} for p in (1, 2, 3)))
_WINDOWS = [
    {"kernel": (2, 3)},
    {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 1)},
    {"kernel": (2, 2), "stride": (3, 2), "pooling_convention": "full"},
    {"kernel": (3, 2), "stride": (2, 3), "pad": (1, 0), "pooling_convention": "full"},
    # Some windows lie in the padding alone, or behind it.
    {"kernel": (3, 3), "stride": (4, 4), "pad": (3, 3), "pooling_convention": "full"},
    {"kernel": (2, 2), "stride": (5, 4), "pooling_convention": "full"},
]
_EDGES = [[[1, 1, 1, 0, 0, 0], [np.nan, 1, 2, np.nan, np.nan, np.nan], [-np.inf, -np.inf, -np.inf, -3, 2, np.inf]]]
_TIES = In(values=(np.arange(72).reshape(1, 2, 6, 6) % 5 // 2).tolist())


def _case(shape, dtype="float32", op="Pooling", grad=True, distinct=True, **attrs) -> Case:
    return Case(op, (In(tuple(shape), dtype, distinct=distinct),), attrs, grad=grad)


CASES = [
    *[_case((1, 2, 6, 7), **window, **kind) for window in _WINDOWS for kind in _KINDS],
    *[_case((1, 2, 6, 7), **window, **kind) for window in _WINDOWS[1:4] for kind in _SUMS[:1] + _SUMS[2:3]],
    *[_case((1, 2, 4, 5), kernel=(2, 2), **kind) for kind in _SUMS],
    *[
        _case((2, 2, *spatial), kernel=(3, 2, 2)[: len(spatial)], stride=(2, 1, 2)[: len(spatial)], **kind)
        for spatial in [(7,), (4, 3, 4)]
        for kind in (*_KINDS[:2], _SUMS[2])
    ],
    *[
        _case((2, 3, *spatial), global_pool=True, **kind)
        for spatial in [(5,), (4, 5), (2, 3, 4)]
        for kind in _KINDS[:2]
    ],
    *[_case((2, 3, 4, 5), global_pool=True, kernel=(9, 9), pad=(1, 1), stride=(2, 2), **kind) for kind in _SUMS],
    *[_case((2, 3, 4, 5), kernel=(4, 5), **kind) for kind in _KINDS[:2]],
    *[
        _case((2, *(4, 5, 4)[:rank], 3), kernel=(2, 3, 2)[:rank], pad=(1, 1, 0)[:rank], layout=layout, **kind)
        for rank, layout in [(1, "NWC"), (2, "NHWC"), (3, "NDHWC")]
        for kind in _KINDS[:2]
    ],
    *[_case((2, 4, 5, 3), global_pool=True, layout="NHWC", **kind) for kind in _KINDS[:2]],
    *[_case((2, 3, 5), kernel=(2,), layout="NCW"), _case((2, 3, 4, 5), kernel=(2, 2), layout="NCHW")],
    _case((2, 3, 2, 4, 5), kernel=(2, 2, 2), layout="NCDHW"),
    # Under "same" MXNet reads pad as if the window had three axes.
    *[
        _case((1, 2, 7), kernel=(k,), stride=(s,), pad=(0, 0, 0), pooling_convention="same", **kind)
        for k, s in [(3, 2), (2, 3), (3, 1), (5, 2)]
        for kind in _KINDS[:2]
    ],
    *[_case((2, 2, 4, 5), "float64", kernel=(2, 3), **kind) for kind in (*_KINDS[:2], _SUMS[2])],
    *[_case((2, 2, 4, 5), "float16", kernel=(2, 3), **kind) for kind in (*_KINDS[:2], _SUMS[0])],
    *[_case((1, 2, 15, 14), kernel=(5, 5), pad=(2, 2), **kind) for kind in _KINDS[:2]],
    *[_case((1, 1, 18, 20), kernel=(13, 13), pad=(6, 6), **kind) for kind in _KINDS[:2]],
    *[_case((1, 1, 20, 20), kernel=(17, 18), stride=(2, 2), pad=(1, 2), **kind) for kind in _KINDS],
    *[Case("Pooling", (In(values=_EDGES),), {"kernel": (k,)}, grad=True) for k in (2, 3, 6)],
    *[Case("Pooling", (In(values=[[[0] * 4, [1, 0, 1, 1]]]),), {"kernel": (2,), **kind}, grad=True) for kind in _SUMS],
    *[
        Case("Pooling", (_TIES,), attrs, grad=True)
        for attrs in ({"kernel": (3, 3)}, {"kernel": (5, 4)}, {"global_pool": True}, {"kernel": (6, 6)})
    ],
    _case((2, 3, 4, 5), kernel=(2, 2), op="_npx_pooling", cudnn_off=True),
    *[
        _case((1, 2, 6, 7), op="Pooling_v1", **window, pool_type=kind)
        for window in _WINDOWS[:4]
        for kind in ("max", "avg", "sum")
    ],
    *[
        _case((2, 3, 4, 5), op="Pooling_v1", kernel=(2, 2), global_pool=True, pool_type=k)
        for k in ("max", "avg", "sum")
    ],
    *[Case("Pooling_v1", (In(values=[_EDGES]),), {"kernel": (1, 2), "pad": (0, 1)}, grad=True)],
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for _ in range(30):
        rank = random.randint(1, 4)
        kernel, stride = (tuple(map(int, random.randint(1, top, rank))) for top in (5, 4))
        pad = tuple(int(random.randint(0, k)) for k in kernel)
        spatial = tuple(k + int(random.randint(0, 6)) for k in kernel)
        kind = (*_KINDS, *_SUMS)[random.randint(7)]
        # In 3D MXNet divides 0 by 0 for the mean of a window behind the data; we give 0, as it does in 1D and 2D.
        convention = "valid" if rank == 3 else ("valid", "full")[random.randint(2)]
        cases.append(
            _case((2, 2, *spatial), kernel=kernel, stride=stride, pad=pad, pooling_convention=convention, **kind)
        )
    return cases
