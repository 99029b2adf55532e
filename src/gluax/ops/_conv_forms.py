"""Formulations of convolution, side by side, chosen by platform and by shapes known when tracing.

Accelerators get one `lax` convolution in whatever layout the graph has. On CPU, XLA is fast only for
channels-last data, and slow for grouped and 3D kernels, so `channels_last_cpu` picks among several forms. It takes
channels-last data and kernel-first weights and transposes nothing: the layout pass leaves convolutions of that kind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from gluax.ops._numbers import widen
from gluax.ops._windows import Window, to_channels_first, to_channels_last
from gluax.ops._winograd_training import Tiled

# Below this many input channels a grouped convolution on CPU merges neighbouring groups into one
# block-diagonal dense convolution; above MERGE_BLOCKS blocks compile time outweighs the gain.
MERGE_CHANNELS = 32
MERGE_BLOCKS = 8


def convolve(data: jax.Array, weight: jax.Array, window: Window, groups: int, channels_last: bool) -> jax.Array:
    """Convolution in MXNet's layouts, by the best form for the platform.

    data (N, C, *spatial) with weight (O, C / groups, *kernel), or, channels last, data (N, *spatial, C)
    with weight (O, *kernel, C / groups).
    """

    def cpu(data: jax.Array, weight: jax.Array) -> jax.Array:
        if channels_last:
            return channels_last_cpu(data, jnp.moveaxis(weight, 0, -1), window, groups)
        kernel_first = jnp.moveaxis(weight, (1, 0), (-2, -1))
        return to_channels_first(channels_last_cpu(to_channels_last(data), kernel_first, window, groups))

    space = "DHW"[-window.rank :]
    specs = (f"N{space}C", f"O{space}I", f"N{space}C") if channels_last else (f"NC{space}", f"OI{space}", f"NC{space}")
    default = partial(_lax_convolution, window=window, groups=groups, specs=specs)
    return lax.platform_dependent(data, weight, cpu=cpu, default=default)


def convolve_channels_last(data: jax.Array, weight: jax.Array, window: Window, groups: int) -> jax.Array:
    """The same for data (N, *spatial, C) with weight (*kernel, C / groups, O), which no form has to turn."""
    cpu = partial(channels_last_cpu, window=window, groups=groups)
    default = partial(plain_channels_last, window=window, groups=groups)
    return lax.platform_dependent(data, weight, cpu=cpu, default=default)


def channels_last_cpu(data: jax.Array, weight: jax.Array, window: Window, groups: int = 1) -> jax.Array:
    """Convolution of data (N, *spatial, C) with weight (*kernel, C / groups, O) -> (N, *out, O), for CPU."""
    dtype = data.dtype
    form = _pick_cpu(window, groups, data.shape[-1])
    return form(widen(data), widen(weight), window, groups).astype(dtype)


def _pick_cpu(window: Window, groups: int, channels: int):
    if math.prod(window.kernel) == 1 and not any(window.pad):
        return pointwise
    if groups == channels:
        return depthwise
    if groups == 1:
        return dense
    return merged_groups if groups // _merge(groups, channels) <= MERGE_BLOCKS else plain_channels_last


def plain_channels_last(data: jax.Array, weight: jax.Array, window: Window, groups: int = 1) -> jax.Array:
    """One `lax` convolution of channels-last data."""
    space = "DHW"[-window.rank :]
    return _lax_convolution(data, weight, window, groups, (f"N{space}C", f"{space}IO", f"N{space}C"))


def _lax_convolution(
    data: jax.Array, weight: jax.Array, window: Window, groups: int, specs: tuple[str, str, str]
) -> jax.Array:
    return lax.conv_general_dilated(
        data, weight, window.stride, window.padding, rhs_dilation=window.dilate,
        dimension_numbers=specs, feature_group_count=groups,
    )  # fmt: skip


def dense(data: jax.Array, weight: jax.Array, window: Window, groups: int = 1) -> jax.Array:
    """Every filter sees every channel. Three axes become two, which XLA is fast for: depth taps are channels."""
    if window.rank < 3:
        return _flat(data, weight, window)
    deep, flat = window.axes(0, 1), window.axes(1, 3)
    padded = jnp.pad(data, ((0, 0), *deep.padding, (0, 0), (0, 0), (0, 0)))
    depth = deep.sizes(data.shape[1:2])[0]
    reach = (depth - 1) * deep.stride[0] + 1
    starts = [tap * deep.dilate[0] for tap in range(deep.kernel[0])]
    pieces = [lax.slice_in_dim(padded, start, start + reach, deep.stride[0], axis=1) for start in starts]
    slices = jnp.concatenate(pieces, axis=-1)
    slices = slices.reshape(-1, *slices.shape[2:])
    weight = jnp.moveaxis(weight, 0, 2)
    weight = weight.reshape(*flat.kernel, -1, weight.shape[-1])
    out = _flat(slices, weight, flat)
    return out.reshape(-1, depth, *out.shape[1:])


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _flat(data: jax.Array, weight: jax.Array, window: Window) -> jax.Array:
    return plain_channels_last(data, weight, window)


@partial(_flat.defjvp, symbolic_zeros=True)
def _flat_jvp(window, primals, tangents):
    """Both derivatives are written so that their transposes come out in the layouts that XLA is fast for.

    Those of a plain `lax` convolution take up to 100 times as long. The barriers keep XLA from undoing the layouts.
    Where Winograd's convolutions are faster they are taken in training only, as their rounding is looser.
    """
    (data, weight), (data_tangent, weight_tangent) = primals, tangents
    tiled = _tiled(data, weight, window)
    halves = [] if tiled is None else tiled.halves(data)
    out = _flat(data, weight, window) if tiled is None else tiled.convolve(halves, weight)
    total = jnp.zeros((), data.dtype)
    if not isinstance(data_tangent, SymbolicZero):
        total = total + (
            _by_data(data_tangent, weight, window) if tiled is None else tiled.by_data(data_tangent, weight)
        )
    if not isinstance(weight_tangent, SymbolicZero):
        if tiled is not None and tiled.multiplies_fast(weight.shape):
            total = total + tiled.by_weight(halves, weight_tangent)
        else:
            total = total + _by_weight(data, weight_tangent, window)
    return out, jnp.broadcast_to(total, out.shape)


def _tiled(data: jax.Array, weight: jax.Array, window: Window) -> Tiled | None:
    if window.kernel != (3, 3) or any(step != 1 for step in (*window.stride, *window.dilate)):
        return None
    return Tiled.pick(data.shape, weight.shape, (window.pad[0], window.pad[1]))


def _by_data(tangent: jax.Array, weight: jax.Array, window: Window) -> jax.Array:
    space = "DHW"[-window.rank :]
    turned = lax.optimization_barrier(jnp.swapaxes(weight, -1, -2))
    return _lax_convolution(tangent, turned, window, 1, (f"N{space}C", f"{space}OI", f"N{space}C"))


def _by_weight(data: jax.Array, tangent: jax.Array, window: Window) -> jax.Array:
    space = "DHW"[-window.rank :]
    turned = lax.optimization_barrier(jnp.swapaxes(data, 0, -1))
    specs = (f"C{space}N", f"I{space}O", f"{space}NC")
    product = _lax_convolution(turned, jnp.moveaxis(tangent, -2, 0), window, 1, specs)
    return jnp.moveaxis(lax.optimization_barrier(product), -2, 0)


def pointwise(data: jax.Array, weight: jax.Array, window: Window, groups: int = 1) -> jax.Array:
    """A 1x1 convolution without padding as a matrix product (one per group)."""
    data = data[(slice(None), *(slice(None, None, s) for s in window.stride))]
    inputs, filters = weight.shape[-2:]
    if groups == 1:
        product = data.reshape(-1, inputs) @ weight.reshape(inputs, filters)
    else:
        rows = data.reshape(-1, groups, inputs)
        product = jnp.einsum("mgi,igo->mgo", rows, weight.reshape(inputs, groups, filters // groups))
    return product.reshape(*data.shape[:-1], filters)


def depthwise(data: jax.Array, weight: jax.Array, window: Window, groups: int) -> jax.Array:
    """One group per input channel: the sum over the kernel's taps of shifted data times one weight per channel."""
    padded = jnp.pad(data, ((0, 0), *window.padding, (0, 0)))
    # Without the barrier XLA fuses the padding into every tap and computes it again for each.
    padded = lax.optimization_barrier(padded)
    multiplier = weight.shape[-1] // groups
    sizes = window.sizes(data.shape[1:-1])
    total = jnp.zeros((), data.dtype)
    for tap in taps_of(window.kernel):
        piece = shifted(padded, window, sizes, tap)
        if multiplier == 1:
            total = total + piece * weight[tap][0]
        else:
            total = total + piece[..., None] * weight[tap].reshape(groups, multiplier)
    return total.reshape(*total.shape[: window.rank + 1], weight.shape[-1])


def merged_groups(data: jax.Array, weight: jax.Array, window: Window, groups: int) -> jax.Array:
    """A few dense convolutions, each over neighbouring groups merged by block-diagonal weights."""
    block = _merge(groups, data.shape[-1])
    inputs, filters = weight.shape[-2], weight.shape[-1] // groups
    parts = []
    for start in range(0, groups, block):
        part = lax.slice_in_dim(data, start * inputs, (start + block) * inputs, axis=-1)
        own = lax.slice_in_dim(weight, start * filters, (start + block) * filters, axis=-1)
        own = own.reshape(*window.kernel, inputs, block, filters)
        diagonal = jnp.eye(block, dtype=weight.dtype)[:, None, :, None]
        own = (own[..., None, :, :, :] * diagonal).reshape(*window.kernel, block * inputs, block * filters)
        parts.append(dense(part, own, window))
    return jnp.concatenate(parts, axis=-1)


def _merge(groups: int, channels: int) -> int:
    """How many neighbouring groups to merge: the fewest that divide `groups` and hold enough channels."""
    inputs = channels // groups
    return next(b for b in range(1, groups + 1) if groups % b == 0 and (b * inputs >= MERGE_CHANNELS or b == groups))


def taps_of(kernel: Sequence[int]) -> list[tuple[int, ...]]:
    """Every index into a kernel, in row-major order."""
    taps: list[tuple[int, ...]] = [()]
    for size in kernel:
        taps = [(*tap, i) for tap in taps for i in range(size)]
    return taps


def shifted(padded: jax.Array, window: Window, sizes: Sequence[int], tap: Sequence[int]) -> jax.Array:
    """What one tap of the kernel sees of padded channels-last data: (N, *sizes, C)."""
    starts = [i * d for i, d in zip(tap, window.dilate)]
    limits = [start + (size - 1) * s + 1 for start, size, s in zip(starts, sizes, window.stride)]
    batch, channels = padded.shape[0], padded.shape[-1]
    return lax.slice(padded, (0, *starts, 0), (batch, *limits, channels), (1, *window.stride, 1))
