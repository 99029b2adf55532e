"""Cases of gluax.ops.convolution. MXNet has no CPU kernel for float16, integers and channels-last layouts."""

from __future__ import annotations

from collections.abc import Callable

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_TYPES = ("float32", "float32", "float64")
_SPATIAL = {1: (7,), 2: (5, 6), 3: (3, 4, 3)}


def _case(
    channels, filters, kernel, groups=1, spatial=None, dtype="float32", op="Convolution", batch=None, also=(), **attrs
) -> Case:
    data = (batch or (2 if len(kernel) == 1 else 1), channels, *(spatial or _SPATIAL[len(kernel)]))
    weight = (filters, channels // groups, *kernel)
    bias = () if attrs.get("no_bias") else ((filters,),)
    inputs = (In(data, dtype, also=also), *(In(shape, dtype) for shape in (weight, *bias)))
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


def _draw_convolution(op: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        rank = 2 if op == "Convolution_v1" else draw.integer(1, 3)
        kernel, stride, dilate, pad = (draw.integers(rank, *ends) for ends in ((1, 4), (1, 3), (1, 3), (0, 2)))
        options = draw.given(stride=stride, dilate=dilate, pad=pad, layout=("NCW", "NCHW", "NCDHW")[rank - 1])
        options |= draw.given(0.2, workspace=64, cudnn_tune=draw.choice((None, "off", "fastest")), cudnn_off=True)
        options |= draw.given(no_bias=draw.flag())
        if op == "Convolution_v1" and max(options.get("stride", (1,))) > 1:
            options.pop("dilate", None)
        least = [
            (k - 1) * d + 1 - 2 * p
            for k, d, p in zip(kernel, options.get("dilate", (1,) * rank), options.get("pad", (0,) * rank))
        ]
        spatial = tuple(max(1, size + draw.integer(0, 4)) for size in least)
        groups = draw.choice((1, 1, 2, 3))
        channels, filters = groups * draw.integer(1, 3), groups * draw.integer(1, 3)
        if op == "Convolution_v1":
            options.pop("layout", None)
        also = ("nonfinite",) if groups in (1, channels) else ()
        dtype, batch = draw.choice(_TYPES), draw.integer(1, 3)
        return _case(channels, filters, kernel, groups, spatial, dtype, op, batch, also, **options)

    return generate


GENERATORS = {op: _draw_convolution(op) for op in ("Convolution", "Convolution_v1")}

NOTES = {
    "Convolution": "MXNet's CPU has no kernel for float16 and channels-last layouts, nor oneDNN's for float64; gluax runs "
    "them all. On CPU gluax merges small groups into one matrix product, where nan and infinities of one group reach its "
    "neighbours; MXNet keeps them apart.",
    "Convolution_v1": "MXNet's gradient of data is wrong when both stride and dilate are above 1, so those are not compared.",
}
