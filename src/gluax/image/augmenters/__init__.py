"""`Augmenter`s: callables that change an image, many of them at random, and `CreateAugmenter`.

What is drawn comes from Python's `random` and `numpy.random`, by the calls that MXNet makes: the same seeds give the
same images in both.
"""

from gluax.image.augmenters.base import Augmenter, RandomOrderAug, SequentialAug
from gluax.image.augmenters.colors import (
    BrightnessJitterAug,
    CastAug,
    ColorJitterAug,
    ColorNormalizeAug,
    ContrastJitterAug,
    HueJitterAug,
    LightingAug,
    RandomGrayAug,
    SaturationJitterAug,
    color_normalize,
)
from gluax.image.augmenters.places import (
    CenterCropAug,
    ForceResizeAug,
    HorizontalFlipAug,
    RandomCropAug,
    RandomSizedCropAug,
    ResizeAug,
)
from gluax.image.augmenters.usual import CreateAugmenter

__all__ = [
    "Augmenter", "BrightnessJitterAug", "CastAug", "CenterCropAug", "ColorJitterAug", "ColorNormalizeAug",
    "ContrastJitterAug", "CreateAugmenter", "ForceResizeAug", "HorizontalFlipAug", "HueJitterAug", "LightingAug",
    "RandomCropAug", "RandomGrayAug", "RandomOrderAug", "RandomSizedCropAug", "ResizeAug", "SaturationJitterAug",
    "SequentialAug", "color_normalize",
]  # fmt: skip
