"""8-bit integers as MXNet's quantized operators use them: scales, rounding, exact products."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import DTypeError
from gluax.ops._conv_forms import convolve
from gluax.ops._windows import Window
from gluax.ops.operator import Attrs, ShapeRule, TypeRule
from gluax.ops.rules import Shapes, Types

# A quantized array and the two ends of its range, and MXNet's names for them among outputs.
Ranged = tuple[jax.Array, jax.Array, jax.Array]
RANGE_NAMES = ("output", "min_output", "max_output")

Count = int | Callable[[Attrs], int]


def with_ranges(arrays: Count, rule: ShapeRule = lambda ins, outs, attrs: (ins, outs)) -> ShapeRule:
    """The shape rule of an operator on quantized arrays.

    Args:
      arrays: how many inputs come before the ends of ranges, which are of shape (1,).
      rule: what holds for those inputs and the first output.
    """

    def ranged(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        count = arrays(attrs) if callable(arrays) else arrays
        found, results = rule(ins[:count], outs[:1], attrs)
        return [*found, *[(1,)] * (len(ins) - count)], [*results, (1,), (1,)][: len(outs)]

    return ranged


def with_range_types(
    arrays: Count, output: Callable[[Types, Attrs], str | None], assumed: Sequence[str | None] = (None,)
) -> TypeRule:
    """The type rule of such an operator.

    Args:
      arrays: how many inputs come before the ends of ranges, which are float32.
      output: the type of the first output, given those of the inputs.
      assumed: what MXNet takes the first inputs for where nothing is known; the last one counts for the rest too.
    """

    def ranged(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        count = arrays(attrs) if callable(arrays) else arrays
        defaults = [*assumed[:count], *[assumed[-1]] * (count - len(assumed)), *["float32"] * (len(ins) - count)]
        found = [dtype or default for dtype, default in zip(ins, defaults)]
        return found, [output(found, attrs), "float32", "float32"]

    return ranged


# What a range's end is worth in quanta. Fused operators and quantize_v2 let the last quantum be a half one
# wider (FULL); the older operators do not (WHOLE).
FULL = {"int8": 127.5, "uint8": 255.5}
WHOLE = {"int8": 127.0, "uint8": 255.0}
INT32 = 2147483647.0

# Integers up to here, and so sums that stay below, are exact in float32.
_EXACT = 1 << 24
# Terms of a dot product of 8-bit integers that are summed exactly in float32.
_CHUNK = 512


def require_8_bits(name: str, *arrays: jax.Array) -> None:
    """Refuse arrays that are not quantized.

    Raises:
      DTypeError: when an array is neither int8 nor uint8.
    """
    for array in arrays:
        if array.dtype.name not in FULL:
            raise DTypeError(f"{name}: expected int8 or uint8 data, got {array.dtype}; quantize it first")


def one(value: jax.Array | float | None) -> jax.Array:
    """A value as the float32 array of shape (1,) that an end of a range is."""
    return jnp.asarray(value, jnp.float32).reshape(1)


def widest(low: jax.Array, high: jax.Array) -> jax.Array:
    """The larger magnitude of a range's ends, a scalar in float32."""
    return jnp.maximum(jnp.abs(low), jnp.abs(high)).astype(jnp.float32).reshape(())


def quanta(dtype: str, low: jax.Array, high: jax.Array, limits: dict[str, float] = FULL) -> jax.Array:
    """Quanta per unit of data of type `dtype` with the range [low, high]."""
    if dtype not in limits:
        raise DTypeError(f"expected data of type int8 or uint8, got {dtype}; quantize it first")
    span = widest(low, high)
    return jnp.where(span > 0, limits[dtype] / jnp.where(span > 0, span, 1), 0)


def saturate(values: jax.Array, dtype: str) -> jax.Array:
    """Round halves to even, clip to what `dtype` holds, and cast."""
    info = jnp.iinfo(dtype)
    if dtype == "int32":
        # The nearest float32 below the largest integer: its neighbour above would overflow in the cast.
        return jnp.clip(jnp.round(values), info.min, 2147483520.0).astype(jnp.int32)
    return jnp.clip(jnp.round(values), info.min, info.max).astype(dtype)


def half_away(values: jax.Array) -> jax.Array:
    """Round halves away from zero."""
    return jnp.trunc(values + jnp.where(values < 0, -0.5, 0.5))


def integer_convolution(
    data: jax.Array, weight: jax.Array, window: Window, groups: int, channels_last: bool
) -> jax.Array:
    """Exact int32 convolution of 8-bit data and int8 weights, in the layouts of `convolve`.

    In 8-bit integers on TPU. Elsewhere by float32: tens of times faster on CPU than XLA's integers, and XLA:GPU refuses
    convolutions with int32 results.
    """
    shape = {"window": window, "groups": groups, "channels_last": channels_last}
    by_floats, by_integers = partial(float_convolution, **shape), partial(int8_convolution, **shape)
    return lax.platform_dependent(data, weight, tpu=by_integers, default=by_floats)


def integer_dense(data: jax.Array, weight: jax.Array) -> jax.Array:
    """Exact int32 product of 8-bit data (..., K) and int8 weight (O, K): (..., O).

    On CPU XLA's integers are faster for a single row only. On GPU jaxlib 0.11's are twice what they should be with some
    of the tilings that it tries; bfloat16 holds 8 bits, and products in it are summed in float32.
    """
    cpu = int8_dense if math.prod(data.shape[:-1]) == 1 else float_dense
    short = partial(float_dense, dtype="bfloat16")
    return lax.platform_dependent(data, weight, cpu=cpu, tpu=int8_dense, default=short)


def int8_dense(data: jax.Array, weight: jax.Array) -> jax.Array:
    """`integer_dense` in 8-bit integers. uint8 data are shifted by 128 to int8, and the result back."""
    signed, offset = _signed(data, weight)
    axes = ((data.ndim - 1,), (1,)), ((), ())
    return lax.dot_general(signed, weight, axes, preferred_element_type=jnp.int32) + offset


def int8_convolution(data: jax.Array, weight: jax.Array, window: Window, groups: int, channels_last: bool) -> jax.Array:
    """`integer_convolution` in 8-bit integers."""
    if _is_product(window, groups):
        data = data if channels_last else jnp.moveaxis(data, 1, -1)
        picked = data[(slice(None), *(slice(None, None, stride) for stride in window.stride))]
        sums = int8_dense(picked, weight.reshape(weight.shape[0], -1))
        return sums if channels_last else jnp.moveaxis(sums, -1, 1)
    # The shift must not turn zeros around the data into anything else, so they are put there first.
    sides = [(0, 0), *window.padding, (0, 0)] if channels_last else [(0, 0), (0, 0), *window.padding]
    signed, offset = _signed(jnp.pad(data, sides), weight)
    space = "DHW"[-window.rank :]
    specs = (f"N{space}C", f"O{space}I", f"N{space}C") if channels_last else (f"NC{space}", f"OI{space}", f"NC{space}")
    sums = lax.conv_general_dilated(
        signed, weight, window.stride, "VALID", rhs_dilation=window.dilate, feature_group_count=groups,
        dimension_numbers=specs, preferred_element_type=jnp.int32,
    )  # fmt: skip
    return sums + (offset if channels_last else offset.reshape(-1, *(1,) * window.rank))


def _is_product(window: Window, groups: int) -> bool:
    """Whether a convolution is a matrix product of the channels."""
    return groups == 1 and math.prod(window.kernel) == 1 and not any(map(any, window.padding))


def _signed(data: jax.Array, weight: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Data as int8, and what products with the weight (O, ...) then lack: (O,) in int32."""
    if data.dtype == jnp.int8:
        return data, jnp.zeros(weight.shape[0], jnp.int32)
    rows = weight.reshape(weight.shape[0], -1).astype(jnp.int32)
    return lax.bitcast_convert_type(data ^ jnp.uint8(128), jnp.int8), 128 * jnp.sum(rows, 1, dtype=jnp.int32)


def float_convolution(
    data: jax.Array, weight: jax.Array, window: Window, groups: int, channels_last: bool
) -> jax.Array:
    """`integer_convolution` by float32 convolutions of so few terms that every sum is exact.

    Dense ones go by pieces of their channels, grouped ones in two halves of four bits while that is enough.
    """
    terms, taps = math.prod(weight.shape[1:]), math.prod(window.kernel)
    channels = data.ndim - 1 if channels_last else 1
    fitting = _fitting_terms(data)

    def part(values: jax.Array, piece: jax.Array) -> jax.Array:
        # Without the barrier XLA:GPU takes it for a convolution of integers, which is wrong where there are groups.
        first, second = lax.optimization_barrier((values.astype(jnp.float32), piece.astype(jnp.float32)))
        return convolve(first, second, window, groups, channels_last).astype(jnp.int32)

    if terms <= fitting:
        return part(data, weight)
    if terms <= 16 * fitting and (groups > 1 or taps > fitting):
        wide = weight.astype(jnp.int32)
        high = (wide + 8) >> 4
        return part(data, high) * 16 + part(data, wide - high * 16)
    if taps <= fitting:
        count = terms // taps
        pieces = -(-count // (fitting // taps))
        ends = [count * i // pieces for i in range(1, pieces)]
        pairs = zip(_split_channels(data, groups, ends, channels), jnp.split(weight, ends, channels))
        return sum((part(*each) for each in pairs), start=jnp.zeros((), jnp.int32))
    return int8_convolution(data, weight, window, groups, channels_last)


def _split_channels(data: jax.Array, groups: int, ends: Sequence[int], axis: int) -> list[jax.Array]:
    """Pieces of the channels, each with its share of every group."""
    before, after = data.shape[:axis], data.shape[axis + 1 :]
    pieces = jnp.split(data.reshape(*before, groups, -1, *after), ends, axis + 1)
    return [piece.reshape(*before, -1, *after) for piece in pieces]


def _fitting_terms(data: jax.Array) -> int:
    """Terms of a sum of products of data and int8 weights that float32 holds exactly."""
    return (_EXACT - 1) // ((255 if data.dtype == jnp.uint8 else 128) * 128)


def float_dense(data: jax.Array, weight: jax.Array, dtype: str = "float32") -> jax.Array:
    """`integer_dense` by float products, summed in float32, of pieces short enough to be exact."""
    terms = data.shape[-1]
    extra = -terms % _CHUNK if terms > _CHUNK else 0
    pieces = (terms + extra) // _CHUNK if extra or terms > _CHUNK else 1

    def split(array: jax.Array) -> jax.Array:
        padded = jnp.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, extra)])
        # Behind the barrier XLA:GPU does not see integers, whose products it would choose instead.
        return lax.optimization_barrier(padded.reshape(*array.shape[:-1], pieces, -1).astype(dtype))

    products = {"precision": "highest", "preferred_element_type": jnp.float32}
    sums = jnp.einsum("...pk,opk->p...o", split(data), split(weight), **products)
    return jnp.sum(sums.astype(jnp.int32), 0, dtype=jnp.int32)
