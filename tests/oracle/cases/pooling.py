"""Cases of gluax.ops.pooling. MXNet has no kernel for integers; Pooling_v1 none for 3D."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

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


def _draw_pooling(draw: Draw) -> Case:
    rank = draw.integer(1, 3)
    convention = draw.choice(("valid", "full", "same") if rank == 1 else ("valid", "full"))
    kernel, stride = draw.integers(rank, 1, 4), draw.integers(rank, 1, 4)
    pad = (0, 0, 0) if convention == "same" else tuple(draw.integer(0, k) for k in kernel)
    kind = draw.choice((*_KINDS, *_SUMS))
    options = {"kernel": kernel, **kind, **draw.given(0.7, stride=stride, pad=pad, cudnn_off=True)}
    if convention == "same":
        options["pad"] = pad
    if convention != "valid" or draw.flag(0.3):
        options["pooling_convention"] = convention
    layouts = (("NCW", "NWC"), ("NCHW", "NHWC"), ("NCDHW", "NDHWC"))[rank - 1]
    options |= draw.given(layout=draw.choice(layouts))
    least = [max(1, k - 2 * p) for k, p in zip(kernel, options.get("pad", (0,) * rank))]
    spatial = tuple(size + draw.integer(0, 5) for size in least)
    if rank == 3 and kind["pool_type"] == "avg" and _behind(spatial, options):
        options.pop("pooling_convention")
    if draw.flag(0.2):
        options["global_pool"] = True
        if draw.flag():
            options = {name: value for name, value in options.items() if name not in ("kernel", "stride", "pad")}
    return _drawn(draw, "Pooling", spatial, options)


def _behind(spatial, options) -> bool:
    """Whether, by the "full" convention, there are windows that start behind the padded data."""
    rank = len(spatial)
    pad, stride = options.get("pad", (0,) * rank), options.get("stride", (1,) * rank)
    sizes = [n + 2 * p for n, p in zip(spatial, pad)]
    return any(-(-(n - k) // s) * s >= n for n, k, s in zip(sizes, options["kernel"], stride))


def _draw_pooling_v1(draw: Draw) -> Case:
    kernel = draw.integers(2, 1, 4)
    options = {
        "kernel": kernel,
        **draw.given(stride=draw.integers(2, 1, 4), pad=tuple(draw.integer(0, k - 1) for k in kernel)),
    }
    options |= draw.given(
        pool_type=draw.choice(("max", "avg", "sum")), pooling_convention=draw.choice(("valid", "full"))
    )
    least = [max(1, k - 2 * p) for k, p in zip(kernel, options.get("pad", (0, 0)))]
    if draw.flag(0.2):
        options["global_pool"] = True
    return _drawn(draw, "Pooling_v1", tuple(size + draw.integer(0, 5) for size in least), options)


def _drawn(draw: Draw, op: str, spatial, options) -> Case:
    batch, channels = draw.integers(2, 1, 3)
    last = options.get("layout", "").endswith("C")
    shape = (batch, *spatial, channels) if last else (batch, channels, *spatial)
    # Not the lowest number, where MXNet's search for the maximum starts: its gradient then depends on the padding.
    also = ("ties", "nonfinite") if options.get("pool_type", "max") == "max" else ("ties",)
    dtype = draw.choice(FLOATS)
    root = options.get("pool_type") == "lp" and dtype == "float32"
    loose = {"rtol": 1e-3, "why": "the slope of a root of a sum that cancels"} if root else {}
    return Case(op, (draw.data(shape, dtype, also=also),), options, grad=draw.flag(0.8), **loose)


GENERATORS = {"Pooling": _draw_pooling, "Pooling_v1": _draw_pooling_v1}
