"""Augmenters that place the image anew: a part of it, or all of it in a larger one."""

from __future__ import annotations

import random
import warnings
from math import sqrt
from typing import Any

import numpy as np

from gluax.image.cropping import fixed_crop
from gluax.image.detection.base import DetAugmenter, Labeled
from gluax.image.reading import copyMakeBorder
from gluax.ndarray import NDArray

Placed = tuple[int, int, int, int, np.ndarray]  # x, y, width, height, labels


def _range(value: Any) -> Any:
    return value if isinstance(value, (tuple, list)) else (value, value)


def _enabled(name: str, areas: Any, ratios: Any, least: float) -> bool:
    """Whether the ranges make sense; a warning tells when they do not."""
    for what, (low, high), fits in (
        ("area_range", areas, least < areas[1] >= areas[0]),
        ("aspect_ratio_range", ratios, 0 < ratios[0] <= ratios[1]),
    ):
        if not fits:
            warnings.warn(f"{name} does nothing: {what} is ({low}, {high})", stacklevel=3)
            return False
    return True


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.maximum(0, boxes[:, 3] - boxes[:, 1]) * np.maximum(0, boxes[:, 2] - boxes[:, 0])


class DetRandomCropAug(DetAugmenter):
    """A part of the image, of drawn size and place, that shows enough of the objects.

    Args:
      min_object_covered: the share of each object it touches that the part must show.
      aspect_ratio_range: of the part's width by its height; a number is both ends.
      area_range: of the part's share of the image; a number is both ends.
      min_eject_coverage: objects that show less of themselves lose their labels.
      max_attempts: draws; when none fits the image stays as it is.
    """

    def __init__(
        self, min_object_covered: float = 0.1, aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (0.05, 1.0),
        min_eject_coverage: float = 0.3, max_attempts: int = 50,
    ) -> None:  # fmt: skip
        self.aspect_ratio_range, self.area_range = _range(aspect_ratio_range), _range(area_range)
        self.min_object_covered, self.min_eject_coverage = min_object_covered, min_eject_coverage
        self.max_attempts = max_attempts
        super().__init__(
            min_object_covered=min_object_covered, aspect_ratio_range=self.aspect_ratio_range,
            area_range=self.area_range, min_eject_coverage=min_eject_coverage, max_attempts=max_attempts,
        )  # fmt: skip
        self.enabled = _enabled(type(self).__name__, self.area_range, self.aspect_ratio_range, 0)

    def __call__(self, src: NDArray, label: np.ndarray) -> Labeled:
        """The changed image and labels."""
        placed = self._proposal(label, src.shape[0], src.shape[1])
        if placed is None:
            return src, label
        x, y, width, height, label = placed
        return fixed_crop(src, x, y, width, height), label

    def _proposal(self, label: np.ndarray, height: int, width: int) -> Placed | None:
        for _ in range(self.max_attempts if self.enabled else 0):
            size = self._size(height, width)
            if size is None:
                continue
            w, h = size
            y = random.randint(0, max(0, height - h))
            x = random.randint(0, max(0, width - w))
            if self._satisfied(label, x, y, w, h, width, height):
                found = self._moved(label, x / width, y / height, w / width, h / height)
                if len(found):
                    return x, y, w, h, found
        return None

    def _size(self, height: int, width: int) -> tuple[int, int] | None:
        least, most = (share * height * width for share in self.area_range)
        ratio = random.uniform(*self.aspect_ratio_range)
        low, high = round(sqrt(least / ratio)), round(sqrt(most / ratio))
        if round(high * ratio) > width:
            high = int((width + 0.4999999) / ratio)
        high = min(high, height)
        h = random.randint(low, high) if low < high else high
        # Rounding may have missed the range.
        if round(h * ratio) * h < least:
            h += 1
        if round(h * ratio) * h > most:
            h -= 1
        w = round(h * ratio)
        return (w, h) if least <= w * h <= most and 0 <= w <= width and 0 <= h <= height else None

    def _satisfied(self, label: np.ndarray, x: int, y: int, w: int, h: int, width: int, height: int) -> bool:
        if w * h < 2:
            return False
        areas = _areas(label[:, 1:])
        large = areas * width * height > 2
        low = np.array([x / width, y / height], label.dtype)
        high = np.array([(x + w) / width, (y + h) / height], label.dtype)
        boxes = label[large, 1:5]
        shown = np.concatenate([np.maximum(boxes[:, :2], low), np.minimum(boxes[:, 2:], high)], 1)
        coverage = _areas(shown) / areas[large]
        coverage = coverage[coverage > 0]
        return coverage.size > 0 and bool(coverage.min() > self.min_object_covered)

    def _moved(self, label: np.ndarray, left: float, top: float, width: float, height: float) -> np.ndarray:
        found = label.copy()
        for columns, start, size in (((1, 3), left, width), ((2, 4), top, height)):
            found[:, columns] -= start
            found[:, columns] /= size
        found[:, 1:5] = np.clip(found[:, 1:5], 0, 1)
        coverage = _areas(found[:, 1:]) * width * height / _areas(label[:, 1:])
        seen = (found[:, 3] > found[:, 1]) & (found[:, 4] > found[:, 2])
        return found[seen & (coverage > self.min_eject_coverage)]


class DetRandomPadAug(DetAugmenter):
    """The image somewhere in a larger one.

    Args:
      aspect_ratio_range: of the larger one's width by its height; a number is both ends.
      area_range: of the larger one's area by that of the image; a number is both ends.
      max_attempts: draws; when none fits the image stays as it is.
      pad_val: what is around it.
    """

    def __init__(
        self, aspect_ratio_range: Any = (0.75, 1.33), area_range: Any = (1.0, 3.0), max_attempts: int = 50,
        pad_val: Any = (128, 128, 128),
    ) -> None:  # fmt: skip
        self.aspect_ratio_range, self.area_range = _range(aspect_ratio_range), _range(area_range)
        self.max_attempts, self.pad_val = max_attempts, pad_val
        super().__init__(
            aspect_ratio_range=self.aspect_ratio_range, area_range=self.area_range, max_attempts=max_attempts,
            pad_val=pad_val,
        )  # fmt: skip
        self.enabled = _enabled(type(self).__name__, self.area_range, self.aspect_ratio_range, 1)

    def __call__(self, src: NDArray, label: np.ndarray) -> Labeled:
        """The changed image and labels."""
        height, width, _ = src.shape
        placed = self._proposal(label, height, width)
        if placed is None:
            return src, label
        x, y, w, h, label = placed
        return copyMakeBorder(src, y, h - y - height, x, w - x - width, 0, values=self.pad_val), label

    def _proposal(self, label: np.ndarray, height: int, width: int) -> Placed | None:
        least, most = (share * height * width for share in self.area_range)
        for _ in range(self.max_attempts if self.enabled else 0):
            ratio = random.uniform(*self.aspect_ratio_range)
            h, high = round(sqrt(least / ratio)), round(sqrt(most / ratio))
            if round(h * ratio) < width:
                h = int((width + 0.499999) / ratio)
            h = min(max(h, height), high)
            if h < high:
                h = random.randint(h, high)
            w = round(h * ratio)
            if h - height < 2 or w - width < 2:
                continue
            y = random.randint(0, max(0, h - height))
            x = random.randint(0, max(0, w - width))
            found = label.copy()
            found[:, (1, 3)] = (found[:, (1, 3)] * width + x) / w
            found[:, (2, 4)] = (found[:, (2, 4)] * height + y) / h
            return x, y, w, h, found
        return None
