"""Dropout."""

from __future__ import annotations

import math
from typing import Literal

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating, require_key
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


def _dropout_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[0])
    return [data], [data, None if data is None else _mask_shape(data, attrs.axes)]


def _mask_shape(data: Shape, axes: Shape) -> Shape:
    if not all(0 <= axis < len(data) for axis in axes):
        raise ShapeError(f"Dropout's axes are {axes}, expected axes from 0 to {len(data) - 1} for data of shape {data}")
    return tuple(1 if axis in axes else size for axis, size in enumerate(data))


def _drops(attrs: Attrs, training: bool) -> bool:
    return 0 < attrs.p < 1 and (training or attrs.mode == "always")


@operator(
    "Dropout",
    aliases=("_npx_dropout",),
    outputs=2,
    visible=1,
    output_names=("output", "mask"),
    shapes=_dropout_shapes,
    hints=("cudnn_off",),
    random=_drops,
)
def dropout(
    data: jax.Array,
    *,
    p: float = 0.5,
    mode: Literal["training", "always"] = "training",
    axes: Shape = (),
    training: bool = False,
    key: jax.Array | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Zero elements with probability p and scale the others by 1 / (1 - p); identity outside training.

    mode "always" drops in inference too. Along `axes` all elements share their fate. The second output
    is the mask that data are multiplied with; with p=1 it is nan, as in MXNet.
    """
    require_floating(data, "Dropout")
    if not 0 <= p <= 1:
        raise ArgumentError(f"Dropout's p is {p}, expected a probability from 0 to 1")
    shape = _mask_shape(data.shape, axes)
    if p == 0 or not (training or mode == "always"):
        return data, jnp.ones(shape, data.dtype)
    if p == 1:  # nothing is kept, scaled by infinity
        mask = jnp.full(shape, math.nan, data.dtype)
    else:
        kept = jax.random.bernoulli(require_key(key, "Dropout"), 1 - p, shape)
        mask = kept.astype(data.dtype) / (1 - p)
    return data * mask, mask
