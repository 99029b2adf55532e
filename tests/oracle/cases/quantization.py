"""Cases of gluax.ops.quantization, as MXNet runs them with oneDNN: by default, and the only way it runs most of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

ONEDNN = True

_DTYPES = {"int8": In((1, 2, 4, 4), "int8", -127, 128), "uint8": In((1, 2, 4, 4), "uint8", 0, 256)}
_CALIBRATED: list[dict[str, Any]] = [
    {},
    {"min_calib_range": -1.0, "max_calib_range": 1.5},
    {"min_calib_range": 0.1, "max_calib_range": 1.5},
]
_FLOATS = In((3, 40), low=-1.3, high=2)
# Halves of quanta, ends of ranges, and beyond.
_TIES = In(values=[-130.0, -127.5, -126.5, -2.5, -0.5, 0.0, 0.5, 1.5, 2.5, 126.5, 127.5, 130.0, 254.5, 255.5, 300.0])
_INT32 = In(values=[-2000000000, -100000, -7, 0, 5, 100000, 123456789, 1900000001], dtype="int32")
_QUANTUM = {"rtol": 0.0, "atol": 1.0, "why": "rounding of a product of float32 scales: one quantum"}


def _ends(*values: float) -> tuple[In, ...]:
    return tuple(In(values=[value]) for value in values)


CASES = [
    *[
        Case("_contrib_quantize_v2", (_FLOATS,), {"out_type": kind, **calibrated}, outputs=3)
        for kind in ("int8", "uint8", "auto")
        for calibrated in _CALIBRATED
    ],
    *[
        Case("_contrib_quantize_v2", (_TIES,), {"out_type": kind, "min_calib_range": 0.0, "max_calib_range": end}, outputs=3)
        for kind, end in (("int8", 127.5), ("uint8", 255.5))
    ],
    Case("_contrib_quantize_v2", (In((2, 5), low=0.5, high=1),), {"out_type": "auto"}, outputs=3),
    *[
        Case("_contrib_quantize", (_FLOATS, *_ends(low, 2.0)), {"out_type": kind}, outputs=3)
        for kind in ("int8", "uint8")
        for low in (-1.0, -3.0, 0.0)
    ],
    *[Case("_contrib_dequantize", (data, *_ends(*ends))) for data in _DTYPES.values() for ends in ((-1, 2), (0.5, 2), (-3, 1))],
    *[
        Case("_contrib_requantize", (_INT32, *_ends(-1.0, 2.0)), {"out_type": kind, **calibrated}, outputs=3)
        for kind in ("int8", "uint8", "auto")
        for calibrated in ({}, {"min_calib_range": -1e-4, "max_calib_range": 1e-4}, {"min_calib_range": 0.0, "max_calib_range": 2e-4})
    ],
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [
        Case(
            "_contrib_quantize_v2",
            (
                In(
                    tuple(int(n) for n in random.randint(1, 6, 3)),
                    low=-float(random.rand()),
                    high=float(random.rand()) * 3,
                ),
            ),
            {"out_type": str(random.choice(["int8", "uint8", "auto"]))},
            outputs=3,
            **_QUANTUM,
        )
        for _ in range(6)
    ]
