"""Updates that scale each element by its history: adam_update, AdamW, FTML, FTRL, RMSProp, AdaGrad, LAMB.

As in `optimizer_sgd`, states are auxiliary states, and the ``mp_`` updates compute with a float32 copy of the weight.
Here `clip_gradient` bounds the gradient with weight decay, where that is added to the gradient at all.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ops import _optimizers as shared
from gluax.ops._optimizers import check, clipped, decayed, mixed, number, scaled, states_in_single
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, one_type, same_shape

_NUMBERS = ("lr", "wd", "rescale_grad")
_SAME: dict[str, Any] = {"shapes": same_shape, "types": one_type, "mutates": True, "traced": _NUMBERS}


def _first(count: int) -> Any:
    """The first `count` inputs have the output's shape; the others shapes of their own."""

    def rule(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        alike, outs = same_shape(ins[:count], outs, attrs)
        return [*alike, *ins[count:]], outs

    return rule


@operator("adam_update", aliases=("_sparse_adam_update",), aux=("mean", "var"), hints=("lazy_update",), **_SAME)
def adam_update(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, *,
    lr: float, beta1: float = 0.899999976, beta2: float = 0.999000013, epsilon: float = 9.99999994e-09,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    """weight - lr * mean / (sqrt(var) + epsilon), with moving averages of the gradient and its square."""
    check("adam_update", weight, grad, mean, var)
    grad = decayed(weight, grad, wd, rescale_grad, clip_gradient)
    mean, var = mixed(mean, grad, beta1), mixed(var, jnp.square(grad), beta2)
    return weight - number(lr, weight) * mean / (jnp.sqrt(var) + number(epsilon, weight)), mean, var


@operator("_adamw_update", aux=("mean", "var"), shapes=_first(4), types=states_in_single(1), mutates=True)
def adamw_update(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, rescale_grad: jax.Array, *,
    lr: float, beta1: float = 0.899999976, beta2: float = 0.999000013, epsilon: float = 9.99999994e-09,
    wd: float = 0.0, eta: float, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """weight - eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight); rescale_grad is an array of one float32.

    Nothing changes when rescale_grad is nan, infinite or 0. MXNet overwrites the gradient by the rescaled one; here
    it stays as it is.
    """
    check("_adamw_update", weight, grad, mean, var)
    new = shared.adamw(
        weight, grad, mean, var, shared.one_number(rescale_grad),
        lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, eta=eta, clip_gradient=clip_gradient,
    )  # fmt: skip
    return shared.unless_overflow(rescale_grad, new, (weight, mean, var))


@operator(
    "_mp_adamw_update", aux=("mean", "var", "weight32"), shapes=_first(5), types=states_in_single(4), mutates=True
)
def mp_adamw_update(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, weight32: jax.Array, rescale_grad: jax.Array,
    *,
    lr: float, beta1: float = 0.899999976, beta2: float = 0.999000013, epsilon: float = 9.99999994e-09,
    wd: float = 0.0, eta: float, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """_adamw_update with a master copy."""
    check("_mp_adamw_update", weight, grad, mean, var, weight32, master=3)
    new, new_mean, new_var = shared.adamw(
        weight32, grad.astype(np.float32), mean, var, shared.one_number(rescale_grad),
        lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, eta=eta, clip_gradient=clip_gradient,
    )  # fmt: skip
    found = new.astype(weight.dtype), new_mean, new_var, new
    return shared.unless_overflow(rescale_grad, found, (weight, mean, var, weight32))


@operator("ftml_update", aux=("d", "v", "z"), **{**_SAME, "traced": (*_NUMBERS, "t")})
def ftml_update(
    weight: jax.Array, grad: jax.Array, d: jax.Array, v: jax.Array, z: jax.Array, *,
    lr: float, beta1: float = 0.600000024, beta2: float = 0.999000013, epsilon: float = 9.9999999392252903e-09, t: int,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_grad: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """Follow the moving leader. `clip_grad` bounds the gradient with weight decay; `t` counts from 1."""
    check("ftml_update", weight, grad, d, v, z)
    grad = decayed(weight, grad, wd, rescale_grad, clip_grad)
    v = mixed(v, jnp.square(grad), beta2)
    root = jnp.sqrt(v / shared.unbiased(beta2, t, v)) + np.asarray(epsilon).astype(v.dtype)
    new = shared.unbiased(beta1, t, d) / number(lr, d) * root
    z = mixed(z, grad, beta1) - (new - number(beta1, d) * d) * weight
    return -z / new, new, v, z


@operator("ftrl_update", aliases=("_sparse_ftrl_update",), aux=("z", "n"), **_SAME)
def ftrl_update(
    weight: jax.Array, grad: jax.Array, z: jax.Array, n: jax.Array, *,
    lr: float, lamda1: float = 0.00999999978, beta: float = 1.0,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """Follow the regularized leader; the weight is 0 where abs(z) <= lamda1. The name is spelled so."""
    check("ftrl_update", weight, grad, z, n)
    numbers = {"lr": lr, "wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return shared.ftrl(weight, grad, z, n, lamda1=lamda1, beta=beta, **numbers)


@operator("rmsprop_update", aux=("n",), **_SAME)
def rmsprop_update(
    weight: jax.Array, grad: jax.Array, n: jax.Array, *,
    lr: float, gamma1: float = 0.949999988, epsilon: float = 9.99999994e-09,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """weight - lr * grad / sqrt(n + epsilon), within `clip_weights`; n is the moving average of grad ** 2."""
    check("rmsprop_update", weight, grad, n)
    grad = decayed(weight, grad, wd, rescale_grad, clip_gradient)
    n = mixed(n, jnp.square(grad), gamma1)
    step = number(lr, weight) * (grad / jnp.sqrt(n + number(epsilon, n)))
    return clipped(weight - step, clip_weights), n


@operator("rmspropalex_update", aux=("n", "g", "delta"), **_SAME)
def rmspropalex_update(
    weight: jax.Array, grad: jax.Array, n: jax.Array, g: jax.Array, delta: jax.Array, *,
    lr: float, gamma1: float = 0.949999988, gamma2: float = 0.899999976, epsilon: float = 9.99999994e-09,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """RMSProp as Graves has it: the variance n - g * g in place of n, and the steps `delta` with momentum gamma2."""
    check("rmspropalex_update", weight, grad, n, g, delta)
    grad = decayed(weight, grad, wd, rescale_grad, clip_gradient)
    n, g = mixed(n, jnp.square(grad), gamma1), mixed(g, grad, gamma1)
    step = number(lr, weight) * (grad / jnp.sqrt(n - jnp.square(g) + number(epsilon, n)))
    delta = number(gamma2, delta) * delta - step
    return clipped(weight + delta, clip_weights), n, g, delta


@operator("_sparse_adagrad_update", aux=("history",), **{**_SAME, "traced": ("lr", "rescale_grad")})
def adagrad_update(
    weight: jax.Array, grad: jax.Array, history: jax.Array, *,
    lr: float, epsilon: float = 1.00000001e-07, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """history += grad ** 2; weight - lr * grad / sqrt(history + epsilon).

    MXNet has it for sparse gradients only and without weight decay; a dense gradient is one with all rows.
    """
    check("_sparse_adagrad_update", weight, grad, history)
    if wd != 0:
        raise ArgumentError(f"_sparse_adagrad_update has no weight decay, but wd={wd}")
    grad = scaled(grad, rescale_grad, clip_gradient)
    history = history + jnp.square(grad)
    return weight - number(lr, weight) * grad / jnp.sqrt(history + number(epsilon, weight)), history


@operator(
    "_contrib_group_adagrad_update",
    aux=("history",),
    mutates=True,
    traced=("lr", "rescale_grad"),
    shapes=_first(2),
    types=one_type,
)
def group_adagrad_update(
    weight: jax.Array, grad: jax.Array, history: jax.Array, *,
    lr: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0, epsilon: float = 9.99999975e-06,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """AdaGrad with one number for each row: history (N, 1) grows by the mean of the row's squared gradient.

    MXNet has it for sparse gradients only; a dense gradient is one with all rows.
    """
    check("_contrib_group_adagrad_update", weight, grad)
    if weight.ndim != 2 or history.shape != (weight.shape[0], 1):
        raise ShapeError(f"expected weight (N, K) and history (N, 1), got {weight.shape} and {history.shape}")
    grad = scaled(grad, rescale_grad, clip_gradient)
    history = history + jnp.mean(jnp.square(grad), 1, keepdims=True)
    return weight - number(lr, weight) * grad / jnp.sqrt(history + number(epsilon, weight)), history
