"""LAMB in two phases: lamb_update_phase1, lamb_update_phase2, and with a float32 master copy.

Between them the caller takes the norms of the weight and of what phase 1 returns.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from gluax.errors import ShapeError
from gluax.ops._optimizers import check, lamb_direction, lamb_step, states_in_single
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, one_type, same_shape

_FIRST: dict[str, Any] = {
    "aux": ("mean", "var"), "shapes": same_shape, "mutates": True, "traced": ("t", "wd", "rescale_grad"),
}  # fmt: skip


@operator("lamb_update_phase1", types=one_type, **_FIRST)
def lamb_update_phase1(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, *,
    beta1: float = 0.899999976, beta2: float = 0.999000013, epsilon: float = 9.99999997e-07, t: int,
    bias_correction: bool = True, wd: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    """The direction mean / (sqrt(var) + epsilon) + wd * weight, where `t`, from 1, corrects the averages' bias."""
    check("lamb_update_phase1", weight, grad, mean, var)
    return lamb_direction(
        weight, grad, mean, var, beta1=beta1, beta2=beta2, epsilon=epsilon, t=t, bias_correction=bias_correction,
        wd=wd, rescale_grad=rescale_grad, clip_gradient=clip_gradient,
    )  # fmt: skip


@operator("mp_lamb_update_phase1", types=states_in_single(3, "float32"), **_FIRST)
def mp_lamb_update_phase1(
    weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, weight32: jax.Array, *,
    beta1: float = 0.899999976, beta2: float = 0.999000013, epsilon: float = 9.99999997e-07, t: int,
    bias_correction: bool = True, wd: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    """lamb_update_phase1 of a 16-bit gradient, with the master copy as the weight; the direction is float32."""
    check("mp_lamb_update_phase1", weight, grad, mean, var, weight32, master=3)
    return lamb_direction(
        weight32, grad.astype(np.float32), mean, var, beta1=beta1, beta2=beta2, epsilon=epsilon, t=t,
        bias_correction=bias_correction, wd=wd, rescale_grad=rescale_grad, clip_gradient=clip_gradient,
    )  # fmt: skip


def _second_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    weight, g, r1, r2, *master = ins
    (weight, g, *master), outs = same_shape([weight, g, *master], outs, attrs)
    return [weight, g, r1, r2, *master], outs


def _check_norms(*norms: jax.Array) -> None:
    if any(norm.size != 1 for norm in norms):
        raise ShapeError(f"r1 and r2 must hold one number each, got shapes {[norm.shape for norm in norms]}")


@operator("lamb_update_phase2", shapes=_second_shapes, types=one_type, traced=("lr",))
def lamb_update_phase2(
    weight: jax.Array, g: jax.Array, r1: jax.Array, r2: jax.Array, *,
    lr: float, lower_bound: float = -1.0, upper_bound: float = -1.0,
) -> jax.Array:  # fmt: skip
    """weight - lr * r1 / r2 * g, with r1 (1,), the norm of the weight, within the bounds, and r2 (1,), that of g.

    A negative bound is none; where a norm is 0, the ratio is 1.
    """
    check("lamb_update_phase2", weight, g)
    _check_norms(r1, r2)
    bounds = {"lower_bound": lower_bound, "upper_bound": upper_bound}
    return lamb_step(weight, g, r1.reshape(()), r2.reshape(()), lr=lr, **bounds)


@operator(
    "mp_lamb_update_phase2",
    aux=("weight32",),
    mutates=True,
    shapes=_second_shapes,
    types=states_in_single(4),
    traced=("lr",),
)
def mp_lamb_update_phase2(
    weight: jax.Array, g: jax.Array, r1: jax.Array, r2: jax.Array, weight32: jax.Array, *,
    lr: float, lower_bound: float = -1.0, upper_bound: float = -1.0,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """lamb_update_phase2 of the master copy, in the weight's dtype. The master copy stays as it is, as in MXNet."""
    check("mp_lamb_update_phase2", weight, g, weight32, master=2)
    _check_norms(r1, r2)
    bounds = {"lower_bound": lower_bound, "upper_bound": upper_bound}
    new = lamb_step(weight32, g, r1.reshape(()), r2.reshape(()), lr=lr, **bounds)
    return new.astype(weight.dtype), weight32
