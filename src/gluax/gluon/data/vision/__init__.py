"""``mx.gluon.data.vision``: datasets of pictures, and transforms."""

from __future__ import annotations

from gluax.gluon.data.vision import transforms
from gluax.gluon.data.vision.datasets import (
    CIFAR10,
    CIFAR100,
    MNIST,
    FashionMNIST,
    ImageFolderDataset,
    ImageRecordDataset,
)

__all__ = [
    "CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "ImageFolderDataset", "ImageRecordDataset", "transforms",
]  # fmt: skip
