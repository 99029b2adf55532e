"""Operators that reorder axes or blocks: transpose, SwapAxis, depth_to_space, space_to_depth, diag."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._shapes import axes_of, axis_of
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


def _permutation(axes: Shape | None, rank: int) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(rank))[::-1]
    if len(axes) != rank:
        raise ShapeError(f"axes {axes} must name each of the {rank} axes of the data once")
    return axes_of(axes, rank)


def _permuted(shape: PartialShape, order: tuple[int, ...]) -> PartialShape:
    return None if shape is None else tuple(shape[axis] for axis in order)


def _transpose_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    known = ins[0] if ins[0] is not None else outs[0]
    if known is None:
        return ins, outs
    order = _permutation(attrs.axes or None, len(known))
    inverse = tuple(sorted(range(len(order)), key=order.__getitem__))
    out = merge_shapes(_permuted(ins[0], order), outs[0])
    return [_permuted(out, inverse)], [out]


@operator("transpose", shapes=_transpose_shapes)
def transpose(data: jax.Array, *, axes: Shape = ()) -> jax.Array:
    """Axis i of the result is axis axes[i] of the data; without axes their order is reversed."""
    if any(axis < 0 for axis in axes):
        raise ShapeError(f"axes {axes} must count from the front; MXNet's transpose takes no negative axes")
    return jnp.transpose(data, _permutation(axes or None, data.ndim))


@operator("_np_transpose", shapes=_transpose_shapes)
def np_transpose(a: jax.Array, *, axes: Shape | None = None) -> jax.Array:
    """numpy.transpose: as transpose, with negative axes allowed."""
    return jnp.transpose(a, _permutation(axes, a.ndim))


def _swap_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    known = ins[0] if ins[0] is not None else outs[0]
    if known is None:
        return ins, outs
    order = _swapped(len(known), attrs.dim1, attrs.dim2)
    out = merge_shapes(_permuted(ins[0], order), outs[0])
    return [_permuted(out, order)], [out]


def _swapped(rank: int, dim1: int, dim2: int) -> tuple[int, ...]:
    order = list(range(rank))
    first, second = axis_of(dim1, rank), axis_of(dim2, rank)
    order[first], order[second] = second, first
    return tuple(order)


@operator("SwapAxis", aliases=("swapaxes", "_npi_swapaxes"), shapes=_swap_shapes)
def swap_axis(data: jax.Array, *, dim1: int = 0, dim2: int = 0) -> jax.Array:
    """Exchange two axes."""
    return jnp.transpose(data, _swapped(data.ndim, dim1, dim2))


def _check_blocks(data: jax.Array, block_size: int, divisors: dict[int, int]) -> None:
    if data.ndim != 4 or block_size < 1:
        raise ShapeError(
            f"expected data (N, C, H, W) and a positive block_size, got shape {data.shape} and {block_size}"
        )
    for axis, divisor in divisors.items():
        if data.shape[axis] % divisor:
            raise ShapeError(f"axis {axis} of data of shape {data.shape} must be a multiple of {divisor}")


@operator("depth_to_space")
def depth_to_space(data: jax.Array, *, block_size: int) -> jax.Array:
    """(N, C, H, W) to (N, C / b^2, H b, W b); the block's position varies slowest in the channels."""
    b = block_size
    _check_blocks(data, b, {1: b * b})
    n, c, h, w = data.shape
    blocks = jnp.reshape(data, (n, b, b, c // (b * b), h, w))
    return jnp.reshape(jnp.transpose(blocks, (0, 3, 4, 1, 5, 2)), (n, c // (b * b), h * b, w * b))


@operator("space_to_depth")
def space_to_depth(data: jax.Array, *, block_size: int) -> jax.Array:
    """(N, C, H, W) to (N, C b^2, H / b, W / b), the inverse of depth_to_space."""
    b = block_size
    _check_blocks(data, b, {2: b, 3: b})
    n, c, h, w = data.shape
    blocks = jnp.reshape(data, (n, c, h // b, b, w // b, b))
    return jnp.reshape(jnp.transpose(blocks, (0, 3, 5, 1, 2, 4)), (n, c * b * b, h // b, w // b))


@operator("diag")
def diag(data: jax.Array, *, k: int = 0, axis1: int = 0, axis2: int = 1) -> jax.Array:
    """The k-th diagonal over two axes, put last; of a vector, the matrix that has it there."""
    if data.ndim == 1:
        return jnp.diag(data, k)
    first, second = axes_of((axis1, axis2), data.ndim)
    if not -data.shape[first] < k < data.shape[second]:
        raise ShapeError(f"data of shape {data.shape} has no diagonal k={k} over the axes {axis1} and {axis2}")
    return jnp.diagonal(data, k, first, second)
