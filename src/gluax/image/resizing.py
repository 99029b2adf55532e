"""OpenCV's resizing of images in numpy: bytes in its fixed point, so that results are the same to the bit.

The operator `image.resize` is for batches in compiled programs; here every image may have another size, and nothing
is compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gluax.errors import ArgumentError, DTypeError

_SCALE = 2048  # of the weights of bytes
NEAREST, LINEAR, CUBIC, AREA, LANCZOS = range(5)


class _Taps(NamedTuple):
    """For every new place along an axis: the old places that it is made of (new, taps), and their weights."""

    places: np.ndarray
    weights: np.ndarray


def resized(image: np.ndarray, width: int, height: int, interp: int) -> np.ndarray:
    """An image (H, W, C), uint8 or float, in another size.

    Args:
      image: the pixels.
      width: new number of columns.
      height: new number of rows.
      interp: 0 nearest, 1 bilinear, 2 cubic, 3 area, 4 Lanczos; others are bilinear.

    Raises:
      ArgumentError: an empty size.
      DTypeError: another dtype, but for the nearest pixels.
    """
    if width < 1 or height < 1:
        raise ArgumentError(f"resize: expected a size of at least 1 x 1, got {width} x {height}")
    rows, columns = image.shape[:2]
    if (rows, columns) == (height, width):
        return image.copy()
    if interp == NEAREST:
        down, across = (
            np.minimum(np.floor(np.arange(new) * (1 / (new / old))), old - 1).astype(int)
            for old, new in ((rows, height), (columns, width))
        )
        return image[down[:, None], across]
    if image.dtype not in (np.uint8, np.float32, np.float64):
        raise DTypeError(f"resize: expected uint8, float32 or float64, got {image.dtype}")
    shrinking = height <= rows and width <= columns
    whole = rows % height == 0 and columns % width == 0
    if shrinking and whole and (interp == AREA or (interp == LINEAR and rows == 2 * height and columns == 2 * width)):
        return _means(image, height, width)
    if interp == AREA and shrinking:
        return _areas(image, height, width)
    across = _taps(columns, width, interp)
    if interp not in (CUBIC, LANCZOS):  # on the edge of a line OpenCV takes a pixel itself, not a mixture of equals
        alone = across.places[:, :1] == across.places[:, 1:]
        across = across._replace(weights=np.where(alone, np.array([1, 0], np.float32), across.weights))
    return _spread(image, _taps(rows, height, interp), across, interp)


def _rounded(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(dtype) if dtype == np.uint8 else values.astype(dtype)


def _means(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Means of blocks of whole pixels."""
    down, across = image.shape[0] // height, image.shape[1] // width
    wide = image.astype(np.int32 if image.dtype == np.uint8 else image.dtype)
    total = wide.reshape(height, down, width, across, -1).sum((1, 3))
    if image.dtype == np.uint8 and (down, across) == (2, 2):
        return ((total + 2) >> 2).astype(np.uint8)
    kind = np.float64 if image.dtype == np.float64 else np.float32
    return _rounded(total.astype(kind) * kind(1 / (down * across)), image.dtype)


def _areas(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Means of blocks that may hold parts of pixels."""
    kind = np.float64 if image.dtype == np.float64 else np.float32
    found = image.astype(kind)
    for axis, new in ((1, width), (0, height)):
        taps = _cells(found.shape[axis], new)
        found = _combined(found, axis, _Taps(taps.places, taps.weights.astype(kind)))
    return _rounded(found, image.dtype)


def _cells(old: int, new: int) -> _Taps:
    scale = 1 / (new / old)
    start = np.arange(new) * scale
    end = np.minimum(start + scale, old)
    width = np.minimum(scale, old - start)
    first, last = np.ceil(start), np.minimum(np.floor(end), old - 1)
    first = np.minimum(first, last)
    places = (first - 1)[:, None] + np.arange(int((last - first).max()) + 2)
    inside = (places >= first[:, None]) & (places < last[:, None])
    weights = inside / width[:, None]
    before, after = first - start, end - last
    weights[:, 0] = np.where(before > 1e-3, before / width, 0)
    rest = np.where(after > 1e-3, np.minimum(np.minimum(after, 1), width) / width, 0)
    weights[np.arange(new), (last - first).astype(int) + 1] = rest
    return _Taps(np.clip(places, 0, old - 1).astype(int), weights)


def _taps(old: int, new: int, interp: int) -> _Taps:
    scale = 1 / (new / old)
    index = np.arange(new)
    if interp == AREA:  # enlarging: like bilinear, with pixels that keep flat parts
        start = np.floor(index * scale)
        fraction = ((index + 1) - (start + 1) * (new / old)).astype(np.float32)
        fraction = np.where(fraction <= 0, np.float32(0), fraction - np.floor(fraction))
    else:
        at = ((index + 0.5) * scale - 0.5).astype(np.float32)
        start = np.floor(at)
        fraction = at - start
    weights = {CUBIC: _cubic, LANCZOS: _lanczos}.get(interp, lambda x: np.stack([1 - x, x], 1))(fraction)
    reach = weights.shape[1] // 2
    places = start[:, None] + np.arange(1 - reach, reach + 1)
    return _Taps(np.clip(places, 0, old - 1).astype(int), weights.astype(np.float32))


def _cubic(x: np.ndarray) -> np.ndarray:
    a, one = np.float32(-0.75), np.float32(1)
    first = ((a * (x + one) - 5 * a) * (x + one) + 8 * a) * (x + one) - 4 * a
    second = ((a + 2) * x - (a + 3)) * x * x + one
    third = ((a + 2) * (one - x) - (a + 3)) * (one - x) * (one - x) + one
    return np.stack([first, second, third, one - first - second - third], 1)


def _lanczos(x: np.ndarray) -> np.ndarray:
    distance = x[:, None].astype(np.float64) + 3 - np.arange(8)
    weights = np.sinc(distance) * np.sinc(distance / 4)
    weights = np.where((x < np.finfo(np.float32).eps)[:, None], np.arange(8) == 3, weights)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def _combined(image: np.ndarray, axis: int, taps: _Taps) -> np.ndarray:
    """Sums of the weighted places along an axis, in the dtype of image and weights."""
    found = 0
    for places, weights in zip(taps.places.T, taps.weights.T):
        found = found + np.take(image, places, axis) * (weights[:, None, None] if axis == 0 else weights[:, None])
    return np.asarray(found)


def _spread(image: np.ndarray, down: _Taps, across: _Taps, interp: int) -> np.ndarray:
    if image.dtype != np.uint8:
        return _combined(_combined(image, 1, across), 0, down).astype(image.dtype)
    down, across = (taps._replace(weights=np.rint(taps.weights * _SCALE).astype(np.int32)) for taps in (down, across))
    lines = _combined(image.astype(np.int32), 1, across)
    if interp == CUBIC:
        return _cubic_lines(lines, down)
    if interp == LANCZOS:
        return _shifted(_combined(lines, 0, down))
    upper, lower = (np.take(lines >> 4, places, 0) for places in down.places.T)
    weights = down.weights[:, :, None, None]
    return (((upper * weights[:, 0] >> 16) + (lower * weights[:, 1] >> 16) + 2) >> 2).astype(np.uint8)


def _shifted(found: np.ndarray) -> np.ndarray:
    """Bytes of sums that were weighted twice."""
    return np.clip((found + (1 << 21)) >> 22, 0, 255).astype(np.uint8)


def _cubic_lines(lines: np.ndarray, down: _Taps) -> np.ndarray:
    # OpenCV takes eight numbers of a line at once in floating point, and those left over in fixed point.
    flat = lines.reshape(len(lines), -1, 1)
    even = flat.shape[1] // 8 * 8
    floating = down._replace(weights=down.weights.astype(np.float32) * np.float32(1 / _SCALE**2))
    head = _rounded(_combined(flat[:, :even].astype(np.float32), 0, floating), np.dtype(np.uint8))
    tail = _shifted(_combined(flat[:, even:], 0, down))
    return np.concatenate([head, tail], 1).reshape(-1, *lines.shape[1:])
