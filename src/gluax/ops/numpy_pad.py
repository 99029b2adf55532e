"""mx.np.pad."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._elementwise import constant
from gluax.ops.registry import operator


@operator("_npi_pad", hints=("reflect_type",))
def npi_pad(
    data: jax.Array,
    *,
    pad_width: tuple[Shape, ...],
    mode: Literal["constant", "edge", "maximum", "minimum", "reflect", "symmetric"] = "constant",
    constant_value: float = 0.0,
) -> jax.Array:
    """numpy.pad with a pair (before, after) for each axis; numbers are truncated for integers.

    Constant padding may be negative, which crops. Every mode has a gradient; MXNet has that of the constant one only.
    As in MXNet, `reflect_type` changes nothing: reflections are even.
    """
    if not data.ndim or len(pad_width) != data.ndim or any(len(pair) != 2 for pair in pad_width):
        raise ShapeError(
            f"_npi_pad needs data with axes and a pair (before, after) for each of them, "
            f"got shape {data.shape} and pad_width {pad_width}"
        )
    if mode == "constant":
        return lax.pad(data, constant(constant_value, data.dtype), [(before, after, 0) for before, after in pad_width])
    if min(map(min, pad_width)) < 0:
        raise ShapeError(f"_npi_pad in mode {mode!r} needs pads of at least 0, got {pad_width}; slice to crop")
    return jnp.pad(data, pad_width, mode=mode)
