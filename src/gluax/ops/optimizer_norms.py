"""What optimizers ask of tensors: multi_sum_sq, multi_lars, all_finite, multi_all_finite, reset_arrays."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gluax.ops._checks import require_floating
from gluax.ops._elementwise import require_same_shape, require_same_type
from gluax.ops._optimizers import number, sum_of_squares
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, fixed_type, one_type, same_shape, same_type


def _arrays(attrs: Attrs, count: int | None = None) -> list[str]:
    return [f"array_{index}" for index in range(attrs.num_arrays)]


def _count_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return ins, [(attrs.num_arrays,)]


def _flag_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return ins, [(1,)]


def _sum_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return same_type(ins, attrs)[0], ["float32"]


@operator("multi_sum_sq", inputs=_arrays, shapes=_count_shape, types=_sum_type)
def multi_sum_sq(*data: jax.Array, num_arrays: int) -> jax.Array:
    """The sum of squares of each array, in float32 (num_arrays,)."""
    for array in data:
        require_floating(array, "multi_sum_sq")
    return jnp.stack([sum_of_squares(array) for array in data])


@operator("multi_lars", shapes=same_shape, types=one_type)
def multi_lars(
    lrs: jax.Array, weights_sum_sq: jax.Array, grads_sum_sq: jax.Array, wds: jax.Array, *,
    eta: float, eps: float, rescale_grad: float = 1.0,
) -> jax.Array:  # fmt: skip
    """Rates scaled by eta * |w| / (rescale_grad * |g| + wd * |w| + eps), of norms given as sums of squares.

    A rate stays as it is where a norm is 0. All inputs are of one shape.
    """
    arrays = (lrs, weights_sum_sq, grads_sum_sq, wds)
    require_same_shape("multi_lars", *arrays)
    require_same_type("multi_lars", *arrays)
    require_floating(lrs, "multi_lars")
    weights, grads = jnp.sqrt(weights_sum_sq), jnp.sqrt(grads_sum_sq) * number(rescale_grad, lrs)
    scaled = lrs * number(eta, lrs) * weights / (grads + wds * weights + number(eps, lrs))
    return jnp.where((weights > 0) & (grads_sum_sq > 0), scaled, lrs)


def _all_finite(arrays: Sequence[jax.Array], name: str) -> jax.Array:
    for array in arrays:
        require_floating(array, name)
    finite = jnp.stack([jnp.all(jnp.isfinite(array.astype(np.float32))) for array in arrays])
    return jnp.all(finite).astype(np.float32).reshape(1)


@operator("all_finite", shapes=_flag_shape, types=fixed_type("float32"))
def all_finite(data: jax.Array, *, init_output: bool = True) -> jax.Array:
    """1 if all elements are finite in float32, else 0, float32 (1,)."""
    return _all_finite([data], "all_finite")


@operator("multi_all_finite", inputs=_arrays, shapes=_flag_shape, types=fixed_type("float32"))
def multi_all_finite(*data: jax.Array, num_arrays: int = 1, init_output: bool = True) -> jax.Array:
    """1 if all elements of all arrays are finite in float32, else 0, float32 (1,)."""
    return _all_finite(data, "multi_all_finite")


@operator("reset_arrays", inputs=_arrays, aux=_arrays, mutates=True, outputs=0)
def reset_arrays(*data: jax.Array, num_arrays: int) -> tuple[jax.Array, ...]:
    """Fill all arrays with 0; there is no output."""
    return tuple(jnp.zeros_like(array) for array in data)
