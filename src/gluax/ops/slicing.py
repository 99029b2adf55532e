"""Operators that take parts of an array, or put parts in: slices, splits, crops, flips and padding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._elementwise import constant
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes, same_shape

Bounds = tuple[int | None, ...]


def _slices(rank: int, begin: Bounds, end: Bounds, step: Bounds) -> list[slice]:
    """Python slices of the first axes; None and a missing step mean what they mean in Python."""
    steps = step or (None,) * len(begin)
    if not len(begin) == len(end) == len(steps) or len(begin) > rank:
        raise ShapeError(f"begin {begin}, end {end} and step {step} must be of one length, at most the rank {rank}")
    if 0 in steps:
        raise ShapeError(f"step {step} must not hold 0")
    return [slice(*bounds) for bounds in zip(begin, end, steps)]


def _slice_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = ins[0]
    if data is None:
        return ins, outs
    parts = _slices(len(data), attrs.begin, attrs.end, attrs.step)
    # A symbolic size is known, so that running the operator tells what becomes of it.
    sizes = [
        -1 if dim == -1 or not isinstance(dim, int) else len(range(*p.indices(dim))) for p, dim in zip(parts, data)
    ]
    return ins, [merge_shapes(outs[0], (*sizes, *data[len(sizes) :]))]


@operator("slice", aliases=("crop", "_npi_slice", "_npx_slice", "_sparse_slice"), shapes=_slice_shapes)
def slice_(data: jax.Array, *, begin: Bounds, end: Bounds, step: Bounds = ()) -> jax.Array:
    """data[begin[0]:end[0]:step[0], ...] with Python's meaning of None, negative numbers and ends out of range."""
    return data[tuple(_slices(data.ndim, begin, end, step))]


@operator("slice_axis")
def slice_axis(data: jax.Array, *, axis: int, begin: int, end: int | None) -> jax.Array:
    """The part [begin, end) of one axis, which must lie inside and not be empty; None is the end of the axis."""
    axis = axis_of(axis, data.ndim)
    size = data.shape[axis]
    first = begin + (size if begin < 0 else 0)
    last = size if end is None else end + (size if end < 0 else 0)
    if not 0 <= first < last <= size:
        raise ShapeError(f"begin={begin}, end={end} name no part of axis {axis} of data of shape {data.shape}")
    return lax.slice_in_dim(data, first, last, axis=axis)


def _slice_like_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, like = ins
    if data is None or like is None or not (attrs.axes or len(data) == len(like)):
        return ins, outs
    cut = list(data)
    for axis in attrs.axes or range(len(data)):
        cut[axis_of(axis, len(data))] = like[axis_of(axis, len(like))]
    return ins, [tuple(cut)]


@operator("slice_like", shapes=_slice_like_shapes)
def slice_like(data: jax.Array, shape_like: jax.Array, *, axes: Shape = ()) -> jax.Array:
    """Cut `axes` of data (all by default) down to the sizes that shape_like has there."""
    if not axes and data.ndim != shape_like.ndim:
        raise ShapeError(f"without axes the ranks must agree, got shapes {data.shape} and {shape_like.shape}")
    limits = list(data.shape)
    for axis in [axis_of(axis, data.ndim) for axis in axes] or range(data.ndim):
        wanted = shape_like.shape[axis_of(axis, shape_like.ndim)]
        if wanted > data.shape[axis]:
            raise ShapeError(f"axis {axis} of data of shape {data.shape} is shorter than the wanted {wanted}")
        limits[axis] = wanted
    return lax.slice(data, [0] * data.ndim, limits)


def _pieces(data: jax.Array, sizes: Sequence[int], axis: int, squeeze_axis: bool) -> tuple[jax.Array, ...]:
    if squeeze_axis and any(size != 1 for size in sizes):
        raise ShapeError(f"squeeze_axis needs pieces of size 1, got {list(sizes)} from data of shape {data.shape}")
    pieces = lax.split(data, tuple(sizes), axis)
    return tuple(lax.squeeze(piece, (axis,)) for piece in pieces) if squeeze_axis else tuple(pieces)


def _channel_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Both ways: MXNet leaves the input unknown where its rank is, we fill it from any output."""
    data, count = ins[0], attrs.num_outputs
    piece: PartialShape = None
    for out in outs:
        piece = merge_shapes(piece, out)
    if piece is not None:
        axis = axis_of(attrs.axis, len(piece) + attrs.squeeze_axis)
        if attrs.squeeze_axis:
            whole = (*piece[:axis], count, *piece[axis:])
        else:
            whole = tuple(d * count if i == axis and d != -1 else d for i, d in enumerate(piece))
        data = merge_shapes(data, whole)
    if data is not None:
        axis = axis_of(attrs.axis, len(data))
        if attrs.squeeze_axis:
            piece = (*data[:axis], *data[axis + 1 :])
        else:
            piece = tuple(d // count if i == axis and d != -1 else d for i, d in enumerate(data))
    return [data], [piece] * count


@operator(
    "SliceChannel",
    aliases=("split",),
    outputs=lambda attrs: attrs.num_outputs,
    output_names=lambda attrs: [f"output{i}" for i in range(attrs.num_outputs)],
    shapes=_channel_shapes,
)
def slice_channel(
    data: jax.Array, *, num_outputs: int, axis: int = 1, squeeze_axis: bool = False
) -> tuple[jax.Array, ...]:
    """Split an axis into num_outputs equal pieces; squeeze_axis drops it when the pieces have size 1."""
    axis = axis_of(axis, data.ndim)
    if num_outputs < 1 or data.shape[axis] % num_outputs:
        raise ShapeError(f"axis {axis} of data of shape {data.shape} cannot be split into {num_outputs} equal pieces")
    return _pieces(data, [data.shape[axis] // num_outputs] * num_outputs, axis, squeeze_axis)


def _split_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return split_shapes(ins, outs, attrs.axis, attrs.squeeze_axis)


def split_shapes(ins: Shapes, outs: Shapes, axis: int, squeezed: bool) -> tuple[Shapes, Shapes]:
    """The pieces and the whole agree in all axes but the one that is split, which squeezed pieces lack."""
    if ins[0] is None:
        return ins, outs
    axis = axis_of(axis, len(ins[0]))
    whole: PartialShape = ins[0]
    for out in outs:
        if out is not None:
            whole = merge_shapes(whole, (*out[:axis], -1, *out[axis + (not squeezed) :]))
    assert whole is not None
    middle = () if squeezed else (-1,)
    return [whole], [merge_shapes(out, (*whole[:axis], *middle, *whole[axis + 1 :])) for out in outs]


@operator(
    "_split_v2",
    aliases=("_npi_split",),
    outputs=lambda attrs: attrs.sections or len(attrs.indices),
    shapes=_split_shapes,
)
def split_v2(
    data: jax.Array, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> tuple[jax.Array, ...]:
    """Split an axis at `indices`, which begin with 0, or into `sections` pieces, the first ones longer by at most 1."""
    axis = axis_of(axis, data.ndim)
    size = data.shape[axis]
    if sections > 0:
        short, longer = divmod(size, sections)
        sizes = [short + 1] * longer + [short] * (sections - longer)
    else:
        sizes = [last - first for first, last in pairwise((*indices, size))]
        if indices[:1] != (0,) or any(piece < 0 for piece in sizes):
            raise ShapeError(f"indices {indices} must rise from 0 to at most {size}, the size of axis {axis}")
    return _pieces(data, sizes, axis, squeeze_axis)


def _crop_inputs(attrs: Attrs) -> tuple[str, ...]:
    return tuple(f"arg{i}" for i in range(attrs.num_args))


def _crop_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    sizes = attrs.h_w if len(ins) == 1 else ins[1] and ins[1][2:]
    return ins, [(*ins[0][:2], *sizes)] if ins[0] and sizes else outs


@operator("Crop", inputs=_crop_inputs, shapes=_crop_shapes)
def crop(
    data: jax.Array,
    crop_like: jax.Array | None = None,
    *,
    num_args: int,
    offset: Shape = (0, 0),
    h_w: Shape = (0, 0),
    center_crop: bool = False,
) -> jax.Array:
    """Cut (N, C, H, W) to the height and width of the second input, or to h_w, at `offset` or from the middle."""
    if data.ndim != 4 or len(offset) != 2 or len(h_w) != 2:
        raise ShapeError(f"Crop needs data (N, C, H, W) and pairs, got {data.shape}, offset {offset}, h_w {h_w}")
    sizes = h_w if crop_like is None else crop_like.shape[2:]
    spaces = [own - wanted for own, wanted in zip(data.shape[2:], sizes)]
    first = [space // 2 for space in spaces] if center_crop else offset
    if any(size < 1 or not 0 <= start <= space for size, start, space in zip(sizes, first, spaces)):
        raise ShapeError(f"data of shape {data.shape} has no part of size {tuple(sizes)} at offset {tuple(first)}")
    ends = [start + size for start, size in zip(first, sizes)]
    return lax.slice(data, (0, 0, *first), (*data.shape[:2], *ends))


@operator("reverse", aliases=("flip",), shapes=same_shape)
def reverse(data: jax.Array, *, axis: Shape) -> jax.Array:
    """Reverse the order along each of the axes, counted from the front; naming one twice restores it."""
    if any(not 0 <= a < data.ndim for a in axis):
        raise ShapeError(f"axis {axis} must lie in [0, {data.ndim}); MXNet's reverse takes no negative axes")
    return lax.rev(data, [a for a in range(data.ndim) if axis.count(a) % 2])


def _assign(data: jax.Array, value: jax.Array, slices: list[slice]) -> jax.Array:
    if all(part.step in (None, 1) for part in slices) and all(isinstance(size, int) for size in data.shape):
        starts = [part.indices(size)[0] for part, size in zip(slices, data.shape)]
        return lax.dynamic_update_slice(data, value, starts + [0] * (data.ndim - len(starts)))
    return data.at[tuple(slices)].set(value)


def _part_shape(data: jax.Array, slices: list[slice]) -> tuple[int, ...]:
    return jax.eval_shape(lambda whole: whole[tuple(slices)], data).shape


def _slice_assign_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    whole, part = merge_shapes(ins[0], outs[0]), ins[1]
    if whole is not None:
        slices = _slices(len(whole), attrs.begin, attrs.end, attrs.step)
        sizes = [-1 if size == -1 else len(range(*cut.indices(size))) for cut, size in zip(slices, whole)]
        part = merge_shapes(part, (*sizes, *whole[len(sizes) :]))
    return [whole, part], [whole]


@operator("_slice_assign", aliases=("_crop_assign", "_npi_slice_assign"), shapes=_slice_assign_shapes)
def slice_assign(lhs: jax.Array, rhs: jax.Array, *, begin: Bounds, end: Bounds, step: Bounds = ()) -> jax.Array:
    """lhs with the slice replaced by rhs, which has exactly the slice's shape."""
    slices = _slices(lhs.ndim, begin, end, step)
    shape = _part_shape(lhs, slices)
    if rhs.shape != shape:
        raise ShapeError(f"the slice has shape {shape}, but rhs has shape {rhs.shape}; broadcast it first")
    return _assign(lhs, rhs, slices)


@operator("_slice_assign_scalar", aliases=("_crop_assign_scalar", "_npi_slice_assign_scalar"), shapes=same_shape)
def slice_assign_scalar(
    data: jax.Array, *, scalar: float = 0.0, begin: Bounds, end: Bounds, step: Bounds = ()
) -> jax.Array:
    """Data with the slice filled with `scalar`, truncated to an integer for integer data."""
    slices = _slices(data.ndim, begin, end, step)
    value = jnp.broadcast_to(constant(scalar, data.dtype), _part_shape(data, slices))
    return _assign(data, value, slices)


@operator("Pad", aliases=("pad",))
def pad(
    data: jax.Array, *, mode: Literal["constant", "edge", "reflect"], pad_width: Shape, constant_value: float = 0.0
) -> jax.Array:
    """Pad the spatial axes of (N, C, H, W) or (N, C, D, H, W); pad_width holds a pair (before, after) per axis."""
    pairs = list(zip(pad_width[::2], pad_width[1::2]))
    if data.ndim not in (4, 5) or len(pad_width) != 2 * data.ndim or any(pad_width[:4]) or min(pad_width) < 0:
        raise ShapeError(
            f"Pad needs data of rank 4 or 5 and a pad_width of two numbers per axis, the first four of them 0; "
            f"got shape {data.shape} and pad_width {pad_width}"
        )
    if mode == "constant":
        return lax.pad(data, constant(constant_value, data.dtype), [(*pair, 0) for pair in pairs])
    if mode == "reflect" and any(max(pair) >= size for pair, size in zip(pairs, data.shape)):
        raise ShapeError(f"reflection needs pads smaller than the data: got {pad_width} for shape {data.shape}")
    return jnp.pad(data, pairs, mode=mode)
