"""Cutting images out: `fixed_crop`, `random_crop`, `center_crop`, `random_size_crop`, and `resize_short`.

What is drawn comes from Python's `random`, by the calls that MXNet makes: `random.seed` gives the same crops in both.
"""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.image.reading import image_of, imresize, pixels_of
from gluax.image.resizing import AREA, CUBIC, LANCZOS, LINEAR, resized
from gluax.ndarray import NDArray

Size = tuple[int, int]
Box = tuple[int, int, int, int]


def interpolation(interp: int, sizes: tuple[int, int, int, int] | tuple[()] = ()) -> int:
    """The method 0 to 4 that a number means: 9 is the one for the sizes, 10 is a drawn one.

    Args:
      interp: 0 to 4, 9 or 10.
      sizes: old height and width, new height and width; without them, 9 is cubic.

    Raises:
      ArgumentError: (a `ValueError`) another number.
    """
    if interp == 9:
        if not sizes:
            return CUBIC
        old_height, old_width, height, width = sizes
        if height > old_height and width > old_width:
            return CUBIC
        return AREA if height < old_height and width < old_width else LINEAR
    if interp == 10:
        return random.randint(0, LANCZOS)
    if interp not in range(5):
        raise ArgumentError(f"Unknown interp method {interp}: expected 0 to 4, 9 or 10")
    return interp


def scale_down(src_size: Size, size: Size) -> Size:
    """The largest (width, height) of the ratio of `size` that fits in `src_size`; `size` if it fits."""
    width, height = size
    old_width, old_height = src_size
    if old_height < height:
        width, height = float(width * old_height) / height, old_height
    if old_width < width:
        width, height = old_width, float(height * old_width) / width
    return int(width), int(height)


def resize_short(src: NDArray, size: int, interp: int = 2) -> NDArray:
    """Resize so that the shorter side has `size` pixels; `interp` as for `imresize`, also 9 and 10.

    9 is cubic to enlarge, area to shrink, and bilinear else; 10 draws one of 0 to 4.
    """
    height, width, _ = src.shape
    if height > width:
        new_height, new_width = size * height // width, size
    else:
        new_height, new_width = size, size * width // height
    sizes = (height, width, new_height, new_width)
    return imresize(src, new_width, new_height, interp=interpolation(interp, sizes))


def fixed_crop(src: NDArray, x0: int, y0: int, w: int, h: int, size: Size | None = None, interp: int = 2) -> NDArray:
    """The part of `w` by `h` pixels at (x0, y0), resized to `size` (width, height) if it has another one."""
    part = pixels_of(src)[y0 : y0 + h, x0 : x0 + w]
    if size is not None and (w, h) != size:
        part = resized(part, *size, interpolation(interp, (h, w, size[1], size[0])))
    return image_of(part, src.context)


def random_crop(src: NDArray, size: Size, interp: int = 2) -> tuple[NDArray, Box]:
    """A part of `size` (width, height) anywhere, and its box (x, y, width, height).

    Of a smaller image the largest part of that ratio, resized.
    """
    height, width, _ = src.shape
    new_width, new_height = scale_down((width, height), size)
    x0 = random.randint(0, width - new_width)
    y0 = random.randint(0, height - new_height)
    return fixed_crop(src, x0, y0, new_width, new_height, size, interp), (x0, y0, new_width, new_height)


def center_crop(src: NDArray, size: Size, interp: int = 2) -> tuple[NDArray, Box]:
    """As `random_crop`, in the middle."""
    height, width, _ = src.shape
    new_width, new_height = scale_down((width, height), size)
    x0, y0 = int((width - new_width) / 2), int((height - new_height) / 2)
    return fixed_crop(src, x0, y0, new_width, new_height, size, interp), (x0, y0, new_width, new_height)


def area_range(area: Any, kwargs: dict[str, Any]) -> Any:
    """The area, or the deprecated `min_area` among the other arguments, of which there may be no more."""
    if "min_area" in kwargs:
        warnings.warn("`min_area` is deprecated; use `area`", DeprecationWarning, stacklevel=3)
        area = kwargs.pop("min_area")
    if kwargs:
        raise ArgumentError(f"unexpected arguments {sorted(kwargs)}")
    return area


def random_size_crop(
    src: NDArray,
    size: Size,
    area: float | tuple[float, float],
    ratio: tuple[float, float],
    interp: int = 2,
    **kwargs: Any,
) -> tuple[NDArray, Box]:
    """A part of any size anywhere, resized, and its box (x, y, width, height); the middle if ten draws do not fit.

    Args:
      src: the image.
      size: (width, height) of the result.
      area: the range of the part's share of the image; a number is the least, 1 the most.
      ratio: the range of the part's width by its height.
      interp: as for `resize_short`.
      kwargs: the deprecated `min_area`.

    Raises:
      ArgumentError: (an `AssertionError`) other arguments.
    """
    area = area_range(area, kwargs)
    least, most = area if isinstance(area, (tuple, list)) else (area, 1.0)
    height, width, _ = src.shape
    for _ in range(10):
        target = random.uniform(least, most) * (height * width)
        drawn = np.exp(random.uniform(np.log(ratio[0]), np.log(ratio[1])))
        new_width, new_height = round(math.sqrt(target * drawn)), round(math.sqrt(target / drawn))
        if new_width <= width and new_height <= height:
            x0 = random.randint(0, width - new_width)
            y0 = random.randint(0, height - new_height)
            return fixed_crop(src, x0, y0, new_width, new_height, size, interp), (x0, y0, new_width, new_height)
    return center_crop(src, size, interp)
