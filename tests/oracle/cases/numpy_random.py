"""Cases of gluax.ops.numpy_random: forms of the results, and in the differential test large samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw

# By operator: parameters with the ranges of their values, and whether there is a dtype.
_POSITIVE = (0.5, 3.0)
_DISTRIBUTIONS: dict[str, tuple[dict[str, tuple[float, float]], bool]] = {
    "normal": ({"loc": (-2, 2), "scale": _POSITIVE}, True),
    "normal_n": ({"loc": (-2, 2), "scale": _POSITIVE}, True),
    "uniform": ({"low": (-2, 0), "high": (0, 2)}, True),
    "uniform_n": ({"low": (-2, 0), "high": (0, 2)}, True),
    "gamma": ({"shape": _POSITIVE, "scale": _POSITIVE}, True),
    "gumbel": ({"loc": (-2, 2), "scale": _POSITIVE}, False),
    "logistic": ({"loc": (-2, 2), "scale": _POSITIVE}, False),
    "exponential": ({"scale": _POSITIVE}, False),
    "rayleigh": ({"scale": _POSITIVE}, False),
    "pareto": ({"a": _POSITIVE}, False),
    "weibull": ({"a": _POSITIVE}, False),
    "powerd": ({"a": _POSITIVE}, False),
}
_TYPES = ("bool", "float16", "float32", "float64", "int32", "uint8")


def _case(name: str, inputs: tuple[In, ...], attrs: dict[str, Any], grad: bool = False) -> Case:
    return Case(f"_npi_{name}", inputs, attrs, grad=grad, numpy=True, stochastic=True)


def _array(name: str, parameter: str, shape: tuple[int, ...], dtype: str = "float32") -> In:
    low, high = _DISTRIBUTIONS[name][0][parameter]
    return In(shape, dtype, low, high)


def _whole(name: str) -> list[Case]:
    """All parameters as numbers; all as arrays; one of each."""
    names = list(_DISTRIBUTIONS[name][0])
    numbers: dict[str, Any] = dict.fromkeys(names, 1.5)
    nothing: dict[str, Any] = dict.fromkeys(names)
    arrays = tuple(_array(name, parameter, shape) for parameter, shape in zip(names, ((3,), (2, 1))))
    typed = {"dtype": "float64"} if _DISTRIBUTIONS[name][1] else {}
    cases = [
        _case(name, (), {**numbers, "size": (2, 3)}),
        _case(name, (), {**numbers, **typed}),
        _case(name, arrays, {**nothing, "size": (4, 2, 3) if not name.endswith("_n") else (4,)}, grad=True),
    ]
    if len(names) == 2:
        cases.append(_case(name, arrays[:1], {names[0]: None, names[1]: 2.0}, grad=True))
        cases.append(_case(name, arrays[1:], {names[0]: -1.0 if name != "gamma" else 1.0, names[1]: None}, grad=True))
    return cases


_WEIGHTS = In((3,), values=[0.2, 0.3, 0.5])

CASES = [
    *[case for name in _DISTRIBUTIONS for case in _whole(name)],
    *[_case("bernoulli", (), {"prob": 0.3, "logit": None, "is_logit": False, "size": (2, 2), "dtype": t}) for t in _TYPES],
    _case("bernoulli", (), {"prob": None, "logit": 0.3, "is_logit": True}),
    _case("bernoulli", (In((3,), low=0),), {"prob": None, "logit": None, "is_logit": False, "size": (2, 3)}, grad=True),
    _case("bernoulli", (In((3,)),), {"prob": None, "logit": None, "is_logit": True}, grad=True),
    *[_case("choice", (), {"a": 5, "size": size, "replace": r}) for size in (None, (2, 2)) for r in (True, False)],
    _case("choice", (In((5,)),), {"a": None, "size": (2,)}, grad=True),
    *[_case("choice", (_WEIGHTS,), {"a": 3, "size": (2,), "replace": r, "weighted": True}) for r in (True, False)],
    _case("choice", (In((3,)), _WEIGHTS), {"a": None, "size": (2,), "weighted": True}, grad=True),
    _case("multinomial", (), {"n": 10, "pvals": (0.2, 0.3, 0.5)}),
    _case("multinomial", (_WEIGHTS,), {"n": 10, "pvals": None, "size": (2, 2)}, grad=True),
]  # fmt: skip


def _draw_distribution(name: str) -> Callable[[Draw], Case]:
    ranges, typed = _DISTRIBUTIONS[name]

    def generate(draw: Draw) -> Case:
        attrs: dict[str, Any] = {}
        inputs: list[In] = []
        dtype = draw.choice(("float32", "float16", "float64")) if typed and draw.flag() else "float32"
        whole = draw.choice(((30, 20), (600,))) if draw.flag() else draw.shape(0, 3, empty=True)
        for parameter, (low, high) in ranges.items():
            attrs[parameter] = None if draw.flag() else draw.number(low, high)
            if attrs[parameter] is None:
                shape = tuple(1 if draw.flag(0.2) else size for size in whole[draw.integer(0, len(whole)) :])
                inputs.append(In(shape, dtype, low, high))
        if not inputs or draw.flag():
            attrs["size"] = draw.shape(0, 2, 3) if name.endswith("_n") and inputs else whole
        # MXNet refuses the gradients of parameters of another type than the result's.
        if dtype != "float32" or (typed and draw.flag()):
            attrs["dtype"] = dtype
        elif not draw.flag(0.7) and inputs:
            integers = () if name in ("gamma", "powerd") else ("int32", "int64")
            kind = draw.choice((*FLOATS, *integers))
            spec = (
                (1, 4)
                if kind.startswith("int") and ranges[parameter] == _POSITIVE
                else (inputs[-1].low, inputs[-1].high)
            )
            inputs = [In(each.shape, kind, *spec) for each in inputs]
            return _case(name, tuple(inputs), attrs)
        return _case(name, tuple(inputs), attrs, grad=bool(inputs) and draw.flag())

    return generate


def _draw_bernoulli(draw: Draw) -> Case:
    whole = draw.choice(((30, 20), (600,))) if draw.flag() else draw.shape(0, 3, empty=True)
    attrs: dict[str, Any] = {
        "prob": None,
        "logit": None,
        "is_logit": draw.flag(),
        **draw.given(dtype=draw.choice(_TYPES)),
    }
    which = draw.integer(0, 2)
    if which < 2:
        attrs["size"] = whole
        attrs.update({"prob": draw.number(0, 1)} if which == 0 else {"logit": draw.number(-2, 2)})
        return _case("bernoulli", (), attrs)
    shape = whole[draw.integer(0, len(whole)) :]
    if shape != whole or draw.flag():
        attrs["size"] = whole
    kind = draw.choice((*FLOATS, "uint8", "int32", "int64"))
    data = In(shape, kind, 0, 2 if kind[0] in "iu" else 1)
    return _case("bernoulli", (data,), attrs, grad=kind[0] == "f" and draw.flag())


def _draw_choice(draw: Draw) -> Case:
    replace, weighted, count = draw.flag(), draw.flag(), draw.choice((1, 5, 700))
    size = draw.shape(0, 2, 3) if count == 1 else (draw.integer(500, 700),)
    if not replace:
        size = (min(size[0], count),) if count > 1 else (1,)
    attrs = {"a": count, "size": size, "replace": replace, **({"weighted": weighted} if weighted else {})}
    inputs: list[In] = []
    if draw.flag():
        attrs["a"] = None
        inputs.append(In((count,), draw.choice((*FLOATS, "int32", "uint8")), 0, 9))
    if weighted:
        weights = [1 / count] * count if draw.flag() else [(i + 0.5) * 2 / count**2 for i in range(count)]
        inputs.append(In((count,), draw.choice(("float32", "float64")), values=weights))
    return _case("choice", tuple(inputs), attrs)


def _draw_multinomial(draw: Draw) -> Case:
    parts = [draw.number(0.1, 1) for _ in range(draw.integer(1, 4))]
    shares = [round(part / sum(parts) * 0.999, 4) for part in parts]  # a sum above 1 is refused, below 1 is none
    attrs: dict[str, Any] = {"n": draw.integer(0, 30), **draw.given(size=draw.choice(((), (2, 2), (400,), (0, 2))))}
    if draw.flag():
        return _case("multinomial", (), {**attrs, "pvals": shares})
    dtype = draw.choice(("float16", "float32", "float64"))
    attrs.update(draw.given(pvals=None))
    return _case("multinomial", (In((len(shares),), dtype, values=shares),), attrs, grad=draw.flag())


GENERATORS = {
    **{f"_npi_{name}": _draw_distribution(name) for name in _DISTRIBUTIONS},
    "_npi_bernoulli": _draw_bernoulli,
    "_npi_choice": _draw_choice,
    "_npi_multinomial": _draw_multinomial,
}

_VALUES = "MXNet refuses arrays of parameters with values out of range; gluax does not look at values, and gives nan"
NOTES = {
    **{f"_npi_{name}": _VALUES for name in _DISTRIBUTIONS},
    "_npi_powerd": f"{_VALUES}. MXNet divides integer exponents as integers, so that all numbers are 1.",
    "_npi_choice": "MXNet reads beyond short arrays of weights, gives a itself when their sum is below 1, and without "
    "replacement gives an order that is not random; gluax refuses, gives a - 1, and gives a random order",
    "_npi_multinomial": "MXNet refuses arrays whose sum is above 1; gluax does not look at values, and cuts off at 1",
}
