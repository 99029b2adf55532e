"""Ordering: sort, argsort, topk.

Equal elements stay in their order, also when descending. Where nan goes is left open, as in MXNet.
"""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ShapeError
from gluax.ir.attributes import DType
from gluax.ops._elementwise import available, is_float, refuse_booleans
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Types, attribute_type

_FLOAT32 = DType("float32")


def _flat(data: jax.Array, axis: int | None) -> tuple[jax.Array, int]:
    """The data (flattened when there is no axis) and the axis to order along, from the left."""
    if axis is None:
        return data.reshape(-1), 0
    if not -data.ndim <= axis < data.ndim:
        raise ShapeError(f"axis {axis} is out of range for an array of {data.ndim} dimensions")
    return data, axis % data.ndim


def _mirrored(data: jax.Array) -> jax.Array:
    """The data in reversed order: -x, or for integers ~x, which cannot overflow."""
    return -data if is_float(data) else ~data


def largest(data: jax.Array, axis: int, count: int) -> tuple[jax.Array, jax.Array]:
    """The `count` largest values along `axis` in descending order, and their positions (int32)."""
    wide = data.astype(np.float32) if is_float(data) and data.dtype.itemsize < 4 else data  # XLA's fast path
    values, indices = jax.lax.top_k(wide, count, axis=axis)
    return values.astype(data.dtype), indices


def smallest(data: jax.Array, axis: int, count: int) -> tuple[jax.Array, jax.Array]:
    """The `count` smallest values along `axis` in ascending order, and their positions (int32)."""
    if count < data.shape[axis]:
        values, indices = largest(_mirrored(data), axis, count)
        return _mirrored(values), indices
    positions = jax.lax.broadcasted_iota(np.int32, data.shape, axis)
    values, indices = jax.lax.sort((data, positions), dimension=axis, is_stable=True, num_keys=1)
    return values, indices


@operator("sort", aliases=("_npi_sort",))
def sort(data: jax.Array, *, axis: int | None = -1, is_ascend: bool = True) -> jax.Array:
    """Sorted along `axis`; without one, the flat data sorted."""
    refuse_booleans("sort", data)
    flat, along = _flat(data, axis)
    return jnp.sort(flat, along) if is_ascend else _mirrored(jnp.sort(_mirrored(flat), along))


@operator("argsort", aliases=("_npi_argsort",), types=attribute_type())
def argsort(data: jax.Array, *, axis: int | None = -1, is_ascend: bool = True, dtype: DType = _FLOAT32) -> jax.Array:
    """Positions that sort the data along `axis`, in `dtype`; without an axis, of the flat data."""
    refuse_booleans("argsort", data)
    flat, along = _flat(jax.lax.stop_gradient(data), axis)
    take = smallest if is_ascend else largest
    return take(flat, along, flat.shape[along])[1].astype(available(dtype))


def _topk_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    kinds: dict[str, Types] = {"indices": [attrs.dtype], "both": [ins[0], attrs.dtype]}
    return ins, kinds.get(attrs.ret_typ, [ins[0]])


@operator(
    "topk",
    aliases=("_npx_topk",),
    outputs=lambda attrs: 2 if attrs.ret_typ == "both" else 1,
    types=_topk_types,
)
def topk(
    data: jax.Array,
    *,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: Literal["both", "indices", "mask", "value"] = "indices",
    is_ascend: bool = False,
    dtype: DType = _FLOAT32,
) -> jax.Array | tuple[jax.Array, jax.Array]:
    """The k largest (is_ascend: smallest) along `axis`, in order; k below 1 takes all.

    Returns positions in `dtype`, values, both, or a mask of the data's shape and dtype. Without an axis
    the data are flat, except for the mask.
    """
    refuse_booleans("topk", data)
    flat, along = _flat(data, axis)
    size = flat.shape[along]
    if k > size:
        raise ShapeError(f"topk: k must not exceed the {size} elements along axis {axis}, got {k}")
    values, indices = (smallest if is_ascend else largest)(flat, along, k if k > 0 else size)
    if ret_typ == "mask":
        mask = jnp.put_along_axis(jnp.zeros_like(flat), indices, jnp.ones((), data.dtype), along, inplace=False)
        return mask.reshape(data.shape)
    if ret_typ == "value":
        return values
    positions = indices.astype(available(dtype))
    return (values, positions) if ret_typ == "both" else positions
