"""`Augmenter`s: callables that change an image, many of them at random, and `CreateAugmenter`.

What is drawn comes from Python's `random` and `numpy.random`, by the calls that MXNet makes: the same seeds give the
same images in both. Those that change colours write into the image they are given when it is of float32, as MXNet.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax import ndarray as nd
from gluax.context import cpu
from gluax.errors import ArgumentError
from gluax.image import cropping
from gluax.image.cropping import Size, center_crop, interpolation, random_crop, random_size_crop, resize_short
from gluax.image.reading import image_of, imresize, pixels_of
from gluax.ndarray import NDArray

_LUMA = np.array([0.299, 0.587, 0.114])


def listed(values: dict[str, Any]) -> dict[str, Any]:
    """Arguments with lists for arrays, as JSON takes them."""
    plain = {key: value.asnumpy() if isinstance(value, NDArray) else value for key, value in values.items()}
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in plain.items()}


def color_normalize(src: NDArray, mean: NDArray | None, std: NDArray | None = None) -> NDArray:
    """Subtract the mean and divide by the deviation, in place; None leaves it."""
    if mean is not None:
        src -= mean
    if std is not None:
        src /= std
    return src


class Augmenter:
    """Base of augmenters of images (H, W, C); its arguments are those that `dumps` shows."""

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = listed(kwargs)

    def dumps(self) -> Any:
        """Name and arguments as JSON."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")


class SequentialAug(Augmenter):
    """One augmenter of the list `ts` after another."""

    def __init__(self, ts: list[Augmenter]) -> None:
        super().__init__()
        self.ts = ts

    def dumps(self) -> list[Any]:
        """Name and the list of what the augmenters give."""
        return [type(self).__name__.lower(), [augmenter.dumps() for augmenter in self.ts]]

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        for augmenter in self.ts:
            src = augmenter(src)
        return src


class RandomOrderAug(SequentialAug):
    """The augmenters of the list `ts` in random order; shuffles the list."""

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        random.shuffle(self.ts)
        return super().__call__(src)


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


class CastAug(Augmenter):
    """Another dtype."""

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: NDArray) -> NDArray:
        """The changed image."""
        return src.astype(self.typ)


MEAN, STD = (123.68, 116.28, 103.53), (58.395, 57.12, 57.375)


def per_channel(value: Any, default: Sequence[float], name: str) -> Any:
    """The mean or deviation that an argument means: True is the default, None none.

    Raises:
      ArgumentError: (an `AssertionError`) no array of 1 or 3 numbers.
    """
    if value is True:
        return nd.array(default, cpu())
    if value is not None and (not isinstance(value, (np.ndarray, NDArray)) or value.shape[0] not in (1, 3)):
        raise ArgumentError(f"{name}: expected True, None or an array of 1 or 3 numbers, got {value!r}")
    return value


def color_augmenters(
    brightness: float, contrast: float, saturation: float, hue: float, pca_noise: float, rand_gray: float,
    mean: Any, std: Any,
) -> list[Augmenter]:  # fmt: skip
    """The cast to float32 and what changes colours, in MXNet's order."""
    augmenters: list[Augmenter] = [CastAug()]
    if brightness or contrast or saturation:
        augmenters.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        augmenters.append(HueJitterAug(hue))
    if pca_noise > 0:
        eigvec = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]
        augmenters.append(LightingAug(pca_noise, np.array([55.46, 4.794, 1.148]), np.array(eigvec)))
    if rand_gray > 0:
        augmenters.append(RandomGrayAug(rand_gray))
    mean, std = per_channel(mean, MEAN, "mean"), per_channel(std, STD, "std")
    if mean is not None or std is not None:
        augmenters.append(ColorNormalizeAug(mean, std))
    return augmenters


def CreateAugmenter(
    data_shape: tuple[int, int, int],
    resize: int = 0,
    rand_crop: bool = False,
    rand_resize: bool = False,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    hue: float = 0,
    pca_noise: float = 0,
    rand_gray: float = 0,
    inter_method: int = 2,
) -> list[Augmenter]:
    """The usual augmenters, ending with float32 images (H, W, C).

    Args:
      data_shape: (channels, height, width) of the result.
      resize: of the shorter side beforehand, if not 0.
      rand_crop: whether to crop anywhere, not in the middle.
      rand_resize: whether to crop parts of any size; needs `rand_crop`.
      rand_mirror: whether to exchange left and right of every second image.
      mean: an array of 1 or 3 numbers to subtract; True for ImageNet's.
      std: an array of 1 or 3 numbers to divide by; True for ImageNet's.
      brightness: see `BrightnessJitterAug`.
      contrast: see `ContrastJitterAug`.
      saturation: see `SaturationJitterAug`.
      hue: see `HueJitterAug`.
      pca_noise: deviation of `LightingAug`.
      rand_gray: probability of `RandomGrayAug`.
      inter_method: `interp` of all resizing.

    Raises:
      ArgumentError: (an `AssertionError`) `rand_resize` without `rand_crop`, or a wrong `mean` or `std`.
    """
    size = (data_shape[2], data_shape[1])
    augmenters: list[Augmenter] = [ResizeAug(resize, inter_method)] if resize > 0 else []
    if rand_resize and not rand_crop:
        raise ArgumentError("rand_resize needs rand_crop")
    if rand_resize:
        augmenters.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    else:
        augmenters.append((RandomCropAug if rand_crop else CenterCropAug)(size, inter_method))
    if rand_mirror:
        augmenters.append(HorizontalFlipAug(0.5))
    return augmenters + color_augmenters(brightness, contrast, saturation, hue, pca_noise, rand_gray, mean, std)
