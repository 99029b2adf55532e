"""Normalization without running statistics: LayerNorm, GroupNorm, InstanceNorm, L2Normalization, LRN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._elementwise import require_same_type
from gluax.ops._numbers import single, widen
from gluax.ops._pool_forms import Span, sum_pool
from gluax.ops.batch_norm import check_axis
from gluax.ops.operator import Attrs, PartialShape, ShapeRule
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes, same_shape


def _parameter_shapes(size: Callable[[Sequence[int], Attrs], int]) -> ShapeRule:
    """gamma and beta hold as many numbers as `size` says; the first output has the data's shape."""

    def rule(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        data: PartialShape = merge_shapes(ins[0], outs[0])
        if data is None:
            return ins, outs
        each = (size(data, attrs),)
        return [data, *(merge_shapes(shape, each) for shape in ins[1:])], [data, *outs[1:]]

    return rule


def _first_of_hidden(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    ins, first = same_shape(ins, outs[:1], attrs)
    return ins, [*first, *outs[1:]]


def _check_parameters(gamma: jax.Array, beta: jax.Array, count: int, what: str) -> None:
    for name, each in (("gamma", gamma), ("beta", beta)):
        if each.shape != (count,):
            raise ShapeError(f"expected {name} of shape {(count,)}, one number per {what}, got {each.shape}")


def _standardize(data: jax.Array, axes: int | Sequence[int], eps: float) -> tuple[jax.Array, jax.Array, jax.Array]:
    """(data - mean) / std over `axes`, the mean, and std = sqrt(var + eps), both with those axes kept."""
    mean = jnp.mean(data, axes, keepdims=True)
    centered = data - mean
    var = jnp.mean(jnp.square(centered), axes, keepdims=True) + single(eps)
    return centered * lax.rsqrt(var), lax.stop_gradient(mean), lax.stop_gradient(jnp.sqrt(var))


def _along(values: jax.Array, axis: int, like: jax.Array) -> jax.Array:
    return values.astype(like.dtype).reshape([-1 if i == axis else 1 for i in range(like.ndim)])


@operator(
    "LayerNorm",
    aliases=("_npx_layer_norm",),
    outputs=3,
    visible=lambda attrs: 3 if attrs.output_mean_var else 1,
    output_names=("output", "mean", "std"),
    shapes=_parameter_shapes(lambda data, attrs: data[check_axis(attrs.axis, len(data))]),
)
def layer_norm(
    data: jax.Array, gamma: jax.Array, beta: jax.Array, *,
    axis: int = -1, eps: float = 9.99999975e-06, output_mean_var: bool = False,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    """Normalize along one axis of data of any shape; gamma and beta have its size.

    The mean and the standard deviation, with the axis kept as 1, pass no gradient.
    """
    require_floating(data, "LayerNorm")
    require_same_type("LayerNorm", data, gamma, beta)
    axis = check_axis(axis, data.ndim)
    _check_parameters(gamma, beta, data.shape[axis], f"index of axis {axis}")
    normal, mean, std = _standardize(widen(data), axis, eps)
    out = normal * _along(gamma, axis, normal) + _along(beta, axis, normal)
    return out.astype(data.dtype), mean.astype(data.dtype), std.astype(data.dtype)


@operator(
    "GroupNorm",
    outputs=3,
    visible=lambda attrs: 3 if attrs.output_mean_var else 1,
    output_names=("output", "mean", "std"),
    shapes=_parameter_shapes(lambda data, attrs: attrs.num_groups),
)
def group_norm(
    data: jax.Array, gamma: jax.Array, beta: jax.Array, *,
    num_groups: int = 1, eps: float = 9.99999975e-06, output_mean_var: bool = False,
) -> tuple[jax.Array, jax.Array, jax.Array]:  # fmt: skip
    """Normalize each of `num_groups` groups of the channels of data (N, C, ...).

    gamma and beta hold one number per group, not per channel. The mean and the standard deviation
    (N, num_groups) pass no gradient.
    """
    require_floating(data, "GroupNorm")
    if data.ndim < 3:
        raise ShapeError(f"GroupNorm needs data of rank 3 or more (N, C, ...), got {data.shape}")
    if num_groups < 1 or data.shape[1] % num_groups:
        raise ShapeError(f"{data.shape[1]} channels cannot be split into num_groups={num_groups} groups")
    _check_parameters(gamma, beta, num_groups, "group")
    rows = widen(data).reshape(data.shape[0], num_groups, -1)
    normal, mean, std = _standardize(rows, 2, eps)
    out = normal * _along(gamma, 1, normal) + _along(beta, 1, normal)
    out = out.reshape(data.shape).astype(data.dtype)
    return out, mean[..., 0].astype(data.dtype), std[..., 0].astype(data.dtype)


@operator(
    "InstanceNorm",
    outputs=3,
    visible=1,
    output_names=("output", "mean", "var"),
    shapes=_parameter_shapes(lambda data, attrs: data[check_axis(1, len(data))]),
)
def instance_norm(
    data: jax.Array, gamma: jax.Array, beta: jax.Array, *, eps: float = 0.00100000005
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Normalize every channel of every sample of data (N, C, ...) by itself."""
    require_floating(data, "InstanceNorm")
    if data.ndim < 3:
        raise ShapeError(f"InstanceNorm needs data of rank 3 or more (N, C, ...), got {data.shape}")
    _check_parameters(gamma, beta, data.shape[check_axis(1, data.ndim)], "channel")
    normal, mean, std = _standardize(widen(data), range(2, data.ndim), eps)
    out = normal * _along(gamma, 1, normal) + _along(beta, 1, normal)
    return out.astype(data.dtype), mean.astype(data.dtype), jnp.square(std).astype(data.dtype)


@operator("L2Normalization", outputs=2, visible=1, output_names=("output", "norm"), shapes=_first_of_hidden)
def l2_normalization(
    data: jax.Array, *, eps: float = 1.00000001e-10, mode: Literal["instance", "channel", "spatial"] = "instance"
) -> tuple[jax.Array, jax.Array]:
    """Divide data (N, C, ...) by sqrt(sum of squares + eps).

    The sum is over a sample ("instance"), over its channels ("channel"), or over each channel ("spatial").
    """
    require_floating(data, "L2Normalization")
    if mode != "instance" and data.ndim < 3:
        raise ShapeError(f"mode={mode!r} needs data of rank 3 or more (N, C, ...), got {data.shape}")
    axes = {"instance": range(1, data.ndim), "channel": (1,), "spatial": range(2, data.ndim)}[mode]
    wide = widen(data)
    norm = jnp.sqrt(jnp.sum(jnp.square(wide), axes, keepdims=True) + single(eps))
    return (wide / norm).astype(data.dtype), lax.stop_gradient(norm).astype(data.dtype)


@operator("LRN", outputs=2, visible=1, output_names=("output", "tmp_norm"), shapes=_first_of_hidden)
def lrn(
    data: jax.Array, *, alpha: float = 9.99999975e-05, beta: float = 0.75, knorm: float = 2.0, nsize: int
) -> tuple[jax.Array, jax.Array]:
    """Local response normalization over `nsize` neighbouring channels of data (N, C, H, W).

    data * (knorm + alpha / nsize * sum of squares) ** -beta
    """
    require_floating(data, "LRN")
    if data.ndim != 4:
        raise ShapeError(f"LRN needs data of rank 4 (N, C, H, W), got {data.shape}")
    if nsize < 1 or nsize % 2 == 0:
        raise ArgumentError(f"nsize {nsize}: expected an odd number of channels")
    wide = widen(data)
    span = Span(axis=1, size=nsize, stride=1, low=nsize // 2, high=nsize // 2, count=data.shape[1])
    norm = single(knorm) + single(alpha) / nsize * sum_pool(jnp.square(wide), [span])
    return (wide * norm ** -single(beta)).astype(data.dtype), lax.stop_gradient(norm).astype(data.dtype)
