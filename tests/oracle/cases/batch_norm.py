"""Cases of gluax.ops.batch_norm.

_contrib_BatchNormWithReLU has none: without oneDNN it crashes MXNet. The outputs `mean` and `var` of
_contrib_SyncBatchNorm are left out in inference and with global statistics, where MXNet leaves them uninitialized.
"""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw


def _case(shape, op="BatchNorm", dtype="float32", training=True, grad=True, low=-1.0, **attrs) -> Case:
    channels = (shape[attrs.get("axis", 1)],)
    own = "float32" if dtype == "float16" else dtype
    signed, positive = In(channels, own), In(channels, own, 0.5, 2)
    inputs = (In(shape, dtype, low, low + 4), signed, signed, signed, positive)
    outputs = 3 if attrs.get("output_mean_var") else 1
    # Everything else is float32 there, but MXNet squares in half precision.
    loose = {"rtol": 2e-3, "atol": 2e-3, "why": "variance of float16 data"} if dtype == "float16" else {}
    if dtype == "float32":
        loose = {"atol": 1e-5, "why": "sums of numbers up to 7 cancel, and come in another order"}
    return Case(op, inputs, attrs, outputs, grad=(0, 1, 2) if grad else False, training=training, aux=(3, 4), **loose)


_MODES = [{"training": True}, {"training": False, "grad": False}]

CASES = [
    *[
        _case((3, 2, 4, 3), op, **mode, **attrs, **({"key": "k"} if "Sync" in op else {}))
        for op in ("BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm")
        for mode in _MODES
        for attrs in ({}, {"fix_gamma": False}, {"fix_gamma": False, "use_global_stats": True, "eps": 0.01})
    ],
    *[
        _case((3, 2, 4, 3), op, fix_gamma=False, output_mean_var=True, **mode)
        for op in ("BatchNorm", "BatchNorm_v1")
        for mode in _MODES
    ],
    _case((3, 2, 4, 3), "_contrib_SyncBatchNorm", fix_gamma=False, output_mean_var=True, key="k", ndev=1),
    *[
        _case(shape, axis=axis, fix_gamma=False, momentum=0.5, **mode)
        for shape, axis in [((4, 3), 1), ((4, 3, 2), 1), ((2, 3, 2, 2, 2), 1), ((2, 3, 4), -1), ((3, 4, 2), 0)]
        for mode in _MODES
    ],
    *[_case((4, 3, 5), dtype=dtype, fix_gamma=False, **mode) for dtype in ("float64", "float16") for mode in _MODES],
    *[_case((4, 3, 5), "_npx_batch_norm", eps=1e-5, cudnn_off=True, min_calib_range=0.0, **mode) for mode in _MODES],
    _case((4, 3, 5), low=9.0, fix_gamma=False, eps=1e-5, momentum=0.0),
]


def _generator(op: str):
    def draw_case(draw: Draw) -> Case:
        rank = draw.choice((2, 4)) if op == "BatchNorm_v1" else draw.integer(2, 5)
        shape = tuple(draw.integer(1, 4) for _ in range(rank))
        attrs = draw.given(
            fix_gamma=draw.flag(), use_global_stats=draw.flag(0.3), output_mean_var=draw.flag(),
            eps=draw.number(0.001, 0.1), momentum=draw.number(0, 1),
        )  # fmt: skip
        if op == "BatchNorm":
            attrs |= draw.given(axis=draw.axis(len(shape)), cudnn_off=draw.flag())
        # Of two numbers the gradient is 0 but for what cancels: each channel gets at least four.
        other = 0 if attrs.get("axis", 1) % len(shape) else 1
        shape = (*shape[:other], draw.integer(4, 6), *shape[other + 1 :])
        if "Sync" in op:
            attrs |= {"key": f"k{shape[1]}", **draw.given(ndev=1)}
        training, low = draw.flag(), draw.number(-3, 3)
        if "Sync" in op and (not training or attrs.get("use_global_stats")):
            attrs.pop("output_mean_var", None)
        grad = training or (attrs.get("use_global_stats", False) and draw.flag())
        return _case(shape, op, draw.choice(FLOATS) if op == "BatchNorm" else "float32", training, grad, low, **attrs)

    return draw_case


GENERATORS = {op: _generator(op) for op in ("BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm")}

NOTES = {"_contrib_BatchNormWithReLU": "Without oneDNN it crashes MXNet, with it gives zeros; tested by definition."}
