"""Cases of gluax.ops.random_pdf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

_PARAMETERS = {
    "uniform": ((-2, 0), (1, 3)),
    "normal": ((-1, 1), (0.5, 2)),
    "gamma": ((0.5, 3), (0.5, 2)),
    "exponential": ((0.5, 3),),
    "poisson": ((0.5, 3),),
    "negative_binomial": ((1, 4), (0.2, 0.8)),
    "generalized_negative_binomial": ((0.5, 3), (0.2, 0.8)),
}

_SIMPLEX = In(values=[[[0.5, 0.5], [0.1, 0.9], [0.7, 0.3]], [[0.25, 0.75], [0.6, 0.4], [0.2, 0.8]]])


def _loose(name: str, dtype: str) -> dict[str, Any]:
    if dtype == "float16":
        return {"rtol": 4e-2, "atol": 1e-2, "why": "every step, digammas among them, is rounded to half precision"}
    if "binomial" in name:
        return {"rtol": 1e-4, "why": "differences of digammas, which MXNet computes in single precision"}
    if dtype == "float64":
        return {"rtol": 1e-6, "atol": 1e-7, "why": "MXNet's digamma and square root of 2 pi are of single precision"}
    return {"atol": 2e-6, "why": "differences of logarithms of gamma"}


def _case(name: str, lead: tuple[int, ...], draws: tuple[int, ...], is_log: bool, dtype: str = "float32") -> Case:
    sample = In((*lead, *draws), dtype, 0.1, 3)
    inputs = (sample, *[In(lead, dtype, low, high) for low, high in _PARAMETERS[name]])
    return Case(f"_random_pdf_{name}", inputs, {"is_log": is_log}, grad=True, **_loose(name, dtype))


CASES = [
    *[_case(name, (2,), (3,), is_log) for name in _PARAMETERS for is_log in (False, True)],
    *[_case(name, (2, 3), (2, 2), False) for name in _PARAMETERS],
    *[
        Case("_random_pdf_dirichlet", (_SIMPLEX, In((2, 2), low=0.5, high=2)), {"is_log": is_log}, grad=True)
        for is_log in (False, True)
    ],
    _case("exponential", (3,), (2,), True, "float64"),
    Case("random_pdf_normal", ((2, 3), In((2,)), In((2,), low=0.5)), {}),
]


def _draw_pdf(name: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        lead, draws = draw.shape(1, 2, 4), draw.shape(0, 2, 4)
        case = _case(name, lead, draws, draw.flag(), draw.choice(FLOATS))
        return replace(case, attrs=case.attrs if draw.flag(0.7) else {}, grad=draw.flag())

    return generate


def _draw_dirichlet(draw: Draw) -> Case:
    lead, draws, size = draw.shape(0, 2, 3), draw.shape(0, 2, 3), draw.integer(1, 4)
    dtype = draw.choice(FLOATS)
    inputs = (In((*lead, *draws, size), dtype, 0.05, 1), In((*lead, size), dtype, 0.5, 3))
    attrs = draw.given(is_log=draw.flag())
    return Case("_random_pdf_dirichlet", inputs, attrs, grad=draw.flag(), **_loose("dirichlet", dtype))


GENERATORS = {
    **{f"_random_pdf_{name}": _draw_pdf(name) for name in _PARAMETERS},
    "_random_pdf_dirichlet": _draw_dirichlet,
}
