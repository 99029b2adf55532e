"""Cases of gluax.ops.optimizer_norms."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS

_SETS = ("multi_sum_sq", "multi_all_finite")
_INFINITE = In(values=[1.0, float("inf")])


def _set(op: str, shapes: list[tuple[int, ...]], dtype: str, also: tuple[str, ...] = (), **attrs: object) -> Case:
    inputs = tuple(In(shape, dtype, also=also) for shape in shapes)
    return Case(op, inputs, {"num_arrays": len(shapes), **attrs})


def _lars(shape: tuple[int, ...], zeros: bool = False, **attrs: object) -> Case:
    inputs = tuple(In(shape, low=0.0, also=("ties",) if zeros else ()) for _ in range(4))
    return Case("multi_lars", inputs, {"eta": 0.1, "eps": 0.01, **attrs})


CASES = [
    *[_set(op, [(2, 3), (4,)], dtype) for op in _SETS for dtype in ("float32", "float64", "float16")],
    Case("multi_all_finite", ((2, 3), _INFINITE), {"num_arrays": 2}),
    *[Case("all_finite", (data,)) for data in ((2, 3), _INFINITE, In(values=[float("nan")]))],
    *[_lars((5,), **attrs) for attrs in ({}, {"rescale_grad": 0.5})],
    Case("multi_lars", ((2,), In(values=[0.0, 1.0]), In(values=[1.0, 0.0]), (2,)), {"eta": 0.1, "eps": 0.01}),
]

GENERATORS = {
    **{
        op: lambda draw, op=op: _set(
            op, [draw.shape() for _ in range(draw.integer(1, 4))], draw.choice(FLOATS), ("ties", "nonfinite", "extreme")
        )
        for op in _SETS
    },
    "all_finite": lambda draw: Case(
        "all_finite", (draw.data(draw.shape(), draw.choice(FLOATS)),), draw.given(init_output=True)
    ),
    "multi_lars": lambda draw: _lars(
        draw.shape(1, 2),
        True,
        eta=draw.number(0, 1),
        eps=draw.number(0, 1),
        **draw.given(rescale_grad=draw.number(0.1, 1)),
    ),
}

NOTES = {
    "reset_arrays": "It has no outputs, which no graph of MXNet can hold; tests/test_optimizer_operators.py runs it on arrays.",
    "all_finite": "With init_output=False MXNet combines the result with what `out` holds; tests/test_optimizer_operators.py.",
}
