"""Random numbers, as ``mx.np.random``: parameters are numbers or arrays, which broadcast with `size`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluax.context import Context
from gluax.numpy.call import call, is_operand
from gluax.numpy.elementwise import exp
from gluax.numpy.fallback import as_numpy
from gluax.numpy.shaping import take

Size = int | Sequence[int] | None


def draw(op: str, parameters: Mapping[str, Any], size: Size, ctx: Any, out: Any = None, **attrs: Any) -> Any:
    """Run a sampling operator; parameters that are arrays are its inputs, the others attributes."""
    inputs = [value for value in parameters.values() if is_operand(value)]
    numbers = {name: "None" if is_operand(value) else value for name, value in parameters.items()}
    return call(op, inputs, {**numbers, "size": None if size == () else size, "ctx": ctx, **attrs}, out)


def _typed(op: str, parameters: Mapping[str, Any], size: Size, dtype: Any, ctx: Any, out: Any) -> Any:
    return draw(op, parameters, size, ctx, out, dtype="float32" if dtype is None else dtype)


def uniform(
    low: Any = 0.0, high: Any = 1.0, size: Size = None, dtype: Any = None, ctx: Context | None = None, out: Any = None
) -> Any:
    """Uniform from `low` to before `high`."""
    return _typed("_npi_uniform", {"low": low, "high": high}, size, dtype, ctx, out)


def normal(
    loc: Any = 0.0, scale: Any = 1.0, size: Size = None, dtype: Any = None, ctx: Context | None = None, out: Any = None
) -> Any:
    """Normal with mean `loc` and standard deviation `scale`."""
    return _typed("_npi_normal", {"loc": loc, "scale": scale}, size, dtype, ctx, out)


def lognormal(
    mean: Any = 0.0, sigma: Any = 1.0, size: Size = None, dtype: Any = None, ctx: Context | None = None, out: Any = None
) -> Any:
    """e to the power of a normal number with mean `mean` and standard deviation `sigma`."""
    return exp(normal(mean, sigma, size, dtype, ctx), out)


def logistic(loc: Any = 0.0, scale: Any = 1.0, size: Size = None, ctx: Context | None = None, out: Any = None) -> Any:
    """Logistic with mean `loc`."""
    return draw("_npi_logistic", {"loc": loc, "scale": scale}, size, ctx, out)


def gumbel(loc: Any = 0.0, scale: Any = 1.0, size: Size = None, ctx: Context | None = None, out: Any = None) -> Any:
    """Gumbel with mode `loc`."""
    return draw("_npi_gumbel", {"loc": loc, "scale": scale}, size, ctx, out)


def rayleigh(scale: Any = 1.0, size: Size = None, ctx: Context | None = None, out: Any = None) -> Any:
    """Rayleigh with mode `scale`."""
    return draw("_npi_rayleigh", {"scale": scale}, size, ctx, out)


def exponential(scale: Any = 1.0, size: Size = None, ctx: Context | None = None, out: Any = None) -> Any:
    """Exponential with mean `scale`."""
    return draw("_npi_exponential", {"scale": scale}, size, ctx, out)


def weibull(a: Any, size: Size = None, ctx: Context | None = None, out: Any = None) -> Any:
    """Weibull with shape `a`."""
    return draw("_npi_weibull", {"a": a}, size, ctx, out)


def pareto(a: Any, size: Size = None, ctx: Context | None = None, out: Any = None) -> Any:
    """Lomax with shape `a`."""
    return draw("_npi_pareto", {"a": a}, size, ctx, out)


def power(a: Any, size: Size = None) -> Any:
    """Between 0 and 1, with density ``a * x**(a - 1)``."""
    return draw("_npi_powerd", {"a": a}, size, None)


def gamma(
    shape: Any, scale: Any = 1.0, size: Size = None, dtype: Any = None, ctx: Context | None = None, out: Any = None
) -> Any:
    """Gamma with mean ``shape * scale``."""
    size = out.shape if out is not None else size
    return _typed("_npi_gamma", {"shape": shape, "scale": scale}, size, dtype, ctx, out)


def beta(a: Any, b: Any, size: Size = None, dtype: Any = None, ctx: Context | None = None) -> Any:
    """Beta, from two gamma numbers in float64."""
    first = gamma(a, 1, size, "float64", ctx)
    return (first / (first + gamma(b, 1, size, "float64", ctx))).astype("float32" if dtype is None else dtype)


def chisquare(df: Any, size: Size = None, dtype: Any = None, ctx: Context | None = None) -> Any:
    """A gamma number of shape ``df / 2`` and scale 1/2, as MXNet 1.9.1 draws it: a quarter of a chi-square number."""
    return gamma(df / 2, 1 / 2, size, dtype, ctx)


def rand(*size: int, **kwargs: Any) -> Any:
    """Uniform between 0 and 1."""
    return uniform(0, 1, size, **kwargs)


def randn(*size: int, **kwargs: Any) -> Any:
    """Normal with mean 0 and standard deviation 1."""
    return normal(0, 1, size, **kwargs)


def randint(
    low: int, high: int | None = None, size: Size = None, dtype: Any = None, ctx: Context | None = None, out: Any = None
) -> Any:
    """Integers from `low` to before `high`, from 0 to before `low` without one; int64 by default."""
    if high is None:
        low, high = 0, low
    attrs = {"low": low, "high": high, "shape": () if size is None else size, "ctx": ctx}
    return call("_npi_random_randint", (), {**attrs, "dtype": "int64" if dtype in (None, int, "int") else dtype}, out)


def choice(
    a: Any, size: Size = None, replace: bool = True, p: Any = None, ctx: Context | None = None, out: Any = None
) -> Any:
    """Elements of an array, or numbers below `a`, each with probability `p`, an array."""
    inputs = [value for value in (a, p) if is_operand(value)]
    attrs = {"a": "None" if is_operand(a) else a, "size": "None" if size in (None, ()) else size}
    attrs |= {"replace": replace, "weighted": p is not None}
    if is_operand(a):
        return take(a, call("_npi_choice", inputs, attrs))
    return call("_npi_choice", inputs, {**attrs, "ctx": ctx}, out)


def multinomial(n: int, pvals: Any, size: Size = None) -> Any:
    """How often each outcome comes up in `n` trials; probabilities are a list or an array."""
    if isinstance(pvals, np.ndarray):
        raise ValueError("multinomial: give the probabilities as a list or as an mx.np.ndarray")
    if is_operand(pvals):
        return call("_npi_multinomial", (pvals,), {"n": n, "size": size})
    return call("_npi_multinomial", (), {"n": n, "pvals": tuple(pvals), "size": size})


def multivariate_normal(
    mean: Any, cov: Any, size: Size = None, check_valid: str | None = None, tol: float | None = None
) -> Any:
    """Normal vectors with a mean and a covariance matrix."""
    if check_valid is not None or tol is not None:
        raise NotImplementedError("multivariate_normal: check_valid and tol are not supported")
    from gluax.numpy.linalg import cholesky

    shape = () if size is None else (size,) if isinstance(size, int) else tuple(size)
    lead = np.broadcast_shapes(mean.shape[:-1], cov.shape[:-2])
    noise = normal(0, 1, (*shape, *lead, mean.shape[-1]), as_numpy(mean).dtype.name)
    return mean + (cholesky(cov) * noise.reshape(*noise.shape[:-1], 1, -1)).sum(-1)


def shuffle(x: Any) -> None:
    """Put the elements along the first axis in a random order, in place."""
    call("_npi_shuffle", (x,), None, x)
