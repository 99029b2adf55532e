"""Type conversions: Cast, the casts of automatic mixed precision, cast_storage."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp

from gluax.ir.attributes import DType
from gluax.ops._elementwise import available
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, attribute_type, merge_shapes, same_shape

_MIXED = ("float32", "float16", "bfloat16")  # the types that mixed precision converts


def convert(data: jax.Array, dtype: str) -> jax.Array:
    """Convert as C does: a float loses its fraction, then integers wrap to fewer bits; bool is "not zero"."""
    wanted = available(dtype)
    if wanted.kind in "iu" and wanted.itemsize < 4 and jnp.issubdtype(data.dtype, jnp.floating):
        data = data.astype(jnp.int32)
    return data.astype(wanted)


@operator(
    "Cast",
    aliases=("cast", "_npi_cast", "_npx_cast"),
    shapes=same_shape,
    elementwise=True,
    types=attribute_type("dtype"),
)
def cast(
    data: jax.Array,
    *,
    dtype: Literal["bfloat16", "bool", "float16", "float32", "float64", "int32", "int64", "int8", "uint8"],
) -> jax.Array:
    """Convert to dtype, truncating floats; values that the integer type cannot hold wrap."""
    return convert(data, dtype)


def _amp_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, [attrs.dtype if ins[0] in _MIXED else ins[0]]


@operator("amp_cast", shapes=same_shape, elementwise=True, types=_amp_type)
def amp_cast(data: jax.Array, *, dtype: DType) -> jax.Array:
    """Convert float32, float16 and bfloat16 data; other types, float64 included, stay as they are."""
    return convert(data, dtype) if data.dtype.name in _MIXED else data


def _common_type(types: list[str], cast_narrow: bool) -> str:
    """The type mixed-precision inputs convert to.

    The narrowest is a 16-bit one if present, else float32; the widest is float32 if present, else the first's.
    """
    wanted, instead = (("float16", "bfloat16"), "float32") if cast_narrow else (("float32",), types[0])
    return next((name for name in types if name in wanted), instead)


def _multicast_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    decisive = "float16" if attrs.cast_narrow else "float32"
    common = decisive if decisive in ins else None
    if None not in ins:
        common = _common_type([str(name) for name in ins], attrs.cast_narrow)
    return ins, [common if name in _MIXED else name for name in ins]


def _multicast_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    pairs = [merge_shapes(own, out) for own, out in zip(ins, outs)]
    return pairs, pairs


@operator(
    "amp_multicast",
    inputs=lambda attrs, count: [f"data_{i}" for i in range(attrs.num_outputs)],
    outputs=lambda attrs: attrs.num_outputs,
    shapes=_multicast_shapes,
    types=_multicast_types,
)
def amp_multicast(*data: jax.Array, num_outputs: int, cast_narrow: bool = False) -> tuple[jax.Array, ...]:
    """Convert all float32 and float16 inputs to the widest (or narrowest) type among them; others stay."""
    common = _common_type([array.dtype.name for array in data], cast_narrow)
    return tuple(convert(array, common) if array.dtype.name in _MIXED else array for array in data)


@operator("cast_storage", aliases=("_sparse_cast_storage",), shapes=same_shape)
def cast_storage(data: jax.Array, *, stype: Literal["csr", "default", "row_sparse"]) -> jax.Array:
    """The data itself: gluax keeps every array dense, whatever storage type is asked for."""
    return data
