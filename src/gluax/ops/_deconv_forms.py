"""Formulations of deconvolution, side by side, chosen by platform and by shapes known when tracing."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from gluax.ir.attributes import Shape
from gluax.ops._conv_forms import channels_last_cpu
from gluax.ops._numbers import widen
from gluax.ops._windows import Window, make_window, to_channels_first, to_channels_last


def deconvolve(
    data: jax.Array, weight: jax.Array, window: Window, groups: int, channels_last: bool, sizes: Shape, cuts: Shape
) -> jax.Array:
    """Transposed convolution in MXNet's layouts, by the best form for the platform.

    data (N, C, *spatial) with weight (C, O / groups, *kernel), or, channels last, data (N, *spatial, C)
    with weight (C, *kernel, O / groups). `sizes` of the output are kept after `cuts` at each low end.
    """

    def cpu(data: jax.Array, weight: jax.Array) -> jax.Array:
        if channels_last:
            return _channels_last_cpu(data, weight, window, groups, sizes, cuts)
        weight = jnp.moveaxis(weight, 1, -1)
        return to_channels_first(_channels_last_cpu(to_channels_last(data), weight, window, groups, sizes, cuts))

    def default(data: jax.Array, weight: jax.Array) -> jax.Array:
        weight = weight if channels_last else jnp.moveaxis(weight, 1, -1)
        return _lax_deconvolution(data, weight, window, groups, channels_last, sizes, cuts)

    return lax.platform_dependent(data, weight, cpu=cpu, default=default)


def _channels_last_cpu(
    data: jax.Array, weight: jax.Array, window: Window, groups: int, sizes: Shape, cuts: Shape
) -> jax.Array:
    dtype = data.dtype
    data, weight = widen(data), widen(weight)
    # The zeros that `lax` multiplies cost little here; preparing the other form's weight costs more.
    cheap = groups == 1 and window.rank < 3 and max(window.stride) <= 2
    if cheap or max(window.dilate) > 1:
        out = _lax_deconvolution(data, weight, window, groups, True, sizes, cuts)
    else:
        out = subpixel(data, weight, window, groups, sizes, cuts)
    return out.astype(dtype)


def _kernel_first(weight: jax.Array, groups: int) -> jax.Array:
    """(C, *kernel, O / groups) -> (*kernel, C / groups, O), flipped: the weight of the convolution we run."""
    channels, *kernel, filters = weight.shape
    weight = jnp.flip(weight, range(1, 1 + len(kernel)))
    weight = weight.reshape(groups, channels // groups, *kernel, filters)
    return jnp.moveaxis(weight, (1, 0), (-3, -2)).reshape(*kernel, channels // groups, groups * filters)


def _lax_deconvolution(
    data: jax.Array, weight: jax.Array, window: Window, groups: int, channels_last: bool, sizes: Shape, cuts: Shape
) -> jax.Array:
    """One `lax` convolution over data with `stride - 1` zeros between elements."""
    space = "DHW"[-window.rank :]
    spec = f"N{space}C" if channels_last else f"NC{space}"
    spatial = data.shape[1:-1] if channels_last else data.shape[2:]
    whole = [s * (n - 1) + e for s, n, e in zip(window.stride, spatial, window.extent)]
    ends = [cut + size - w for cut, size, w in zip(cuts, sizes, whole)]
    padding = [(e - 1 - cut, e - 1 + end) for e, cut, end in zip(window.extent, cuts, ends)]
    return lax.conv_general_dilated(
        data, _kernel_first(weight, groups), (1,) * window.rank, padding, window.stride, window.dilate,
        dimension_numbers=(spec, f"{space}IO", spec), feature_group_count=groups,
    )  # fmt: skip


def subpixel(data: jax.Array, weight: jax.Array, window: Window, groups: int, sizes: Shape, cuts: Shape) -> jax.Array:
    """One dense convolution that computes every phase of the stride as further filters, then interleaves them.

    data (N, *spatial, C), weight (C, *kernel, O / groups) -> (N, *sizes, O). Multiplies no zeros that
    the stride puts between elements, unlike the `lax` form; the window must have no holes.
    """
    rank, stride = window.rank, window.stride
    short = tuple(-(-k // s) for k, s in zip(window.kernel, stride))
    fill = [(0, k * s - size) for k, s, size in zip(short, stride, window.kernel)]
    weight = jnp.pad(weight, ((0, 0), *fill, (0, 0)))
    channels, filters = weight.shape[0], weight.shape[-1]
    split = [n for pair in zip(short, stride) for n in pair]
    weight = weight.reshape(channels, *split, filters)
    order = (0, *range(1, 2 * rank, 2), 2 * rank + 1, *range(2, 2 * rank + 1, 2))
    weight = weight.transpose(order).reshape(channels, *short, filters * math.prod(stride))
    full = make_window(short, pad=tuple(k - 1 for k in short))
    phases = channels_last_cpu(data, _kernel_first(weight, groups), full, groups)
    return _interleave(phases, stride, groups * filters, sizes, cuts)


def _interleave(phases: jax.Array, stride: Shape, filters: int, sizes: Shape, cuts: Shape) -> jax.Array:
    """(N, *counts, filters * prod(stride)) -> (N, *sizes, filters), `cuts` elements dropped at the low ends."""
    rank = len(stride)
    batch, *counts, _ = phases.shape
    phases = phases.reshape(batch, *counts, filters, *stride)
    order = (0, *(axis for i in range(rank) for axis in (1 + i, rank + 2 + i)), rank + 1)
    whole = phases.transpose(order).reshape(batch, *(n * s for n, s in zip(counts, stride)), filters)
    ends = [cut + size for cut, size in zip(cuts, sizes)]
    missing = [(0, max(0, end - n)) for end, n in zip(ends, whole.shape[1:])]
    whole = jnp.pad(whole, ((0, 0), *missing, (0, 0)))
    return lax.slice(whole, (0, *cuts, 0), (batch, *ends, filters))
