"""What the Winograd pass makes of channels-last 3x3 convolutions; these operators exist only in rewritten graphs."""

from __future__ import annotations

import jax

from gluax.ir.attributes import Shape
from gluax.ops import _winograd
from gluax.ops._windows import make_window
from gluax.ops.convolution import add_bias, check_data, check_weight
from gluax.ops.registry import operator


@operator("_gluax_winograd_weight")
def winograd_weight(weight: jax.Array, *, tile: int) -> jax.Array:
    """Weights (3, 3, I, O) for outputs in squares of `tile` -> ((tile + 2)^2, I, O)."""
    return _winograd.transform_weight(weight, tile)


@operator("_gluax_winograd")
def winograd_convolution(
    data: jax.Array,
    weight: jax.Array,
    bias: jax.Array | None = None,
    *,
    tile: int,
    pad: Shape = (),
    num_filter: int,
) -> jax.Array:
    """3x3 convolution of data (N, H, W, C) with weights of `_gluax_winograd_weight` and bias (O,) -> (N, *out, O)."""
    window = make_window((3, 3), pad=pad)
    inputs = check_data(data, window, num_filter, 1, True)
    check_weight(weight, ((tile + 2) ** 2, inputs, num_filter))
    pads = (window.pad[0], window.pad[1])
    return add_bias(_winograd.winograd(data, weight, pads, tile), bias, num_filter, True)
