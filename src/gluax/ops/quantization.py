"""Quantization: from float32 to 8-bit integers and back.

A quantized array comes with two float32 arrays of shape (1,), the ends of its range; the larger
magnitude of the two is worth 127 (or 127.5) quanta of int8 and 255 (or 255.5) of uint8.
"""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp

from gluax.errors import DTypeError
from gluax.ops._int8 import FULL, INT32, WHOLE, Ranged, one, quanta, saturate, widest, with_range_types, with_ranges
from gluax.ops.operator import Attrs, TypeRule
from gluax.ops.registry import operator
from gluax.ops.rules import same_shape


def _resolve_type(attrs: Attrs) -> str:
    """What out_type="auto" means: uint8 for a calibrated range without negative values."""
    if attrs.out_type != "auto":
        return attrs.out_type
    low = attrs.get("min_calib_range")
    return "uint8" if low is not None and low >= 0 else "int8"


def _named_type(assumed: str | None) -> TypeRule:
    return with_range_types(1, lambda ins, attrs: _resolve_type(attrs), (assumed,))


def _quantize(data: jax.Array, low: jax.Array, high: jax.Array, dtype: str, limits: dict[str, float]) -> Ranged:
    out = saturate(data * quanta(dtype, low, high, limits), dtype)
    if dtype == "uint8":
        return out, one(low), one(high)
    span = widest(low, high)
    return out, one(-span), one(span)


@operator("_contrib_quantize", outputs=3, shapes=with_ranges(1, same_shape), types=_named_type("float32"))
def quantize(
    data: jax.Array, min_range: jax.Array, max_range: jax.Array, *, out_type: Literal["int8", "uint8"] = "uint8"
) -> Ranged:
    """data (float32) in quanta of the given range, 127 or 255 for its larger end.

    The range that comes out is symmetric for int8.
    """
    return _quantize(data, min_range, max_range, out_type, WHOLE)


@operator("_contrib_quantize_v2", outputs=3, shapes=with_ranges(1, same_shape), types=_named_type(None))
def quantize_v2(
    data: jax.Array,
    *,
    out_type: Literal["auto", "int8", "uint8"] = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Ranged:
    """data (float32) in quanta of its calibrated range, or of its own: 127.5 or 255.5 for the larger end.

    "auto" is uint8 for a calibrated range without negative values. Data of 8 bits pass unchanged.
    """
    calibrated = min_calib_range is not None and max_calib_range is not None
    if data.dtype in (jnp.int8, jnp.uint8):
        low, high = (0.0, 255.5) if data.dtype == jnp.uint8 else (-127.5, 127.5)
        return data, one(min_calib_range if calibrated else low), one(max_calib_range if calibrated else high)
    if data.dtype != jnp.float32:
        raise DTypeError(f"quantize_v2: expected float32, int8 or uint8 data, got {data.dtype}")
    low = one(min_calib_range) if calibrated else jnp.min(data)
    high = one(max_calib_range) if calibrated else jnp.max(data)
    dtype = _resolve_type(Attrs({"out_type": out_type, "min_calib_range": min_calib_range}))
    return _quantize(data, low, high, dtype, FULL)


@operator(
    "_contrib_quantize_asym",
    outputs=3,
    output_names=("output", "scale", "shift"),
    types=lambda ins, attrs: (["float32"], ["uint8", "float32", "float32"]),
)
def quantize_asym(
    data: jax.Array, *, min_calib_range: float | None = None, max_calib_range: float | None = None
) -> Ranged:
    """data (float32) as uint8, data * scale + shift rounded half up, with scale and shift (1,).

    The calibrated range, or else that of the data, becomes 0 to 255; what lies outside is cut off.
    """
    if data.dtype != jnp.float32:
        raise DTypeError(f"quantize_asym: expected float32 data, got {data.dtype}")
    calibrated = min_calib_range is not None and max_calib_range is not None
    low = one(min_calib_range) if calibrated else jnp.min(data).reshape(1)
    high = one(max_calib_range) if calibrated else jnp.max(data).reshape(1)
    scale = 255 / jnp.where(high > low, high - low, 1)
    shift = 255 - high * scale
    out = jnp.clip(jnp.floor(data * scale + shift + 0.5), 0, 255)
    return out.astype(jnp.uint8), scale, shift


@operator(
    "_contrib_dequantize",
    shapes=with_ranges(1, same_shape),
    types=lambda ins, attrs: ([ins[0], "float32", "float32"], ["float32"]),
)
def dequantize(
    data: jax.Array, min_range: jax.Array, max_range: jax.Array, *, out_type: Literal["float32"] = "float32"
) -> jax.Array:
    """int8 or uint8 data as float32, the range's larger end being 127.5 or 255.5 quanta."""
    if data.dtype.name not in FULL:
        raise DTypeError(f"dequantize: expected int8 or uint8 data, got {data.dtype}")
    return data.astype(jnp.float32) * (widest(min_range, max_range) / FULL[data.dtype.name])


@operator("_contrib_requantize", outputs=3, shapes=with_ranges(1, same_shape), types=_named_type("int32"))
def requantize(
    data: jax.Array,
    min_range: jax.Array,
    max_range: jax.Array,
    *,
    out_type: Literal["auto", "int8", "uint8"] = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Ranged:
    """int32 data as 8-bit integers of the calibrated range, or of the range the data really have.

    "auto" is uint8 for a calibrated range without negative values. The range of uint8 starts at 0.
    """
    if data.dtype != jnp.int32:
        raise DTypeError(f"requantize: expected int32 data, got {data.dtype}")
    values, unit = data.astype(jnp.float32), widest(min_range, max_range) / INT32
    dtype = _resolve_type(Attrs({"out_type": out_type, "min_calib_range": min_calib_range}))
    if min_calib_range is not None and max_calib_range is not None:
        span = widest(one(min_calib_range), one(max_calib_range))
    else:
        span = jnp.max(jnp.abs(values * unit))
    out = saturate(values * (unit * (WHOLE[dtype] / jnp.where(span > 0, span, 1))), dtype)
    return out, one(0 if dtype == "uint8" else -span), one(span)
