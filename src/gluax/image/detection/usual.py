"""`CreateDetAugmenter`: the usual augmenters for detection by their amounts."""

from __future__ import annotations

from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.image.augmenters.base import Augmenter
from gluax.image.augmenters.places import ForceResizeAug, ResizeAug
from gluax.image.augmenters.usual import MEAN, STD, color_augmenters
from gluax.image.detection.base import DetAugmenter, DetBorrowAug, DetHorizontalFlipAug, DetRandomSelectAug
from gluax.image.detection.placing import DetRandomCropAug, DetRandomPadAug


def CreateMultiRandCropAugmenter(
    min_object_covered: Any = 0.1, aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (0.05, 1.0),
    min_eject_coverage: Any = 0.3, max_attempts: Any = 50, skip_prob: float = 0,
) -> DetRandomSelectAug:  # fmt: skip
    """One of several `DetRandomCropAug`, drawn; the arguments are lists of one length, or single values for all.

    Raises:
      ArgumentError: (an `AssertionError`) lists of several lengths.
    """
    given = (min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts)
    lists = [value if isinstance(value, list) else [value] for value in given]
    number = max(map(len, lists))
    if any(len(values) not in (1, number) for values in lists):
        raise ArgumentError(f"expected lists of one length, got {[len(values) for values in lists]}")
    rows = zip(*(values * number if len(values) == 1 else values for values in lists))
    return DetRandomSelectAug([DetRandomCropAug(*row) for row in rows], skip_prob)


def CreateDetAugmenter(
    data_shape: tuple[int, int, int], resize: int = 0, rand_crop: float = 0, rand_pad: float = 0, rand_gray: float = 0,
    rand_mirror: bool = False, mean: Any = None, std: Any = None, brightness: float = 0, contrast: float = 0,
    saturation: float = 0, pca_noise: float = 0, hue: float = 0, inter_method: int = 2, min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (0.05, 3.0), min_eject_coverage: Any = 0.3,
    max_attempts: Any = 50, pad_val: Any = (127, 127, 127),
) -> list[DetAugmenter]:  # fmt: skip
    """The usual augmenters for detection, ending with float32 images (H, W, C).

    Args:
      data_shape: (channels, height, width) of the result.
      resize: of the shorter side beforehand, if not 0.
      rand_crop: probability of cropping, see `CreateMultiRandCropAugmenter`.
      rand_pad: probability of `DetRandomPadAug`.
      rand_gray: as for `CreateAugmenter`, like `mean`, `std` and the colours.
      rand_mirror: whether to exchange left and right of every second image.
      mean: an array to subtract, or True.
      std: an array to divide by, or True.
      brightness: see `BrightnessJitterAug`.
      contrast: see `ContrastJitterAug`.
      saturation: see `SaturationJitterAug`.
      pca_noise: deviation of `LightingAug`.
      hue: see `HueJitterAug`.
      inter_method: `interp` of all resizing.
      min_object_covered: of crops.
      aspect_ratio_range: of crops and pads.
      area_range: of crops; its upper end also of pads.
      min_eject_coverage: of crops.
      max_attempts: of crops and pads.
      pad_val: of pads.

    Raises:
      ArgumentError: (an `AssertionError`) a wrong `mean` or `std`.
    """
    found: list[DetAugmenter] = []
    if resize > 0:
        found.append(DetBorrowAug(ResizeAug(resize, inter_method)))
    if rand_crop > 0:
        crops = (min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts)
        found.append(CreateMultiRandCropAugmenter(*crops, skip_prob=1 - rand_crop))
    if rand_mirror:
        found.append(DetHorizontalFlipAug(0.5))
    if rand_pad > 0:
        pad = DetRandomPadAug(aspect_ratio_range, (1.0, area_range[1]), max_attempts, pad_val)
        found.append(DetRandomSelectAug([pad], 1 - rand_pad))
    plain: list[Augmenter] = [ForceResizeAug((data_shape[2], data_shape[1]), inter_method)]
    mean, std = (np.array(usual) if value is True else value for value, usual in ((mean, MEAN), (std, STD)))
    plain += color_augmenters(brightness, contrast, saturation, hue, pca_noise, rand_gray, mean, std)
    return found + [DetBorrowAug(augmenter) for augmenter in plain]
