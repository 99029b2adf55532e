"""Operators that read or write elements by index: take, pick, gather_nd, scatter_nd, one_hot and their kin.

Indices of a float type are truncated towards zero, as MXNet does. An index out of range cannot raise
inside a compiled program: where MXNet raises, so do we when the index is at hand, else it is clipped.
"""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import Tracer

from gluax.errors import ArgumentError, OutOfRangeError, ShapeError
from gluax.ir.attributes import DType, Shape
from gluax.ops._elementwise import available, constant
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, attribute_type, fixed_type, given_shape, merge_shapes

_FLOAT32 = DType("float32")


def _integers(indices: jax.Array) -> jax.Array:
    """Indices as signed integers of at least 32 bits, without a gradient."""
    wide = indices.dtype.itemsize == 8
    return lax.stop_gradient(indices).astype(available("int64") if wide else jnp.int32)


def _check_range(indices: jax.Array, low: int, high: int, what: str) -> None:
    if isinstance(indices, Tracer) or not indices.size:
        return
    smallest, largest = int(indices.min()), int(indices.max())
    if smallest < low or largest >= high:
        wrong = smallest if smallest < low else largest
        raise OutOfRangeError(f"{what}: index {wrong} is out of range, expected {low} <= index < {high}")


@operator("take", aliases=("_npi_take",), looks=lambda attrs: attrs.mode == "raise")
def take(
    a: jax.Array, indices: jax.Array, *, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip"
) -> jax.Array:
    """Replace `axis` of a by the axes of indices. clip sends negative indices to 0; raise refuses them."""
    axis = axis_of(axis, a.ndim)
    index = _integers(indices)
    if mode == "raise":
        _check_range(index, 0, a.shape[axis], "take")
    return jnp.take(a, index, axis=axis, mode="wrap" if mode == "wrap" else "clip")


def _batch_take_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return [ins[0], ins[1] or "int32"], ins[:1]


@operator("batch_take", types=_batch_take_types)
def batch_take(a: jax.Array, indices: jax.Array) -> jax.Array:
    """One element of each row of a (N, M), out-of-range indices clipped; indices and result hold N elements."""
    if a.ndim != 2 or indices.size != a.shape[0]:
        raise ShapeError(f"expected a matrix and one index per row, got shapes {a.shape} and {indices.shape}")
    column = jnp.clip(_integers(indices).reshape(-1, 1), 0, a.shape[1] - 1)
    return jnp.reshape(jnp.take_along_axis(a, column, axis=1), indices.shape)


def _pick_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, index = ins[0], ins[1]
    if data is None or attrs.axis is None:
        return ins, outs
    axis = axis_of(attrs.axis, len(data))
    kept = (*data[:axis], 1, *data[axis + 1 :])
    reduced = (*data[:axis], *data[axis + 1 :]) or (1,)
    wanted = kept if index is not None and len(index) == len(kept) else reduced
    return [data, merge_shapes(index, wanted)], [merge_shapes(outs[0], kept if attrs.keepdims else reduced)]


@operator("pick", aliases=("choose_element_0index", "_npx_pick"), shapes=_pick_shapes)
def pick(
    data: jax.Array,
    index: jax.Array,
    *,
    axis: int | None = -1,
    keepdims: bool = False,
    mode: Literal["clip", "wrap"] = "clip",
) -> jax.Array:
    """One element along `axis` for each position of the other axes; index has the data's shape without it, or with 1.

    Picking from a vector gives shape (1,).
    """
    if axis is None:
        raise ArgumentError("pick needs an axis; MXNet does not support axis=None")
    axis = axis_of(axis, data.ndim)
    size = data.shape[axis]
    kept = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
    reduced = (*data.shape[:axis], *data.shape[axis + 1 :])
    if index.shape not in (kept, reduced):
        raise ShapeError(f"index must have shape {reduced} or {kept} for data of shape {data.shape}, got {index.shape}")
    place = jnp.reshape(_integers(index), kept)
    place = place % size if mode == "wrap" else jnp.clip(place, 0, size - 1)
    picked = jnp.take_along_axis(data, place, axis=axis)
    return picked if keepdims else jnp.reshape(picked, reduced or (1,))


def _coordinates(indices: jax.Array, rank: int) -> tuple[jax.Array, ...]:
    if indices.ndim < 2 or indices.shape[0] > rank:
        raise ShapeError(
            f"indices must have shape (M, ...) with M at most the rank {rank} of the indexed array, got {indices.shape}"
        )
    return tuple(_integers(indices))


@operator("gather_nd", aliases=("_npi_gather_nd", "_npx_gather_nd"), looks=lambda attrs: True)
def gather_nd(data: jax.Array, indices: jax.Array) -> jax.Array:
    """data[indices[0], ..., indices[M - 1]] for indices (M, ...); negative indices count from the end."""
    place = _coordinates(indices, data.ndim)
    for axis, index in enumerate(place):
        _check_range(index, -data.shape[axis], data.shape[axis], f"gather_nd, axis {axis}")
    return data.at[place].get(mode="clip")


def _scatter(target: jax.Array, values: jax.Array, indices: jax.Array) -> jax.Array:
    place = _coordinates(indices, target.ndim)
    wanted = (*indices.shape[1:], *target.shape[indices.shape[0] :])
    if values.shape != wanted:
        raise ShapeError(
            f"values must have shape {wanted} for indices {indices.shape} into {target.shape}, got {values.shape}"
        )
    return target.at[place].set(values, mode="drop")


@operator("scatter_nd", shapes=given_shape)
def scatter_nd(data: jax.Array, indices: jax.Array, *, shape: Shape) -> jax.Array:
    """Zeros of `shape` with data written at indices (M, ...). Which of several values for one place wins is open."""
    return _scatter(jnp.zeros(shape, data.dtype), data, indices)


def _scatter_set_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return [attrs.shape, *ins[1:]], [attrs.shape]


@operator("_scatter_set_nd", aliases=("_npi_scatter_set_nd",), shapes=_scatter_set_shapes)
def scatter_set_nd(lhs: jax.Array, rhs: jax.Array, indices: jax.Array, *, shape: Shape) -> jax.Array:
    """lhs, which has shape `shape`, with rhs written at indices (M, ...)."""
    if lhs.shape != shape:
        raise ShapeError(f"lhs has shape {lhs.shape}, but attribute shape is {shape}")
    return _scatter(lhs, rhs, indices)


@operator("one_hot", aliases=("_npx_one_hot",), types=attribute_type("dtype"))
def one_hot(
    indices: jax.Array, *, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: DType = _FLOAT32
) -> jax.Array:
    """A new last axis of size depth: on_value at the index, off_value elsewhere and for an index out of range."""
    kind = available(dtype)
    index = _integers(indices)[..., None]
    hit = index == lax.broadcasted_iota(index.dtype, (*indices.shape, depth), indices.ndim)
    return jnp.where(hit, constant(on_value, kind), constant(off_value, kind))


def _ravel_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    columns = merge_shapes(outs[0], None if ins[0] is None else ins[0][1:])
    if columns is None or not attrs.shape:
        return ins, outs
    return [merge_shapes(ins[0], (len(attrs.shape), *columns))], [columns]


@operator("_ravel_multi_index", aliases=("ravel_multi_index",), shapes=_ravel_shapes)
def ravel_multi_index(data: jax.Array, *, shape: Shape | None = None) -> jax.Array:
    """Flat indices of the columns of data (rank, N) in an array of `shape`, in the data's dtype; nothing is clipped."""
    if not shape or data.ndim != 2 or data.shape[0] != len(shape):
        raise ShapeError(f"data must have shape (len(shape), N), got {data.shape} for shape {shape}")
    rows = _integers(data)
    flat = rows[0]
    for size, row in zip(shape[1:], rows[1:]):
        flat = flat * size + row
    return flat.astype(data.dtype)


def _unravel_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    flat = merge_shapes(ins[0], None if outs[0] is None else outs[0][1:])
    if flat is None or not attrs.shape:
        return ins, outs
    return [flat], [merge_shapes(outs[0], (len(attrs.shape), *flat))]


@operator("_unravel_index", aliases=("unravel_index",), shapes=_unravel_shapes)
def unravel_index(data: jax.Array, *, shape: Shape | None = None) -> jax.Array:
    """Coordinates (rank, ...) of flat indices in an array of `shape`, in the data's dtype; nothing is clipped."""
    if not shape:
        raise ShapeError("unravel_index needs a shape of at least one dimension")
    rest, rows = _integers(data), []
    for size in shape[:0:-1]:
        divisor = jnp.full_like(rest, size)
        rows.append(lax.rem(rest, divisor))
        rest = lax.div(rest, divisor)
    return jnp.stack([rest, *rows[::-1]]).astype(data.dtype)


@operator("fill_element_0index")
def fill_element_0index(lhs: jax.Array, mhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """lhs (N, M) with lhs[i, rhs[i]] = mhs[i]."""
    if lhs.ndim != 2 or mhs.shape != lhs.shape[:1] or rhs.shape != lhs.shape[:1]:
        raise ShapeError(f"expected shapes (N, M), (N,) and (N,), got {lhs.shape}, {mhs.shape} and {rhs.shape}")
    rows = lax.iota(jnp.int32, lhs.shape[0])
    return lhs.at[rows, _integers(rhs).astype(jnp.int32)].set(mhs, mode="drop")


@operator("_contrib_index_copy")
def index_copy(old_tensor: jax.Array, index_vector: jax.Array, new_tensor: jax.Array) -> jax.Array:
    """old_tensor with the rows index_vector replaced by those of new_tensor, the last one winning."""
    wanted = (*index_vector.shape, *old_tensor.shape[1:])
    if index_vector.ndim != 1 or new_tensor.shape != wanted:
        raise ShapeError(
            f"expected one index per row of new_tensor, got shapes {old_tensor.shape}, {index_vector.shape}, "
            f"{new_tensor.shape}"
        )
    return old_tensor.at[_integers(index_vector)].set(new_tensor, mode="drop")


@operator("_contrib_index_array", types=fixed_type("int64"))
def index_array(data: jax.Array, *, axes: Shape | None = None) -> jax.Array:
    """The index of every element, (*data.shape, number of axes), or only its entries for `axes`; int64."""
    kind = available("int64")
    chosen = range(data.ndim) if axes is None else [axis_of(axis, data.ndim) for axis in axes]
    if not chosen:
        return jnp.zeros((*data.shape, 0), kind)
    return jnp.stack([lax.broadcasted_iota(kind, data.shape, axis) for axis in chosen], axis=-1)
