"""Reductions along axes: sums, products, extremes, norms, moments, positions of extremes.

Everywhere `axis` is one axis, several, or None or () for all of them; `exclude` reduces all but those.
Without scalars in MXNet's classic arrays, reducing everything leaves shape (1,).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import DType, Shape
from gluax.ops._elementwise import Function, available, is_float, magnitude, refuse_booleans, through_float
from gluax.ops._numbers import widen
from gluax.ops.registry import operator

Reduce = Callable[[jax.Array, tuple[int, ...]], jax.Array]


def reduced_axes(axis: Shape | None, ndim: int, exclude: bool = False) -> tuple[int, ...]:
    """Return the axes to reduce, sorted and counted from the left.

    Raises:
      ShapeError: for an axis out of range or named twice.
    """
    if not axis:
        return tuple(range(ndim))
    found = sorted(a + ndim if a < 0 else a for a in axis)
    if found[0] < 0 or found[-1] >= ndim:
        raise ShapeError(f"axis {axis} is out of range for an array of {ndim} dimensions")
    if len(set(found)) < len(found):
        raise ShapeError(f"axis {axis} names an axis twice")
    return tuple(a for a in range(ndim) if a not in found) if exclude else tuple(found)


def drop_axes(result: jax.Array, axes: tuple[int, ...], keepdims: bool) -> jax.Array:
    """Remove reduced axes of size 1; a result without axes gets shape (1,)."""
    if keepdims:
        return result
    shape = tuple(size for axis, size in enumerate(result.shape) if axis not in axes)
    return result.reshape(shape or (1,))


def _kept(data: jax.Array) -> Any:
    """The dtype to ask jax.numpy for: integers keep theirs, half precision accumulates in float32 if none is given."""
    return None if is_float(data) else data.dtype


def _sum(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    if data.dtype == np.bool_:
        return jnp.any(data, axes, keepdims=True)
    return jnp.sum(data, axes, dtype=_kept(data), keepdims=True)


def _mean(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    if is_float(data):
        return jnp.mean(data, axes, keepdims=True)
    if data.dtype == np.bool_:
        return _sum(data, axes)
    wide = available("int64")
    total = _sum(data, axes).astype(wide)
    count = math.prod(data.shape[axis] for axis in axes)
    return jax.lax.div(total, jnp.full_like(total, count)).astype(data.dtype)


def _prod(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    if data.dtype == np.bool_:
        return jnp.all(data, axes, keepdims=True)
    return jnp.prod(data, axes, dtype=_kept(data), keepdims=True)


def _max(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    return jnp.max(data, axes, keepdims=True)


def _min(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    return jnp.min(data, axes, keepdims=True)


def _without_nan(data: jax.Array, value: float) -> jax.Array:
    return jnp.where(jnp.isnan(data), value, data) if is_float(data) else data


def with_derivative(reduce: Reduce, derivative: Callable[[jax.Array, jax.Array], jax.Array]) -> Reduce:
    """Give a reduction MXNet's derivative: a function of the result and the data, elementwise."""

    def run(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
        if not is_float(data):
            return reduce(data, axes)
        wrapped = jax.custom_jvp(lambda x: reduce(x, axes))

        @wrapped.defjvp
        def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[jax.Array, jax.Array]:
            result = wrapped(*primals)
            return result, _sum(derivative(result, primals[0]) * tangents[0], axes)

        return wrapped(data)

    return run


def where_equal(result: jax.Array, data: jax.Array) -> jax.Array:
    """The derivative of an extreme: every element equal to it gets the whole gradient, also one of several."""
    return (data == result).astype(data.dtype)


# function, the operator's name and aliases, meaning
_TABLE: list[tuple[Reduce, str, str]] = [
    (_sum, "sum sum_axis _sparse_sum", "Sum; integers wrap; booleans are or-ed."),
    (_mean, "mean _sparse_mean", "Mean; that of integers is truncated."),
    (
        with_derivative(_prod, lambda out, x: out / x),
        "prod",
        "Product; its gradient is the product divided by the element, so nan where that is 0.",
    ),
    (lambda x, axes: _sum(_without_nan(x, 0), axes), "nansum", "Sum with nan counted as 0."),
    (
        with_derivative(
            lambda x, axes: _prod(_without_nan(x, 1), axes),
            lambda out, x: jnp.where(jnp.isnan(x), jnp.zeros_like(x), out / x),
        ),
        "nanprod",
        "Product with nan counted as 1.",
    ),
    (with_derivative(_max, where_equal), "max max_axis", "Maximum; all elements equal to it get the full gradient."),
    (with_derivative(_min, where_equal), "min min_axis", "Minimum; all elements equal to it get the full gradient."),
    (lambda x, axes: _sum(jnp.square(x), axes), "_square_sum", "Sum of squares."),
]


def _register(reduce: Reduce, names: str, doc: str) -> None:
    name, *aliases = names.split()

    def run(data: jax.Array, *, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False) -> jax.Array:
        axes = reduced_axes(axis, data.ndim, exclude)
        return drop_axes(reduce(data, axes), axes, keepdims)

    run.__name__, run.__doc__ = name, f"{doc} Keeps the dtype."
    operator(name, aliases=aliases)(run)


for _row in _TABLE:
    _register(*_row)


def _root_of_squares(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    """The root of the sum of squares, which a large element does not overflow."""
    wide = widen(data)
    largest = jnp.max(jnp.abs(wide), axes, keepdims=True, initial=0.0)
    limit = jnp.finfo(wide.dtype).max / 8  # the reciprocal of a larger scale is below the normal numbers
    scale = jnp.where((largest > 0) & (largest < math.inf), jnp.minimum(largest, limit), jnp.ones_like(largest))
    return (scale * jnp.sqrt(_sum(jnp.square(wide / scale), axes))).astype(data.dtype)


_root = with_derivative(_root_of_squares, lambda out, x: x / out)


@operator("norm", aliases=("_sparse_norm",))
def norm(
    data: jax.Array, *, ord: int = 2, axis: Shape | None = None, out_dtype: DType | None = None, keepdims: bool = False
) -> jax.Array:
    """Sum of magnitudes (ord 1) or root of the sum of squares (ord 2); the latter's gradient at 0 is nan."""
    if ord not in (1, 2):
        raise ArgumentError(f"norm: ord must be 1 or 2, got {ord}")
    axes = reduced_axes(axis, data.ndim)
    wide = data.astype(available(out_dtype) if out_dtype is not None else data.dtype)
    result = _sum(magnitude(wide), axes) if ord == 1 else through_float(lambda x: _root(x, axes))(wide)
    return drop_axes(result, axes, keepdims)


@operator("moments", outputs=2)
def moments(data: jax.Array, *, axes: Shape | None = None, keepdims: bool = False) -> tuple[jax.Array, jax.Array]:
    """Mean and (biased) variance along `axes`, which must name at least one axis."""
    if not axes:
        raise ArgumentError("moments: axes is empty; for the moments of all data name all axes")
    reduced = reduced_axes(axes, data.ndim)
    mean = _mean(data, reduced)
    variance = _mean(jnp.square(data - mean), reduced)
    return drop_axes(mean, reduced, keepdims), drop_axes(variance, reduced, keepdims)


def _position(find: Function, name: str, data: jax.Array, axis: int | None, keepdims: bool) -> jax.Array:
    refuse_booleans(name, data)
    axes = reduced_axes(None if axis is None else (axis,), data.ndim)
    flat = data.reshape(-1) if axis is None else data
    found = find(flat, axis=0 if axis is None else axis, keepdims=True).astype(data.dtype)
    return drop_axes(found.reshape((1,) * data.ndim) if axis is None else found, axes, keepdims)


@operator("argmax")
def argmax(data: jax.Array, *, axis: int | None = None, keepdims: bool = False) -> jax.Array:
    """Position of the first maximum (or nan) in the data's dtype; without `axis` that in the flat array."""
    return _position(jnp.argmax, "argmax", data, axis, keepdims)


@operator("argmin")
def argmin(data: jax.Array, *, axis: int | None = None, keepdims: bool = False) -> jax.Array:
    """Position of the first minimum (or nan) in the data's dtype; without `axis` that in the flat array."""
    return _position(jnp.argmin, "argmin", data, axis, keepdims)


@operator("argmax_channel")
def argmax_channel(data: jax.Array) -> jax.Array:
    """Position of the first maximum along axis 1 of data (N, C, ...), in the data's dtype."""
    return _position(jnp.argmax, "argmax_channel", data, 1, False)
