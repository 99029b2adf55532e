"""Augmenters that change an image together with the boxes of its objects, `CreateDetAugmenter`, and `ImageDetIter`.

Labels are numpy arrays with a row for each object: its class, left, top, right and bottom as shares of the width and
height, and whatever follows. What is drawn comes from Python's `random`, by the calls that MXNet makes.
"""

from gluax.image.detection.base import DetAugmenter, DetBorrowAug, DetHorizontalFlipAug, DetRandomSelectAug
from gluax.image.detection.iterator import ImageDetIter
from gluax.image.detection.placing import DetRandomCropAug, DetRandomPadAug
from gluax.image.detection.usual import CreateDetAugmenter, CreateMultiRandCropAugmenter

__all__ = [
    "CreateDetAugmenter", "CreateMultiRandCropAugmenter", "DetAugmenter", "DetBorrowAug", "DetHorizontalFlipAug",
    "DetRandomCropAug", "DetRandomPadAug", "DetRandomSelectAug", "ImageDetIter",
]  # fmt: skip
