"""Resizing images: UpSampling, BilinearResize2D, AdaptiveAvgPooling2D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating
from gluax.ops._deconv_forms import deconvolve
from gluax.ops._numbers import widen
from gluax.ops._windows import check_rank, make_window
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes

# --- UpSampling ---------------------------------------------------------------------------------------


def _upsampling_inputs(attrs: Attrs, count: int | None = None) -> tuple[str, ...]:
    if attrs.sample_type == "bilinear":
        return ("data", "weight")
    return tuple(f"arg{i}" for i in range(attrs.num_args if count is None else count))


def _bilinear_kernel(scale: int) -> tuple[int, int]:
    """Kernel size and padding of the deconvolution that enlarges by `scale`."""
    return 2 * scale - scale % 2, -(-(scale - 1) // 2)


def _upsampling_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = ins[0]
    if data is None:
        return ins, outs
    check_rank(data, 2)
    batch, channels, *spatial = data
    if attrs.sample_type == "bilinear":
        size = _bilinear_kernel(attrs.scale)[0]
        ins = [data, merge_shapes(ins[1], (channels, 1, size, size))]
    elif attrs.multi_input_mode == "concat":
        parts = [-1 if shape is None else shape[1] for shape in ins]
        channels = -1 if -1 in parts else sum(parts)
    sizes = [-1 if size < 0 else size * attrs.scale for size in spatial]
    return ins, [merge_shapes(outs[0], (batch, channels, *sizes))]


@operator("UpSampling", inputs=_upsampling_inputs, shapes=_upsampling_shapes, hints=("workspace",))
def upsampling(
    *data: jax.Array,
    scale: int,
    sample_type: Literal["nearest", "bilinear"],
    num_args: int,
    num_filter: int = 0,
    multi_input_mode: Literal["concat", "sum"] = "concat",
) -> jax.Array:
    """Enlarge images (N, C, H, W) to (N, C, scale * H, scale * W).

    "nearest" takes several: all are enlarged to the first one's new size, then joined along the channels
    or added. "bilinear" takes data and weight (C, 1, K, K), and is a deconvolution with that weight, one
    kernel per channel; MXNet wants `num_filter` to be C and has undefined results otherwise.
    """
    for image in data:
        require_floating(image, "UpSampling")
        check_rank(image.shape, 2)
    if scale < 1:
        raise ArgumentError(f"scale {scale}: expected at least 1")
    height, width = (size * scale for size in data[0].shape[2:])
    if sample_type == "bilinear":
        image, weight = data
        size, pad = _bilinear_kernel(scale)
        channels = image.shape[1]
        if weight.shape != (channels, 1, size, size):
            raise ShapeError(f"expected weight of shape {(channels, 1, size, size)}, got {weight.shape}")
        window = make_window((size, size), (scale, scale), (), (pad, pad))
        return deconvolve(image, weight, window, channels, False, (height, width), window.pad)
    images = [_repeat(image, height, width) for image in data]
    if multi_input_mode == "concat":
        return jnp.concatenate(images, axis=1)
    if len({image.shape for image in images}) > 1:
        raise ShapeError(f"multi_input_mode='sum' needs equal channels, got {[image.shape[1] for image in images]}")
    return sum(images[1:], images[0])


def _repeat(image: jax.Array, height: int, width: int) -> jax.Array:
    """Every pixel as often as it takes to fill (height, width)."""
    batch, channels, h, w = image.shape
    if height % h or width % w:
        raise ShapeError(f"an image of {h}x{w} cannot be enlarged to {height}x{width} by whole pixels")
    up, left = height // h, width // w
    spread = jnp.broadcast_to(image[:, :, :, None, :, None], (batch, channels, h, up, w, left))
    return spread.reshape(batch, channels, height, width)


# --- BilinearResize2D ---------------------------------------------------------------------------------

Mode = Literal["size", "odd_scale", "like", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"]


def _resize_inputs(attrs: Attrs) -> tuple[str, ...]:
    return ("data", "like") if attrs.mode == "like" else ("data",)


def _scaled(size: int, scale: float) -> int:
    # MXNet multiplies in single precision and cuts off the fraction.
    return int(np.float32(size) * np.float32(scale))


def _target(attrs: Attrs, spatial: Sequence[int], like: PartialShape) -> Shape:
    """Height and width of the result; -1 where the data's size is not known.

    Raises:
      ArgumentError, ShapeError
    """
    if attrs.mode == "like":
        if like is not None and len(like) != 4:
            raise ShapeError(f"expected `like` of rank 4 (N, C, H, W), got {like}")
        return (-1, -1) if like is None else tuple(like[2:])
    scales = (attrs.scale_height, attrs.scale_width)
    if attrs.mode == "size" and scales[0] is None:
        sizes = (attrs.height, attrs.width)
        if min(sizes) < 1:
            raise ArgumentError(f"height and width {sizes}: expected at least 1")
        return sizes
    if attrs.mode in ("size", "odd_scale") and None in scales:
        raise ArgumentError(f"mode={attrs.mode!r} needs both scale_height and scale_width, got {scales}")
    change = {
        "size": lambda n, s: _scaled(n, s),
        "odd_scale": lambda n, s: _scaled(n, s) if n % 2 == 0 else _scaled(n - 1, s) + 1,
        "to_even_down": lambda n, s: n - n % 2,
        "to_even_up": lambda n, s: n + n % 2,
        "to_odd_down": lambda n, s: n - (n + 1) % 2,
        "to_odd_up": lambda n, s: n + (n + 1) % 2,
    }[attrs.mode]
    return tuple(-1 if n < 0 else change(n, s) for n, s in zip(spatial, scales))


def _resize_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if ins[0] is None:
        return ins, outs
    check_rank(ins[0], 2)
    batch, channels, *spatial = ins[0]
    target = _target(attrs, spatial, ins[1] if len(ins) > 1 else None)
    return ins, [merge_shapes(outs[0], (batch, channels, *target))]


@operator("_contrib_BilinearResize2D", inputs=_resize_inputs, shapes=_resize_shapes)
def bilinear_resize(
    data: jax.Array,
    like: jax.Array | None = None,
    *,
    height: int = 1,
    width: int = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: Mode = "size",
    align_corners: bool = True,
) -> jax.Array:
    """Bilinear interpolation of images (N, C, H, W) to a size that `mode` and the sizes or scales tell.

    scale_height overrides height and width; "like" takes the size of another array (N, C, H, W), which
    gets no gradient. `align_corners` maps corner pixels to corner pixels, else corner points.
    """
    require_floating(data, "_contrib_BilinearResize2D")
    check_rank(data.shape, 2)
    attrs = Attrs(
        {
            "height": height, "width": width, "scale_height": scale_height, "scale_width": scale_width, "mode": mode,
        }
    )  # fmt: skip
    target = _target(attrs, data.shape[2:], None if like is None else like.shape)
    if min(target) < 1:
        raise ShapeError(f"the result would be empty: {target}; use a larger scale")
    out = widen(data)
    for axis, size in zip((2, 3), target):
        if data.shape[axis] != size:
            weights = _interpolation(data.shape[axis], size, align_corners)
            out = _mix(out, axis, weights)
    return out.astype(data.dtype)


def _interpolation(size: int, target: int, align_corners: bool) -> np.ndarray:
    """The matrix (target, size) that interpolates linearly; places are of single precision, as in MXNet."""
    index = np.arange(target)
    if target == 1:
        position = np.zeros(1, np.float32)
    elif align_corners:
        position = index.astype(np.float32) * (np.float32(size - 1) / np.float32(target - 1))
    else:
        scale = float(np.float32(size) / np.float32(target))
        position = np.maximum((index + 0.5) * scale - 0.5, 0).astype(np.float32)
    low = np.minimum(position.astype(int), size - 1)
    high = np.minimum(low + 1, size - 1)
    fraction = (position - low.astype(np.float32)).astype(np.float64)
    weights = np.zeros((target, size))
    np.add.at(weights, (index, low), 1 - fraction)
    np.add.at(weights, (index, high), fraction)
    return weights


def _mix(data: jax.Array, axis: int, weights: np.ndarray) -> jax.Array:
    """Combine the elements along one axis of images by a matrix (new, old)."""
    subscripts = {2: "nchw,yh->ncyw", 3: "nchw,xw->nchx"}[axis]
    return jnp.einsum(subscripts, data, jnp.asarray(weights, data.dtype), precision="highest")


# --- AdaptiveAvgPooling2D -----------------------------------------------------------------------------


def _adaptive_size(output_size: Shape) -> Shape:
    """Height and width from 0, 1 or 2 numbers; MXNet takes any other count for none."""
    if len(output_size) == 2:
        return output_size
    return output_size * 2 if len(output_size) == 1 else (1, 1)


def _adaptive_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if ins[0] is None:
        return ins, outs
    check_rank(ins[0], 2)
    return ins, [merge_shapes(outs[0], (*ins[0][:2], *_adaptive_size(attrs.output_size)))]


@operator("_contrib_AdaptiveAvgPooling2D", shapes=_adaptive_shapes)
def adaptive_avg_pooling(data: jax.Array, *, output_size: Shape = ()) -> jax.Array:
    """Mean of images (N, C, H, W) over a grid of `output_size` windows: () is 1x1, (n,) is n x n."""
    require_floating(data, "_contrib_AdaptiveAvgPooling2D")
    check_rank(data.shape, 2)
    target = _adaptive_size(output_size)
    if min(target) < 1:
        raise ArgumentError(f"output_size {output_size}: expected sizes of at least 1")
    out = widen(data)
    if target == (1, 1):
        return jnp.mean(out, (2, 3), keepdims=True).astype(data.dtype)
    for axis, size in zip((2, 3), target):
        if data.shape[axis] != size:
            out = _mix(out, axis, _window_means(data.shape[axis], size))
    return out.astype(data.dtype)


def _window_means(size: int, target: int) -> np.ndarray:
    """The matrix (target, size) that averages; windows overlap where `target` does not divide `size`."""
    weights = np.zeros((target, size))
    for i in range(target):
        start, end = i * size // target, -(-(i + 1) * size // target)
        weights[i, start:end] = 1 / (end - start)
    return weights
