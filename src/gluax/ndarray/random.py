"""Random numbers: distributions whose parameters are numbers, or arrays for one draw per element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gluax.ndarray.functions import namespace
from gluax.ndarray.invoke import invoke
from gluax.ndarray.ndarray import NDArray
from gluax.ndarray.operators import is_number
from gluax.ops.signatures import NULL

_like, __dir__ = namespace(__name__, "_random_")


def __getattr__(name: str) -> Any:
    return _like(name)


def _draw(
    distribution: str, values: Mapping[str, Any], names: str, shape: Any, dtype: Any, ctx: Any, out: Any, extra: Any
) -> Any:
    """Draw with parameters that are numbers, or arrays, which the operators know by other `names`."""
    first = next(iter(values.values()))
    if not isinstance(first, NDArray) and not is_number(first):
        raise ValueError(f"Distribution parameters must be either NDArray or numbers, but got {type(first)}.")
    for value in values.values():
        assert isinstance(value, NDArray) if isinstance(first, NDArray) else is_number(value), (
            f"Distribution parameters must all have the same type, but got both {type(first)} and {type(value)}."
        )
    attrs = {"shape": shape, "dtype": dtype, **extra}
    if isinstance(first, NDArray):
        return _call(f"_sample_{distribution}", tuple(values.values()), attrs, out)
    if shape is NULL and out is None:
        attrs["shape"] = 1
    attrs.update(zip(names.split(), values.values()))
    return _call(f"_random_{distribution}", (), {**attrs, "ctx": ctx}, out)


def _call(op: str, inputs: tuple[NDArray, ...], attrs: Mapping[str, Any], out: Any) -> Any:
    given = {key: value for key, value in attrs.items() if value is not NULL and key != "name"}
    return invoke(op, inputs, given, out)


def uniform(
    low: Any = 0, high: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Uniform between `low` and `high`."""
    return _draw("uniform", {"low": low, "high": high}, "low high", shape, dtype, ctx, out, kwargs)


def normal(
    loc: Any = 0, scale: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Normal with mean `loc` and standard deviation `scale`."""
    return _draw("normal", {"loc": loc, "scale": scale}, "loc scale", shape, dtype, ctx, out, kwargs)


def randn(*shape: int, **kwargs: Any) -> Any:
    """Normal; the shape is given by position, `loc`, `scale`, `dtype`, `ctx` and `out` by name."""
    values = {"loc": kwargs.pop("loc", 0), "scale": kwargs.pop("scale", 1)}
    for value in values.values():
        assert isinstance(value, (int, float, NDArray)), f"loc and scale are numbers or NDArrays, not {type(value)}"
    options = (kwargs.pop("dtype", NULL), kwargs.pop("ctx", None), kwargs.pop("out", None))
    return _draw("normal", values, "loc scale", shape, *options, kwargs)


def poisson(lam: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any) -> Any:
    """Poisson with rate `lam`."""
    return _draw("poisson", {"lam": lam}, "lam", shape, dtype, ctx, out, kwargs)


def exponential(
    scale: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Exponential with mean `scale`."""
    return _draw("exponential", {"lam": 1.0 / scale}, "lam", shape, dtype, ctx, out, kwargs)


def gamma(
    alpha: Any = 1, beta: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Gamma with shape `alpha` and scale `beta`."""
    return _draw("gamma", {"alpha": alpha, "beta": beta}, "alpha beta", shape, dtype, ctx, out, kwargs)


def negative_binomial(
    k: Any = 1, p: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Failures before the `k`-th success, each of probability `p`."""
    return _draw("negative_binomial", {"k": k, "p": p}, "k p", shape, dtype, ctx, out, kwargs)


def generalized_negative_binomial(
    mu: Any = 1, alpha: Any = 1, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Negative binomial with mean `mu` and variance ``mu + alpha * mu ** 2``."""
    values = {"mu": mu, "alpha": alpha}
    return _draw("generalized_negative_binomial", values, "mu alpha", shape, dtype, ctx, out, kwargs)


def randint(
    low: int, high: int, shape: Any = NULL, dtype: Any = NULL, ctx: Any = None, out: Any = None, **kwargs: Any
) -> Any:
    """Integers from `low` to before `high`."""
    if isinstance(low, NDArray):
        raise TypeError("randint takes numbers, not arrays")
    return _draw("randint", {"low": low, "high": high}, "low high", shape, dtype, ctx, out, kwargs)


def multinomial(
    data: NDArray, shape: Any = NULL, get_prob: bool = False, out: Any = None, dtype: Any = "int32", **kwargs: Any
) -> Any:
    """Draw indices by the probabilities in the last axis of `data`; on request with their log likelihood."""
    attrs = {"shape": shape, "get_prob": get_prob, "dtype": dtype, **kwargs}
    return _call("_sample_multinomial", (data,), attrs, out)


def shuffle(data: NDArray, **kwargs: Any) -> Any:
    """The rows in random order."""
    out = kwargs.pop("out", None)
    return _call("_shuffle", (data,), kwargs, out)
