"""`DetAugmenter`, and augmenters made of others; the mirror."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from gluax.errors import ArgumentError, DTypeError
from gluax.image.augmenters.base import Augmenter, listed
from gluax.image.augmenters.places import flipped
from gluax.ndarray import NDArray

Labeled = tuple[NDArray, np.ndarray]


class DetAugmenter:
    """Base of augmenters of images and labels; its arguments are those that `dumps` shows."""

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = listed(kwargs)

    def dumps(self) -> Any:
        """Name and arguments as JSON."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray, label: np.ndarray) -> Labeled:
        """The changed image and labels."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")


class DetBorrowAug(DetAugmenter):
    """An `Augmenter` that moves nothing.

    Raises:
      DTypeError: (a `TypeError`) no `Augmenter`.
    """

    def __init__(self, augmenter: Augmenter) -> None:
        if not isinstance(augmenter, Augmenter):
            raise DTypeError(f"expected an Augmenter, got {type(augmenter).__name__}")
        super().__init__(augmenter=augmenter.dumps())
        self.augmenter = augmenter

    def dumps(self) -> list[Any]:
        """Name and what the augmenter gives."""
        return [type(self).__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src: NDArray, label: np.ndarray) -> Labeled:
        """The changed image and labels."""
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """One of several augmenters, drawn, or with probability `skip_prob` none.

    Raises:
      ArgumentError: (a `ValueError`) one of the list is no `DetAugmenter`.
    """

    def __init__(self, aug_list: Any, skip_prob: float = 0) -> None:
        super().__init__(skip_prob=skip_prob)
        self.aug_list = list(aug_list) if isinstance(aug_list, (list, tuple)) else [aug_list]
        if not all(isinstance(augmenter, DetAugmenter) for augmenter in self.aug_list):
            raise ArgumentError("expected a list of DetAugmenters")
        self.skip_prob = skip_prob if self.aug_list else 1

    def dumps(self) -> list[Any]:
        """Name and the list of what the augmenters give."""
        return [type(self).__name__.lower(), [augmenter.dumps() for augmenter in self.aug_list]]

    def __call__(self, src: NDArray, label: np.ndarray) -> Labeled:
        """The changed image and labels."""
        if random.random() < self.skip_prob:
            return src, label
        random.shuffle(self.aug_list)
        return self.aug_list[0](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Left and right exchanged, with probability `p`; writes into the labels."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray, label: np.ndarray) -> Labeled:
        """The changed image and labels."""
        if random.random() < self.p:
            src = flipped(src)
            label[:, [1, 3]] = 1.0 - label[:, [3, 1]]
        return src, label
