"""Augmenters that move pixels: sizes, crops and mirrors."""

from __future__ import annotations

import random
from typing import Any

from gluax.image import cropping
from gluax.image.augmenters.base import Augmenter
from gluax.image.cropping import Size, center_crop, interpolation, random_crop, random_size_crop, resize_short
from gluax.image.reading import image_of, imresize, pixels_of
from gluax.ndarray import NDArray


class ResizeAug(Augmenter):
    """`resize_short` to `size`."""

    def __init__(self, size: int, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """`imresize` to `size` (width, height), whatever the ratio was."""

    def __init__(self, size: Size, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        sizes = (src.shape[0], src.shape[1], self.size[1], self.size[0])
        return imresize(src, *self.size, interp=interpolation(self.interp, sizes))


class RandomCropAug(Augmenter):
    """`random_crop` of `size` (width, height)."""

    def __init__(self, size: Size, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return random_crop(src, self.size, self.interp)[0]


class CenterCropAug(Augmenter):
    """`center_crop` of `size` (width, height)."""

    def __init__(self, size: Size, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return center_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """`random_size_crop`; see there for the arguments."""

    def __init__(self, size: Size, area: Any, ratio: tuple[float, float], interp: int = 2, **kwargs: Any) -> None:
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.area = cropping.area_range(area, kwargs)
        self.size, self.ratio, self.interp = size, ratio, interp

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


def flipped(src: NDArray) -> NDArray:
    """An image with left and right exchanged."""
    return image_of(pixels_of(src)[:, ::-1], src.context)


class HorizontalFlipAug(Augmenter):
    """Left and right exchanged, with probability `p`."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return flipped(src) if random.random() < self.p else src
