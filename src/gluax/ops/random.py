"""Random numbers: _random_* (scalar parameters), *_like, _sample_* (a draw per parameter), categories, shuffling.

The numbers are JAX's, not MXNet's: the same distributions, shapes and dtypes, from an explicit key. Nothing flows
back into the parameters, as in MXNet; only `_sample_multinomial` gives a probability that has a gradient.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating, require_key
from gluax.ops._elementwise import available
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, same_shape, same_type

FloatType = Literal["float16", "float32", "float64"]
Draw = Callable[..., jax.Array]  # (key, shape, dtype, *parameters that broadcast to the shape)


def uniform(key: jax.Array, shape: Shape, dtype: Any, low: jax.Array, high: jax.Array) -> jax.Array:
    """Numbers from low to high, high excluded."""
    return low + (high - low) * jax.random.uniform(key, shape, dtype)


def normal(key: jax.Array, shape: Shape, dtype: Any, loc: jax.Array, scale: jax.Array) -> jax.Array:
    """Mean loc and standard deviation scale."""
    return loc + scale * jax.random.normal(key, shape, dtype)


def _exponential(key: jax.Array, shape: Shape, dtype: Any, lam: jax.Array) -> jax.Array:
    return jax.random.exponential(key, shape, dtype) / lam


def gamma(key: jax.Array, shape: Shape, dtype: Any, alpha: jax.Array, beta: jax.Array) -> jax.Array:
    """Shape alpha and scale beta."""
    return jax.random.gamma(key, alpha, shape, dtype) * beta


def _poisson(key: jax.Array, shape: Shape, dtype: Any, lam: jax.Array) -> jax.Array:
    # JAX draws from it with threefry keys only; any other kind of key yields the seed of one.
    threefry = jax.random.wrap_key_data(jax.random.bits(key, (2,), jnp.uint32), impl="threefry2x32")
    drawn = jax.random.poisson(threefry, jnp.maximum(lam, 0), shape, jnp.int32)
    return drawn.astype(dtype)


def _negative_binomial(key: jax.Array, shape: Shape, dtype: Any, k: jax.Array, p: jax.Array) -> jax.Array:
    """Failures before the k-th success: a Poisson whose rate is gamma distributed; none when p is 1."""
    rate_key, key = jax.random.split(key)
    return _poisson(key, shape, dtype, gamma(rate_key, shape, dtype, k, (1 - p) / p))


def _generalized(key: jax.Array, shape: Shape, dtype: Any, mu: jax.Array, alpha: jax.Array) -> jax.Array:
    """Mean mu and variance mu + alpha * mu ** 2; Poisson when alpha is 0."""
    rate_key, key = jax.random.split(key)
    spread = jnp.where(alpha == 0, jnp.ones_like(alpha), alpha)
    rate = gamma(rate_key, shape, dtype, 1 / spread, mu * spread)
    return _poisson(key, shape, dtype, jnp.where(alpha == 0, mu, rate))


def random_order(key: jax.Array, count: int) -> jax.Array:
    """The numbers below `count` in random order, int32. JAX's own needs a count that is known when tracing."""
    bits = jax.random.bits(key, (2, count), jnp.uint32)  # two sets, for ties
    return lax.sort((bits[0], bits[1], lax.iota(jnp.int32, count)), num_keys=2)[2]


class _Distribution(NamedTuple):
    name: str
    draw: Draw
    parameters: dict[str, tuple[type, float]]  # of _random_*: name, type and default
    inputs: tuple[str, ...]  # of _sample_*
    valid: Callable[..., bool]
    requirement: str
    alias: tuple[str, ...] = ()


_DISTRIBUTIONS = (
    _Distribution(
        "uniform", uniform, {"low": (float, 0.0), "high": (float, 1.0)}, ("low", "high"),
        lambda low, high: low <= high, "low <= high", ("uniform",),
    ),
    _Distribution(
        "normal", normal, {"loc": (float, 0.0), "scale": (float, 1.0)}, ("mu", "sigma"),
        lambda loc, scale: scale > 0, "scale > 0", ("normal",),
    ),
    _Distribution("exponential", _exponential, {"lam": (float, 1.0)}, ("lam",), lambda lam: lam > 0, "lam > 0"),
    _Distribution(
        "gamma", gamma, {"alpha": (float, 1.0), "beta": (float, 1.0)}, ("alpha", "beta"),
        lambda alpha, beta: alpha > 0 and beta > 0, "alpha > 0 and beta > 0",
    ),
    _Distribution("poisson", _poisson, {"lam": (float, 1.0)}, ("lam",), lambda lam: lam >= 0, "lam >= 0"),
    _Distribution(
        "negative_binomial", _negative_binomial, {"k": (int, 1), "p": (float, 1.0)}, ("k", "p"),
        lambda k, p: k >= 0 and 0 < p <= 1, "k >= 0 and 0 < p <= 1",
    ),
    _Distribution(
        "generalized_negative_binomial", _generalized, {"mu": (float, 1.0), "alpha": (float, 1.0)}, ("mu", "alpha"),
        lambda mu, alpha: mu >= 0 and alpha >= 0, "mu >= 0 and alpha >= 0",
    ),
)  # fmt: skip


def draw_as(
    draw: Draw, name: str, key: jax.Array | None, shape: Shape, dtype: str, parameters: Sequence[jax.Array | float]
) -> jax.Array:
    """Draw in at least single precision, then round to `dtype`."""
    precision = np.promote_types(available(dtype), np.float32)
    arrays = [jnp.asarray(value, precision) for value in parameters]
    return draw(require_key(key, name), shape, precision, *arrays).astype(available(dtype))


def _check(found: _Distribution, values: dict[str, float]) -> list[float]:
    if not found.valid(*values.values()):
        given = ", ".join(f"{name}={value}" for name, value in values.items())
        raise ArgumentError(f"the {found.name} distribution needs {found.requirement}, got {given}")
    return list(values.values())


def declare(function: Callable[..., Any], inputs: tuple[str, ...], attributes: dict[str, tuple[Any, Any]]) -> None:
    """Give a function built from a table the signature that the registry reads."""
    attributes = {**attributes, "key": (jax.Array | None, None)}
    given = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in inputs]
    named = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, (_, default) in attributes.items()
    ]
    vars(function)["__signature__"] = inspect.Signature([*given, *named])
    function.__annotations__ = {name: kind for name, (kind, _) in attributes.items()}


def _require_shape(shape: Shape | None) -> Shape:
    if shape is None:
        raise ShapeError("a random operator without inputs needs its shape; give it as shape=(...)")
    return shape


def _float_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, [attrs["dtype"] or "float32"]


def _sample_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return same_type(ins, attrs)[0], [attrs["dtype"] or "float32"]


def _sample_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    extra = len(attrs["shape"])
    leading = [None if out is None else out[: len(out) - extra] for out in outs]
    known, _ = same_shape(ins, leading, attrs)
    return known, [None if known[0] is None else known[0] + attrs["shape"]]


def _register_random(found: _Distribution) -> None:
    def random(*, shape: Shape | None, dtype: str | None, key: jax.Array | None = None, **values: float) -> jax.Array:
        return draw_as(found.draw, found.name, key, _require_shape(shape), dtype or "float32", _check(found, values))

    random.__doc__ = f"An array of `shape` from the {found.name} distribution."
    options = {"shape": (Shape | None, None), "dtype": (FloatType | None, None)}
    declare(random, (), found.parameters | options)
    aliases = (f"random_{found.name}", *found.alias)
    operator(f"_random_{found.name}", aliases=aliases, types=_float_type, hints=("ctx",))(random)


def _register_like(found: _Distribution) -> None:
    def like(data: jax.Array, *, key: jax.Array | None = None, **values: float) -> jax.Array:
        require_floating(data, f"_random_{found.name}_like")
        return draw_as(found.draw, found.name, key, data.shape, data.dtype.name, _check(found, values))

    like.__doc__ = f"An array of the shape and dtype of data from the {found.name} distribution."
    declare(like, ("data",), dict(found.parameters))
    operator(f"_random_{found.name}_like", shapes=same_shape)(like)


def _register_sample(found: _Distribution) -> None:
    def sample(*inputs: jax.Array, shape: Shape, dtype: str | None, key: jax.Array | None = None) -> jax.Array:
        shapes = {array.shape for array in inputs}
        if len(shapes) != 1:
            raise ShapeError(f"the parameters must have one shape, got {[array.shape for array in inputs]}")
        whole = shapes.pop()
        columns = [lax.stop_gradient(array).reshape(*whole, *(1,) * len(shape)) for array in inputs]
        return draw_as(found.draw, found.name, key, (*whole, *shape), dtype or "float32", columns)

    sample.__doc__ = (
        f"For each element of the parameters, `shape` values from the {found.name} distribution: "
        "parameters (...) -> (..., *shape), float32 unless `dtype` says otherwise."
    )
    declare(sample, found.inputs, {"shape": (Shape, ()), "dtype": (FloatType | None, None)})
    aliases = (f"sample_{found.name}",)
    operator(f"_sample_{found.name}", aliases=aliases, types=_sample_types, shapes=_sample_shapes)(sample)


for _found in _DISTRIBUTIONS:
    _register_random(_found)
    _register_like(_found)
    _register_sample(_found)


@operator(
    "_random_randint",
    aliases=("_npi_random_randint", "random_randint"),
    types=lambda ins, attrs: (ins, [attrs["dtype"] or "int32"]),
    hints=("ctx",),
)
def randint(
    *,
    low: int,
    high: int,
    shape: Shape | None = None,
    dtype: Literal["int32", "int64"] | None = None,
    key: jax.Array | None = None,
) -> jax.Array:
    """Integers from low to high - 1, int32 unless `dtype` says otherwise."""
    if low >= high:
        raise ArgumentError(f"randint needs low < high, got low={low}, high={high}")
    kind = available(dtype or "int32")
    return jax.random.randint(require_key(key, "_random_randint"), _require_shape(shape), low, high, kind)


def _multinomial_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, [attrs["dtype"], *([ins[0]] if attrs["get_prob"] else [])]


@operator(
    "_sample_multinomial",
    aliases=("sample_multinomial",),
    outputs=lambda attrs: 2 if attrs.get_prob else 1,
    types=_multinomial_types,
)
def sample_multinomial(
    data: jax.Array,
    *,
    shape: Shape = (),
    get_prob: bool = False,
    dtype: Literal["uint8", "int32", "float16", "float32", "float64"] = "int32",
    key: jax.Array | None = None,
) -> jax.Array | tuple[jax.Array, jax.Array]:
    """Category numbers drawn with the probabilities in the last axis: data (..., K) -> (..., *shape).

    One distribution (K,) without a shape gives (1,). With get_prob the second output is the logarithm of the
    probability of each draw, in the dtype of data, with a gradient.
    """
    rows = data.reshape(-1, data.shape[-1])
    each = prod(shape)
    precision = np.promote_types(data.dtype, np.float32)
    bounds = jnp.cumsum(lax.stop_gradient(rows).astype(precision), axis=1)
    points = jax.random.uniform(require_key(key, "_sample_multinomial"), (rows.shape[0], each), precision)
    drawn = jax.vmap(lambda edges, values: jnp.searchsorted(edges, values, side="right"))(bounds, points)
    drawn = jnp.minimum(drawn, rows.shape[1] - 1).astype(jnp.int32)
    final = (*data.shape[:-1], *shape) or (1,)
    numbers = drawn.reshape(final).astype(available(dtype))
    if not get_prob:
        return numbers
    chosen = jnp.take_along_axis(rows, drawn, 1, mode="promise_in_bounds")
    return numbers, jnp.log(chosen).reshape(final)


@operator("_shuffle", aliases=("_npi_shuffle", "shuffle"), shapes=same_shape)
def shuffle(data: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
    """The same rows (first axis) in random order."""
    order = random_order(require_key(key, "_shuffle"), data.shape[0])
    return jnp.take(data, order, axis=0, mode="clip")


@operator("_sample_unique_zipfian", outputs=2, types=lambda ins, attrs: (ins, ["int64", "int64"]))
def sample_unique_zipfian(
    *, range_max: int, shape: Shape | None = None, key: jax.Array | None = None
) -> tuple[jax.Array, jax.Array]:
    """Distinct numbers below range_max per row, small ones more often: shape (N, K) -> (N, K) and tries (N,).

    A number n is drawn with probability log((n + 2) / (n + 1)) / log(range_max + 1), repeats are drawn again;
    `tries` counts all draws of a row.
    """
    rows, columns = _require_shape(shape)
    if columns > range_max:
        raise ArgumentError(f"{columns} distinct numbers do not exist below range_max={range_max}")
    kind = available("int64")

    def one_row(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        def step(state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
            numbers, filled, tries = state
            point = jax.random.uniform(jax.random.fold_in(key, tries), dtype=jnp.float32)
            drawn = jnp.exp(point * np.float32(np.log(range_max + 1))).astype(kind) - 1
            drawn = jnp.clip(drawn, 0, range_max - 1)
            fresh = jnp.all(numbers != drawn)
            numbers = numbers.at[filled].set(jnp.where(fresh, drawn, numbers[filled]))
            return numbers, filled + fresh.astype(filled.dtype), tries + 1

        start = (jnp.full((columns,), -1, kind), jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32))
        numbers, _, tries = lax.while_loop(lambda state: state[1] < columns, step, start)
        return numbers, tries.astype(kind)

    return jax.vmap(one_row)(jax.random.split(require_key(key, "_sample_unique_zipfian"), rows))
