"""Ordering: sort, argsort, topk. Equal elements stay in their order, also when descending."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ShapeError
from gluax.ir.attributes import DType
from gluax.ops._elementwise import available, refuse_booleans
from gluax.ops.registry import Attrs, operator
from gluax.ops.rules import attribute_type


def _flat(data: jax.Array, axis: int | None) -> tuple[jax.Array, int]:
    """The data (flattened when there is no axis) and the axis to order along, from the left."""
    if axis is None:
        return data.reshape(-1), 0
    if not -data.ndim <= axis < data.ndim:
        raise ShapeError(f"axis {axis} is out of range for an array of {data.ndim} dimensions")
    return data, axis % data.ndim


def ordered(data: jax.Array, axis: int, ascending: bool) -> tuple[jax.Array, jax.Array]:
    """Sorted values and their positions (int32); stable in both directions."""
    positions = jax.lax.broadcasted_iota(np.int32, data.shape, axis)
    operands = [data, positions]
    if not ascending:  # a stable descending sort is an ascending one of the reversed data, reversed
        operands = [jnp.flip(operand, axis) for operand in operands]
    values, indices = jax.lax.sort(operands, dimension=axis, is_stable=True, num_keys=1)
    return (values, indices) if ascending else (jnp.flip(values, axis), jnp.flip(indices, axis))


def _largest(data: jax.Array, axis: int, count: int) -> tuple[jax.Array, jax.Array]:
    values, indices = jax.lax.top_k(jnp.moveaxis(data, axis, -1), count)
    return jnp.moveaxis(values, -1, axis), jnp.moveaxis(indices, -1, axis)


@operator("sort", aliases=("_npi_sort",))
def sort(data: jax.Array, *, axis: int | None = -1, is_ascend: bool = True) -> jax.Array:
    """Sorted along `axis`; without one, the flat data sorted."""
    refuse_booleans("sort", data)
    return ordered(*_flat(data, axis), is_ascend)[0]


@operator("argsort", aliases=("_npi_argsort",), types=attribute_type())
def argsort(
    data: jax.Array, *, axis: int | None = -1, is_ascend: bool = True, dtype: DType = DType("float32")
) -> jax.Array:
    """Positions that sort the data along `axis`, in `dtype`; without an axis, of the flat data."""
    refuse_booleans("argsort", data)
    return ordered(*_flat(jax.lax.stop_gradient(data), axis), is_ascend)[1].astype(available(dtype))


def _topk_types(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    kinds: dict[str, list[str | None]] = {"indices": [attrs.dtype], "both": [ins[0], attrs.dtype]}
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
    dtype: DType = DType("float32"),
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
    if is_ascend or k < 1:
        values, indices = ordered(flat, along, is_ascend)
        values, indices = (jax.lax.slice_in_dim(a, 0, k if k > 0 else size, axis=along) for a in (values, indices))
    else:
        values, indices = _largest(flat, along, k)
    if ret_typ == "mask":
        mask = jnp.put_along_axis(jnp.zeros_like(flat), indices, jnp.ones((), data.dtype), along, inplace=False)
        return mask.reshape(data.shape)
    if ret_typ == "value":
        return values
    positions = indices.astype(available(dtype))
    return (values, positions) if ret_typ == "both" else positions
