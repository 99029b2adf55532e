"""Cases of gluax.ops.optimizer_sgd."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

# The states after weight and gradient, and which of them are float32 when the weight is of another type.
_STATES = {
    "sgd_update": (), "sgd_mom_update": ("mom",), "nag_mom_update": ("mom",), "signsgd_update": (), "signum_update": ("mom",),
    "mp_sgd_update": ("weight32",), "mp_sgd_mom_update": ("mom", "weight32"), "mp_nag_mom_update": ("mom", "weight32"),
}  # fmt: skip
_FULL = {"lr": 0.1, "wd": 0.3, "rescale_grad": 0.5, "clip_gradient": 0.2}
_MASTER = {"rtol": 1e-6, "why": "float64 weights are computed in float32"}
_HALF = {"rtol": 4e-3, "why": "MXNet rounds every step of float16 arithmetic"}


def _case(op: str, shape: tuple[int, ...], dtype: str = "float32", also: tuple[str, ...] = (), **attrs: object) -> Case:
    states = _STATES[op.removeprefix("_sparse_")]
    kinds = [dtype] * 2 + ["float32" if op.startswith("mp_") else dtype] * len(states)
    loose = _HALF if dtype == "float16" else _MASTER if dtype == "float64" and op.startswith("mp_") else {}
    inputs = tuple(In(shape, kind, also=also) for kind in kinds)
    return Case(op, inputs, attrs, aux=tuple(range(2, 2 + len(states))), inplace=True, **loose)


def _options(op: str) -> dict[str, float]:
    own = {"momentum": 0.9} if "mom" in _STATES[op] else {}
    return {**own, **({"wd_lh": 0.2} if op == "signum_update" else {})}


CASES = [
    *[_case(op, (2, 3), lr=0.1) for op in _STATES],
    *[_case(op, (2, 3), **_FULL, **_options(op)) for op in _STATES],
    *[_case(op, (3,), dtype, **_FULL, **_options(op)) for op in _STATES for dtype in ("float64", "float16")],
    *[_case(op, (2, 3), lr=0.1, lazy_update=False) for op in ("_sparse_sgd_update", "_sparse_sgd_mom_update")],
]


def _generator(op: str):
    def draw_case(draw: Draw) -> Case:
        attrs = draw.given(
            wd=draw.number(0, 1),
            rescale_grad=draw.integer(1, 2048) / 1024,
            clip_gradient=draw.choice((-1.0, 0.0, draw.number(0.1, 1))),
        )
        if op.endswith(("sgd_update", "sgd_mom_update")) and op != "signsgd_update":
            attrs |= draw.given(lazy_update=draw.flag())
        own = draw.given(**{name: draw.number(0, 1) for name in _options(op)})
        also = ("ties", "nonfinite")
        return _case(op, draw.shape(), draw.choice(FLOATS), also, lr=draw.number(0.001, 1), **attrs, **own)

    return draw_case


GENERATORS = {op: _generator(op) for op in _STATES}
