"""Broadcasting to a given shape: broadcast_to, broadcast_axis, broadcast_like."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes


def _broadcast(data: jax.Array, target: Sequence[int]) -> jax.Array:
    if len(target) != data.ndim or any(d not in (1, t) for d, t in zip(data.shape, target)):
        raise ShapeError(
            f"data of shape {data.shape} cannot be broadcast to {tuple(target)}: the ranks must agree, "
            f"and each size must be 1 or the wanted one"
        )
    return jnp.broadcast_to(data, tuple(target))


@operator("broadcast_to")
def broadcast_to(data: jax.Array, *, shape: Shape = ()) -> jax.Array:
    """Repeat axes of size 1 up to `shape`, of the same rank; a 0 there keeps the data's size."""
    if len(shape) != data.ndim:
        raise ShapeError(f"shape {shape} must have as many dimensions as the data, which has shape {data.shape}")
    return _broadcast(data, [size or own for size, own in zip(shape, data.shape)])


@operator("broadcast_axis", aliases=("broadcast_axes",))
def broadcast_axis(data: jax.Array, *, axis: Shape = (), size: Shape = ()) -> jax.Array:
    """Repeat the axes `axis`, all of size 1, up to the sizes `size`."""
    if len(axis) != len(size):
        raise ShapeError(f"axis {axis} and size {size} must have the same length")
    target = list(data.shape)
    for position, wanted in zip(axis, size):
        if not 0 <= position < data.ndim or data.shape[position] != 1:
            raise ShapeError(
                f"axis {position} of data of shape {data.shape} cannot be broadcast: expected an axis of size 1, "
                "counted from the front"
            )
        target[position] = wanted
    return _broadcast(data, target)


def _like_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    lhs, rhs = ins
    if lhs is None or rhs is None or attrs.lhs_axes is not None or len(lhs) != len(rhs):
        return ins, outs
    return ins, [tuple(own if wanted == -1 and own != 1 else wanted for own, wanted in zip(lhs, rhs))]


@operator("broadcast_like", shapes=_like_shapes)
def broadcast_like(
    lhs: jax.Array, rhs: jax.Array, *, lhs_axes: Shape | None = None, rhs_axes: Shape | None = None
) -> jax.Array:
    """Repeat axes of size 1 of lhs up to the sizes of rhs: all axes, or lhs_axes up to the sizes of rhs_axes."""
    if lhs_axes is None or rhs_axes is None:
        return _broadcast(lhs, rhs.shape)
    if len(lhs_axes) != len(rhs_axes):
        raise ShapeError(f"lhs_axes {lhs_axes} and rhs_axes {rhs_axes} must have the same length")
    target = list(lhs.shape)
    for own, other in zip(lhs_axes, rhs_axes):
        target[axis_of(own, lhs.ndim)] = rhs.shape[axis_of(other, rhs.ndim)]
    return _broadcast(lhs, target)
