"""Cases of gluax.ops.deformable."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_ATTRS: list[dict[str, Any]] = [
    {"kernel": (3, 3)},
    {"kernel": (3, 3), "pad": (1, 1), "num_deformable_group": 2},
    {"kernel": (3, 2), "pad": (1, 1), "stride": (2, 1), "num_group": 2},
    {"kernel": (2, 3), "pad": (2, 2), "dilate": (2, 2), "num_group": 2, "num_deformable_group": 4, "no_bias": True},
    {"kernel": (1, 1), "stride": (2, 2)},
]


def _case(
    op: str, attrs: dict[str, Any], *, data: tuple[int, ...] = (2, 4, 6, 7), dtype: str = "float32", still: bool = False
) -> Case:
    """`still`: whole offsets, where the reading places are pixels themselves."""
    attrs = {"num_filter": 4, "num_deformable_group": 1, **attrs}
    kernel, stride, pad, dilate = (
        attrs.get(name, (default,) * 2) for name, default in (("kernel", 1), ("stride", 1), ("pad", 0), ("dilate", 1))
    )
    size = [(n + 2 * p - (k - 1) * d - 1) // s + 1 for n, k, s, p, d in zip(data[2:], kernel, stride, pad, dilate)]
    taps = kernel[0] * kernel[1] * attrs["num_deformable_group"]
    offset = In((data[0], 2 * taps, *size), dtype, 0, 0) if still else In((data[0], 2 * taps, *size), dtype, -2.5, 2.5)
    masks = (In((data[0], taps, *size), dtype, 0, 1),) if "Modulated" in op else ()
    weight = In((4, data[1] // attrs.get("num_group", 1), *kernel), dtype)
    bias = () if attrs.get("no_bias") else (In((4,), dtype),)
    # MXNet has the modulated one's gradient on GPU only.
    return Case(op, (In(data, dtype), offset, *masks, weight, *bias), attrs, grad=not masks)


CASES = [
    *[_case(op, attrs) for op in ("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution") for attrs in _ATTRS],
    *[
        _case(op, {"kernel": (3, 3), "pad": (1, 1)}, data=(1, 2, 5, 5), dtype=dtype, still=dtype == "float32")
        for op in ("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution")
        for dtype in ("float32", "float64")
    ],
]  # fmt: skip


def _draw_convolution(draw: Draw, op: str) -> Case:
    pair = lambda low, high: (draw.integer(low, high), draw.integer(low, high))  # noqa: E731
    groups, parts = draw.integer(1, 2), draw.choice((1, 2, 4))
    dtype, size = draw.choice(("float32", "float64")), (draw.integer(5, 8), draw.integer(5, 8))
    attrs = {
        "kernel": pair(1, 3),
        "num_filter": 4,
        "num_deformable_group": parts,
        **draw.given(
            num_group=groups, stride=pair(1, 3), pad=pair(0, 2), dilate=pair(1, 2), no_bias=draw.flag(), layout="NCHW"
        ),
    }
    if "Modulated" in op:
        attrs |= draw.given(im2col_step=draw.choice((1, 64)))
    return _case(op, attrs, data=(draw.integer(1, 3), 4, *size), dtype=dtype, still=draw.flag(0.2))


_OPERATORS = ("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution")
GENERATORS = {op: partial(_draw_convolution, op=op) for op in _OPERATORS}

NOTES = {
    "_contrib_ModulatedDeformableConvolution": "MXNet has its gradient on GPU only, so it is not compared; gluax differentiates it.",
}
