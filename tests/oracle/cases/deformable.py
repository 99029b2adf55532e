"""Cases of gluax.ops.deformable."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

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


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [
        _case(
            op,
            {
                "kernel": tuple(int(n) for n in random.randint(1, 4, 2)),
                "pad": tuple(int(n) for n in random.randint(0, 3, 2)),
                "stride": tuple(int(n) for n in random.randint(1, 3, 2)),
                "num_deformable_group": int(random.choice([1, 2])),
            },
            data=(1, 2, int(random.randint(4, 9)), int(random.randint(4, 9))),
        )
        for op in ("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution")
        for _ in range(4)
    ]
