"""Operators that exist only in rewritten graphs: convolution as the layout pass leaves it."""

from __future__ import annotations

from functools import partial

import jax
from jax import lax

from gluax.ir.attributes import Shape
from gluax.ops._conv_forms import channels_last_cpu, plain_channels_last
from gluax.ops._windows import make_window
from gluax.ops.registry import operator


@operator("_gluax_convolution")
def convolution(
    data: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_group: int = 1,
) -> jax.Array:
    """data (N, *spatial, C), weight (*kernel, C / num_group, O), bias (O,) -> (N, *out, O)."""
    window = make_window(kernel, stride, dilate, pad)
    cpu = partial(channels_last_cpu, window=window, groups=num_group)
    default = partial(plain_channels_last, window=window, groups=num_group)
    out = lax.platform_dependent(data, weight, cpu=cpu, default=default)
    return out if bias is None else out + bias
