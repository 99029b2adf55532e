"""Transforms that move pixels: turns, crops, other sizes and mirrors."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np

from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.image import center_crop, imrotate, random_rotate, random_size_crop

Size = int | Sequence[int]


class Rotate(Block):
    """Turn (C, H, W) or (N, C, H, W) in float32; see `mx.image.imrotate`.

    Args:
      rotation_degrees: by how much.
      zoom_in: enlarge, so that nothing outside of the picture shows.
      zoom_out: make smaller, so that all of the picture shows.
    """

    def __init__(self, rotation_degrees: float, zoom_in: bool = False, zoom_out: bool = False) -> None:
        super().__init__()
        self._args = (rotation_degrees, zoom_in, zoom_out)

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """The same shape.

        Raises:
          TypeError: for another dtype.
        """
        _check_float32(x)
        return imrotate(x, *self._args)


class RandomRotation(Block):
    """Turn (C, H, W) or (N, C, H, W) in float32 by a random angle; see `mx.image.random_rotate`.

    Args:
      angle_limits: the smallest and the largest angle, in degrees.
      zoom_in: enlarge, so that nothing outside of the picture shows.
      zoom_out: make smaller, so that all of the picture shows.
      rotate_with_proba: how often to turn at all, from 0 to 1, as numpy's generator decides.

    Raises:
      ValueError: for limits in the wrong order, and for another probability.
    """

    def __init__(
        self,
        angle_limits: tuple[float, float],
        zoom_in: bool = False,
        zoom_out: bool = False,
        rotate_with_proba: float = 1.0,
    ) -> None:
        super().__init__()
        lower, upper = angle_limits
        if lower >= upper:
            raise ValueError("`angle_limits` must be an ordered tuple")
        if not 0 <= rotate_with_proba <= 1:
            raise ValueError("Probability of rotating the image should be between 0 and 1")
        self._args = (angle_limits, zoom_in, zoom_out)
        self._rotate_with_proba = rotate_with_proba

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """The same shape.

        Raises:
          TypeError: for another dtype, when it is turned.
        """
        if np.random.random() > self._rotate_with_proba:
            return x
        _check_float32(x)
        return random_rotate(x, *self._args)


class RandomResizedCrop(Block):
    """A random part of (H, W, C), resized; see `mx.image.random_size_crop`.

    Args:
      size: width and height of the result, or one number for both.
      scale: the smallest and the largest part of the area.
      ratio: the smallest and the largest ratio of width to height.
      interpolation: OpenCV's number of the method, 1 for bilinear.
    """

    def __init__(
        self,
        size: Size,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: int = 1,
    ) -> None:
        super().__init__()
        self._args = (_pair(size), scale, ratio, interpolation)

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """The part."""
        return random_size_crop(x, *self._args)[0]


class CropResize(HybridBlock):
    """A part of (H, W, C) or (N, H, W, C), resized if wanted.

    Args:
      x: its left edge.
      y: its upper edge.
      width: its width.
      height: its height.
      size: width and height of the result, or one number for both.
      interpolation: OpenCV's number of the method; needed with `size`.
    """

    def __init__(
        self, x: int, y: int, width: int, height: int, size: Size | None = None, interpolation: int | None = None
    ) -> None:
        super().__init__()
        self._box = (x, y, width, height)
        self._size = size
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The part."""
        out = F.image.crop(x, *self._box)
        return F.image.resize(out, self._size, False, self._interpolation) if self._size else out


class CenterCrop(Block):
    """The middle of (H, W, C), enlarged where the picture is smaller; see `mx.image.center_crop`.

    Args:
      size: width and height, or one number for both.
      interpolation: OpenCV's number of the method, 1 for bilinear.
    """

    def __init__(self, size: Size, interpolation: int = 1) -> None:
        super().__init__()
        self._args = (_pair(size), interpolation)

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """The middle."""
        return center_crop(x, *self._args)[0]


class Resize(HybridBlock):
    """Resize (H, W, C) or (N, H, W, C).

    Args:
      size: width and height, or one number for both.
      keep_ratio: whether one number is the length of the shorter side, and the other follows.
      interpolation: OpenCV's number of the method, 1 for bilinear.
    """

    def __init__(self, size: Size, keep_ratio: bool = False, interpolation: int = 1) -> None:
        super().__init__()
        self._size = size
        self._keep = keep_ratio
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same picture in another size."""
        return F.image.resize(x, self._size, self._keep, self._interpolation)


class RandomFlipLeftRight(HybridBlock):
    """Mirror (H, W, C), left to right, or do not, with even chances."""

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.random_flip_left_right(x)


class RandomFlipTopBottom(HybridBlock):
    """Mirror (H, W, C), top to bottom, or do not, with even chances."""

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.random_flip_top_bottom(x)


def _pair(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, Number) else tuple(size)  # pyright: ignore[reportReturnType, reportArgumentType]


def _check_float32(x: Any) -> None:
    if x.dtype != np.float32:
        raise TypeError("This transformation only supports float32. Consider calling it after ToTensor")
