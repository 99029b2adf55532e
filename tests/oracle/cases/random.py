"""Cases of gluax.ops.random: forms of the results, and in the differential test large samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

# By distribution: the attributes of _random_* with the ranges of their values, which are _sample_*'s inputs too.
_POSITIVE = (0.5, 3.0)
_DISTRIBUTIONS: dict[str, dict[str, tuple[float, float]]] = {
    "uniform": {"low": (-2, 0), "high": (0, 2)},
    "normal": {"loc": (-2, 2), "scale": _POSITIVE},
    "exponential": {"lam": _POSITIVE},
    "gamma": {"alpha": _POSITIVE, "beta": _POSITIVE},
    "poisson": {"lam": (0, 5)},
    "negative_binomial": {"k": (1, 5), "p": (0.2, 1)},
    "generalized_negative_binomial": {"mu": _POSITIVE, "alpha": (0, 2)},
}
_TYPES = ("None", "float16", "float32", "float64")
_LARGE = (600,)


def _case(op: str, inputs: tuple[Any, ...], attrs: dict[str, Any], grad: bool = False, outputs: int = 1) -> Case:
    return Case(op, inputs, attrs, grad=grad, outputs=outputs, stochastic=True)


def _parameters(name: str, shape: tuple[int, ...], dtype: str = "float32") -> tuple[In, ...]:
    return tuple(In(shape, dtype, low, high) for low, high in _DISTRIBUTIONS[name].values())


_SHARES = In((2, 3), values=[[0.2, 0.3, 0.5], [0.1, 0.9, 0]])

CASES = [
    *[_case(f"_random_{name}", (), {"shape": (2, 3)}) for name in _DISTRIBUTIONS],
    *[_case("random_uniform", (), {"shape": 2, "dtype": dtype}) for dtype in _TYPES],
    *[_case(f"_random_{name}_like", ((2, 3),), {}, True) for name in _DISTRIBUTIONS],
    *[_case("_random_normal_like", (In((2,), dtype),), {}) for dtype in ("float64", "float16")],
    *[_case(f"_sample_{name}", _parameters(name, (2,)), {"shape": (3,)}, True) for name in _DISTRIBUTIONS],
    *[_case("_sample_gamma", _parameters("gamma", (2, 1), dtype), {}, True) for dtype in ("float64", "float16")],
    *[_case("sample_poisson", _parameters("poisson", (2,)), {"shape": (2, 1), "dtype": dtype}) for dtype in _TYPES],
    *[_case("_random_randint", (), {"low": -3, "high": 5, "shape": (2, 2), **d}) for d in ({}, {"dtype": "int64"})],
    *[
        _case("_sample_multinomial", (_SHARES,), {"shape": shape, "get_prob": True}, True, 2)
        for shape in ((), (2,), (2, 2))
    ],
    _case("_sample_multinomial", (In((3,), "float64", values=[0.2, 0.3, 0.5]),), {"dtype": "uint8"}),
    _case("_shuffle", (In((4, 2)),), {}),
    _case("_shuffle", (In((4, 2), "int32", 0, 9),), {}),
    _case("_sample_unique_zipfian", (), {"range_max": 20, "shape": (2, 3)}, outputs=2),
]


def _attributes(draw: Draw, name: str) -> dict[str, Any]:
    ranges = _DISTRIBUTIONS[name]
    return draw.given(0.7, **{key: draw.integer(1, 5) if key == "k" else draw.number(*ranges[key]) for key in ranges})


def _draw_random(name: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        shape = draw.choice((_LARGE, (20, 30), draw.shape(1, 4)))
        return _case(
            f"_random_{name}", (), {"shape": shape, **_attributes(draw, name), **draw.given(dtype=draw.choice(_TYPES))}
        )

    return generate


def _draw_like(name: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        data = In(draw.choice((_LARGE, draw.shape(1, 4))), draw.choice(FLOATS))
        return _case(f"_random_{name}_like", (data,), _attributes(draw, name), draw.flag())

    return generate


def _draw_sample(name: str) -> Callable[[Draw], Case]:
    def generate(draw: Draw) -> Case:
        integers = () if name == "negative_binomial" else ("int32", "uint8")  # p would be 0
        inputs = _parameters(name, draw.shape(1, 3, 4), draw.choice((*FLOATS, *integers)))
        attrs = draw.given(0.8, shape=draw.choice((_LARGE, (20, 30), draw.shape(1, 2))), dtype=draw.choice(_TYPES))
        return _case(f"_sample_{name}", inputs, attrs, draw.flag())

    return generate


def _draw_randint(draw: Draw) -> Case:
    low, dtype = draw.integer(-10, 10), draw.choice(("None", "int32", "int64"))
    high = low + draw.choice((1, 7, 1000, *((10**12,) if dtype == "int64" else ())))
    attrs = {"low": low, "high": high, "shape": draw.choice((_LARGE, draw.shape(1, 4)))}
    return _case("_random_randint", (), {**attrs, **({"dtype": dtype} if dtype != "None" else {})})


def _draw_multinomial(draw: Draw) -> Case:
    count = draw.integer(1, 5)
    lead = draw.shape(0, 2, 3)
    values = [[draw.number(0.1, 1) for _ in range(count)] for _ in range(lead[0] if lead else 1)]
    shares = [[round(v / sum(row), 4) for v in row] for row in values]
    data = In((len(shares), count), draw.choice(FLOATS), values=shares) if lead else In((count,), values=shares[0])
    get_prob = draw.flag()
    attrs = draw.given(shape=draw.choice((_LARGE, (20, 30), (2,))), dtype=draw.choice(("uint8", "int32", *FLOATS)))
    attrs.update({"get_prob": get_prob} if get_prob else {})
    return _case("_sample_multinomial", (data,), attrs, get_prob and draw.flag(), 1 + get_prob)


def _draw_shuffle(draw: Draw) -> Case:
    dtype = draw.choice((*FLOATS, "int32", "int64", "uint8", "int8"))
    return _case("_shuffle", (In(draw.choice((_LARGE, draw.shape(1, 4))), dtype, 0, 99),), {})


def _draw_zipfian(draw: Draw) -> Case:
    shape = draw.choice(((100, 6), (1, 3), (2, 1)))
    return _case("_sample_unique_zipfian", (), {"range_max": draw.choice((6, 50, 10000)), "shape": shape}, outputs=2)


GENERATORS = {
    **{f"_random_{name}": _draw_random(name) for name in _DISTRIBUTIONS},
    **{f"_random_{name}_like": _draw_like(name) for name in _DISTRIBUTIONS},
    **{f"_sample_{name}": _draw_sample(name) for name in _DISTRIBUTIONS},
    "_random_randint": _draw_randint,
    "_sample_multinomial": _draw_multinomial,
    "_shuffle": _draw_shuffle,
    "_sample_unique_zipfian": _draw_zipfian,
}
