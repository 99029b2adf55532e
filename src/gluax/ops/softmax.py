"""Softmax in its kinds: softmax, softmin, log_softmax, SoftmaxActivation, softmax_cross_entropy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, attribute_type, merge_shapes, same_shape

OutputType = Literal["float16", "float32", "float64"]

# softmax_cross_entropy takes the logarithm of no less than this.
_SMALLEST_PROBABILITY = 1e-8


def _softmax_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[0])
    if data is None or len(ins) == 1:
        return [data, *ins[1:]], [data]
    axis = axis_of(attrs.axis, len(data))
    return [data, merge_shapes(ins[1], data[:axis] + data[axis + 1 :])], [data]


def _softmax_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    ins, outs = attribute_type("dtype")(ins, attrs)
    return [ins[0], *(length or "int32" for length in ins[1:])], outs


@operator(
    "softmax",
    aliases=("_npx_softmax",),
    inputs=lambda attrs: ("data", "length") if attrs.use_length else ("data",),
    shapes=_softmax_shapes,
    types=_softmax_types,
)
def softmax(
    data: jax.Array,
    length: jax.Array | None = None,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: OutputType | None = None,
    use_length: bool | None = False,
) -> jax.Array:
    """exp(x / temperature) normalized along `axis`; the result has the dtype of data unless `dtype` says otherwise.

    length (the shape of data without `axis`, integers) counts the elements that take part; the rest are 0.
    """
    mask = None if length is None else _within(length, data.shape, axis_of(axis, data.ndim))
    return _normalize("softmax", lambda x: jax.nn.softmax(x, axis, where=mask), data, axis, temperature, dtype)


@operator("softmin", shapes=same_shape, types=attribute_type("dtype"))
def softmin(
    data: jax.Array,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: OutputType | None = None,
    use_length: bool | None = False,
) -> jax.Array:
    """Softmax of -data."""
    _refuse_length("softmin", use_length)
    return _normalize("softmin", lambda x: jax.nn.softmax(-x, axis), data, axis, temperature, dtype)


@operator("log_softmax", aliases=("_npx_log_softmax",), shapes=same_shape, types=attribute_type("dtype"))
def log_softmax(
    data: jax.Array,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: OutputType | None = None,
    use_length: bool | None = False,
) -> jax.Array:
    """Logarithm of the softmax."""
    _refuse_length("log_softmax", use_length)
    return _normalize("log_softmax", lambda x: jax.nn.log_softmax(x, axis), data, axis, temperature, dtype)


def _within(length: jax.Array, shape: tuple[int, ...], axis: int) -> jax.Array:
    expected = shape[:axis] + shape[axis + 1 :]
    if length.shape != expected:
        raise ShapeError(f"length has shape {length.shape}, expected {expected}: that of data without axis {axis}")
    positions = lax.broadcasted_iota(jnp.int32, shape, axis)
    return positions < lax.expand_dims(length.astype(jnp.int32), (axis,))


def _refuse_length(operator: str, use_length: bool | None) -> None:
    if use_length:
        raise ArgumentError(f"{operator} has no length input, so use_length=True cannot work; softmax has one")


def _normalize(
    operator: str,
    function: Callable[[jax.Array], jax.Array],
    data: jax.Array,
    axis: int,
    temperature: float | None,
    dtype: str | None,
) -> jax.Array:
    require_floating(data, operator)
    axis_of(axis, data.ndim)
    wide = data.astype(jnp.float32) if data.dtype.itemsize < 4 else data
    if temperature is not None and temperature != 1:
        wide = wide / temperature
    return function(wide).astype(dtype or data.dtype)


@operator("SoftmaxActivation", shapes=same_shape)
def softmax_activation(data: jax.Array, *, mode: Literal["instance", "channel"] = "instance") -> jax.Array:
    """Softmax along the last axis (instance, whatever the rank) or along axis 1 of three or more (channel).

    MXNet's gradient takes axis 1 in both modes, which is not that of the forward for instances of rank 3 or more.
    """
    require_floating(data, "SoftmaxActivation")
    if mode == "channel" and data.ndim < 3:
        raise ShapeError(f"SoftmaxActivation with mode='channel' expects rank 3 or more, got shape {data.shape}")
    return _softmax_activation(data, 1 if mode == "channel" else data.ndim - 1)


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _softmax_activation(data: jax.Array, axis: int) -> jax.Array:
    return softmax(data, axis=axis)


def _softmax_activation_forward(data: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    result = softmax(data, axis=axis)
    return result, result


def _softmax_activation_backward(axis: int, result: jax.Array, head: jax.Array) -> tuple[jax.Array]:
    product = result * head
    total = jnp.sum(product, min(1, result.ndim - 1), keepdims=True, dtype=product.dtype)
    return (product - result * total,)


_softmax_activation.defvjp(_softmax_activation_forward, _softmax_activation_backward)


def _cross_entropy_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, label = ins
    batch = -1 if data is None else data[0]
    label = merge_shapes(label, (batch,))
    assert label is not None
    return [merge_shapes(data, (label[0], -1)), label], [(1,)]


@operator("softmax_cross_entropy", shapes=_cross_entropy_shapes)
def softmax_cross_entropy(data: jax.Array, label: jax.Array) -> jax.Array:
    """Sum over a batch of -log(softmax(data)[label]): data (N, C), label (N,) -> (1,).

    Probabilities count as at least 1e-8. A label out of range counts as a class of probability 0.
    The gradient is softmax(data) - onehot(label) times the head gradient, without regard to that floor.
    """
    require_floating(data, "softmax_cross_entropy")
    if data.ndim != 2 or label.shape != data.shape[:1]:
        raise ShapeError(
            f"softmax_cross_entropy expects data (N, C) and label (N,), got {data.shape} and {label.shape}"
        )
    chosen = label.astype(jnp.int32)[:, None] == lax.broadcasted_iota(jnp.int32, data.shape, 1)
    return _cross_entropy(data, chosen)


@jax.custom_vjp
def _cross_entropy(data: jax.Array, chosen: jax.Array) -> jax.Array:
    return _cross_entropy_forward(data, chosen)[0]


def _cross_entropy_forward(data: jax.Array, chosen: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    wide = data.astype(jnp.float32) if data.dtype.itemsize < 4 else data
    probability = jax.nn.softmax(wide, -1)
    picked = jnp.sum(jnp.where(chosen, probability, jnp.zeros_like(probability)), 1)
    loss = -jnp.sum(jnp.log(jnp.maximum(picked, _SMALLEST_PROBABILITY)))
    return loss.reshape(1).astype(data.dtype), (probability.astype(data.dtype), chosen)


def _cross_entropy_backward(residuals: tuple[jax.Array, jax.Array], head: jax.Array) -> tuple[jax.Array, None]:
    probability, chosen = residuals
    return (probability - chosen.astype(probability.dtype)) * head, None


_cross_entropy.defvjp(_cross_entropy_forward, _cross_entropy_backward)
