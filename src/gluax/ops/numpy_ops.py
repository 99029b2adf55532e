"""mx.np's products and rearrangements: matmul, einsum, dot, tensordot, stacking, rolling, diagonals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._elementwise import is_float, require_same_type
from gluax.ops._shapes import axes_of, axis_of
from gluax.ops.joining import joined_shapes, npi_concatenate
from gluax.ops.operator import Attrs, ShapeRule
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, same_shape
from gluax.ops.slicing import split_shapes, split_v2


def _require_floats(name: str, *arrays: jax.Array) -> None:
    require_same_type(name, *arrays)
    if not is_float(arrays[0]):
        raise DTypeError(f"{name} takes floats only, got {arrays[0].dtype}; cast the data first")


def _contract(name: str, a: jax.Array, b: jax.Array, a_axes: Shape, b_axes: Shape) -> jax.Array:
    sizes, others = [a.shape[i] for i in a_axes], [b.shape[i] for i in b_axes]
    if sizes != others:
        raise ShapeError(f"{name} cannot multiply shapes {a.shape} and {b.shape}: sums over {sizes} and {others}")
    return lax.dot_general(a, b, ((a_axes, b_axes), ((), ())))


Pairs = Callable[[Attrs, int, int], Sequence[tuple[int, int]]]


def _contraction_shapes(pairs: Pairs) -> ShapeRule:
    """Sizes that are summed over agree; `pairs` names their axes, given the attributes and both ranks."""

    def rule(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        if not ins[0] or not ins[1]:
            return ins, outs
        a, b = list(ins[0]), list(ins[1])
        for i, j in pairs(attrs, len(a), len(b)):
            a[i] = b[j] = max(a[i], b[j])
        return [tuple(a), tuple(b)], outs

    return rule


def _inner_axes(attrs: Attrs, a_rank: int, b_rank: int) -> list[tuple[int, int]]:
    """numpy's dot: the last axis with the last but one, or a vector's only one."""
    return [(a_rank - 1, max(b_rank - 2, 0))]


def _last_and_first_axes(attrs: Attrs, a_rank: int, b_rank: int) -> list[tuple[int, int]]:
    return [(a_rank - attrs.axes + i, i) for i in range(attrs.axes)] if attrs.axes <= min(a_rank, b_rank) else []


@operator("_npi_matmul", shapes=_contraction_shapes(_inner_axes))
def npi_matmul(a: jax.Array, b: jax.Array) -> jax.Array:
    """numpy.matmul of floats: (..., M, K) by (..., K, N), the leading axes broadcast; vectors as in numpy."""
    _require_floats("matmul", a, b)
    if not a.ndim or not b.ndim:
        raise ShapeError("matmul does not take scalars; multiply instead")
    if a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        raise ShapeError(f"matmul cannot multiply shapes {a.shape} and {b.shape}: the inner sizes must agree")
    return jnp.matmul(a, b)


@operator("_npi_einsum", hints=("optimize",))
def npi_einsum(*data: jax.Array, num_args: int, subscripts: str = "") -> jax.Array:
    """numpy.einsum of arrays of one dtype; the order of contractions is chosen for speed."""
    require_same_type("einsum", *data)
    return jnp.einsum(subscripts.replace(" ", ""), *data)


@operator("_np_dot", shapes=_contraction_shapes(_inner_axes))
def np_dot(a: jax.Array, b: jax.Array) -> jax.Array:
    """numpy.dot of floats: the last axis of a with the last but one of b; scalars multiply."""
    _require_floats("dot", a, b)
    if not a.ndim or not b.ndim:
        return a * b
    return _contract("dot", a, b, (a.ndim - 1,), (max(b.ndim - 2, 0),))


@operator(
    "_npi_tensordot",
    shapes=_contraction_shapes(
        lambda attrs, a, b: list(zip(axes_of(attrs.a_axes_summed, a), axes_of(attrs.b_axes_summed, b)))
    ),
)
def npi_tensordot(a: jax.Array, b: jax.Array, *, a_axes_summed: Shape, b_axes_summed: Shape) -> jax.Array:
    """Sum over pairs of axes of a and b; the other axes of a come first."""
    _require_floats("tensordot", a, b)
    return _contract("tensordot", a, b, axes_of(a_axes_summed, a.ndim), axes_of(b_axes_summed, b.ndim))


@operator("_npi_tensordot_int_axes", shapes=_contraction_shapes(_last_and_first_axes))
def npi_tensordot_int_axes(a: jax.Array, b: jax.Array, *, axes: int) -> jax.Array:
    """Sum over the last `axes` axes of a and the first of b."""
    _require_floats("tensordot", a, b)
    if not 0 <= axes <= min(a.ndim, b.ndim):
        raise ShapeError(f"axes={axes} must lie between 0 and the ranks of {a.shape} and {b.shape}")
    return _contract("tensordot", a, b, tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))


def _at_least(array: jax.Array, rank: int) -> jax.Array:
    """Add axes as numpy's atleast_ functions do: in front, but a matrix gets its third axis behind."""
    shape = array.shape
    if rank == 3 and 0 < array.ndim < 3:
        return jnp.reshape(array, (1, *shape, 1) if array.ndim == 1 else (*shape, 1))
    return jnp.reshape(array, (1,) * (rank - array.ndim) + shape)


def _register_atleast(rank: int) -> None:
    def run(*arys: jax.Array, num_args: int) -> tuple[jax.Array, ...]:
        return tuple(_at_least(lax.stop_gradient(array), rank) for array in arys)

    run.__name__, run.__doc__ = (
        f"np_atleast_{rank}d",
        f"Each array with at least {rank} axes; no gradient.",
    )
    operator(f"_np_atleast_{rank}d", outputs=lambda attrs: attrs.num_args)(run)


for _rank in (1, 2, 3):
    _register_atleast(_rank)


def _vstack_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if () in ins:
        return ins, outs
    vectors = [shape is not None and len(shape) == 1 for shape in ins]
    lifted = [(1, *shape) if shape and flat else shape for shape, flat in zip(ins, vectors)]
    lifted, outs = joined_shapes(lifted, outs, 0)
    # What was not known may be a vector or a matrix.
    found = [shape[1:] if shape and flat else shape for shape, flat in zip(lifted, vectors)]
    return [new if old is not None else None for old, new in zip(ins, found)], outs


def _hstack_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    rank = next((len(shape) for shape in (*ins, *outs) if shape is not None), 0)
    return joined_shapes(ins, outs, min(rank - 1, 1)) if rank else (ins, outs)


@operator("_npi_vstack", shapes=_vstack_shapes)
def npi_vstack(*data: jax.Array, num_args: int) -> jax.Array:
    """Join along axis 0; vectors are rows."""
    return npi_concatenate(*[_at_least(array, 2) for array in data], num_args=num_args, axis=0)


@operator("_npi_hstack", shapes=_hstack_shapes, hints=("dim",))
def npi_hstack(*data: jax.Array, num_args: int) -> jax.Array:
    """Join along axis 1, vectors along their only axis."""
    arrays = [_at_least(array, 1) for array in data]
    return npi_concatenate(*arrays, num_args=num_args, axis=min(arrays[0].ndim - 1, 1))


@operator("_npi_dstack", hints=("dim",))
def npi_dstack(*data: jax.Array, num_args: int) -> jax.Array:
    """Join along axis 2."""
    return npi_concatenate(*[_at_least(array, 3) for array in data], num_args=num_args, axis=2)


@operator("_npi_column_stack")
def npi_column_stack(*data: jax.Array, num_args: int) -> jax.Array:
    """Join along axis 1; vectors are columns."""
    columns = [array if array.ndim > 1 else jnp.reshape(array, (array.size, 1)) for array in data]
    return npi_concatenate(*columns, num_args=num_args, axis=1)


def _parts(attrs: Attrs) -> int:
    return attrs.sections or len(attrs.indices)


def _split_rule(axis: int) -> ShapeRule:
    def rule(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        if not ins[0]:
            return ins, outs
        return split_shapes(ins, outs, min(len(ins[0]) - 1, axis), attrs.squeeze_axis)

    return rule


@operator("_npi_hsplit", outputs=_parts, shapes=_split_rule(1))
def npi_hsplit(
    data: jax.Array, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> tuple[jax.Array, ...]:
    """Split along axis 1, a vector along its only axis."""
    return split_v2(data, indices=indices, axis=min(data.ndim - 1, 1), squeeze_axis=squeeze_axis, sections=sections)


@operator("_npi_dsplit", outputs=_parts, shapes=_split_rule(2))
def npi_dsplit(
    data: jax.Array, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> tuple[jax.Array, ...]:
    """Split along axis 2."""
    return split_v2(data, indices=indices, axis=2, squeeze_axis=squeeze_axis, sections=sections)


@operator("_npi_flip", shapes=same_shape)
def npi_flip(data: jax.Array, *, axis: Shape | None) -> jax.Array:
    """Reverse the order along each of the axes, all for None."""
    return lax.rev(data, tuple(range(data.ndim)) if axis is None else axes_of(axis, data.ndim))


@operator("_np_roll", shapes=same_shape)
def np_roll(data: jax.Array, *, shift: Shape | None = None, axis: Shape | None = None) -> jax.Array:
    """Move elements by `shift` along each axis, what falls off coming back in front; flattened without axes."""
    if not shift or (axis is None and len(shift) > 1) or (axis and len(shift) not in (1, len(axis))):
        raise ShapeError(f"shift {shift} must hold one number, or one per axis of {axis}")
    if axis is None:
        return jnp.reshape(jnp.roll(jnp.reshape(data, (data.size,)), shift), data.shape)
    return jnp.roll(data, shift if len(shift) > 1 else shift * len(axis), axes_of(axis, data.ndim))


@operator("_np_moveaxis")
def np_moveaxis(a: jax.Array, *, source: Shape, destination: Shape) -> jax.Array:
    """Move axes to new places; the others keep their order."""
    return jnp.moveaxis(a, axes_of(source, a.ndim), axes_of(destination, a.ndim))


@operator("_npi_rot90")
def npi_rot90(data: jax.Array, *, k: int = 1, axes: Shape | None = None) -> jax.Array:
    """Turn by k quarters in the plane of two axes, from the first towards the second."""
    first, second = axes_of(axes or (0, 1), data.ndim)
    return jnp.rot90(data, k, (first, second))


@operator("_npi_broadcast_to")
def npi_broadcast_to(array: jax.Array, *, shape: Shape = ()) -> jax.Array:
    """numpy.broadcast_to: new axes come in front."""
    return jnp.broadcast_to(array, shape)


@operator("_npi_tril")
def npi_tril(data: jax.Array, *, k: int = 0) -> jax.Array:
    """The part of the last two axes on and below diagonal k; a vector is first repeated as rows."""
    return jnp.tril(data if data.ndim > 1 else jnp.broadcast_to(data, (data.size, data.size)), k)


@operator("_np_diag")
def np_diag(data: jax.Array, *, k: int = 0) -> jax.Array:
    """Diagonal k of a matrix, or the matrix with a vector there."""
    return jnp.diag(data, k)


@operator("_np_diagflat")
def np_diagflat(data: jax.Array, *, k: int = 0) -> jax.Array:
    """The matrix with the flattened data on diagonal k."""
    return jnp.diag(jnp.reshape(data, (data.size,)), k)


@operator("_np_diagonal")
def np_diagonal(data: jax.Array, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> jax.Array:
    """A diagonal over two axes, put last."""
    return jnp.diagonal(data, offset, axis_of(axis1, data.ndim), axis_of(axis2, data.ndim))


@operator("_np_trace")
def np_trace(data: jax.Array, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> jax.Array:
    """The sum of a diagonal over two axes, in the data's dtype."""
    return jnp.sum(np_diagonal(data, offset=offset, axis1=axis1, axis2=axis2), -1, dtype=data.dtype)
