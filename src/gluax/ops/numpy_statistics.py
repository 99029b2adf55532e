"""mx.np's statistics: average, percentile, bincount."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_values
from gluax.ops._elementwise import Function, available, is_float, refuse_booleans, require_same_type
from gluax.ops._numbers import exact_quotient, single
from gluax.ops._shapes import axes_of
from gluax.ops.elemwise_binary import divide
from gluax.ops.registry import operator
from gluax.ops.rules import same_type


def _axes(axis: Shape | None, rank: int) -> Shape:
    return tuple(range(rank)) if axis is None else axes_of(axis, rank)


@operator(
    "_npi_average",
    inputs=lambda attrs: ("a", "weights")[: 1 + attrs.weighted],
    outputs=2,
    visible=lambda attrs: 1 + attrs.returned,
    types=lambda ins, attrs: (same_type(ins, attrs)[0], same_type(ins, attrs)[1] * 2),
)
def npi_average(
    a: jax.Array,
    weights: jax.Array | None = None,
    *,
    axis: Shape | None = None,
    returned: bool = False,
    weighted: bool = True,
) -> tuple[jax.Array, jax.Array]:
    """The average over some axes, and the sum of the weights; the latter has no gradient.

    Weights have the data's shape, or are a vector along a single axis. Without them the sum is the number of
    elements. That number, and the sum of a vector, are scalars. Averages of integers truncate.
    """
    refuse_booleans("_npi_average", a)
    axes = _axes(axis, a.ndim)
    if weights is None:
        count = jnp.asarray(math.prod(a.shape[i] for i in axes), a.dtype)
        total = jnp.sum(a, axes, dtype=a.dtype)
        return divide(total, jnp.broadcast_to(count, total.shape)), count
    require_same_type("_npi_average", a, weights)
    if weights.shape == a.shape:
        return _weighted(a, weights, axes), lax.stop_gradient(jnp.sum(weights, axes, dtype=a.dtype))
    if axis is None or len(axes) != 1 or weights.shape != (a.shape[axes[0]],):
        raise ShapeError(
            f"_npi_average needs weights of the data's shape {a.shape}, or a vector along a single axis, "
            f"got shape {weights.shape} and axis {axis}"
        )
    aligned = jnp.reshape(weights, [-1 if i in axes else 1 for i in range(a.ndim)])
    count = lax.stop_gradient(jnp.sum(weights, dtype=a.dtype))
    return _weighted(a, jnp.broadcast_to(aligned, a.shape), axes), count


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _weighted(a: jax.Array, weights: jax.Array, axes: Shape) -> jax.Array:
    """The weighted average; its derivative by a weight is the distance from the average, without cancellation."""
    return divide(jnp.sum(a * weights, axes, dtype=a.dtype), jnp.sum(weights, axes, dtype=a.dtype))


@_weighted.defjvp
def _weighted_jvp(axes: Shape, primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    (a, weights), (a_dot, weights_dot) = primals, tangents
    average = _weighted(a, weights, axes)
    change = a_dot * weights + weights_dot * (a - jnp.expand_dims(average, axes))
    return average, jnp.sum(change, axes) / jnp.sum(weights, axes)


@operator(
    "_npi_percentile",
    inputs=lambda attrs: ("a", "q") if attrs.q_scalar is None else ("a",),
    types=lambda ins, attrs: (ins, [None if ins[0] is None else "float64" if ins[0] == "float64" else "float32"]),
    looks=lambda attrs: attrs.q_scalar is None,
)
def npi_percentile(
    a: jax.Array,
    q: jax.Array | None = None,
    *,
    axis: Shape | None = None,
    interpolation: Literal["higher", "linear", "lower", "midpoint", "nearest"] = "linear",
    keepdims: bool = False,
    q_scalar: float | None = None,
) -> jax.Array:
    """Percentiles over some axes, of shape (*q.shape, *rest); float64 for such data, else float32. No gradient.

    `q` is a number or a vector of them, from 0 to 100; those beyond are an error where they are at hand, and under
    tracing count as the nearest of the two.
    """
    refuse_booleans("_npi_percentile", a)
    wide = available("float64" if a.dtype == np.float64 else "float32")
    wanted = _percentages(q, q_scalar)
    axes = _axes(axis, a.ndim)
    rest = [i for i in range(a.ndim) if i not in axes]
    if not a.ndim or 0 in (a.shape[i] for i in axes):
        raise ShapeError(f"_npi_percentile needs at least one element along axes {axes} of shape {a.shape}")
    moved = jnp.transpose(lax.stop_gradient(a), (*axes, *rest))
    ordered = jnp.sort(jnp.reshape(moved, (-1, *[a.shape[i] for i in rest])), 0)
    rounded = _rounding(np.dtype(np.float32) if q is None else q.dtype)
    # The last bit of a place shows in float64.
    place = rounded(exact_quotient(rounded(wanted * jnp.asarray(ordered.shape[0] - 1, np.float32)), 100))
    found = _between(ordered, place, interpolation, wide)
    kept = [1 if i in axes else a.shape[i] for i in range(a.ndim)]
    return jnp.reshape(found, (*wanted.shape, *kept)) if keepdims else found


def _percentages(q: jax.Array | None, q_scalar: float | None) -> jax.Array:
    if q is not None:
        values = lax.stop_gradient(q).astype(np.float32)
    elif q_scalar is not None:
        values = jnp.asarray(np.float32(single(q_scalar)))
    else:
        raise ArgumentError("_npi_percentile needs q, as an array or as q_scalar")
    if values.ndim > 1:
        raise ShapeError(f"_npi_percentile needs q as a number or a vector, got shape {values.shape}")
    if not isinstance(values, Tracer) and not bool(jnp.all((values >= 0) & (values <= 100))):
        raise ArgumentError(f"_npi_percentile needs q between 0 and 100, got {values}")
    return jnp.clip(values, 0, 100)


def _between(ordered: jax.Array, place: jax.Array, interpolation: str, wide: np.dtype) -> jax.Array:
    """What lies at fractional places along the first axis."""
    low, high = jnp.floor(place).astype(np.int32), jnp.ceil(place).astype(np.int32)
    below, above = (jnp.take(ordered, index, axis=0).astype(wide) for index in (low, high))
    if interpolation == "lower":
        return below
    if interpolation == "higher":
        return above
    weight = jnp.reshape(place - jnp.floor(place), (*place.shape, *(1,) * (ordered.ndim - 1)))
    if interpolation == "nearest":
        return jnp.where(weight < 0.5, below, above)
    if interpolation == "midpoint":
        return (below + above) / 2
    rounded = _rounding(ordered.dtype)
    return rounded(below * (1 - weight).astype(wide)) + rounded(above * weight.astype(wide))


def _rounding(dtype: np.dtype) -> Function:
    """What MXNet does to intermediate results that involve data of half precision: it rounds them to that."""
    return (lambda data: lax.reduce_precision(data, 5, 10)) if dtype == np.float16 else (lambda data: data)


@operator(
    "_npi_bincount",
    inputs=lambda attrs: ("data", "weights")[: 1 + attrs.has_weights],
    types=lambda ins, attrs: (ins, [ins[-1]]),
    looks=lambda attrs: True,
)
def npi_bincount(
    data: jax.Array, weights: jax.Array | None = None, *, minlength: int = 0, has_weights: bool = False
) -> jax.Array:
    """How often each number from 0 on occurs in integer data (N,), or the sum of the weights (N,) of its occurrences.

    The result is as long as the largest number asks for, and at least `minlength`; it has the dtype of the weights,
    or of the data, and no gradient.
    """
    refuse_booleans("_npi_bincount", data)
    if is_float(data):
        raise DTypeError(f"_npi_bincount counts integers, got {data.dtype}; cast the data first")
    if data.ndim > 1 or (weights is not None and weights.shape != data.shape):
        shapes = " and ".join(str(array.shape) for array in (data, weights) if array is not None)
        raise ShapeError(f"_npi_bincount needs a vector, and weights of its shape if any, got {shapes}")
    values = require_values(data, "_npi_bincount", "_histogram, whose bins are fixed")
    if values.size and values.min() < 0:
        raise ArgumentError(f"_npi_bincount counts numbers of at least 0, got {values.min()}")
    length = max(int(values.max()) + 1 if values.size else 0, minlength)
    added = jnp.ones_like(data) if weights is None else lax.stop_gradient(weights)
    return jnp.zeros(length, added.dtype).at[data.astype(np.int32)].add(added)
