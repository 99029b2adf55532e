"""Transforms of pictures, as blocks.

Pictures are (H, W, C) arrays, in bytes as decoders give them, until `ToTensor` makes them (C, H, W) in float32. Each
block is an operator of `mx.nd.image`, or a function of `mx.image`. Random ones draw from gluax's generator
(`mx.random.seed`), but for whether something is done at all, which Python's and numpy's generators decide, as in MXNet.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby
from numbers import Number
from typing import Any

import numpy as np

from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn import HybridSequential, Sequential
from gluax.image import center_crop, imrotate, random_rotate, random_size_crop

__all__ = [
    "Cast", "CenterCrop", "Compose", "CropResize", "Normalize", "RandomApply", "RandomBrightness", "RandomColorJitter",
    "RandomContrast", "RandomFlipLeftRight", "RandomFlipTopBottom", "RandomHue", "RandomLighting", "RandomResizedCrop",
    "RandomRotation", "RandomSaturation", "Resize", "Rotate", "ToTensor",
]  # fmt: skip

Size = int | Sequence[int]


class Compose(Sequential):
    """Transforms one after the other; hybrid ones that follow each other are compiled as one, for each shape once.

    Args:
      transforms: the blocks.
    """

    def __init__(self, transforms: Sequence[Block]) -> None:
        super().__init__()
        for hybrid, group in groupby(transforms, lambda block: isinstance(block, HybridBlock)):
            blocks = list(group)
            if hybrid and len(blocks) > 1:
                chain = HybridSequential()
                chain.add(*blocks)
                chain.hybridize()
                blocks = [chain]
            self.add(*blocks)


class Cast(HybridBlock):
    """The same numbers in another dtype.

    Args:
      dtype: the dtype.
    """

    def __init__(self, dtype: Any = "float32") -> None:
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Any shape in, the same out."""
        return F.cast(x, self._dtype)


class ToTensor(HybridBlock):
    """(H, W, C) from 0 to 255 becomes (C, H, W) from 0 to 1, float32; with a batch's axis before them too."""

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Channels first, divided by 255."""
        return F.image.to_tensor(x)


class Normalize(HybridBlock):
    """(x - mean) / std by channel, for (C, H, W) or (N, C, H, W).

    Args:
      mean: one number, or one for each channel.
      std: the same.
    """

    def __init__(self, mean: Any = 0.0, std: Any = 1.0) -> None:
        super().__init__()
        self._mean = mean
        self._std = std

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.normalize(x, self._mean, self._std)


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


class _RandomFactor(HybridBlock):
    """A change by a random factor within `amount` of 1, but not below 0."""

    _operator: str

    def __init__(self, amount: float) -> None:
        super().__init__()
        self._args = (max(0, 1 - amount), 1 + amount)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """(H, W, C) in, the same out."""
        return getattr(F.image, self._operator)(x, *self._args)


class RandomBrightness(_RandomFactor):
    """Change the brightness of (H, W, C).

    Args:
      brightness: the factor is drawn from ``[max(0, 1 - brightness), 1 + brightness]``.
    """

    _operator = "random_brightness"

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness)


class RandomContrast(_RandomFactor):
    """Change the contrast of (H, W, C).

    Args:
      contrast: the factor is drawn from ``[max(0, 1 - contrast), 1 + contrast]``.
    """

    _operator = "random_contrast"

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast)


class RandomSaturation(_RandomFactor):
    """Change the saturation of (H, W, C).

    Args:
      saturation: the factor is drawn from ``[max(0, 1 - saturation), 1 + saturation]``.
    """

    _operator = "random_saturation"

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation)


class RandomHue(_RandomFactor):
    """Change the hue of (H, W, C).

    Args:
      hue: the factor is drawn from ``[max(0, 1 - hue), 1 + hue]``.
    """

    _operator = "random_hue"

    def __init__(self, hue: float) -> None:
        super().__init__(hue)


class RandomColorJitter(HybridBlock):
    """Change brightness, contrast, saturation and hue of (H, W, C), each as its own transform does.

    Args:
      brightness: see `RandomBrightness`.
      contrast: see `RandomContrast`.
      saturation: see `RandomSaturation`.
      hue: see `RandomHue`.
    """

    def __init__(self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0) -> None:
        super().__init__()
        self._args = (brightness, contrast, saturation, hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.random_color_jitter(x, *self._args)


class RandomLighting(HybridBlock):
    """AlexNet's noise along the principal components of colours, on (H, W, C).

    Args:
      alpha: the standard deviation of the noise.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.random_lighting(x, self._alpha)


class RandomApply(Sequential):
    """A transform, or nothing, as Python's generator decides.

    Args:
      transforms: the transform; several as a `Compose`.
      p: how often it is applied, from 0 to 1.
    """

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, x: Any) -> Any:
        """What the transform gives, or `x`."""
        return x if self.p < random.random() else self.transforms(x)


def _pair(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, Number) else tuple(size)  # pyright: ignore[reportReturnType, reportArgumentType]


def _check_float32(x: Any) -> None:
    if x.dtype != np.float32:
        raise TypeError("This transformation only supports float32. Consider calling it after ToTensor")
