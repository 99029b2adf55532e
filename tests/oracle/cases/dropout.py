"""Cases of gluax.ops.dropout: those that do not depend on the draw. The others are in tests/test_dropout.py."""

from __future__ import annotations

from tests.oracle.case import Case, In

CASES = [
    *[Case("Dropout", (In((2, 3), dtype),)) for dtype in ("float32", "float64", "float16")],
    *[
        Case("Dropout", ((2, 3, 4),), attrs)
        for attrs in ({"p": 0.9}, {"p": 1}, {"axes": (0, 2)}, {"mode": "training"}, {"cudnn_off": True})
    ],
    Case("_npx_dropout", ((2, 3),)),
    *[Case("Dropout", ((2, 3),), {"p": 0, "mode": mode}, grad=True) for mode in ("training", "always")],
    *[
        Case("Dropout", ((2, 3),), {"p": 1, "mode": mode}, training=training)
        for mode, training in [("training", True), ("always", False)]
    ],
]
