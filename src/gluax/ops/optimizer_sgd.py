"""Updates that follow the gradient: sgd_update, with momentum, Nesterov's, of the sign, and with float32 master copies.

Every update is ``op(weight, grad, states ..., lr=..., ...) -> new weight``; the states are auxiliary states, which
``mx.nd`` calls overwrite. Usually ``out=weight`` overwrites the weight too. `clip_gradient` bounds the gradient after
`rescale_grad` and before weight decay; a negative one means no bound. The ``mp_`` updates keep a float32 copy of a
16-bit weight, compute with that, and return it in the weight's dtype.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from gluax.ops._elementwise import sign
from gluax.ops._optimizers import check, nag_mom, number, scaled, sgd, sgd_mom, states_in_single
from gluax.ops.registry import operator
from gluax.ops.rules import one_type, same_shape

_SAME: dict[str, Any] = {
    "shapes": same_shape,
    "types": one_type,
    "mutates": True,
    "traced": ("lr", "wd", "rescale_grad"),
}


def _master(states: int) -> dict[str, Any]:
    return {**_SAME, "types": states_in_single(states)}


@operator("sgd_update", aliases=("_sparse_sgd_update",), hints=("lazy_update",), **_SAME)
def sgd_update(
    weight: jax.Array, grad: jax.Array, *,
    lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """weight - lr * (grad + wd * weight)."""
    check("sgd_update", weight, grad)
    return sgd(weight, grad, lr=lr, wd=wd, rescale_grad=rescale_grad, clip_gradient=clip_gradient)


@operator("mp_sgd_update", aux=("weight32",), hints=("lazy_update",), **_master(1))
def mp_sgd_update(
    weight: jax.Array, grad: jax.Array, weight32: jax.Array, *,
    lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """sgd_update with a master copy."""
    check("mp_sgd_update", weight, grad, weight32, master=1)
    numbers = {"lr": lr, "wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    (new,) = sgd(weight32, grad.astype(np.float32), **numbers)
    return new.astype(weight.dtype), new


@operator("sgd_mom_update", aliases=("_sparse_sgd_mom_update",), aux=("mom",), hints=("lazy_update",), **_SAME)
def sgd_mom_update(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, *,
    lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """mom = momentum * mom - lr * (grad + wd * weight); weight + mom."""
    check("sgd_mom_update", weight, grad, mom)
    numbers = {"lr": lr, "wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return sgd_mom(weight, grad, mom, momentum=momentum, **numbers)


@operator("mp_sgd_mom_update", aux=("mom", "weight32"), hints=("lazy_update",), **_master(2))
def mp_sgd_mom_update(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, weight32: jax.Array, *,
    lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """sgd_mom_update with a master copy and its momentum in float32."""
    check("mp_sgd_mom_update", weight, grad, mom, weight32, master=2)
    numbers = {"lr": lr, "wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    new, mom = sgd_mom(weight32, grad.astype(np.float32), mom, momentum=momentum, **numbers)
    return new.astype(weight.dtype), mom, new


@operator("nag_mom_update", aux=("mom",), **_SAME)
def nag_mom_update(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, *,
    lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """step = lr * (grad + wd * weight); mom = momentum * mom - step; weight + momentum * mom - step."""
    check("nag_mom_update", weight, grad, mom)
    numbers = {"lr": lr, "wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return nag_mom(weight, grad, mom, momentum=momentum, **numbers)


@operator("mp_nag_mom_update", aux=("mom", "weight32"), **_master(2))
def mp_nag_mom_update(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, weight32: jax.Array, *,
    lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, ...]:  # fmt: skip
    """nag_mom_update with a master copy and its momentum in float32."""
    check("mp_nag_mom_update", weight, grad, mom, weight32, master=2)
    numbers = {"lr": lr, "wd": wd, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    new, mom = nag_mom(weight32, grad.astype(np.float32), mom, momentum=momentum, **numbers)
    return new.astype(weight.dtype), mom, new


@operator("signsgd_update", **_SAME)
def signsgd_update(
    weight: jax.Array, grad: jax.Array, *,
    lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> jax.Array:  # fmt: skip
    """(1 - lr * wd) * weight - lr * sign(grad), which `rescale_grad` and `clip_gradient` do not change."""
    check("signsgd_update", weight, grad)
    rate = number(lr, weight)
    return (1 - rate * number(wd, weight)) * weight - rate * sign(grad)


@operator("signum_update", aux=("mom",), **_SAME)
def signum_update(
    weight: jax.Array, grad: jax.Array, mom: jax.Array, *,
    lr: float, momentum: float = 0.0, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
    wd_lh: float = 0.0,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """mom = momentum * mom - (1 - momentum) * (grad + wd * weight); (1 - lr * wd_lh) * weight + lr * sign(mom)."""
    check("signum_update", weight, grad, mom)
    rate, keep = number(lr, weight), number(momentum, mom)
    grad = scaled(grad, rescale_grad, clip_gradient)
    mom = keep * mom - (1 - keep) * number(wd, weight) * weight - (1 - keep) * grad
    return (1 - rate * number(wd_lh, weight)) * weight + rate * sign(mom), mom
