"""The fused self-attention of MXNet's CPU backend, in float and in 8-bit integers."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from gluax.errors import DTypeError
from gluax.ops._fused import has_range
from gluax.ops._int8 import FULL, INT32, RANGE_NAMES, WHOLE, one, quanta, saturate, widest, with_ranges
from gluax.ops.attention import attend, qk_shapes, scores, selfatt_parts, valatt_shapes
from gluax.ops.operator import Attrs, ShapeRule
from gluax.ops.registry import operator
from gluax.ops.rules import Types


def _inputs(*names: str):
    def found(attrs: Attrs, count: int | None) -> tuple[str, ...]:
        return (*names, *(f"{end}_{name}" for name in names for end in ("min", "max"))) if attrs.quantized else names

    return found


def _types(*quantized: str):
    def rule(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        known: Types = ["float32"] * len(ins)
        if attrs.quantized:
            known[: len(quantized)] = quantized
        outputs: Types = [_output_type(attrs), "float32", "float32"]
        return known, outputs[: 3 if has_range(attrs) else 1]

    return rule


def _output_type(attrs: Attrs) -> str:
    if not has_range(attrs):
        return "float32"
    return "int32" if attrs.min_calib_range is None else "int8"


def _options(*names: str, shapes: ShapeRule, types: tuple[str, ...]) -> dict[str, Any]:
    return {
        "inputs": _inputs(*names),
        "outputs": lambda attrs: 3 if has_range(attrs) else 1,
        "output_names": RANGE_NAMES,
        "shapes": with_ranges(len(names), shapes),
        "types": _types(*types),
    }


def _check(data: tuple[jax.Array, ...], wanted: tuple[str, ...]) -> None:
    found = tuple(array.dtype.name for array in data[: len(wanted)])
    if found != wanted:
        raise DTypeError(f"expected quantized inputs of types {wanted}, got {found}")


def _emit(
    sums: jax.Array,
    ratio: jax.Array,
    whole: jax.Array,
    calibrated: tuple[float | None, float | None],
    float_output: bool,
) -> jax.Array | tuple[jax.Array, ...]:
    """From sums of integers in float32, worth `ratio` each, to the output and its range (`whole` that of int32)."""
    if float_output:
        return sums * ratio
    if None in calibrated:
        return saturate(sums, "int32"), one(-whole), one(whole)
    low, high = map(one, calibrated)
    return saturate(sums * (ratio * quanta("int8", low, high)), "int8"), low, high


@operator("_sg_mkldnn_selfatt_qk", **_options("queries_keys_values", shapes=qk_shapes, types=("int8",)))
def fused_selfatt_qk(
    queries_keys_values: jax.Array,
    *span: jax.Array,
    heads: int,
    quantized: bool = False,
    enable_float_output: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> jax.Array | tuple[jax.Array, ...]:
    """Scores of self-attention, as `_contrib_interleaved_matmul_selfatt_qk`.

    Quantized: int8 data and their range; the output is float32 if asked for, int8 with a calibrated range, else
    int32, already divided by sqrt(D), with the range that its largest integer is worth.
    """
    queries, keys, _ = selfatt_parts(queries_keys_values, heads)
    if not quantized:
        return scores(queries, keys)
    _check((queries_keys_values,), ("int8",))
    sums = jnp.einsum("bqd,bkd->bqk", *(part.astype(jnp.float32) for part in (queries, keys)), precision="highest")
    sums = sums / math.sqrt(queries.shape[-1])
    wide = widest(*span)
    calibrated = min_calib_range, max_calib_range
    return _emit(sums, (wide / FULL["int8"]) ** 2, INT32 * (wide / WHOLE["int8"]) ** 2, calibrated, enable_float_output)


@operator(
    "_sg_mkldnn_selfatt_valatt",
    **_options("queries_keys_values", "attention", shapes=valatt_shapes, types=("int8", "uint8")),
)
def fused_selfatt_valatt(
    queries_keys_values: jax.Array,
    attention: jax.Array,
    *spans: jax.Array,
    heads: int,
    quantized: bool = False,
    enable_float_output: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> jax.Array | tuple[jax.Array, ...]:
    """Values weighted by attention, as `_contrib_interleaved_matmul_selfatt_valatt`.

    Quantized: int8 data, uint8 attention and their ranges; outputs as those of `_sg_mkldnn_selfatt_qk`.
    """
    values = selfatt_parts(queries_keys_values, heads)[2]
    if not quantized:
        return attend(values, attention, heads)
    _check((queries_keys_values, attention), ("int8", "uint8"))
    sums = attend(values.astype(jnp.float32), attention.astype(jnp.float32), heads)
    span, weight_span = widest(*spans[:2]), widest(*spans[2:])
    ratio = span / FULL["int8"] * (weight_span / FULL["uint8"])
    whole = INT32 * span / WHOLE["int8"] * weight_span / WHOLE["uint8"]
    return _emit(sums, ratio, whole, (min_calib_range, max_calib_range), enable_float_output)
