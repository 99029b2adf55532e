"""Operators that exist only in rewritten graphs: what BatchNorm becomes at inference."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes


def _along(vector: jax.Array, axis: int, ndim: int) -> jax.Array:
    shape = [1] * ndim
    shape[axis] = vector.size
    return vector.reshape(shape)


@operator("_gluax_batchnorm_affine", outputs=2)
def batchnorm_affine(
    gamma: jax.Array, beta: jax.Array, mean: jax.Array, var: jax.Array, *, eps: float, fix_gamma: bool
) -> tuple[jax.Array, jax.Array]:
    """Scale and shift (C,) of inference BatchNorm: ``gamma / sqrt(var + eps)`` and ``beta - mean * scale``."""
    inverse = 1 / jnp.sqrt(var + eps)
    scale = inverse if fix_gamma else gamma * inverse
    return scale, beta - mean * scale


def _data_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return ins, ins[:1]


@operator("_gluax_scale_shift", shapes=_data_shape)
def scale_shift(data: jax.Array, scale: jax.Array, shift: jax.Array, *, axis: int) -> jax.Array:
    """``data * scale + shift`` with vectors along `axis`, computed in the vectors' dtype, returned in data's."""
    wide = data.astype(scale.dtype)
    result = wide * _along(scale, axis, data.ndim) + _along(shift, axis, data.ndim)
    return result.astype(data.dtype)


@operator("_gluax_scale_rows")
def scale_rows(weight: jax.Array, scale: jax.Array) -> jax.Array:
    """Scale the filters of a weight (num_filter, ...) by a vector (num_filter,), in the weight's dtype."""
    return (weight.astype(scale.dtype) * _along(scale, 0, weight.ndim)).astype(weight.dtype)


@operator("_gluax_fold_bias")
def fold_bias(weight: jax.Array, scale: jax.Array, shift: jax.Array, bias: jax.Array | None = None) -> jax.Array:
    """The bias (num_filter,) of a layer with BatchNorm folded in, in the weight's dtype."""
    folded = shift if bias is None else bias.astype(scale.dtype) * scale + shift
    return folded.astype(weight.dtype)
