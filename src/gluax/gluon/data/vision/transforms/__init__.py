"""Transforms of pictures, as blocks.

Pictures are (H, W, C) arrays, in bytes as decoders give them, until `ToTensor` makes them (C, H, W) in float32. Each
block is an operator of `mx.nd.image`, or a function of `mx.image`. Random ones draw from gluax's generator
(`mx.random.seed`), but for whether something is done at all, which Python's and numpy's generators decide, as in MXNet.
"""

from __future__ import annotations

from gluax.gluon.data.vision.transforms.colors import (
    RandomBrightness,
    RandomColorJitter,
    RandomContrast,
    RandomHue,
    RandomLighting,
    RandomSaturation,
)
from gluax.gluon.data.vision.transforms.combining import Compose, RandomApply
from gluax.gluon.data.vision.transforms.places import (
    CenterCrop,
    CropResize,
    RandomFlipLeftRight,
    RandomFlipTopBottom,
    RandomResizedCrop,
    RandomRotation,
    Resize,
    Rotate,
)
from gluax.gluon.data.vision.transforms.tensors import Cast, Normalize, ToTensor

__all__ = [
    "Cast", "CenterCrop", "Compose", "CropResize", "Normalize", "RandomApply", "RandomBrightness", "RandomColorJitter",
    "RandomContrast", "RandomFlipLeftRight", "RandomFlipTopBottom", "RandomHue", "RandomLighting", "RandomResizedCrop",
    "RandomRotation", "RandomSaturation", "Resize", "Rotate", "ToTensor",
]  # fmt: skip
