"""Cases of gluax.ops.cast. bfloat16 is left out: MXNet hands numpy raw bytes for it."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

_TYPES = ("bool", "float16", "float32", "float64", "int32", "int64", "int8", "uint8")
_FLOATS = ("float16", "float32", "float64")
_VALUES = [-2.7, -1.0, -0.5, 0.0, 0.5, 2.7, 127.5, 200.25, 300.9]

CASES = [
    *[
        Case("Cast", (In(values=_VALUES, dtype=source),), {"dtype": t})
        for source in ("float32", "float16")
        for t in _TYPES
    ],
    *[Case("cast", (In(values=[300, -1, 128, 0], dtype="int64"),), {"dtype": target}) for target in _TYPES],
    *[Case("cast", (In((3, 2), source),), {"dtype": target}, grad=True) for source in _FLOATS for target in _FLOATS],
    Case("Cast", (In(values=[True, False], dtype="bool"),), {"dtype": "float32"}, numpy=True),
    Case("Cast", (In(values=[70000, 1e-8, 65519, 65520], dtype="float64"),), {"dtype": "float16"}),
    Case("Cast", (In(values=[np.nan, np.inf, -np.inf, 0], dtype="float32"),), {"dtype": "bool"}),
    *[
        Case("amp_cast", (In((3,), source, 0, 9),), {"dtype": target}, grad=True)
        for source in ("float32", "float16", "float64")
        for target in ("float16", "float32")
    ],
    *[Case("amp_cast", (In((3,), "int32", 0, 9),), {"dtype": target}) for target in ("float16", "float32")],
    *[
        Case(
            "amp_multicast",
            tuple(In((i + 1, 2), dtype, 0, 9) for i, dtype in enumerate(types)),
            {"num_outputs": len(types), "cast_narrow": narrow},
            outputs=len(types),
            grad=True,
        )
        for types in [
            ("float32", "float16"),
            ("float16", "float16"),
            ("float16", "float64", "float32"),
            ("int32", "float16"),
        ]
        for narrow in (False, True)
    ],
    Case("cast_storage", ((2, 3),), {"stype": "default"}, grad=True),
]
