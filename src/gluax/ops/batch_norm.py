"""Batch normalization: BatchNorm and its variants, with running statistics as auxiliary states."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._numbers import single, widen
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, merge_shapes

_AUX = ("moving_mean", "moving_var")
_NAMES = ("output", "mean", "var", "mask")


def check_axis(axis: int, rank: int) -> int:
    """A non-negative axis.

    Raises:
      ShapeError: when data of that rank has no such axis.
    """
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} does not exist in data of rank {rank}")
    return axis % rank


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[0])
    if data is None:
        return ins, outs
    each = (data[check_axis(attrs.get("axis", 1), len(data))],)
    hidden = [merge_shapes(shape, each) for shape in outs[1:3]]
    return [data, *(merge_shapes(shape, each) for shape in ins[1:])], [data, *hidden, *outs[3:]]


def _types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """Parameters and statistics of 16-bit data are float32."""
    data = ins[0]
    own = "float32" if data in ("float16", "bfloat16") else data
    return [data, *(own if dtype is None else dtype for dtype in ins[1:])], [data, own, own]


def _visible(attrs: Attrs) -> int:
    return 3 if attrs.output_mean_var else 1


@partial(jax.custom_jvp, nondiff_argnums=(3, 4))
def _by_batch(
    data: jax.Array, gamma: jax.Array, beta: jax.Array, eps: float, axis: int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Data normalized along all axes but one, their mean and their variance."""
    along, _ = _around(data, axis)
    centered, mean, var = _centered(data, axis)
    scale = gamma * lax.rsqrt(var + eps)
    return centered * scale.reshape(along) + beta.reshape(along), mean, var


@_by_batch.defjvp
def _by_batch_jvp(eps, axis, primals, tangents):
    """Going backwards takes two sums over the data: of the cotangent, and of it times the centered data.

    Those are kept instead of the data: the sums of products need them as they are.
    """
    data, gamma, beta = primals
    data_tangent, gamma_tangent, beta_tangent = tangents
    along, others = _around(data, axis)
    centered, mean, var = _centered(data, axis)
    inverse = lax.rsqrt(var + eps)
    scale = gamma * inverse
    output = centered * scale.reshape(along) + beta.reshape(along)
    mean_tangent = jnp.mean(data_tangent, others)
    half_var_tangent = jnp.mean(centered * data_tangent, others)
    slope = (gamma_tangent - scale * inverse * half_var_tangent) * inverse
    tangent = scale.reshape(along) * data_tangent + centered * slope.reshape(along)
    tangent = tangent + (beta_tangent - scale * mean_tangent).reshape(along)
    return (output, mean, var), (tangent, mean_tangent, 2 * half_var_tangent)


def _centered(data: jax.Array, axis: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    along, others = _around(data, axis)
    mean = jnp.mean(data, others)
    centered = lax.optimization_barrier(data - mean.reshape(along))  # it is computed once
    return centered, mean, jnp.mean(jnp.square(centered), others)


def _around(data: jax.Array, axis: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape in which one number for each index of `axis` broadcasts against data, and the other axes."""
    others = tuple(i for i in range(data.ndim) if i != axis)
    return tuple(1 if i in others else size for i, size in enumerate(data.shape)), others


class _Normalized:
    """What one pass of batch normalization gives, in float32 at least."""

    def __init__(
        self, data: jax.Array, gamma: jax.Array, beta: jax.Array, moving: tuple[jax.Array, jax.Array], *,
        eps: float, momentum: float, fix_gamma: bool, global_stats: bool, axis: int,
    ) -> None:  # fmt: skip
        require_floating(data, "BatchNorm")
        axis = check_axis(axis, data.ndim)
        for name, each in zip(("gamma", "beta", *_AUX), (gamma, beta, *moving)):
            if each.shape != (data.shape[axis],):
                raise ShapeError(
                    f"expected {name} of shape {(data.shape[axis],)}, the size of axis {axis}, got {each.shape}"
                )
        if eps < 0:
            raise ArgumentError(f"eps {eps}: expected a number of at least 0")
        wide = widen(data)
        gamma, beta = widen(gamma).astype(wide.dtype), widen(beta).astype(wide.dtype)
        along, _ = _around(data, axis)
        self.moving = self.new_moving = lax.stop_gradient(moving)
        gamma = jnp.ones_like(gamma) if fix_gamma else gamma
        if global_stats:
            self.mean, self.var = (stat.astype(wide.dtype) for stat in self.moving)
            scale = gamma * lax.rsqrt(self.var + eps)
            output = (wide - self.mean.reshape(along)) * scale.reshape(along) + beta.reshape(along)
        else:
            output, self.mean, self.var = _by_batch(wide, gamma, beta, eps, axis)
            batch = (lax.stop_gradient(self.mean), lax.stop_gradient(self.var))
            keep, take = single(momentum), 1 - single(momentum)
            self.new_moving = tuple(old * keep + new.astype(old.dtype) * take for old, new in zip(self.moving, batch))
        self.inverse = lax.rsqrt(self.var + eps)
        self.output = output.astype(data.dtype)

    def statistics(self, var: jax.Array) -> tuple[jax.Array, jax.Array]:
        """The mean and `var` as outputs, through which MXNet passes no gradient."""
        return lax.stop_gradient(self.mean), lax.stop_gradient(var)


_HINTS = ("cudnn_off", "min_calib_range", "max_calib_range")
_COMMON: dict[str, Any] = {"aux": _AUX, "visible": _visible, "output_names": _NAMES, "shapes": _shapes, "types": _types}


@operator("BatchNorm", aliases=("_npx_batch_norm",), outputs=3, hints=_HINTS, **_COMMON)
def batch_norm(
    data: jax.Array,
    gamma: jax.Array,
    beta: jax.Array,
    moving_mean: jax.Array,
    moving_var: jax.Array,
    *,
    eps: float = 0.0010000000474974513,
    momentum: float = 0.899999976,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    training: bool = False,
) -> tuple[jax.Array, ...]:
    """Normalize along all axes but `axis`: by the batch in training, else by the moving statistics.

    `fix_gamma` (the default!) takes gamma as 1. The hidden outputs are the mean and 1 / sqrt(var + eps).
    MXNet's new moving statistics, with the biased variance, appear after backward; here they are returned.
    """
    done = _Normalized(
        data, gamma, beta, (moving_mean, moving_var),
        eps=eps, momentum=momentum, fix_gamma=fix_gamma, global_stats=use_global_stats or not training, axis=axis,
    )  # fmt: skip
    return (done.output, *done.statistics(done.inverse), *done.new_moving)


@operator("_contrib_BatchNormWithReLU", outputs=4, hints=_HINTS, **_COMMON)
def batch_norm_with_relu(
    data: jax.Array,
    gamma: jax.Array,
    beta: jax.Array,
    moving_mean: jax.Array,
    moving_var: jax.Array,
    *,
    eps: float = 0.0010000000474974513,
    momentum: float = 0.899999976,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    training: bool = False,
) -> tuple[jax.Array, ...]:
    """BatchNorm, then max(x, 0); the fourth, hidden output is the mask of what passed."""
    done = _Normalized(
        data, gamma, beta, (moving_mean, moving_var),
        eps=eps, momentum=momentum, fix_gamma=fix_gamma, global_stats=use_global_stats or not training, axis=axis,
    )  # fmt: skip
    mask = done.output > 0
    output = jnp.where(mask, done.output, jnp.zeros_like(done.output))
    return (output, *done.statistics(done.inverse), mask.astype(jnp.uint8), *done.new_moving)


# `key` names a buffer shared between MXNet's devices and `ndev` counts them: in a JAX program the
# batch is whole, so neither can change a result.
@operator("_contrib_SyncBatchNorm", outputs=3, hints=("key", "ndev"), **_COMMON)
@operator("BatchNorm_v1", outputs=3, **_COMMON)
def batch_norm_v1(
    data: jax.Array,
    gamma: jax.Array,
    beta: jax.Array,
    moving_mean: jax.Array,
    moving_var: jax.Array,
    *,
    eps: float = 0.00100000005,
    momentum: float = 0.899999976,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    training: bool = False,
) -> tuple[jax.Array, ...]:
    """The BatchNorm of old models and of several devices, over axis 1; its third output is the variance itself."""
    done = _Normalized(
        data, gamma, beta, (moving_mean, moving_var),
        eps=eps, momentum=momentum, fix_gamma=fix_gamma, global_stats=use_global_stats or not training, axis=1,
    )  # fmt: skip
    return (done.output, *done.statistics(done.var), *done.new_moving)
