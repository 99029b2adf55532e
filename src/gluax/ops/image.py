"""Image operators on (H, W, C) or (N, H, W, C): to tensors, normalize, crop, flip, resize."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops.registry import operator
from gluax.ops.rules import fixed_type

Floats = tuple[float, ...]


def _check(data: jax.Array, name: str) -> None:
    if data.ndim not in (3, 4):
        raise ShapeError(f"{name}: expected an image of 3 dimensions or a batch of 4, got {data.shape}")


@operator("_image_to_tensor", aliases=("_npx__image_to_tensor",), types=fixed_type("float32"))
def to_tensor(data: jax.Array) -> jax.Array:
    """(H, W, C) or (N, H, W, C) of any type -> (C, H, W) or (N, C, H, W) float32, divided by 255."""
    _check(data, "to_tensor")
    wide = data if data.dtype == jnp.float64 else data.astype(jnp.float32)
    found = (wide / 255).astype(jnp.float32)
    if data.dtype == jnp.float16:
        found = lax.reduce_precision(found, exponent_bits=5, mantissa_bits=10)  # the quotient is of half precision
    return jnp.moveaxis(found, -1, -3)


@operator("_image_normalize", aliases=("_npx__image_normalize",))
def normalize(data: jax.Array, *, mean: Floats = (0.0, 0.0, 0.0, 0.0), std: Floats = (1.0, 1.0, 1.0, 1.0)) -> jax.Array:
    """(data - mean) / std per channel of (C, H, W) or (N, C, H, W), C being 1 or 3; integers are truncated and wrap."""
    _check(data, "normalize")
    channels = data.shape[-3]
    if channels not in (1, 3):
        raise ShapeError(f"normalize: expected 1 or 3 channels, got data {data.shape}")
    for name, values in (("mean", mean), ("std", std)):
        if len(values) not in (1, 4, channels):
            raise ArgumentError(f"normalize: expected one value of {name} or {channels}, got {values}")
    floating = jnp.issubdtype(data.dtype, jnp.floating)
    wide = data if floating else data.astype(jnp.float32)
    mean, std = ((values * channels)[:channels] if len(values) == 1 else values[:channels] for values in (mean, std))
    shift, scale = (jnp.asarray(np.asarray(values, np.float32), wide.dtype)[:, None, None] for values in (mean, std))
    found = (wide - shift) / scale
    return found if floating else found.astype(jnp.int32).astype(data.dtype)


@operator("_image_crop", aliases=("_npx__image_crop",))
def crop(data: jax.Array, *, x: int, y: int, width: int, height: int) -> jax.Array:
    """The part `width` x `height` at (x, y) of (H, W, C) or (N, H, W, C)."""
    _check(data, "crop")
    rows, columns = data.shape[-3:-1]
    if min(x, y) < 0 or width < 1 or height < 1 or x + width > columns or y + height > rows:
        raise ArgumentError(f"crop: {width} x {height} at ({x}, {y}) is not within {columns} x {rows} pixels")
    return data[..., y : y + height, x : x + width, :]


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _flip(data: jax.Array, axis: int) -> jax.Array:
    return jnp.flip(data, axis)


# MXNet passes the gradient on without flipping it back.
_flip.defvjp(lambda data, axis: (_flip(data, axis), None), lambda axis, _, gradient: (gradient,))


# MXNet leaves the middle row or column of an odd number unset, and takes no batches; these do neither.
@operator("_image_flip_left_right", aliases=("_npx__image_flip_left_right",))
def flip_left_right(data: jax.Array) -> jax.Array:
    """(H, W, C) mirrored along W; the gradient is not mirrored back."""
    _check(data, "flip_left_right")
    return _flip(data, -2)


@operator("_image_flip_top_bottom", aliases=("_npx__image_flip_top_bottom",))
def flip_top_bottom(data: jax.Array) -> jax.Array:
    """(H, W, C) mirrored along H; the gradient is not mirrored back."""
    _check(data, "flip_top_bottom")
    return _flip(data, -3)


def _cubic(distance: np.ndarray) -> np.ndarray:
    near = (1.25 * distance - 2.25) * distance**2 + 1
    far = ((-0.75 * distance + 3.75) * distance - 6) * distance + 3
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0))


def _lanczos(distance: np.ndarray) -> np.ndarray:
    return np.where(distance < 4, np.sinc(distance) * np.sinc(distance / 4), 0)


def _spread(start: np.ndarray, fraction: np.ndarray, size: int, kernel, reach: int) -> np.ndarray:
    """Weights (out, size) of a kernel around start + fraction; pixels outside are those on the edge."""
    weights = np.zeros((len(start), size))
    for tap in range(1 - reach, reach + 1):
        value = kernel(np.abs(tap - fraction))
        np.add.at(weights, (np.arange(len(start)), np.clip(start + tap, 0, size - 1).astype(int)), value)
    return weights / weights.sum(1, keepdims=True)


def _weights(size: int, target: int, method: int, shrinking: bool) -> np.ndarray:
    """The matrix (target, size) that resizes one axis."""
    scale = size / target
    places = np.arange(target)
    if method == 3 and shrinking:
        ends = np.minimum(np.arange(target + 1) * scale, size)
        cells = np.arange(size)
        cover = np.minimum(ends[1:, None], cells + 1) - np.maximum(ends[:-1, None], cells)
        return np.maximum(cover, 0) / scale
    if method == 3:
        start = np.floor(places * scale)
        fraction = places + 1 - (start + 1) / scale
        fraction = np.where(fraction <= 0, 0, fraction - np.floor(fraction))
    else:
        at = (places + 0.5) * scale - 0.5
        start = np.floor(at)
        fraction = at - start
    if method == 2:
        return _spread(start, fraction, size, _cubic, 2)
    if method == 4:
        return _spread(start, fraction, size, _lanczos, 4)
    return _spread(start, fraction, size, lambda distance: np.maximum(1 - distance, 0), 1)


def _target(size: Shape, keep_ratio: bool, height: int, width: int) -> tuple[int, int]:
    if len(size) not in (1, 2) or min(size) < 1:
        raise ArgumentError(f"resize: expected a size, or a width and a height, got {size}")
    if len(size) == 2:
        return size[1], size[0]
    if not keep_ratio:
        return size[0], size[0]
    if height > width:
        return int(size[0] * height / width), size[0]
    return size[0], int(size[0] * width / height)


@operator("_image_resize", aliases=("_npx__image_resize",))
def resize(data: jax.Array, *, size: Shape = (), keep_ratio: bool = False, interp: int = 1) -> jax.Array:
    """Resize (H, W, C) or (N, H, W, C) to size (width, height), or one number for both.

    keep_ratio makes one number the length of the shorter side. interp: 0 nearest, 1 or 5 bilinear, 2 cubic, 3 area,
    4 Lanczos, with pixels as areas and no smoothing when shrinking but in 3. Bytes are rounded, and may be
    one off MXNet's, which computes them in fixed point; int8 is taken for uint8.
    """
    _check(data, "resize")
    if interp not in range(6):
        raise ArgumentError(f"resize: expected interp 0 (nearest), 1, 2, 3, 4 or 5, got {interp}")
    if data.dtype == jnp.int8:
        unsigned = resize(lax.bitcast_convert_type(data, jnp.uint8), size=size, keep_ratio=keep_ratio, interp=interp)
        return lax.bitcast_convert_type(unsigned, jnp.int8)
    if interp and data.dtype not in (jnp.uint8, jnp.float32, jnp.float64):
        raise DTypeError(f"resize: expected data of type uint8, float32 or float64, got {data.dtype}")
    height, width = data.shape[-3:-1]
    rows, columns = _target(size, keep_ratio, height, width)
    if interp == 0:
        row = np.minimum(np.floor(np.arange(rows) * (height / rows)), height - 1).astype(np.int32)
        column = np.minimum(np.floor(np.arange(columns) * (width / columns)), width - 1).astype(np.int32)
        return jnp.take(jnp.take(data, row, data.ndim - 3), column, data.ndim - 2)
    wide = data.astype(jnp.float32) if data.dtype == jnp.uint8 else data
    shrinking = rows <= height and columns <= width
    down = jnp.asarray(_weights(height, rows, interp, shrinking), wide.dtype)
    across = jnp.asarray(_weights(width, columns, interp, shrinking), wide.dtype)
    found = jnp.einsum("...hwc,ih,jw->...ijc", wide, down, across, precision="highest")
    if data.dtype == jnp.uint8:
        found = jnp.clip(jnp.round(found), 0, 255)
    return found.astype(data.dtype)
