"""Operators that join or repeat arrays: Concat, stack, tile, repeat."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes, one_type


def _check_types(data: Sequence[jax.Array]) -> None:
    types = [array.dtype.name for array in data]
    if len(set(types)) > 1:
        raise DTypeError(f"all inputs must have one dtype, got {types}; cast them first")


def _concatenate(data: Sequence[jax.Array], axis: int) -> jax.Array:
    _check_types(data)
    axis = axis_of(axis, data[0].ndim)
    rests = {(*array.shape[:axis], -1, *array.shape[axis + 1 :]) for array in data}
    if len(rests) > 1:
        raise ShapeError(f"inputs must agree except along axis {axis}, got shapes {[array.shape for array in data]}")
    return lax.concatenate(data, axis) if len(data) > 1 else data[0]


def _concat_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    axis = attrs.get("dim", attrs.get("axis"))
    return (ins, outs) if axis is None else joined_shapes(ins, outs, axis)


def joined_shapes(ins: Shapes, outs: Shapes, axis: int) -> tuple[Shapes, Shapes]:
    """All dimensions but the joined one are common; a single unknown part is what the others leave of the output."""
    ranks = [len(shape) for shape in (*ins, *outs) if shape is not None]
    if not ranks:
        return ins, outs
    axis = axis_of(axis, ranks[0])
    rest: PartialShape = None
    for shape in (*ins, *outs):
        if shape is not None:
            rest = merge_shapes(rest, (*shape[:axis], -1, *shape[axis + 1 :]))
    assert rest is not None
    parts = [-1 if shape is None else shape[axis] for shape in ins]
    total = -1 if outs[0] is None else outs[0][axis]
    if -1 not in parts:
        total = sum(parts)
    elif total != -1 and parts.count(-1) == 1:
        parts[parts.index(-1)] = total - sum(part for part in parts if part != -1)
    return [(*rest[:axis], part, *rest[axis + 1 :]) for part in parts], [(*rest[:axis], total, *rest[axis + 1 :])]


@operator("Concat", aliases=("concat", "_sparse_concat"), shapes=_concat_shapes, types=one_type)
def concat(*data: jax.Array, num_args: int, dim: int = 1) -> jax.Array:
    """Join arrays of one dtype along axis `dim`."""
    return _concatenate(data, dim)


def _rnn_param_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """As Concat's, but two unknown parts are taken to be equal: both directions of a layer see the same inputs."""
    ins, outs = _concat_shapes(ins, outs, attrs)
    if outs[0] is None or -1 in outs[0]:
        return ins, outs
    axis = axis_of(attrs.dim, len(outs[0]))
    parts = [-1 if shape is None else shape[axis] for shape in ins]
    left = outs[0][axis] - sum(part for part in parts if part != -1)
    if parts.count(-1) != 2 or left < 0 or left % 2:
        return ins, outs
    size = left // 2
    sizes = [size if part == -1 else part for part in parts]
    return [(*outs[0][:axis], part, *outs[0][axis + 1 :]) for part in sizes], outs


@operator("_rnn_param_concat", aliases=("_npi_rnn_param_concat",), shapes=_rnn_param_shapes)
def rnn_param_concat(*data: jax.Array, num_args: int, dim: int = 1) -> jax.Array:
    """Concat of flattened recurrent parameters; infers the shapes of one or two that are not known."""
    return _concatenate(data, dim)


@operator("_npi_concatenate", shapes=_concat_shapes)
def npi_concatenate(*data: jax.Array, num_args: int, axis: int | None = 0) -> jax.Array:
    """numpy.concatenate; without an axis the arrays are flattened first."""
    if axis is None:
        return _concatenate([jnp.reshape(array, (array.size,)) for array in data], 0)
    return _concatenate(data, axis)


def _stack_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    part: PartialShape = None
    for shape in ins:
        part = merge_shapes(part, shape)
    if outs[0] is not None:
        axis = axis_of(attrs.axis, len(outs[0]))
        part = merge_shapes(part, (*outs[0][:axis], *outs[0][axis + 1 :]))
    if part is None:
        return ins, outs
    axis = axis_of(attrs.axis, len(part) + 1)
    return [part] * len(ins), [(*part[:axis], len(ins), *part[axis:])]


@operator("_npi_stack", shapes=_stack_shapes)
@operator("stack", shapes=_stack_shapes)
def stack(*data: jax.Array, num_args: int, axis: int = 0) -> jax.Array:
    """Join arrays of one shape and dtype along a new axis."""
    if len({array.shape for array in data}) > 1:
        raise ShapeError(f"inputs must have one shape, got {[array.shape for array in data]}")
    axis = axis_of(axis, data[0].ndim + 1)
    return _concatenate([jnp.expand_dims(array, axis) for array in data], axis)


@operator("tile", aliases=("_npi_tile",))
def tile(data: jax.Array, *, reps: Shape) -> jax.Array:
    """numpy.tile: repeat the whole array reps[i] times along axis i, aligned at the last axis."""
    if any(count < 0 for count in reps):
        raise ShapeError(f"reps must not be negative, got {reps}")
    return jnp.tile(data, reps)


@operator("repeat", aliases=("_np_repeat",))
def repeat(data: jax.Array, *, repeats: int, axis: int | None = None) -> jax.Array:
    """Repeat each element along an axis, or of the flattened array. 0 repeats give shape (0,), whatever the axis."""
    if repeats < 0:
        raise ShapeError(f"repeats must not be negative, got {repeats}")
    if repeats == 0:
        return jnp.zeros((0,), data.dtype)
    if axis is None:
        return jnp.repeat(jnp.reshape(data, (data.size,)), repeats, axis=0)
    return jnp.repeat(data, repeats, axis=axis_of(axis, data.ndim))
