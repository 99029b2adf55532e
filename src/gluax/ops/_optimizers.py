"""The arithmetic of the optimizers' updates, shared by updates of one tensor, of many, and with a float32 master copy.

Everything is computed in the dtype of the weight it is given; numbers are rounded to float32 first, as in MXNet.
Each function returns the new weight followed by the new states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._elementwise import require_same_type, sign
from gluax.ops._numbers import single, widen
from gluax.ops.operator import Attrs, TypeRule
from gluax.ops.rules import Types

Number = float | jax.Array


def number(value: Number, like: jax.Array) -> Any:
    """A number of the attributes, or a traced one, as the float32 it is in MXNet, in the dtype of `like`."""
    if isinstance(value, (int, float)):
        return np.float32(single(value)).astype(like.dtype)
    # Not by casts: XLA takes a cast to float32 and back to float64 for nothing, on GPU.
    return lax.reduce_precision(value, exponent_bits=8, mantissa_bits=23).astype(like.dtype)


def scaled(grad: jax.Array, rescale_grad: Number, clip_gradient: float) -> jax.Array:
    """The gradient times `rescale_grad`, kept within `clip_gradient` of 0 where that is not negative."""
    return clipped(grad * number(rescale_grad, grad), clip_gradient)


def clipped(data: jax.Array, bound: float) -> jax.Array:
    """Data within `bound` of 0; a negative bound is none."""
    return jnp.clip(data, -number(bound, data), number(bound, data)) if bound >= 0 else data


def decayed(weight: jax.Array, grad: jax.Array, wd: Number, rescale_grad: Number, clip_gradient: float) -> jax.Array:
    """The gradient times `rescale_grad` with weight decay, both together kept within `clip_gradient` of 0."""
    return clipped(grad * number(rescale_grad, grad) + number(wd, weight) * weight, clip_gradient)


def mixed(old: jax.Array, new: jax.Array, keep: float) -> jax.Array:
    """The moving average ``keep * old + (1 - keep) * new``."""
    keep = number(keep, old)
    return keep * old + (1 - keep) * new


def blended(old: jax.Array, new: jax.Array, keep: float) -> jax.Array:
    """The same average as `mixed` in other arithmetic: an infinity gives nan."""
    return number(keep, old) * (old - new) + new


def sgd(
    weight: jax.Array, grad: jax.Array, *, lr: Number, wd: Number, rescale_grad: Number, clip_gradient: float
) -> tuple[jax.Array]:
    rate = number(lr, weight)
    return ((1 - rate * number(wd, weight)) * weight - rate * scaled(grad, rescale_grad, clip_gradient),)


def sgd_mom(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, *,
    lr: Number, momentum: float, wd: Number, rescale_grad: Number, clip_gradient: float,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    mom = number(momentum, mom) * mom - sgd_step(weight, grad, lr, wd, rescale_grad, clip_gradient)
    return weight + mom, mom


def sgd_step(
    weight: jax.Array, grad: jax.Array, lr: Number, wd: Number, rescale_grad: Number, clip_gradient: float
) -> jax.Array:
    """What a step takes from the weight, or from its momentum."""
    rate = number(lr, weight)
    return rate * number(wd, weight) * weight + rate * scaled(grad, rescale_grad, clip_gradient)


def nag_mom(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, *,
    lr: Number, momentum: float, wd: Number, rescale_grad: Number, clip_gradient: float,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """The new momentum holds the decay of the new weight: MXNet computes it after it has overwritten the weight."""
    keep, rate, decay = number(momentum, mom), number(lr, weight), number(wd, weight)
    grad = scaled(grad, rescale_grad, clip_gradient)
    mom = keep * mom
    new = weight - mom + (keep + 1) * (mom - rate * (grad + decay * weight))
    return new, mom - rate * (grad + decay * new)


def adamw(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, rescale_grad: jax.Array, *,
    lr: float, beta1: float, beta2: float, epsilon: float, wd: float, eta: float, clip_gradient: float,
    average: Callable[..., jax.Array] = mixed,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    scale = rescale_grad.reshape(()).astype(np.float32)
    grad = scaled(grad, scale, clip_gradient)
    new_mean, new_var = average(mean, grad, beta1), average(var, jnp.square(grad), beta2)
    step = number(lr, weight) * new_mean / (jnp.sqrt(new_var) + number(epsilon, weight)) + number(wd, weight) * weight
    return weight - number(eta, weight) * step, new_mean, new_var


def unless_overflow(scale: jax.Array, new: Sequence[jax.Array], old: Sequence[jax.Array]) -> tuple[jax.Array, ...]:
    """The new values, but the old ones where `scale` is nan, infinite or 0, which is how an overflow is reported."""
    valid = jnp.isfinite(scale.reshape(())) & (scale.reshape(()) != 0)
    return tuple(jnp.where(valid, after, before) for after, before in zip(new, old))


def lamb_direction(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, *,
    beta1: float, beta2: float, epsilon: float, t: Number, bias_correction: bool, wd: Number, rescale_grad: Number,
    clip_gradient: float,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    """The first half of LAMB: where to go, and the new mean and variance."""
    grad = scaled(grad, rescale_grad, clip_gradient)
    mean, var = mixed(mean, grad, beta1), mixed(var, jnp.square(grad), beta2)
    first, second = mean, var
    if bias_correction:
        # In half precision 0.999 is too coarse a number for its power.
        first, second = (
            state / unbiased(beta, t, widen(state)).astype(state.dtype) for state, beta in ((mean, beta1), (var, beta2))
        )
    direction = first / (jnp.sqrt(second) + number(epsilon, weight)) + number(wd, weight) * weight
    return direction, mean, var


def unbiased(beta: float, t: Number, like: jax.Array) -> jax.Array:
    """``1 - beta ** t``: how much of a moving average that began with 0 is there after `t` steps."""
    return 1 - jnp.power(number(beta, like), number(t, like))


def lamb_step(
    weight: jax.Array, direction: jax.Array, weight_norm: jax.Array, norm: jax.Array, *,
    lr: Number, lower_bound: float, upper_bound: float,
) -> jax.Array:  # fmt: skip
    """The second half of LAMB: go as far as the weight's norm, within the bounds, relates to that of the direction."""
    if lower_bound >= 0:
        weight_norm = jnp.maximum(weight_norm, number(lower_bound, weight_norm))
    if upper_bound >= 0:
        weight_norm = jnp.minimum(weight_norm, number(upper_bound, weight_norm))
    zero = (weight_norm == 0) | (norm == 0)
    ratio = jnp.where(zero, jnp.ones_like(norm), weight_norm / jnp.where(zero, jnp.ones_like(norm), norm))
    return weight - (number(lr, weight) * ratio.astype(weight.dtype)) * direction


def ftrl(
    weight: jax.Array, grad: jax.Array, z: jax.Array, n: jax.Array, *,
    lr: Number, lamda1: float, beta: float, wd: Number, rescale_grad: Number, clip_gradient: float,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    grad, rate, edge = scaled(grad, rescale_grad, clip_gradient), number(lr, weight), number(lamda1, weight)
    total = n + jnp.square(grad)
    z = z + grad - (jnp.sqrt(total) - jnp.sqrt(n)) * weight / rate
    steep = (number(beta, weight) + jnp.sqrt(total)) / rate + number(wd, weight)
    pulled = (sign(z) * edge - z) / steep
    return jnp.where(jnp.abs(z) > edge, pulled, 0 * pulled), z, total  # nan stays


def sum_of_squares(data: jax.Array) -> jax.Array:
    """In float32, of shape (); the squares are still of the dtype of data."""
    return jnp.sum(jnp.square(data).astype(np.float32), dtype=np.float32)


def one_number(rescale_grad: jax.Array) -> jax.Array:
    """The array, if it holds one number; else ShapeError."""
    if rescale_grad.size != 1:
        raise ShapeError(f"rescale_grad must hold one number, got shape {rescale_grad.shape}")
    return rescale_grad


def check(operator: str, weight: jax.Array, *others: jax.Array, master: int = 0) -> None:
    """Refuse what MXNet refuses: other shapes or dtypes than the weight's, or a dtype that is no floating point type.

    Args:
      operator: the operator's name.
      weight: the weight.
      others: the gradient and the states; the last `master` ones must be float32 instead of the weight's dtype.
    """
    require_floating(weight, operator)
    shapes = [array.shape for array in (weight, *others)]
    if any(shape != weight.shape for shape in shapes):
        raise ShapeError(f"{operator} got arrays of shapes {shapes}, expected all of the shape of the weight")
    alike = others[: len(others) - master]
    require_same_type(operator, weight, *alike)
    for state in others[len(alike) :]:
        if state.dtype != np.float32:
            raise DTypeError(f"{operator} needs its last {master} states in float32, got {state.dtype}; cast them")


def states_in_single(count: int, output: str | None = None) -> TypeRule:
    """The last `count` inputs are float32, the others of one type, which is the output's if `output` gives no other."""

    def rule(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        alike = ins[: len(ins) - count]
        known = next((dtype for dtype in alike if dtype is not None), None)
        return [*(dtype or known for dtype in alike), *["float32"] * count], [output or known]

    return rule
