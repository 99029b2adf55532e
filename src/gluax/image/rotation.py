"""Turning images: `imrotate`, `random_rotate`."""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np

from gluax import ndarray as nd
from gluax.errors import ArgumentError, DTypeError
from gluax.ndarray import NDArray


def imrotate(src: NDArray, rotation_degrees: Any, zoom_in: bool = False, zoom_out: bool = False) -> NDArray:
    """Turn an image about its middle, by bilinear interpolation; what comes from outside is 0.

    Args:
      src: (C, H, W) or (N, C, H, W), float32.
      rotation_degrees: the angle; for a batch also an NDArray of angles.
      zoom_in: enlarge so that nothing from outside is seen.
      zoom_out: shrink so that the whole image is seen.

    Raises:
      ArgumentError: (a `ValueError`) both zooms, another number of dimensions, or of angles.
      DTypeError: (a `TypeError`) no float32, or no number as angle of one image.
    """
    if zoom_in and zoom_out:
        raise ArgumentError("zoom_in and zoom_out exclude each other")
    if src.dtype != np.float32:
        raise DTypeError(f"expected an image of float32, got {np.dtype(src.dtype)}")
    if src.ndim == 3:
        if not isinstance(rotation_degrees, Number):
            raise DTypeError("expected a number as angle of one image")
        return imrotate(src.expand_dims(axis=0), rotation_degrees, zoom_in, zoom_out)[0]
    if src.ndim != 4:
        raise ArgumentError(f"expected (C, H, W) or (N, C, H, W), got {src.shape}")
    single = isinstance(rotation_degrees, Number)
    degrees = np.full(len(src), rotation_degrees) if single else rotation_degrees.asnumpy()
    if len(src) != len(degrees):
        raise ArgumentError(f"expected an angle for each of {len(src)} images, got {len(degrees)}")
    grid = _grid(np.pi * degrees.astype(np.float64) / 180, src.shape[2], src.shape[3], zoom_in, zoom_out)
    return nd.BilinearSampler(src, nd.array(grid, src.context))  # pyright: ignore[reportAttributeAccessIssue]


def _grid(angles: np.ndarray, height: int, width: int, zoom_in: bool, zoom_out: bool) -> np.ndarray:
    """Where each pixel comes from, (N, 2, H, W); from -1 to 1."""
    angles = angles[:, None, None]
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    y, x = np.arange(height)[:, None] - middle_y, np.arange(width) - middle_x
    from_x = (x * np.cos(angles) - y * np.sin(angles)) / middle_x
    from_y = (x * np.sin(angles) + y * np.cos(angles)) / middle_y
    grid = np.stack([from_x, from_y], 1)
    if not (zoom_in or zoom_out):
        return grid
    radius, corner = np.hypot(height, width), np.arctan(height / width)
    corners = corner + np.stack([np.abs(angles), -np.abs(angles)])
    most_x = np.abs(radius * np.cos(corners)).max(0)
    most_y = np.abs(radius * np.sin(corners)).max(0)
    if zoom_out:
        return grid * np.maximum(most_x / width, most_y / height)[..., None]
    return grid * np.minimum(width / most_x, height / most_y)[..., None]


def random_rotate(
    src: NDArray, angle_limits: tuple[float, float], zoom_in: bool = False, zoom_out: bool = False
) -> NDArray:
    """`imrotate` by angles drawn between the limits by `numpy.random`, one for each image."""
    if src.ndim == 3:
        return imrotate(src, np.random.uniform(*angle_limits), zoom_in, zoom_out)
    return imrotate(src, nd.array(np.random.uniform(*angle_limits, size=src.shape[0])), zoom_in, zoom_out)
