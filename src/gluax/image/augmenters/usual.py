"""`CreateAugmenter`: the usual augmenters by their amounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax import ndarray as nd
from gluax.context import cpu
from gluax.errors import ArgumentError
from gluax.image.augmenters.base import Augmenter
from gluax.image.augmenters.colors import (
    CastAug,
    ColorJitterAug,
    ColorNormalizeAug,
    HueJitterAug,
    LightingAug,
    RandomGrayAug,
)
from gluax.image.augmenters.places import (
    CenterCropAug,
    HorizontalFlipAug,
    RandomCropAug,
    RandomSizedCropAug,
    ResizeAug,
)
from gluax.ndarray import NDArray

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
