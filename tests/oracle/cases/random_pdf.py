"""Cases of gluax.ops.random_pdf."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

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


def _case(name: str, lead: tuple[int, ...], draws: tuple[int, ...], is_log: bool, dtype: str = "float32") -> Case:
    sample = In((*lead, *draws), dtype, 0.1, 3)
    inputs = (sample, *[In(lead, dtype, low, high) for low, high in _PARAMETERS[name]])
    why = "differences of digammas, which MXNet computes in single precision"
    loose = {"rtol": 1e-4, "why": why} if "binomial" in name else {}
    return Case(f"_random_pdf_{name}", inputs, {"is_log": is_log}, grad=True, **loose)


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


def random_cases(random: np.random.RandomState) -> list[Case]:
    lead, draws = random.randint(1, 5, (2, 2)).tolist()
    return [_case(name, tuple(lead), tuple(draws), bool(random.randint(2))) for name in _PARAMETERS]
