"""Operators whose output shape depends on data, and their kin: boolean masks, nonzero, unique, delete, insert.

Those that must look at values to know a shape raise `DynamicShapeError` while a function is traced; the others do not,
but refuse what does not fit as long as values are at hand.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer

from gluax.errors import ArgumentError, DTypeError, OutOfRangeError, ShapeError
from gluax.ops._checks import require_values
from gluax.ops._elementwise import available, constant, is_float, refuse_booleans, to_integer
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, fixed_type


def _first_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """The output is of the first input's type, whatever the others' are."""
    return ins, [ins[0]]


def _keeps_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """The output has the first input's shape."""
    return ins, [ins[0] if outs[0] is None else outs[0]]


@operator("_contrib_boolean_mask", aliases=("_npi_boolean_mask",), types=_first_type, looks=lambda attrs: True)
def boolean_mask(data: jax.Array, index: jax.Array, *, axis: int = 0) -> jax.Array:
    """The rows of data where the vector `index` is not 0. Differentiable by data."""
    if axis != 0 or index.ndim != 1 or data.shape[:1] != index.shape:
        raise ShapeError(
            f"boolean_mask expects axis=0 and one number of index per row of data, got axis={axis}, data of shape "
            f"{data.shape} and index of shape {index.shape}"
        )
    chosen = require_values(lax.stop_gradient(index), "boolean_mask", "where(index, data, 0), which keeps the shape")
    return data[np.flatnonzero(chosen)]


@operator("_npx_nonzero", aliases=("_npi_nonzero",), types=fixed_type("int64"), looks=lambda attrs: True)
def npx_nonzero(x: jax.Array) -> jax.Array:
    """Positions (N, rank) of the elements that are not 0, int64, in row-major order; a scalar counts as a vector."""
    values = require_values(lax.stop_gradient(x), "nonzero", "a mask, x != 0")
    return jnp.asarray(np.argwhere(np.atleast_1d(values)), available("int64"))


def _unique_wanted(attrs: Attrs) -> list[str]:
    return [name for name in ("return_index", "return_inverse", "return_counts") if attrs[name]]


def _unique_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, [ins[0], *["int64"] * len(_unique_wanted(attrs))]


@operator(
    "_npi_unique",
    outputs=lambda attrs: 1 + len(_unique_wanted(attrs)),
    types=_unique_types,
    looks=lambda attrs: True,
)
def npi_unique(
    data: jax.Array,
    *,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> jax.Array | tuple[jax.Array, ...]:
    """Sorted distinct elements of the flat data, or distinct slices along `axis` in lexical order.

    On demand with the first position of each, the place of each element among them, and how often each comes (int64).
    """
    refuse_booleans("unique", data)
    values = require_values(lax.stop_gradient(data), "unique", "sort, which keeps the shape")
    if values.size == 0:  # of shape (0,) whatever the axis, as in MXNet
        values, axis = values.reshape(-1), None
    along = None if axis is None else axis_of(axis, values.ndim)
    found: Any = np.unique(values, return_index, return_inverse, return_counts, along)
    results = found if isinstance(found, tuple) else (found,)
    rest = [jnp.asarray(part.reshape(-1), available("int64")) for part in results[1:]]
    return (jnp.asarray(results[0]), *rest)


def _masked_axes(data: jax.Array, mask: jax.Array, start_axis: int) -> jax.Array:
    """The mask with axes of size 1 for those it does not cover, as booleans of data's rank."""
    first, last = start_axis, start_axis + mask.ndim
    if not 0 <= first <= last <= data.ndim or data.shape[first:last] != mask.shape:
        raise ShapeError(
            f"a mask of shape {mask.shape} does not fit axes {first} to {last - 1} of data of shape {data.shape}"
        )
    return mask.astype(bool).reshape((1,) * first + mask.shape + (1,) * (data.ndim - last))


@operator("_npi_boolean_mask_assign_scalar", shapes=_keeps_shape, types=_first_type)
def npi_boolean_mask_assign_scalar(data: jax.Array, mask: jax.Array, *, value: float, start_axis: int = 0) -> jax.Array:
    """Data with `value` where the mask, which covers the axes from `start_axis` on, is not 0."""
    wanted = np.asarray(value != 0) if data.dtype == np.bool_ else constant(value, data.dtype)
    return jnp.where(_masked_axes(data, mask, start_axis), wanted, data)


def _assign_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    known = ins[0] or ins[2]
    return [known, ins[1], known], [known]


@operator("_npi_boolean_mask_assign_tensor", shapes=_keeps_shape, types=_assign_types, looks=lambda attrs: True)
def npi_boolean_mask_assign_tensor(
    data: jax.Array, mask: jax.Array, value: jax.Array, *, start_axis: int = 0
) -> jax.Array:
    """Data with values where the mask, which covers the axes from `start_axis` on, is not 0.

    `value` has data's shape with one axis of as many elements as the mask chooses in place of those it covers, or of
    one element; axes in front may be missing. A wrong number is refused where the mask is at hand.
    """
    if value.dtype != data.dtype:
        raise DTypeError(
            f"boolean_mask_assign expects values of data's dtype {data.dtype}, got {value.dtype}; cast them"
        )
    place = _masked_axes(data, mask, start_axis)
    shape = (*data.shape[:start_axis], -1, *data.shape[start_axis + mask.ndim :])
    full = value.reshape((1,) * (len(shape) - value.ndim) + value.shape)
    needed = -1 if isinstance(mask, Tracer) else int(np.count_nonzero(np.asarray(mask)))
    fits = full.ndim == len(shape) and all(own in (1, dim) or dim == -1 for own, dim in zip(full.shape, shape))
    if not fits or (needed > 0 and full.shape[start_axis] not in (1, needed)):
        raise ShapeError(
            f"values of shape {value.shape} do not fit what a mask of shape {mask.shape} from axis {start_axis} on "
            f"chooses in data of shape {data.shape}{f', {needed} places' if needed >= 0 else ''}"
        )
    if full.shape[start_axis] == 0:
        return data
    order = jnp.cumsum(mask.astype(bool).reshape(-1), dtype=np.int32) - 1
    spread = jnp.take(full, order, axis=start_axis, mode="clip")
    back = spread.shape[start_axis + 1 :]
    return jnp.where(place, spread.reshape(*spread.shape[:start_axis], *mask.shape, *back), data)


def _flat(arr: jax.Array, axis: int | None) -> tuple[jax.Array, int]:
    """The array, flattened when there is no axis, and the axis from the left."""
    return (arr.reshape(-1), 0) if axis is None else (arr, axis_of(axis, arr.ndim))


def _require_inside(name: str, index: Any, size: int) -> None:
    """Refuse places that are at hand and lie outside [-size, size]."""
    if not isinstance(index, Tracer):
        found = np.asarray(index)
        if ((found < -size) | (found > size)).any():
            raise OutOfRangeError(f"{name} expects indices from {-size} to {size}, got {found.tolist()}")


def _slots(places: jax.Array, count: int, single: bool) -> jax.Array:
    """Where inserted elements come to lie: those before the same old place keep their order."""
    if single:
        return places + lax.iota(places.dtype, count)
    order = jnp.argsort(places, stable=True)
    return jnp.zeros_like(places).at[order].set(places[order] + lax.iota(places.dtype, count))


def _insert(name: str, arr: jax.Array, values: jax.Array, index: Any, axis: int | None) -> jax.Array:
    """numpy.insert: values before old places `index`, a scalar or a vector, which may be traced."""
    flat, along = _flat(arr, axis)
    size, single = flat.shape[along], index.size == 1
    _require_inside(name, index, size)
    places = jnp.asarray(index, np.int32).reshape(-1)
    places = jnp.where(places < 0, places + size, places)
    wide = values.reshape((1,) * (flat.ndim - values.ndim) + values.shape)
    wide = jnp.moveaxis(wide, 0, along) if index.ndim == 0 else wide
    count = wide.shape[along] if single else index.size
    shape = (*flat.shape[:along], count, *flat.shape[along + 1 :])
    if wide.ndim != flat.ndim or any(own not in (1, dim) for own, dim in zip(wide.shape, shape)):
        raise ShapeError(f"{name} expects values that broadcast to {shape}, got shape {values.shape}")
    cast = to_integer(wide, flat.dtype) if is_float(wide) and not is_float(flat) else wide.astype(flat.dtype)
    new = _slots(places, count, single)
    old = jnp.ones(size + count, np.int32).at[new].set(0)
    source = (jnp.cumsum(old, dtype=np.int32) - 1).at[new].set(size + lax.iota(np.int32, count))
    return jnp.take(jnp.concatenate([flat, jnp.broadcast_to(cast, shape)], along), source, axis=along)


def _given(name: str, values: jax.Array | None, val: float | None, dtype: Any) -> jax.Array:
    if values is not None:
        return values
    if val is None:
        raise ArgumentError(f"{name} needs what to insert: the input values or the attribute val")
    return jnp.asarray(constant(val, dtype))


def _span(start: int | None, stop: int | None, step: int | None, size: int) -> np.ndarray:
    return np.arange(*slice(start, stop, step).indices(size))


def _one_value(attrs: Attrs) -> tuple[str, ...]:
    return ("arr", "values") if attrs.val is None else ("arr",)


@operator("_npi_insert_scalar", inputs=_one_value, types=_first_type, hints=("start", "stop", "step"))
def npi_insert_scalar(
    arr: jax.Array,
    values: jax.Array | None = None,
    *,
    val: float | None = None,
    int_ind: int | None = None,
    axis: int | None = None,
) -> jax.Array:
    """numpy.insert of values, or the number `val`, before place `int_ind` of an axis, or of the flat array."""
    if int_ind is None:
        raise ArgumentError("insert needs the place int_ind")
    new = _given("insert", values, val, arr.dtype)
    return _insert("insert", arr, new, np.asarray(int_ind), axis)


@operator("_npi_insert_slice", inputs=_one_value, types=_first_type, hints=("int_ind",))
def npi_insert_slice(
    arr: jax.Array,
    values: jax.Array | None = None,
    *,
    val: float | None = None,
    start: int | None = None,
    stop: int | None = None,
    step: int | None = None,
    axis: int | None = None,
) -> jax.Array:
    """numpy.insert of values, or the number `val`, before each place of a slice of an axis, or of the flat array."""
    places = _span(start, stop, step, arr.size if axis is None else arr.shape[axis])
    return _insert("insert", arr, _given("insert", values, val, arr.dtype), places, axis)


@operator(
    "_npi_insert_tensor",
    inputs=lambda attrs: (*_one_value(attrs), "obj"),
    types=_first_type,
    hints=("start", "stop", "step", "int_ind"),
    looks=lambda attrs: True,
)
def npi_insert_tensor(
    arr: jax.Array,
    values: jax.Array,
    obj: jax.Array | None = None,
    *,
    val: float | None = None,
    axis: int | None = None,
) -> jax.Array:
    """numpy.insert of values, or the number `val`, before each place in `obj` of an axis, or of the flat array.

    With `val` the second input is `obj`. Places out of range are refused where they are at hand.
    """
    new, places = (values, obj) if val is None else (_given("insert", None, val, arr.dtype), values)
    if places is None or jnp.issubdtype(places.dtype, np.floating):
        raise DTypeError("insert expects places obj of an integer type")
    return _insert("insert", arr, new, lax.stop_gradient(places), axis)


def _delete_inputs(attrs: Attrs) -> tuple[str, ...]:
    return ("arr", "obj") if attrs.int_ind is None and attrs.step is None else ("arr",)


@operator(
    "_npi_delete",
    inputs=_delete_inputs,
    types=_first_type,
    looks=lambda attrs: len(_delete_inputs(attrs)) == 2,
)
def npi_delete(
    arr: jax.Array,
    obj: jax.Array | None = None,
    *,
    start: int | None = None,
    stop: int | None = None,
    step: int | None = None,
    int_ind: int | None = None,
    axis: int | None = None,
) -> jax.Array:
    """numpy.delete along an axis, or of the flat array: the place `int_ind`, a slice (given `step`), or those in `obj`.

    Places in `obj` that are negative or do not exist are ignored, and repeated ones count once.
    """
    flat, along = _flat(arr, axis)
    size = flat.shape[along]
    if int_ind is not None:
        if not -size <= int_ind < size:
            raise OutOfRangeError(f"delete expects int_ind from {-size} to {size - 1}, got {int_ind}")
        gone = np.asarray([int_ind % size])
    elif step is not None:
        gone = _span(start, stop, step, size)
    elif obj is None:
        raise ArgumentError("delete needs a place: int_ind, a slice with a step, or the input obj")
    else:
        places = require_values(lax.stop_gradient(obj), "delete", "int_ind or a slice, whose number is known")
        gone = places[(places >= 0) & (places < size)].astype(np.int64)
    return jnp.take(flat, np.setdiff1d(np.arange(size), gone), axis=along)
