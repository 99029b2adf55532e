"""Operators that keep the order of the elements: Reshape, Flatten, expand_dims, squeeze, reshape_like."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._shapes import axes_of, axis_of, product
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


class _Source:
    """Reads the dimensions of the input one after another; -1 stands for an unknown one."""

    def __init__(self, dims: Sequence[int], codes: Sequence[int]) -> None:
        self.dims, self.codes, self.at = tuple(dims), tuple(codes), 0

    def next(self) -> int:
        if self.at >= len(self.dims):
            raise ShapeError(f"shape {self.codes} reads more dimensions than data of shape {self.dims} has")
        self.at += 1
        return self.dims[self.at - 1]

    def skip(self) -> None:
        self.at += 1

    def rest(self) -> tuple[int, ...]:
        found = self.dims[self.at :]
        self.at = len(self.dims)
        return found


def _split(dim: int, first: int, second: int) -> list[int]:
    """Split one dimension in two, of which one may be -1 and follows from the other."""
    if first == -1 and second == -1:
        raise ShapeError(f"cannot split dimension {dim}: only one of the two parts can be -1")
    if dim == -1:
        return [first, second]
    first = dim // second if first == -1 and second else first
    second = dim // first if second == -1 and first else second
    if first * second != dim:
        raise ShapeError(f"cannot split dimension {dim} into {first} x {second}")
    return [first, second]


def _fill(target: list[int], infer: int | None, size: int, what: object) -> tuple[int, ...]:
    """Replace the dimension to infer, when there is one and enough is known."""
    if infer is not None:
        others = product(target[:infer] + target[infer + 1 :])
        known = size != -1 and others > 0
        if known and size % others:
            raise ShapeError(f"cannot infer -1 in shape {what}: {size} elements are no multiple of {others}")
        target[infer] = size // others if known else -1
    return tuple(target)


# What the codes of the two families of reshapes mean.
_CODES = {0: "copy", -1: "infer", -2: "rest", -3: "merge", -4: "split"}
_NUMPY_CODES = {-1: "infer", -2: "copy", -3: "drop", -4: "rest", -5: "merge", -6: "split"}


def decode_shape(
    dims: Sequence[int], codes: Shape, reverse: bool, meanings: dict[int, str] = _CODES
) -> tuple[int, ...]:
    """Return what the codes mean for an input of these dimensions (-1: unknown)."""
    if reverse:
        return decode_shape(dims[::-1], codes[::-1], False, meanings)[::-1]
    source, target, infer = _Source(dims, codes), list[int](), None
    pending = iter(codes)
    for code in pending:
        meaning = meanings.get(code, "size" if code >= 0 else "unknown")
        if meaning in ("size", "infer"):
            if meaning == "infer":
                if infer is not None:
                    raise ShapeError(f"shape {codes} has -1 twice; only one dimension can be inferred")
                infer = len(target)
            target.append(code if meaning == "size" else 1)
            source.skip()
        elif meaning == "copy":
            target.append(source.next())
        elif meaning == "rest":
            target.extend(source.rest())
        elif meaning == "merge":
            target.append(product((source.next(), source.next())))
        elif meaning == "split":
            parts = list(itertools.islice(pending, 2))
            if len(parts) < 2:
                raise ShapeError(f"code {code} in shape {codes} must be followed by the two parts")
            target.extend(_split(source.next(), *parts))
        elif meaning == "drop":
            if source.next() != 1:
                raise ShapeError(f"code {code} in shape {codes} drops a dimension of 1; data has shape {tuple(dims)}")
        else:
            raise ShapeError(f"code {code} in shape {codes} is unknown; expected a size or one of {sorted(meanings)}")
    return _fill(target, infer, product(dims), codes)


def _decode_legacy(dims: Sequence[int], shape: Shape, keep_highest: bool) -> tuple[int, ...]:
    """Return what the old `target_shape` means: a single 0 is inferred; the first may be the input's."""
    target = list(shape)
    if keep_highest:
        target[0] = dims[0]
    unknown = [axis for axis in range(int(keep_highest), len(target)) if target[axis] == 0]
    return _fill(target, unknown[0] if len(unknown) == 1 else None, product(dims), shape)


def _target(
    dims: Sequence[int], shape: Shape, reverse: bool, target_shape: Shape, keep_highest: bool
) -> tuple[int, ...]:
    if shape or not target_shape:
        return decode_shape(dims, shape, reverse)
    return _decode_legacy(dims, target_shape, keep_highest)


def complete(shape: PartialShape, size: int) -> PartialShape:
    """Fill in the only unknown dimension of a shape whose number of elements is known."""
    if shape is None or size < 0 or shape.count(-1) != 1:
        return shape
    others = product([dim for dim in shape if dim != -1])
    if others <= 0 or size % others:
        return shape
    return tuple(size // others if dim == -1 else dim for dim in shape)


def _reshape_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, out = ins[0], outs[0]
    if data is None:
        return ins, outs
    out = merge_shapes(out, _target(data, **attrs))
    if out is not None:
        data = complete(data, product(out))
        out = complete(out, product(data or (-1,)))
    return [data], [out]


@operator("Reshape", aliases=("reshape",), shapes=_reshape_shapes)
def reshape(
    data: jax.Array, *, shape: Shape = (), reverse: bool = False, target_shape: Shape = (), keep_highest: bool = False
) -> jax.Array:
    """Reshape by MXNet's codes.

    0 copies a dimension, -1 infers one, -2 copies all the rest, -3 merges two, -4 splits one into the
    two sizes that follow. `reverse` reads both shapes from the right (so the split's sizes come before
    -4). The old `target_shape`, where one 0 is inferred, counts only when `shape` is empty.
    """
    return _reshaped(data, _target(data.shape, shape, reverse, target_shape, keep_highest))


def _reshaped(data: jax.Array, target: Sequence[int]) -> jax.Array:
    if -1 in target or product(target) != data.size:
        raise ShapeError(
            f"cannot reshape {data.size} elements of shape {data.shape} to {tuple(target)}; the sizes must agree"
        )
    return jnp.reshape(data, tuple(target))


@operator("_npx_reshape", aliases=("_npi_reshape",), hints=("order",))
def npx_reshape(a: jax.Array, *, newshape: Shape, reverse: bool = False) -> jax.Array:
    """Reshape by the codes of mx.npx: -1 infers, -2 copies, -3 drops a 1, -4 copies the rest, -5 merges, -6 splits.

    A 0 is a size here, not a code. MXNet reads `order` and does not act on it.
    """
    return _reshaped(a, decode_shape(a.shape, newshape, reverse, _NUMPY_CODES))


def _np_reshape_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, out = ins[0], merge_shapes(outs[0], attrs.newshape)
    if out is not None and data is not None:
        data = complete(data, product(out))
        out = complete(out, product(data or (-1,)))
    return [data], [out]


@operator("_np_reshape", shapes=_np_reshape_shapes, hints=("order",))
def np_reshape(a: jax.Array, *, newshape: Shape) -> jax.Array:
    """numpy.reshape in C order: at most one -1."""
    return _reshaped(a, decode_shape(a.shape, newshape, False, {-1: "infer"}))


def flatten_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Data (N, ...) and output (N, K) say of each other what they can."""
    data, out = ins[0], outs[0]
    if data is None or not data:
        return ins, outs
    out = merge_shapes(out, (data[0], product(data[1:])))
    if out is not None:
        data = merge_shapes(data, (out[0], *(complete(data[1:], out[1]) or ())))
    return [data], [out]


@operator("Flatten", aliases=("flatten", "_npx_batch_flatten"), shapes=flatten_shapes)
def flatten(data: jax.Array) -> jax.Array:
    """(N, ...) to (N, product of the rest); a vector (N,) becomes (N, 1)."""
    if data.ndim == 0:
        raise ShapeError("Flatten needs data of at least one dimension, got a scalar; reshape it to (1,) first")
    return jnp.reshape(data, (data.shape[0], product(data.shape[1:])))


def _expand_dims_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data, out = ins[0], outs[0]
    if data is not None:
        axis = axis_of(attrs.axis, len(data) + 1)
        out = merge_shapes(out, (*data[:axis], 1, *data[axis:]))
    if out is not None:
        axis = axis_of(attrs.axis, len(out))
        if out[axis] not in (1, -1):
            raise ShapeError(f"the output's axis {axis} should have size 1, but its shape is {out}")
        data = merge_shapes(data, (*out[:axis], *out[axis + 1 :]))
    return [data], [out]


@operator("expand_dims", aliases=("_npi_expand_dims",), shapes=_expand_dims_shapes)
def expand_dims(data: jax.Array, *, axis: int) -> jax.Array:
    """Insert an axis of size 1 before `axis`; negative axes count in the result."""
    return jnp.expand_dims(data, axis_of(axis, data.ndim + 1))


def _squeezed(data: jax.Array, axis: Shape | None) -> jax.Array:
    axes = tuple(i for i, dim in enumerate(data.shape) if dim == 1) if axis is None else axes_of(axis, data.ndim)
    wrong = [i for i in axes if data.shape[i] != 1]
    if wrong:
        raise ShapeError(f"cannot squeeze the axes {wrong} of data of shape {data.shape}: their size is not 1")
    return jnp.reshape(data, tuple(dim for i, dim in enumerate(data.shape) if i not in axes))


@operator("squeeze")
def squeeze(data: jax.Array, *, axis: Shape | None = None) -> jax.Array:
    """Remove axes of size 1, all of them by default; at least one axis stays, so (1, 1) becomes (1,)."""
    result = _squeezed(data, axis)
    return jnp.reshape(result, (1,)) if result.ndim == 0 else result


@operator("_np_squeeze")
def np_squeeze(a: jax.Array, *, axis: Shape | None = None) -> jax.Array:
    """Remove axes of size 1, all of them by default; (1, 1) becomes a scalar."""
    return _squeezed(a, axis)


def _span(begin: int | None, end: int | None, rank: int, side: str) -> tuple[int, int]:
    first = 0 if begin is None else begin + (rank if begin < 0 else 0)
    last = rank if end is None else end + (rank if end < 0 else 0)
    if not (0 <= first < last <= rank or first == last == rank == 0):
        raise ShapeError(f"{side}_begin={begin}, {side}_end={end} name no axes of {side}, which has rank {rank}")
    return first, last


@operator("reshape_like", aliases=("_npx_reshape_like",))
def reshape_like(
    lhs: jax.Array,
    rhs: jax.Array,
    *,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> jax.Array:
    """Replace the axes [lhs_begin, lhs_end) of lhs by the axes [rhs_begin, rhs_end) of rhs; all by default."""
    first, last = _span(lhs_begin, lhs_end, lhs.ndim, "lhs")
    start, stop = _span(rhs_begin, rhs_end, rhs.ndim, "rhs")
    return _reshaped(lhs, (*lhs.shape[:first], *rhs.shape[start:stop], *lhs.shape[last:]))
