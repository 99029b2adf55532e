"""Densities of the random distributions: _random_pdf_*."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import gammaln

from gluax.errors import ShapeError
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


def _uniform(x: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    return jnp.broadcast_to(-jnp.log(high - low), x.shape)  # outside the bounds too, as in MXNet


def _normal(x: jax.Array, mu: jax.Array, sigma: jax.Array) -> jax.Array:
    return -jnp.square((x - mu) / sigma) / 2 - jnp.log(sigma) - float(np.log(2 * np.pi) / 2)


def _gamma(x: jax.Array, alpha: jax.Array, beta: jax.Array) -> jax.Array:
    """Shape alpha and rate beta, whereas `_random_gamma` takes a scale."""
    return alpha * jnp.log(beta) + (alpha - 1) * jnp.log(x) - beta * x - gammaln(alpha)


def _exponential(x: jax.Array, lam: jax.Array) -> jax.Array:
    return jnp.log(lam) - lam * x


def _poisson(x: jax.Array, lam: jax.Array) -> jax.Array:
    return x * jnp.log(lam) - gammaln(x + 1) - lam


def _negative_binomial(x: jax.Array, k: jax.Array, p: jax.Array) -> jax.Array:
    return gammaln(x + k) - gammaln(x + 1) - gammaln(k) + k * jnp.log(p) + x * jnp.log(1 - p)


def _generalized(x: jax.Array, mu: jax.Array, alpha: jax.Array) -> jax.Array:
    return _negative_binomial(x, 1 / alpha, 1 / (mu * alpha + 1))


def _dirichlet(x: jax.Array, alpha: jax.Array) -> jax.Array:
    powers = jnp.sum((alpha - 1) * jnp.log(x), axis=-1)
    return powers + gammaln(jnp.sum(alpha, axis=-1)) - jnp.sum(gammaln(alpha), axis=-1)


class _Density(NamedTuple):
    name: str
    logarithm: Callable[..., jax.Array]
    parameters: tuple[str, ...]
    event: int = 0  # trailing axes that make up one sample
    discrete: bool = False  # the sample has no gradient


_DENSITIES = (
    _Density("uniform", _uniform, ("low", "high")),
    _Density("normal", _normal, ("mu", "sigma")),
    _Density("gamma", _gamma, ("alpha", "beta")),
    _Density("exponential", _exponential, ("lam",)),
    _Density("poisson", _poisson, ("lam",), discrete=True),
    _Density("negative_binomial", _negative_binomial, ("k", "p"), discrete=True),
    _Density("generalized_negative_binomial", _generalized, ("mu", "alpha"), discrete=True),
    _Density("dirichlet", _dirichlet, ("alpha",), event=1),
)


def _register(found: _Density) -> None:
    def pdf(sample: jax.Array, *parameters: jax.Array, is_log: bool = False) -> jax.Array:
        sample = lax.stop_gradient(sample) if found.discrete else sample
        logarithm = found.logarithm(sample, *[_align(sample, each, found.event) for each in parameters])
        return (logarithm if is_log else jnp.exp(logarithm)).reshape(logarithm.shape or (1,))

    def shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        known = None
        for shape in ins[1:]:
            known = merge_shapes(known, shape)
        sample = ins[0]
        if sample is not None and known is not None and not found.event:
            known = merge_shapes(known, sample[: len(known)])
        result = None if sample is None else sample[: len(sample) - found.event] or (1,)
        return [sample, *[known] * (len(ins) - 1)], [result]

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    inputs = [inspect.Parameter(name, kind) for name in ("sample", *found.parameters)]
    is_log = inspect.Parameter("is_log", inspect.Parameter.KEYWORD_ONLY, default=False)
    vars(pdf)["__signature__"] = inspect.Signature([*inputs, is_log])
    pdf.__annotations__ = {"is_log": bool}
    pdf.__doc__ = (
        f"The density of the {found.name} distribution at sample (..., *draws), or its logarithm. "
        "The parameters (...) have the leading axes of sample."
    )
    operator(f"_random_pdf_{found.name}", aliases=(f"random_pdf_{found.name}",), shapes=shapes)(pdf)


def _align(sample: jax.Array, parameter: jax.Array, event: int) -> Any:
    """Give a parameter the axes of the draws: (*lead, *event) -> (*lead, 1, ..., *event)."""
    lead = parameter.ndim - event
    known = (*parameter.shape[:lead], *sample.shape[lead : sample.ndim - event], *parameter.shape[lead:])
    if sample.ndim < parameter.ndim or sample.shape != known:
        raise ShapeError(f"a parameter's shape must begin as that of sample {sample.shape}, got {parameter.shape}")
    missing = (1,) * (sample.ndim - parameter.ndim)
    return parameter.reshape(*parameter.shape[:lead], *missing, *parameter.shape[lead:])


for _found in _DENSITIES:
    _register(_found)
