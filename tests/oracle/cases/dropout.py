"""Cases of gluax.ops.dropout: those that do not depend on the draw. The others are in tests/test_dropout.py."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

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


def _draw_dropout(draw: Draw) -> Case:
    training, mode = draw.flag(), draw.choice(("training", "always", None))
    attrs = {
        **({"mode": mode} if mode else {}),
        **draw.given(p=draw.choice((0.0, 1.0, draw.number(0.05, 0.95))), cudnn_off=True),
    }
    dtype = draw.choice(FLOATS)
    if 0 < attrs.get("p", 0.5) < 1 and (training or mode == "always"):
        shared = draw.flag()  # the mask along axis 0
        data = In((2, 1500) if shared else (40, 50), dtype)
        return Case(
            "Dropout", (data,), {**attrs, **({"axes": (0,)} if shared else {})}, training=training, stochastic=True
        )
    data = draw.data(draw.shape(), dtype)
    attrs |= draw.given(axes=draw.some(range(len(data.shape))))
    return Case("Dropout", (data,), attrs, grad=draw.flag() and attrs.get("p") == 0, training=training)


GENERATORS = {"Dropout": _draw_dropout}
