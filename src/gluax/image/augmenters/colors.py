"""Augmenters that change colours.

They write into the image they are given when it is of float32, as MXNet's do.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from gluax import ndarray as nd
from gluax.context import cpu
from gluax.image.augmenters.base import Augmenter, RandomOrderAug
from gluax.ndarray import NDArray

_LUMA = np.array([0.299, 0.587, 0.114])


def color_normalize(src: NDArray, mean: NDArray | None, std: NDArray | None = None) -> NDArray:
    """Subtract the mean and divide by the deviation, in place; None leaves it."""
    if mean is not None:
        src -= mean
    if std is not None:
        src /= std
    return src


class BrightnessJitterAug(Augmenter):
    """All times a number in 1 - `brightness` to 1 + `brightness`."""

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        src *= 1.0 + random.uniform(-self.brightness, self.brightness)
        return src


class ContrastJitterAug(Augmenter):
    """The distance from the mean gray times a number in 1 - `contrast` to 1 + `contrast`."""

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast=contrast)
        self.contrast = contrast
        self.coef = nd.array(_LUMA[None, None], cpu())

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        alpha = 1.0 + random.uniform(-self.contrast, self.contrast)
        gray = src * self.coef
        gray = (3.0 * (1.0 - alpha) / gray.size) * gray.sum()
        src *= alpha
        src += gray
        return src


class SaturationJitterAug(Augmenter):
    """The distance from each pixel's gray times a number in 1 - `saturation` to 1 + `saturation`."""

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation=saturation)
        self.saturation = saturation
        self.coef = nd.array(_LUMA[None, None], cpu())

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        alpha = 1.0 + random.uniform(-self.saturation, self.saturation)
        gray = (src * self.coef).sum(axis=2, keepdims=True)
        gray *= 1.0 - alpha
        src *= alpha
        src += gray
        return src


class HueJitterAug(Augmenter):
    """The hue turned by a number in -`hue` to `hue` half turns, in the colour space YIQ."""

    def __init__(self, hue: float) -> None:
        super().__init__(hue=hue)
        self.hue = hue
        self.tyiq = np.array([_LUMA, [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
        self.ityiq = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        angle = random.uniform(-self.hue, self.hue) * np.pi
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
        return nd.dot(src, nd.array((self.ityiq @ turn @ self.tyiq).T, src.context))


class ColorJitterAug(RandomOrderAug):
    """Brightness, contrast and saturation in random order; those that are 0 not at all."""

    def __init__(self, brightness: float, contrast: float, saturation: float) -> None:
        jitters = ((BrightnessJitterAug, brightness), (ContrastJitterAug, contrast), (SaturationJitterAug, saturation))
        super().__init__([jitter(amount) for jitter, amount in jitters if amount > 0])


class LightingAug(Augmenter):
    """Noise along the principal components of colours, of deviation `alphastd`."""

    def __init__(self, alphastd: float, eigval: np.ndarray, eigvec: np.ndarray) -> None:
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd, self.eigval, self.eigvec = alphastd, eigval, eigvec

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        alpha = np.random.normal(0, self.alphastd, size=(3,))
        src += nd.array(np.dot(self.eigvec * alpha, self.eigval), src.context)
        return src


class ColorNormalizeAug(Augmenter):
    """`color_normalize` by a mean and a deviation, arrays or None."""

    def __init__(self, mean: Any, std: Any) -> None:
        super().__init__(mean=mean, std=std)
        self.mean, self.std = (
            value if value is None or isinstance(value, NDArray) else nd.array(value, cpu()) for value in (mean, std)
        )

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return color_normalize(src, self.mean, self.std)


class RandomGrayAug(Augmenter):
    """Gray in all three channels, with probability `p`."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p
        self.mat = nd.array([[0.21] * 3, [0.72] * 3, [0.07] * 3], cpu())

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return nd.dot(src, self.mat) if random.random() < self.p else src


class CastAug(Augmenter):
    """Another dtype."""

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return src.astype(self.typ)
