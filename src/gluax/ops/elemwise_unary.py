"""Elementwise functions of one array: mathematics, rounding, logic, identities, clipping."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from gluax.ops._elementwise import (
    Function,
    available,
    constant,
    is_float,
    magnitude,
    refuse_booleans,
    require_same_shape,
    require_same_type,
    sign,
    through_float,
    to_integer,
    with_derivatives,
)
from gluax.ops._numbers import single, widen
from gluax.ops.elemwise_binary import divide
from gluax.ops.registry import operator
from gluax.ops.rules import same_shape


def rint(data: jax.Array) -> jax.Array:
    """The nearest integer; halves go down."""
    low, high = jnp.floor(data), jnp.ceil(data)
    return jnp.where(data - low <= high - data, low, high)


def _as_double(data: jax.Array) -> jax.Array:
    """64-bit integers rounded to double precision; what that makes too large becomes the smallest."""
    return to_integer(data.astype(np.float64), data.dtype) if data.dtype == np.int64 else data


def round_half_away(data: jax.Array) -> jax.Array:
    """The nearest integer; halves go away from zero."""
    return jax.lax.round(data, jax.lax.RoundingMethod.AWAY_FROM_ZERO)


def _digamma(data: jax.Array) -> jax.Array:
    pole = (data <= 0) & (data == jnp.floor(data))
    value = special.digamma(widen(jnp.where(pole, jnp.ones_like(data), data)))
    return jnp.where(pole, jnp.inf, value).astype(data.dtype)


def _gamma(data: jax.Array) -> jax.Array:
    pole = (data < 0) & (data == jnp.floor(data))
    wide = widen(data)
    value = jnp.where(data == 0, 1 / wide, special.gamma(jnp.where(data == 0, jnp.ones_like(wide), wide)))
    return jnp.where(pole, jnp.nan, value).astype(data.dtype)


_PI = np.float32(math.pi)  # MXNet's constant is single precision


def _scaling(factor: np.float32) -> Function:
    """Multiplication with a single precision constant, which float64 data meet too."""

    def scale(data: jax.Array) -> jax.Array:
        wide = widen(data)
        return (wide * constant(float(factor), wide.dtype)).astype(data.dtype)

    return scale


def _ones(result: jax.Array, data: jax.Array) -> jax.Array:
    return jnp.ones_like(result)


_arccosh = with_derivatives(jnp.arccosh, lambda y, x: jax.lax.rsqrt(x * x - 1))
_rcbrt = with_derivatives(lambda x: 1 / jnp.cbrt(x), lambda y, x: -y / (3 * x))
_softsign = with_derivatives(lambda x: x / (1 + jnp.abs(x)), lambda y, x: 1 / jnp.square(1 + jnp.abs(x)))
_erf_slope, _erfinv_slope = 2 / float(np.sqrt(_PI)), 0.5 * float(np.sqrt(_PI))
_erf = with_derivatives(special.erf, lambda y, x: constant(_erf_slope, x.dtype) * jnp.exp(-x * x))
_erfinv = with_derivatives(special.erfinv, lambda y, x: constant(_erfinv_slope, x.dtype) * jnp.exp(y * y))


def _inverse_error(data: jax.Array) -> jax.Array:
    if not is_float(data):
        data = jnp.where((data < -1) | (data > 1), jnp.zeros_like(data), data)
    return through_float(_erfinv, "float64")(data)


def _logarithm(base: int) -> Function:
    """The logarithm, exact for powers of the base: for integers it is truncated, and log2(8) must not be 2."""
    scale = math.log(base)

    def run(data: jax.Array) -> jax.Array:
        value = jnp.log(data) / constant(scale, data.dtype)
        whole = jnp.round(value)
        return jnp.where(jnp.power(jnp.full_like(data, base), whole) == data, whole, value)

    return with_derivatives(run, lambda y, x: constant(1 / scale, x.dtype) / x)


_smooth_gamma = with_derivatives(_gamma, lambda y, x: y * _digamma(x))
_FACTORIALS = [math.inf, *(math.gamma(n) for n in range(1, 22)), math.inf]  # the last one overflows 64 bits


def _gamma_or_factorial(data: jax.Array) -> jax.Array:
    if is_float(data):
        return _smooth_gamma(data)
    place = jnp.clip(data.astype(available("int64")), 0, len(_FACTORIALS) - 1)
    return to_integer(jnp.asarray(_FACTORIALS, available("float64"))[place], data.dtype)


_sparse = "_sparse_{}"

# Integers are computed in double precision and truncated.
_MATHEMATICS: dict[str, tuple[Function, tuple[str, ...], str]] = {
    "arccos": (jnp.arccos, (_sparse,), "Inverse cosine."),
    "arccosh": (_arccosh, (_sparse,), "Inverse hyperbolic cosine."),
    "arcsin": (jnp.arcsin, (_sparse,), "Inverse sine."),
    "arcsinh": (jnp.arcsinh, (_sparse,), "Inverse hyperbolic sine."),
    "arctan": (jnp.arctan, (_sparse,), "Inverse tangent."),
    "arctanh": (jnp.arctanh, (_sparse,), "Inverse hyperbolic tangent."),
    "cbrt": (jnp.cbrt, (_sparse,), "Cube root."),
    "cos": (jnp.cos, (_sparse,), "Cosine."),
    "cosh": (jnp.cosh, (_sparse,), "Hyperbolic cosine."),
    "erf": (_erf, ("_npx_{}",), "Error function."),
    "exp": (jnp.exp, (_sparse,), "Exponential."),
    "expm1": (jnp.expm1, (_sparse,), "exp(x) - 1, precise near 0."),
    "gammaln": (
        with_derivatives(lambda x: special.gammaln(widen(x)).astype(x.dtype), lambda y, x: _digamma(x)),
        ("_npx_{}", _sparse),
        "Logarithm of the magnitude of the gamma function; its gradient is inf at poles.",
    ),
    "log": (jnp.log, (_sparse,), "Natural logarithm."),
    "log10": (_logarithm(10), (_sparse,), "Logarithm to base 10."),
    "log1p": (jnp.log1p, (_sparse,), "log(1 + x), precise near 0."),
    "log2": (_logarithm(2), (_sparse,), "Logarithm to base 2."),
    "rcbrt": (_rcbrt, (), "1 / cbrt(x)."),
    "reciprocal": (lambda x: 1 / x, (), "1 / x."),
    "rsqrt": (jax.lax.rsqrt, (_sparse,), "1 / sqrt(x)."),
    "sigmoid": (jax.nn.sigmoid, (_sparse,), "1 / (1 + exp(-x))."),
    "sin": (jnp.sin, (_sparse,), "Sine."),
    "sinh": (jnp.sinh, (_sparse,), "Hyperbolic sine."),
    "softsign": (_softsign, (), "x / (1 + abs(x)); nan at the infinities, as in MXNet."),
    "sqrt": (jnp.sqrt, (_sparse,), "Square root."),
    "tan": (jnp.tan, (_sparse,), "Tangent."),
    "tanh": (jnp.tanh, (_sparse,), "Hyperbolic tangent."),
}

# Integers are computed in single precision and truncated.
_SINGLE: dict[str, tuple[Function, tuple[str, ...], str]] = {
    "degrees": (_scaling(np.float32(180) / _PI), (_sparse,), "Radians to degrees."),
    "radians": (_scaling(_PI / np.float32(180)), (_sparse,), "Degrees to radians."),
    "square": (jnp.square, (_sparse,), "x * x."),
}

# Integers are their own result, 64-bit ones as double precision holds them; the gradient is 0.
_ROUNDING: dict[str, tuple[Function, tuple[str, ...], str]] = {
    "ceil": (jnp.ceil, (_sparse,), "The next integer above."),
    "fix": (jnp.trunc, (_sparse,), "The integer part."),
    "floor": (jnp.floor, (_sparse,), "The next integer below."),
    "rint": (rint, (_sparse,), "The nearest integer; halves go down."),
    "round": (round_half_away, (_sparse,), "The nearest integer; halves go away from zero."),
    "trunc": (jnp.trunc, (_sparse,), "The integer part."),
    "_contrib_round_ste": (
        with_derivatives(round_half_away, _ones),
        (_sparse,),
        "Round halves away from zero; the gradient passes straight through.",
    ),
}

# What becomes of integers is each function's own affair.
_EXACT: dict[str, tuple[Function, tuple[str, ...], str]] = {
    "gamma": (
        _gamma_or_factorial,
        ("_npx_{}", _sparse),
        "Gamma function, nan at negative integers; float32 loses a digit beyond 20.",
    ),
    "erfinv": (_inverse_error, ("_npx_{}",), "Inverse error function; 0 for integers beyond 1."),
    "abs": (lambda x: magnitude(_as_double(x)), (_sparse,), "Magnitude; the gradient at 0 and nan is 0."),
    "logical_not": (lambda x: (x == 0).astype(x.dtype), (), "1 where x is 0, else 0, in the data's dtype."),
    "negative": (jnp.negative, (_sparse,), "-x."),
    "sign": (sign, (_sparse,), "-1, 0 or 1; 0 for nan; the gradient is 0."),
    "_contrib_sign_ste": (
        lambda x: with_derivatives(sign, _ones)(x) if is_float(x) else sign(x),
        (_sparse,),
        "-1, 0 or 1; the gradient passes straight through.",
    ),
}


def _register(name: str, function: Function, aliases: tuple[str, ...], doc: str) -> None:
    def run(data: jax.Array) -> jax.Array:
        refuse_booleans(name, data)
        return function(data)

    run.__name__, run.__doc__ = name, doc
    operator(name, aliases=[alias.format(name) for alias in aliases], shapes=same_shape, elementwise=True)(run)


def _widened(function: Function) -> Function:
    """Half precision by way of single precision, as in MXNet: in a derivative 1 - x * x would lose its digits."""
    return lambda data: function(widen(data)).astype(data.dtype)


# The derivatives that are taken from the result as it is, rounded to half precision.
_SLOPES: dict[str, Function] = {"sigmoid": lambda y: y * (1 - y), "tanh": lambda y: 1 - y * y}


def _from_result(function: Function, slope: Function) -> Function:
    return with_derivatives(function, lambda y, x: slope(widen(y)).astype(y.dtype))


def _keep_integers(function: Function) -> Function:
    return lambda data: function(data) if is_float(data) else _as_double(data)


for _name, (_function, _aliases, _doc) in _MATHEMATICS.items():
    _precise = _widened(_function)
    if _name in _SLOPES:
        _precise = _from_result(_precise, _SLOPES[_name])
    _register(_name, through_float(_precise, "float64"), _aliases, _doc)
for _name, (_function, _aliases, _doc) in _SINGLE.items():
    _register(_name, through_float(_function), _aliases, _doc)
for _name, (_function, _aliases, _doc) in _ROUNDING.items():
    _register(_name, _keep_integers(_function), _aliases, _doc)
for _name, (_function, _aliases, _doc) in _EXACT.items():
    _register(_name, _function, _aliases, _doc)


@operator("_copy", aliases=("identity",), shapes=same_shape, elementwise=True)
def copy(data: jax.Array) -> jax.Array:
    """The data themselves, of any dtype."""
    return data


@operator("BlockGrad", aliases=("stop_gradient", "_sparse_stop_gradient"), shapes=same_shape, elementwise=True)
def block_grad(data: jax.Array) -> jax.Array:
    """The data themselves; no gradient flows back."""
    return jax.lax.stop_gradient(data)


@operator("_identity_with_attr_like_rhs", shapes=same_shape)
def identity_with_attr_like_rhs(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """The first input; the second, of the same shape and dtype, only takes part in inference."""
    require_same_shape("_identity_with_attr_like_rhs", lhs, rhs)
    require_same_type("_identity_with_attr_like_rhs", lhs, rhs)
    return lhs


@operator("_contrib_gradientmultiplier", shapes=same_shape, hints=("is_int",))
def gradient_multiplier(data: jax.Array, *, scalar: float = 1.0) -> jax.Array:
    """The data themselves; the gradient is multiplied by `scalar`."""
    if not is_float(data):
        return data
    return with_derivatives(lambda x: x, lambda y, x: constant(scalar, x.dtype))(data)


@operator("_contrib_div_sqrt_dim", shapes=same_shape)
def div_sqrt_dim(data: jax.Array) -> jax.Array:
    """Data (..., C) divided by the square root of C, which is truncated for integers, as their quotient is."""
    refuse_booleans("_contrib_div_sqrt_dim", data)
    channels = jnp.asarray(data.shape[-1]).astype(available("float64"))
    return divide(data, jnp.sqrt(channels).astype(data.dtype))


@operator("_contrib_quadratic", shapes=same_shape)
def quadratic(data: jax.Array, *, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> jax.Array:
    """``x * (a * x + b) + c``."""
    refuse_booleans("_contrib_quadratic", data)
    a, b, c = single(a), single(b), single(c)
    return through_float(with_derivatives(lambda x: x * (a * x + b) + c, lambda y, x: 2 * a * x + b))(data)


@operator("clip", aliases=("_npi_clip", "_sparse_clip"), shapes=same_shape, elementwise=True)
def clip(data: jax.Array, *, a_min: float, a_max: float) -> jax.Array:
    """Limit to [a_min, a_max], a_max first; nan stays. The gradient passes inside, bounds included."""
    refuse_booleans("clip", data)

    def limit(bound: float) -> Any:
        return np.float32(bound) if is_float(data) else to_integer(jnp.float32(bound), data.dtype)

    wide = data if is_float(data) else data.astype(np.float32)
    low, high = jnp.asarray(limit(a_min), data.dtype), jnp.asarray(limit(a_max), data.dtype)
    return jnp.where(wide > a_max, high, jnp.where(wide < a_min, low, data))


@operator("smooth_l1", aliases=("_npx_smooth_l1",), shapes=same_shape, elementwise=True)
def smooth_l1(data: jax.Array, *, scalar: float = 1.0) -> jax.Array:
    """With s = scalar squared: ``s * x * x / 2`` up to ``abs(x) = 1 / s``, beyond that ``abs(x) - 1 / (2 * s)``.

    For integers the scalar is truncated first.
    """
    refuse_booleans("smooth_l1", data)
    square = float(constant(scalar, data.dtype)) ** 2
    edge = 1 / square if square else math.inf

    def value(x: jax.Array) -> jax.Array:
        return jnp.where(jnp.abs(x) > edge, jnp.abs(x) - 0.5 * edge, 0.5 * square * x * x)

    def derivative(y: jax.Array, x: jax.Array) -> jax.Array:
        return jnp.where(jnp.abs(x) > edge, sign(x), square * x)

    return through_float(with_derivatives(value, derivative))(data)
