"""Images from files, and resizing and padding them: `imread`, `imdecode`, `imresize`, `copyMakeBorder`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.context import Context, cpu
from gluax.errors import ArgumentError, ModelFileNotFoundError, ShapeError
from gluax.image.resizing import resized
from gluax.ir import pictures
from gluax.ndarray import NDArray
from gluax.ndarray import array as nd_array


def pixels_of(src: NDArray) -> np.ndarray:
    """An image's values, (H, W, C), not to be written.

    Raises:
      ShapeError: another number of dimensions.
    """
    if src.ndim != 3:
        raise ShapeError(f"expected an image (height, width, channels), got {src.shape}")
    return np.asarray(src._data)


def image_of(pixels: np.ndarray, ctx: Context | None = None, out: NDArray | None = None) -> NDArray:
    """An array of pixels, on the CPU unless told otherwise, or in `out`."""
    made = nd_array(pixels, ctx or cpu(), pixels.dtype)
    if out is None:
        return made
    if out.shape != made.shape:
        raise ShapeError(f"out of shape {out.shape} cannot hold an image {made.shape}")
    out[:] = made.astype(out.dtype).as_in_context(out.context)
    return out


def imdecode(
    buf: bytes | bytearray | np.ndarray | NDArray, flag: int = 1, to_rgb: bool = True, out: NDArray | None = None
) -> NDArray:
    """Decode a picture.

    Lossless formats give MXNet's pixels, but for gray made of 16-bit colours, which may be one off. JPEG files may
    differ by two levels, which is how far versions of the JPEG library are apart. A picture that is cut short is an
    error here; MXNet returns what it has of it.

    Args:
      buf: the file, as bytes or an array of uint8.
      flag: 1 for colours, (H, W, 3); 0 for gray, (H, W, 1).
      to_rgb: whether the colours come as red, green, blue; else blue, green, red.
      out: an array to write to.

    Returns:
      The pixels, uint8, on the CPU.

    Raises:
      ArgumentError: (a `ValueError`) `buf` is of another type, or empty.
      ModelFormatError: no picture.
      MissingExtraError: without Pillow, the extra `image`.
    """
    data = np.asarray(buf._data) if isinstance(buf, NDArray) else buf
    if not isinstance(data, (bytes, bytearray, np.ndarray)):
        raise ArgumentError(f"buf: expected bytes, bytearray or an array, got {type(buf).__name__}")
    if isinstance(data, np.ndarray):
        if isinstance(buf, NDArray) and data.dtype != np.uint8:
            raise ArgumentError(f"buf: expected an array of uint8, got {data.dtype}")
        data = data.tobytes()
    if not data or flag < 0:
        raise ArgumentError("buf is empty" if not data else f"flag {flag}: expected 0 or 1")
    pixels = pictures.decode(bytes(data), 1 if flag else 0)
    if not flag:
        pixels = pixels[..., None]
    return image_of(pixels if to_rgb else pictures.swap(pixels), out=out)


def imread(filename: str | os.PathLike[str], flag: int = 1, to_rgb: bool = True, out: NDArray | None = None) -> NDArray:
    """Read a file and decode it; see `imdecode`.

    Raises:
      ModelFileNotFoundError: no such file.
    """
    try:
        with open(filename, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise ModelFileNotFoundError(f"no file {os.fspath(filename)!r}") from None
    return imdecode(data, flag, to_rgb, out)


def imresize(src: NDArray, w: int, h: int, interp: int = 1, out: NDArray | None = None) -> NDArray:
    """Resize an image as OpenCV 3.4 does: the same bytes; of float32, Lanczos may differ in the last bits.

    Args:
      src: (H, W, C), uint8, float32 or float64; of any dtype for the nearest pixels.
      w: new width.
      h: new height.
      interp: 0 nearest, 1 bilinear, 2 cubic, 3 area, 4 Lanczos; others are bilinear,
        and may be one off OpenCV's.
      out: an array to write to.

    Raises:
      ShapeError, DTypeError, ArgumentError: `src` is no image, or of another dtype; the size is empty.
    """
    return image_of(resized(pixels_of(src), w, h, interp), src.context, out)


_BORDERS = {0: "constant", 1: "edge", 2: "symmetric", 3: "wrap", 4: "reflect"}


def copyMakeBorder(
    src: NDArray,
    top: int,
    bot: int,
    left: int,
    right: int,
    type: int = 0,
    value: float = 0.0,
    values: float | Sequence[float] = (),
    out: NDArray | None = None,
) -> NDArray:
    """Pad an image.

    Args:
      src: (H, W, C).
      top: rows above; `bot`, `left` and `right` accordingly.
      bot: rows below.
      left: columns on the left.
      right: columns on the right.
      type: what the border is: 0 constant, 1 the edge repeated, 2 a reflection with the edge, 3 the other side,
        4 a reflection without the edge. That is what MXNet does; its documentation has them in another order.
        16 is taken for 0, as by OpenCV.
      value: of a constant border, for all channels.
      values: of a constant border, for each channel; of fewer the others are 0.
      out: an array to write to.

    Raises:
      ArgumentError: another type, or a border of negative width.
      ShapeError: `src` is no image.
    """
    pixels = pixels_of(src)
    mode = _BORDERS.get(type & ~16)
    if mode is None or min(top, bot, left, right) < 0:
        raise ArgumentError(f"type {type}: expected 0 to 4" if mode is None else "borders cannot be of negative width")
    widths = ((top, bot), (left, right), (0, 0))
    if mode != "constant":
        return image_of(np.pad(pixels, widths, mode), src.context, out)  # pyright: ignore[reportCallIssue, reportArgumentType]
    padded = np.empty((pixels.shape[0] + top + bot, pixels.shape[1] + left + right, pixels.shape[2]), pixels.dtype)
    padded[:] = _filling(pixels, value, values)
    padded[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return image_of(padded, src.context, out)


def _filling(pixels: np.ndarray, value: float, values: float | Sequence[float]) -> np.ndarray:
    given: list[Any] = [values] if isinstance(values, (int, float)) else list(values)
    channels = pixels.shape[2]
    filling = np.array((given + [0.0] * channels)[:channels] if given else [value] * channels)
    if np.issubdtype(pixels.dtype, np.integer):
        limits = np.iinfo(pixels.dtype)
        filling = np.clip(np.rint(filling), limits.min, limits.max)
    return filling.astype(pixels.dtype)
