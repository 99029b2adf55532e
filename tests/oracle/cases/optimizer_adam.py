"""Cases of gluax.ops.optimizer_adam."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

_S, _P = (-1.0, 1.0), (0.1, 1.0)  # ranges of signed and of positive states
_STATES = {
    "adam_update": (_S, _P), "_adamw_update": (_S, _P), "_mp_adamw_update": (_S, _P, _S), "ftml_update": (_P, _P, _S),
    "ftrl_update": (_S, _P), "rmsprop_update": (_P,), "rmspropalex_update": ((1.0, 2.0), (0.0, 0.5), _S),
}  # fmt: skip
_ADAM = {"beta1": 0.7, "beta2": 0.95, "epsilon": 1e-3}
_OWN = {
    "adam_update": _ADAM, "_adamw_update": _ADAM, "_mp_adamw_update": _ADAM, "ftml_update": _ADAM,
    "ftrl_update": {"lamda1": 0.2, "beta": 0.5}, "rmsprop_update": {"gamma1": 0.8, "epsilon": 1e-3, "clip_weights": 0.5},
    "rmspropalex_update": {"gamma1": 0.8, "gamma2": 0.7, "epsilon": 1e-3, "clip_weights": 0.5},
}  # fmt: skip
_MASTER = {"rtol": 1e-6, "why": "float64 weights are computed in float32"}
_HALF = {"rtol": 8e-3, "why": "MXNet rounds every step of float16 arithmetic"}


def _case(
    op: str,
    shape: tuple[int, ...],
    dtype: str = "float32",
    also: tuple[str, ...] = (),
    scale: float = 0.5,
    **attrs: object,
) -> Case:
    ranges = _STATES[op.removeprefix("_sparse_")]
    kind = "float32" if op == "_mp_adamw_update" else dtype
    states = [In(shape, kind, low, high, also=("ties",) if also else ()) for low, high in ranges]
    last = [In(values=[scale])] if "adamw" in op else []
    required = {"lr": 0.1, **({"eta": 0.7} if "adamw" in op else {}), **({"t": 2} if op == "ftml_update" else {})}
    loose = _HALF if dtype == "float16" else _MASTER if (dtype, op) == ("float64", "_mp_adamw_update") else {}
    inputs = (In(shape, dtype, also=also), In(shape, dtype, also=also), *states, *last)
    return Case(op, inputs, {**required, **attrs}, aux=tuple(range(2, 2 + len(states))), inplace=True, **loose)


def _common(op: str, wd: float, rescale: float, clip: float) -> dict[str, float]:
    return {
        "wd": wd,
        **({} if "adamw" in op else {"rescale_grad": rescale}),
        ("clip_grad" if op == "ftml_update" else "clip_gradient"): clip,
    }


CASES = [
    *[_case(op, (2, 3)) for op in _STATES],
    *[_case(op, (2, 3), **_common(op, 0.3, 0.5, 0.2), **_OWN[op]) for op in _STATES],
    *[
        _case(op, (3,), dtype, **_common(op, 0.3, 0.5, 0.2), **_OWN[op])
        for op in _STATES
        for dtype in ("float64", "float16")
    ],
    *[_case(op, (2, 3), lr=0.2) for op in ("_sparse_adam_update", "_sparse_ftrl_update")],
    *[_case(op, (2, 3), scale=scale) for op in ("_adamw_update", "_mp_adamw_update") for scale in (0.0, float("nan"))],
]


def _generator(op: str):
    def draw_case(draw: Draw) -> Case:
        clip = draw.choice((-1.0, 0.0, draw.number(0.1, 1)))
        attrs = draw.given(**_common(op, draw.number(0, 1), draw.integer(1, 2048) / 1024, clip))
        attrs |= draw.given(**{name: round(value * draw.number(0.5, 1.05), 6) for name, value in _OWN[op].items()})
        if op == "ftml_update":
            attrs["t"] = draw.integer(1, 100)
        if op == "adam_update":
            attrs |= draw.given(lazy_update=draw.flag())
        return _case(
            op,
            draw.shape(),
            draw.choice(FLOATS),
            ("ties", "nonfinite"),
            draw.number(0.1, 2),
            lr=draw.number(0.01, 1),
            **attrs,
        )

    return draw_case


GENERATORS = {op: _generator(op) for op in _STATES}

_SPARSE = (
    "MXNet has it for row-sparse gradients only; gluax takes a dense one as having all rows. Scenarios compare it."
)

NOTES = {
    "_adamw_update": "MXNet overwrites the gradient by the rescaled one; gluax leaves it as it is.",
    "_sparse_adagrad_update": _SPARSE,
    "_contrib_group_adagrad_update": _SPARSE,
}
