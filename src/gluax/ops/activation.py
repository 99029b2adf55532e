"""Activation functions: Activation, relu, LeakyReLU in all its kinds, hard_sigmoid."""

from __future__ import annotations

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating, require_key
from gluax.ops._elementwise import is_float, with_derivatives
from gluax.ops._numbers import single
from gluax.ops.operator import Attrs
from gluax.ops.registry import get, operator
from gluax.ops.rules import Shapes, merge_shapes, same_shape

_SELU_ALPHA = float(np.float32(1.6732632423543772))
_SELU_LAMBDA = float(np.float32(1.0507009873554805))


@operator("Activation", aliases=("_npx_activation",), shapes=same_shape, elementwise=True)
def activation(data: jax.Array, *, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"]) -> jax.Array:
    """Elementwise activation of any shape. softrelu is log(1 + exp(x)); softsign of an infinity is nan."""
    require_floating(data, "Activation")
    return jax.nn.softplus(data) if act_type == "softrelu" else get(act_type).function(data)


@operator("relu", aliases=("_sparse_relu",), shapes=same_shape, elementwise=True)
def relu(data: jax.Array) -> jax.Array:
    """max(x, 0) with nan kept; the gradient at 0 is 0, at nan it is nan."""
    return _relu(data) if is_float(data) else jnp.maximum(data, 0)


_relu = with_derivatives(
    lambda x: jnp.where(x <= 0, jnp.zeros_like(x), x),
    lambda y, x: jnp.where(jnp.isnan(x), x, (x > 0).astype(x.dtype)),
)


def _leaky_inputs(attrs: Attrs) -> tuple[str, ...]:
    return ("data", "gamma") if attrs.act_type == "prelu" else ("data",)


def _leaky_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[0])
    outs = [data] * len(outs)
    if attrs.act_type != "prelu" or data is None:
        return [data, *ins[1:]], outs
    return [data, (data[min(1, len(data) - 1)],) if ins[1] is None else ins[1]], outs


@operator(
    "LeakyReLU",
    aliases=("_npx_leaky_relu",),
    inputs=_leaky_inputs,
    outputs=lambda attrs: 2 if attrs.act_type == "rrelu" else 1,
    output_names=("output", "mask"),
    shapes=_leaky_shapes,
    random=lambda attrs, training: training and attrs.act_type == "rrelu",
)
def leaky_relu(
    data: jax.Array,
    gamma: jax.Array | None = None,
    *,
    act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.333999991,
    training: bool = False,
    key: jax.Array | None = None,
) -> jax.Array | tuple[jax.Array, jax.Array]:
    """Leaky rectifiers of data (N, C, ...); x at 0 counts as negative for the gradient.

    prelu reads its slopes from gamma: one for all, one per channel, or (N, C). gelu is the erf form.
    rrelu draws slopes uniformly from [lower_bound, upper_bound) in training and takes the middle
    elsewhere; its second output holds the slopes. The gradient of selu is MXNet's, see `_selu`.
    """
    require_floating(data, "LeakyReLU")
    if act_type == "prelu":
        assert gamma is not None
        return _leaky(data, gamma.reshape(_slope_shape(gamma.shape, data.shape)))
    if act_type == "rrelu":
        if training:
            slopes = jax.random.uniform(require_key(key, "rrelu"), data.shape, data.dtype, lower_bound, upper_bound)
        else:
            slopes = jnp.full_like(data, (lower_bound + upper_bound) / 2)
        return _leaky(data, slopes), slopes
    slope = single(slope)
    if act_type == "leaky":
        return _leaky(data, slope)
    # Half precision is computed in single, as MXNet does.
    wide = data.astype(jnp.float32) if data.dtype.itemsize < 4 else data
    if act_type == "elu":
        result = jnp.where(wide > 0, wide, slope * jnp.expm1(_negative(wide)))
    else:
        result = _selu(wide) if act_type == "selu" else jax.nn.gelu(wide, approximate=False)
    return result.astype(data.dtype)


def _leaky(data: jax.Array, slopes: jax.Array | float) -> jax.Array:
    return jnp.where(data > 0, data, _negative(data) * slopes)


def _negative(data: jax.Array) -> jax.Array:
    """Data where it is not positive, elsewhere 0: keeps infinities out of the side not taken."""
    return jnp.where(data > 0, jnp.zeros_like(data), data)


def _slope_shape(gamma: Shape, data: Shape) -> Shape:
    """The shape in which gamma broadcasts against data: its last axis goes to the channel axis."""
    result = [1] * len(data)
    rest = list(gamma)
    for axis in range(min(1, len(data) - 1), -1, -1):
        if rest and rest[-1] in (1, data[axis]):
            result[axis] = rest.pop()
    if rest:
        raise ShapeError(f"gamma of shape {gamma} does not broadcast to data of shape {data}; expected one per channel")
    return tuple(result)


@jax.custom_jvp
def _selu(data: jax.Array) -> jax.Array:
    """Scaled elu. MXNet's gradient below 0 is lambda * (alpha + selu(x)), lambda times too much of the output."""
    return _SELU_LAMBDA * jnp.where(data > 0, data, _SELU_ALPHA * jnp.expm1(_negative(data)))


@_selu.defjvp
def _selu_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    (data,), (tangent,) = primals, tangents
    result = _selu(data)
    slopes = jnp.where(data > 0, jnp.ones_like(data), _SELU_ALPHA + result)
    return result, tangent * _SELU_LAMBDA * slopes


@operator("hard_sigmoid", shapes=same_shape, elementwise=True)
def hard_sigmoid(data: jax.Array, *, alpha: float = 0.200000003, beta: float = 0.5) -> jax.Array:
    """clip(alpha * x + beta, 0, 1); the gradient is 0 where that is 0, 1 or nan."""
    require_floating(data, "hard_sigmoid")
    return _hard_sigmoid(data, single(alpha), single(beta))


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _hard_sigmoid(data: jax.Array, alpha: float, beta: float) -> jax.Array:
    return jnp.clip(alpha * data + beta, 0, 1)


@_hard_sigmoid.defjvp
def _hard_sigmoid_jvp(
    alpha: float, beta: float, primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[jax.Array, jax.Array]:
    result = _hard_sigmoid(*primals, alpha, beta)
    inside = (result > 0) & (result < 1)
    return result, tangents[0] * jnp.where(inside, jnp.full_like(result, alpha), jnp.zeros_like(result))
