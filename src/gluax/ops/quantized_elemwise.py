"""Elementwise operators on quantized arrays: relu, sums and products of two of one shape.

Every 8-bit array comes with the two ends of its range, float32 of shape (1,), and so does every result.
"""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp

from gluax.errors import DTypeError, OperatorError
from gluax.ops._elementwise import require_same_shape, to_integer
from gluax.ops._int8 import (
    FULL,
    INT32,
    RANGE_NAMES,
    WHOLE,
    Ranged,
    one,
    quanta,
    require_8_bits,
    saturate,
    widest,
    with_range_types,
    with_ranges,
)
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Types, same_shape


@operator(
    "_contrib_quantized_act",
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=with_ranges(1, same_shape),
    types=with_range_types(1, lambda ins, attrs: "int8"),
)
def quantized_act(
    data: jax.Array,
    min_data: jax.Array,
    max_data: jax.Array,
    *,
    act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"],
) -> Ranged:
    """relu of 8-bit data, the only kind MXNet has; the range stays. The output is int8, with the bits of uint8 data."""
    if act_type != "relu":
        raise OperatorError(f"quantized_act: expected act_type relu, got {act_type}; dequantize for the others")
    require_8_bits("quantized_act", data)
    return jax.lax.bitcast_convert_type(jnp.maximum(data, 0), jnp.int8), min_data, max_data


def _addition_type(ins: Types, attrs: Attrs) -> str | None:
    if attrs.min_calib_range is None:
        return "int32"
    return None if None in ins[:2] else "int8" if "int8" in ins[:2] else "uint8"


@operator(
    "_contrib_quantized_elemwise_add",
    outputs=3,
    output_names=RANGE_NAMES,
    shapes=with_ranges(2, same_shape),
    types=with_range_types(2, _addition_type, ("uint8",)),
)
def quantized_elemwise_add(
    lhs: jax.Array,
    rhs: jax.Array,
    lhs_min: jax.Array,
    lhs_max: jax.Array,
    rhs_min: jax.Array,
    rhs_max: jax.Array,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Ranged:
    """Sum of 8-bit arrays of one shape: 8-bit of the calibrated range, or int32 of the sum of both ranges.

    MXNet's int32 sum of uint8 and int8 loses the uint8 one; this keeps it.
    """
    require_8_bits("quantized_elemwise_add", lhs, rhs)
    left, right = widest(lhs_min, lhs_max), widest(rhs_min, rhs_max)
    if min_calib_range is not None and max_calib_range is not None:
        dtype = "int8" if jnp.int8 in (lhs.dtype, rhs.dtype) else "uint8"
        low, high = one(min_calib_range), one(max_calib_range)
        scale = quanta(dtype, low, high)
    else:
        dtype, low, high = "int32", one(-left - right), one(left + right)
        scale = INT32 / (left + right)
    first = lhs.astype(jnp.float32) * (left / FULL[lhs.dtype.name] * scale)
    second = rhs.astype(jnp.float32) * (right / FULL[rhs.dtype.name] * scale)
    return saturate(first + second, dtype), low, high


def _product_type(ins: Types, attrs: Attrs) -> str | None:
    if attrs.enable_float_output:
        return "float32"
    return "int32" if attrs.min_calib_range is None else "int8"


@operator(
    "_contrib_quantized_elemwise_mul",
    outputs=lambda attrs: 1 if attrs.enable_float_output else 3,
    output_names=RANGE_NAMES,
    shapes=with_ranges(2, same_shape),
    types=with_range_types(2, _product_type),
)
def quantized_elemwise_mul(
    lhs: jax.Array,
    rhs: jax.Array,
    lhs_min: jax.Array,
    lhs_max: jax.Array,
    rhs_min: jax.Array,
    rhs_max: jax.Array,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    enable_float_output: bool = False,
) -> jax.Array | Ranged:
    """Product of int8 arrays of one shape: float32 if asked for, int8 of the calibrated range, or int32 and its range.

    As in MXNet an int8 product is truncated, and its low bits are kept where it does not fit.
    """
    require_same_shape("quantized_elemwise_mul", lhs, rhs)
    if (lhs.dtype, rhs.dtype) != (jnp.int8, jnp.int8):
        raise DTypeError(f"quantized_elemwise_mul: expected int8 data, got {lhs.dtype} and {rhs.dtype}")
    whole = lhs.astype(jnp.int32) * rhs.astype(jnp.int32)
    left, right = widest(lhs_min, lhs_max), widest(rhs_min, rhs_max)
    worth = left / FULL["int8"] * (right / FULL["int8"])
    if enable_float_output:
        return whole.astype(jnp.float32) * worth
    if min_calib_range is None or max_calib_range is None:
        end = one(INT32 * (left / WHOLE["int8"]) * (right / WHOLE["int8"]))
        return whole, -end, end
    low, high = one(min_calib_range), one(max_calib_range)
    return to_integer(whole.astype(jnp.float32) * (worth * quanta("int8", low, high)), jnp.int8), low, high
