"""Cases of gluax.ops.deconvolution. MXNet has no CPU kernel for float16 and channels-last layouts.

Its native kernel refuses three axes and gets dilation with a stride wrong; there oneDNN's is the reference.
"""

from __future__ import annotations

from dataclasses import replace

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

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
    *[
        replace(_case(2, 4, kernel, groups, spatial, **attrs), onednn=True)
        for kernel, groups, spatial, attrs in (
            ((2, 3, 2), 1, (2, 3, 2), {"layout": "NCDHW"}),
            ((3, 2, 3), 2, (2, 1, 3), {"stride": (2, 1, 3), "pad": (1, 0, 1), "adj": (1, 0, 2), "no_bias": False}),
            ((2, 2, 2), 1, (2, 3, 2), {"stride": (2, 1, 2), "pad": (1, 0, 1)}),
            ((3, 2), 2, (3, 2), {"stride": (2, 3), "dilate": (2, 2)}),
        )
    ],
]


def _draw_deconvolution(draw: Draw) -> Case:
    onednn = draw.flag(0.4)
    rank = draw.integer(1, 3 if onednn else 2)
    kernel, stride = draw.integers(rank, 1, 4), draw.integers(rank, 1, 3)
    options = draw.given(stride=stride, layout=("NCW", "NCHW", "NCDHW")[rank - 1], no_bias=draw.flag())
    options |= draw.given(0.2, workspace=64, cudnn_tune=draw.choice((None, "off", "fastest")), cudnn_off=True)
    stride = options.get("stride", (1,) * rank)
    if rank < 3 and (onednn or max(stride) == 1):
        options |= draw.given(dilate=draw.integers(rank, 1, 3))
    spatial = draw.integers(rank, 1, 5)
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, options.get("dilate", (1,) * rank))]
    whole = [s * (n - 1) + e for s, n, e in zip(stride, spatial, extent)]
    if draw.flag(0.3) and not onednn:
        options["target_shape"] = tuple(draw.integer(1, size) for size in whole)
        options |= draw.given(0.2, pad=draw.integers(rank, 0, 2), adj=tuple(draw.integer(0, s - 1) for s in stride))
    else:
        options |= draw.given(
            pad=tuple(draw.integer(0, (size - 1) // 2) for size in whole),
            adj=tuple(draw.integer(0, s - 1) for s in stride),
        )
    groups = draw.choice((1, 1, 2, 3))
    channels, filters = groups * draw.integer(1, 3), groups * draw.integer(1, 3)
    dtype = draw.choice(("float32",) if onednn else ("float32", "float64"))
    return replace(_case(channels, filters, kernel, groups, spatial, dtype, **options), onednn=onednn)


GENERATORS = {"Deconvolution": _draw_deconvolution}

NOTES = {
    "Deconvolution": "MXNet's CPU refuses float16, channels-last layouts, and three axes without oneDNN; gluax runs them. "
    "Its own kernel gives wrong sums where dilation meets a stride; gluax gives what oneDNN's kernel does. With three axes "
    "MXNet takes no dilation; gluax does. oneDNN refuses many a target_shape and cuts others at the other end than MXNet's "
    "own kernel, which gluax follows.",
}
