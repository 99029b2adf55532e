"""Random numbers of MXNet's numpy interface: _npi_normal and its like, bernoulli, choice, multinomial.

A parameter is an attribute, or an array where the attribute is None. The distributions that are a transformation of
noise (all but uniform, gamma, powerd and bernoulli) have gradients for their parameters, through that transformation.
MXNet refuses arrays with values out of range; here they give nan or what the formula says, because values are not
looked at.
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

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating, require_key
from gluax.ops._elementwise import available, constant
from gluax.ops.operator import Attrs
from gluax.ops.random import Draw, FloatType, declare, draw_as, gamma, normal, random_order, uniform
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, attribute_type, fixed_type

_REQUIRED = inspect.Parameter.empty


def _exponential(key: jax.Array, shape: Shape, dtype: Any, scale: jax.Array) -> jax.Array:
    return scale * jax.random.exponential(key, shape, dtype)


def _gumbel(key: jax.Array, shape: Shape, dtype: Any, loc: jax.Array, scale: jax.Array) -> jax.Array:
    return loc + scale * jax.random.gumbel(key, shape, dtype)


def _logistic(key: jax.Array, shape: Shape, dtype: Any, loc: jax.Array, scale: jax.Array) -> jax.Array:
    return loc + scale * jax.random.logistic(key, shape, dtype)


def _pareto(key: jax.Array, shape: Shape, dtype: Any, a: jax.Array) -> jax.Array:
    return jnp.expm1(jax.random.exponential(key, shape, dtype) / a)


def _rayleigh(key: jax.Array, shape: Shape, dtype: Any, scale: jax.Array) -> jax.Array:
    return scale * jnp.sqrt(2 * jax.random.exponential(key, shape, dtype))


def _weibull(key: jax.Array, shape: Shape, dtype: Any, a: jax.Array) -> jax.Array:
    return jax.random.exponential(key, shape, dtype) ** (1 / a)


def _power(key: jax.Array, shape: Shape, dtype: Any, a: jax.Array) -> jax.Array:
    return jnp.exp(-jax.random.exponential(key, shape, dtype) / a)


class _Distribution(NamedTuple):
    name: str
    draw: Draw
    parameters: dict[str, Any]  # names and defaults
    limits: dict[str, str]  # what attributes must be
    typed: bool = False  # has a dtype; else float32
    pathwise: bool = True  # has gradients for its parameters
    integers: bool = True  # takes arrays of integers
    appends: bool = False  # `size` comes before the parameters' shape, instead of being the whole shape


_LOCATED = {"loc": _REQUIRED, "scale": _REQUIRED}
_BOUNDS = {"low": _REQUIRED, "high": _REQUIRED}
_SHAPED = {"shape": _REQUIRED, "scale": _REQUIRED}
_NOT_NEGATIVE = {"scale": ">= 0"}
_POSITIVE = {"a": "> 0", "shape": "> 0", "scale": "> 0"}

_DISTRIBUTIONS = (
    _Distribution("normal", normal, _LOCATED, _NOT_NEGATIVE, typed=True),
    _Distribution("normal_n", normal, _LOCATED, _NOT_NEGATIVE, typed=True, appends=True),
    _Distribution("uniform", uniform, _BOUNDS, {}, typed=True, pathwise=False),
    _Distribution("uniform_n", uniform, _BOUNDS, {}, typed=True, pathwise=False, appends=True),
    _Distribution("gamma", gamma, _SHAPED, _POSITIVE, typed=True, pathwise=False, integers=False),
    _Distribution("gumbel", _gumbel, _LOCATED, _NOT_NEGATIVE),
    _Distribution("logistic", _logistic, _LOCATED, _NOT_NEGATIVE),
    _Distribution("exponential", _exponential, {"scale": 1.0}, _NOT_NEGATIVE),
    _Distribution("rayleigh", _rayleigh, {"scale": 1.0}, _NOT_NEGATIVE),
    _Distribution("pareto", _pareto, {"a": None}, _POSITIVE),
    _Distribution("weibull", _weibull, {"a": None}, _POSITIVE),
    _Distribution("powerd", _power, {"a": None}, _POSITIVE, pathwise=False),
)


def _whole_shape(name: str, size: Shape | None, arrays: Sequence[jax.Array], appends: bool = False) -> Shape:
    """The shape of the result: that of the parameters, or `size`, to which they must broadcast."""
    shapes = [array.shape for array in arrays]
    try:
        common = jnp.broadcast_shapes(*shapes)
        whole = (*(size or ()), *common) if appends else common if size is None else size
        if appends or jnp.broadcast_shapes(common, whole) == whole:
            return whole
    except ValueError:
        pass
    raise ShapeError(f"_npi_{name} cannot broadcast parameters of shapes {shapes} to size {size}")


def _given(names: Sequence[str]) -> Callable[[Attrs], Sequence[str]]:
    """The rule of the inputs' names: one for each parameter that is no attribute."""

    def inputs(attrs: Attrs) -> Sequence[str]:
        missing = sum(attrs[name] is None for name in names)
        return ("input1", "input2")[:missing]

    return inputs


def _check_types(name: str, arrays: Sequence[jax.Array], integers: bool = True) -> None:
    for array in arrays:
        if array.dtype == np.bool_ or not (integers or jnp.issubdtype(array.dtype, np.floating)):
            raise DTypeError(f"_npi_{name} does not take parameters of type {array.dtype}; cast them first")


def _require_limit(found: _Distribution, name: str, value: float | None) -> None:
    limit = found.limits.get(name)
    if limit is not None and value is not None and (value < 0 or (value == 0 and limit == "> 0")):
        raise ArgumentError(f"_npi_{found.name} needs {name} {limit}, got {value}")


def _size_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """`size`, where it is given, is the output's shape."""
    return ins, [attrs.size] if attrs.size is not None else outs


def _register(found: _Distribution) -> None:
    names = tuple(found.parameters)

    def random(
        *inputs: jax.Array,
        size: Shape | None,
        dtype: str = "float32",
        key: jax.Array | None = None,
        **values: float | None,
    ) -> jax.Array:
        _check_types(found.name, inputs, found.integers)
        whole = _whole_shape(found.name, size, inputs, found.appends)
        arrays = iter(inputs if found.pathwise else map(lax.stop_gradient, inputs))
        parameters: list[Any] = []
        for name in names:
            value = values[name]
            _require_limit(found, name, value)
            # MXNet gives a number the type of the array beside it: of integers, it loses its fraction.
            parameters.append(next(arrays) if value is None else constant(value, inputs[0].dtype) if inputs else value)
        return draw_as(found.draw, f"_npi_{found.name}", key, whole, dtype, parameters)

    random.__doc__ = (
        f"Numbers of the {found.name.removesuffix('_n')} distribution, of the shape `size`"
        f"{' followed by that of the parameters.' if found.appends else '; None is the shape of the parameters.'}"
    )
    numbers = {name: (float | None, default) for name, default in found.parameters.items()}
    options = {"size": (Shape | None, None), **({"dtype": (FloatType, "float32")} if found.typed else {})}
    declare(random, ("input1", "input2")[: len(names)], numbers | options)
    operator(
        f"_npi_{found.name}",
        inputs=_given(names),
        # MXNet's operators with gradients keep their noise as a hidden second output.
        output_names=("output0",) if found.pathwise else None,
        shapes=None if found.appends else _size_shapes,
        types=lambda ins, attrs: (ins, [attrs.get("dtype", "float32")]),
        hints=("ctx",),
    )(random)


for _found in _DISTRIBUTIONS:
    _register(_found)


@operator(
    "_npi_bernoulli",
    inputs=lambda attrs: ("input1",) if attrs.prob is None and attrs.logit is None else (),
    types=attribute_type(),
    hints=("ctx",),
)
def bernoulli(
    input1: jax.Array | None = None,
    *,
    prob: float | None,
    logit: float | None,
    size: Shape | None = None,
    dtype: Literal["bool", "float16", "float32", "float64", "int32", "uint8"] = "float32",
    is_logit: bool,
    key: jax.Array | None = None,
) -> jax.Array:
    """Zeros and ones; one has the probability `prob`, or that whose logarithm of odds is `logit`.

    Where both are None, `is_logit` says which of them the array is. The result has the shape `size`, or the array's.
    There are no gradients.
    """
    if prob is not None and not 0 <= prob <= 1:
        raise ArgumentError(f"_npi_bernoulli needs 0 <= prob <= 1, got {prob}")
    value = next(given for given in (prob, logit, input1) if given is not None)
    arrays = [value] if isinstance(value, jax.Array) else []
    _check_types("bernoulli", arrays)
    whole = _whole_shape("bernoulli", size, arrays)
    chance = lax.stop_gradient(jnp.asarray(value, np.float32))
    if prob is None and (is_logit or logit is not None):
        chance = jax.nn.sigmoid(chance)
    return (jax.random.uniform(require_key(key, "_npi_bernoulli"), whole, np.float32) < chance).astype(dtype)


@operator(
    "_npi_choice",
    inputs=lambda attrs: ("input1", "input2")[: (attrs.a is None) + attrs.weighted],
    shapes=_size_shapes,
    types=fixed_type("int64"),
    hints=("ctx",),
)
def choice(
    input1: jax.Array | None = None,
    input2: jax.Array | None = None,
    *,
    a: int | None,
    size: Shape | None,
    replace: bool = True,
    weighted: bool = False,
    key: jax.Array | None = None,
) -> jax.Array:
    """Numbers below `a`, or indices into the first array when `a` is None: int64 of the shape `size`.

    With `weighted` the last array (n,) of floats holds the probabilities. Without `replace` all are different.
    """
    arrays = [array for array in (input1, input2) if array is not None]
    count = arrays[0].size if a is None else a
    shape = size or ()
    if isinstance(count, int) and (count < 1 or not (replace or prod(shape) <= count)):
        raise ArgumentError(f"_npi_choice cannot choose {shape} numbers out of {count} with replace={replace}")
    kind, key = available("int64"), require_key(key, "_npi_choice")
    if not weighted and replace:
        narrow = np.int32 if a is None or a < 2**31 else kind  # the same numbers without 64-bit types
        return jax.random.randint(key, shape, 0, count, narrow).astype(kind)
    if not weighted:
        return _first(random_order(key, count), shape)
    weights = lax.stop_gradient(arrays[-1])
    require_floating(weights, "_npi_choice")
    if weights.shape != (count,):
        raise ShapeError(f"_npi_choice needs {count} probabilities, got an array of shape {weights.shape}")
    wide = weights.astype(np.promote_types(weights.dtype, np.float32))
    if replace:
        points = jax.random.uniform(key, shape, wide.dtype)
        bounds = jnp.cumsum(wide)[:-1]  # the last number takes the rest
        method = "scan" if isinstance(count, int) else "compare_all"  # a search needs the size
        return jnp.searchsorted(bounds, points, side="right", method=method).astype(kind)
    # The largest of logarithms with Gumbel noise are a sample without replacement.
    order = jnp.argsort(-jnp.log(wide) - jax.random.gumbel(key, wide.shape, wide.dtype))
    return _first(order, shape)


def _first(order: jax.Array, shape: Shape) -> jax.Array:
    places = lax.iota(np.int32, prod(shape)).reshape(shape)
    return jnp.take(order, places, mode="clip").astype(available("int64"))


@operator(
    "_npi_multinomial",
    inputs=lambda attrs: ("a",) if attrs.pvals is None else (),
    types=fixed_type("int64"),
)
def multinomial(
    a: jax.Array | None = None,
    *,
    n: int,
    pvals: tuple[float, ...] | None = None,
    size: Shape | None = None,
    key: jax.Array | None = None,
) -> jax.Array:
    """How often each of k outcomes came in n trials: probabilities (k,) -> int64 (*size, k).

    They are `pvals` or an array. What is missing to 1 belongs to the last outcome, whatever its own probability is.
    """
    if pvals is not None and sum(pvals) > 1 + 1e-12:
        raise ArgumentError(f"_npi_multinomial needs probabilities whose sum is at most 1, got pvals={pvals}")
    precision = np.dtype(np.float32) if n < 2**24 else available("float64")  # to hold the counts
    shares = lax.stop_gradient(jnp.asarray(a if pvals is None else pvals, precision))
    if shares.ndim != 1:
        raise ShapeError(f"_npi_multinomial needs probabilities of rank 1, got shape {shares.shape}")
    shape = (*(size or ()), *shares.shape)
    if shares.shape == (0,):
        return jnp.zeros(shape, available("int64"))
    edges = jnp.clip(lax.cummax(jnp.cumsum(shares)), 0, 1)[:-1]
    zero, one = jnp.zeros(1, precision), jnp.ones(1, precision)
    widths = jnp.diff(jnp.concatenate([zero, edges, one]))
    trials = jnp.asarray(max(n, 0), precision)
    counts = jax.random.multinomial(require_key(key, "_npi_multinomial"), trials, widths, shape=shape, dtype=precision)
    return counts.astype(available("int64"))
