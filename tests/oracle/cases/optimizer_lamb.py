"""Cases of gluax.ops.optimizer_lamb."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

_OWN = {
    "beta1": 0.7,
    "beta2": 0.95,
    "epsilon": 1e-3,
    "rescale_grad": 0.5,
    "clip_gradient": 0.2,
    "bias_correction": False,
}
_HALF = {"rtol": 8e-3, "atol": 1e-3, "why": "MXNet rounds every step of float16 arithmetic"}
_MASTER = {"rtol": 1e-6, "why": "float64 weights are computed in float32"}


def _first(shape: tuple[int, ...], dtype: str = "float32", also: tuple[str, ...] = (), **attrs: object) -> Case:
    inputs = (In(shape, dtype, also=also), In(shape, dtype, also=also), In(shape, dtype), In(shape, dtype, 0.1))
    loose = _HALF if dtype == "float16" else {}
    return Case("lamb_update_phase1", inputs, {"t": 2, "wd": 0.1, **attrs}, aux=(2, 3), **loose)


def _first_master(shape: tuple[int, ...], also: tuple[str, ...] = (), **attrs: object) -> Case:
    """MXNet takes this one of float16 weights only."""
    half, single = In(shape, "float16", also=also), In(shape, also=also)
    inputs = (half, half, In(shape), In(shape, low=0.1), single)
    return Case("mp_lamb_update_phase1", inputs, {"t": 2, "wd": 0.1, **attrs}, aux=(2, 3))


def _second(
    op: str, shape: tuple[int, ...], dtype: str = "float32", norms: tuple[float, float] = (0.7, 0.3), **attrs: object
) -> Case:
    master = op.startswith("mp_")
    own = "float32" if master else dtype
    states = [In(shape)] if master else []
    scalars = [In(dtype=own, values=[norm]) for norm in norms]
    loose = _HALF if dtype == "float16" else _MASTER if master and dtype == "float64" else {}
    inputs = (In(shape, dtype), In(shape, own), *scalars, *states)
    return Case(op, inputs, {"lr": 0.1, **attrs}, aux=(4,) if master else (), inplace=True, **loose)


_SECOND = ("lamb_update_phase2", "mp_lamb_update_phase2")

CASES = [
    *[make((2, 3), **attrs) for make in (_first, _first_master) for attrs in ({}, _OWN)],
    *[_first((3,), dtype, **{**_OWN, "bias_correction": True}) for dtype in ("float64", "float16")],
    *[_second(op, (2, 3), dtype) for op in _SECOND for dtype in ("float32", "float64", "float16")],
    *[_second(op, (3,), lower_bound=0.8, upper_bound=0.9) for op in _SECOND],
    *[_second(op, (3,), norms=(1.7, 0.3), upper_bound=0.9) for op in _SECOND],
    *[_second("lamb_update_phase2", (3,), norms=norms) for norms in ((0.0, 1.0), (1.0, 0.0))],
]


def _attributes(draw: Draw) -> dict[str, object]:
    given = draw.given(**_OWN)
    if "clip_gradient" in given:
        given["clip_gradient"] = draw.choice((-1.0, 0.0, draw.number(0.1, 1)))
    return {"t": draw.integer(1, 100), "wd": draw.number(0, 1), **given}


def _draw_second(op: str):
    def draw_case(draw: Draw) -> Case:
        attrs = draw.given(lower_bound=draw.number(-1, 1), upper_bound=draw.number(-1, 2))
        norms = tuple(draw.choice((0.0, draw.number(0.1, 2))) for _ in range(2))
        return _second(op, draw.shape(), draw.choice(FLOATS), norms, lr=draw.number(0.01, 1), **attrs)

    return draw_case


_KINDS = ("ties", "nonfinite")

GENERATORS = {
    "lamb_update_phase1": lambda draw: _first(draw.shape(), draw.choice(FLOATS), _KINDS, **_attributes(draw)),
    "mp_lamb_update_phase1": lambda draw: _first_master(draw.shape(), _KINDS, **_attributes(draw)),
    **{op: _draw_second(op) for op in _SECOND},
}
