"""`Augmenter`, and one augmenter after another."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np

from gluax.ndarray import NDArray


def listed(values: dict[str, Any]) -> dict[str, Any]:
    """Arguments with lists for arrays, as JSON takes them."""
    plain = {key: value.asnumpy() if isinstance(value, NDArray) else value for key, value in values.items()}
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in plain.items()}


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
