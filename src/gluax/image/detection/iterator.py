"""`ImageDetIter`: batches of images with the boxes of their objects."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from gluax.errors import ArgumentError, GluaxError
from gluax.image.detection.usual import CreateDetAugmenter
from gluax.image.iterator import ImageIter
from gluax.ndarray import NDArray

_LOG = logging.getLogger(__name__)


class ImageDetIter(ImageIter):
    """As `ImageIter`, with labels (N, objects, numbers): class, left, top, right, bottom, and what follows.

    An image's label in the file is the length of a header (2 or more), the length of an object's numbers (5 or
    more), the rest of the header, then the objects. Images without a box are left out; rows without an object
    are -1. All labels are read once beforehand, to know the most objects of an image.

    Args:
      batch_size: images in a batch.
      data_shape: (3, height, width) of the augmented images.
      aug_list: `DetAugmenter`s; by default those of `CreateDetAugmenter` with the other arguments.
      label_name: the labels' name.
      kwargs: further arguments of `ImageIter`, and those of `CreateDetAugmenter`.

    Raises:
      ArgumentError: (a `ValueError` and `AssertionError`) arguments that do not fit.
      GluaxError: (a `RuntimeError`) labels of another form.
    """

    def __init__(
        self, batch_size: int, data_shape: tuple[int, int, int], path_imgrec: str | None = None,
        path_imglist: str | None = None, path_root: str | None = None, path_imgidx: str | None = None,
        shuffle: bool = False, part_index: int = 0, num_parts: int = 1, aug_list: list[Any] | None = None,
        imglist: list[Any] | None = None, data_name: str = "data", label_name: str = "label",
        last_batch_handle: str = "pad", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            batch_size, data_shape, path_imgrec=path_imgrec, path_imglist=path_imglist, path_root=path_root,
            path_imgidx=path_imgidx, shuffle=shuffle, part_index=part_index, num_parts=num_parts, aug_list=[],
            imglist=imglist, data_name=data_name, label_name=label_name, last_batch_handle=last_batch_handle,
        )  # fmt: skip
        self.auglist = CreateDetAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.label_shape = self._estimate_label_shape()
        self.provide_label = [(label_name, (batch_size, *self.label_shape))]

    def _estimate_label_shape(self) -> tuple[int, int]:
        self.reset()
        shapes = []
        while True:
            try:
                label, _ = self.next_sample()
            except StopIteration:
                break
            shapes.append(self._parse_label(label).shape)
        self.reset()
        if not shapes:
            raise ArgumentError("there are no images")
        return max(count for count, _ in shapes), shapes[-1][1]

    def _parse_label(self, label: Any) -> np.ndarray:
        """The objects of an image's label that have an area."""
        raw = np.ravel(label)
        if raw.size < 7:
            raise GluaxError(f"a label of {raw.size} numbers holds no object")
        header, width = int(raw[0]), int(raw[1])
        if width < 5 or (raw.size - header) % width:
            raise GluaxError(f"a label of {raw.size} numbers, {header} of them a header, has no objects of {width}")
        objects = raw[header:].reshape(-1, width)
        objects = objects[(objects[:, 3] > objects[:, 1]) & (objects[:, 4] > objects[:, 2])]
        if not len(objects):
            raise GluaxError("an image without a box of any area")
        return objects

    def _no_labels(self) -> np.ndarray:
        return np.full(self.provide_label[0][1], -1, np.float32)

    def _batchify(self, batch_data: np.ndarray, batch_label: np.ndarray, start: int = 0) -> int:
        count = start
        while count < self.batch_size:
            try:
                label, encoded = self.next_sample()
            except StopIteration:
                break
            data = self.imdecode(encoded)
            try:
                self.check_valid_image([data])
                data, objects = self.augmentation_transform(data, self._parse_label(label))
                if not ((objects[:, 0] >= 0) & (objects[:, 3] > objects[:, 1]) & (objects[:, 4] > objects[:, 2])).any():
                    raise GluaxError("an image without an object")
            except RuntimeError as error:
                _LOG.debug("an invalid image is left out: %s", error)
                continue
            batch_data[count] = self.postprocess_data(data).asnumpy()
            batch_label[count, : len(objects)] = objects
            batch_label[count, len(objects) :] = -1
            count += 1
        if not count:
            raise StopIteration
        return count

    def augmentation_transform(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, data: NDArray, label: np.ndarray
    ) -> tuple[NDArray, np.ndarray]:
        """The image and its objects after all augmenters."""
        for augmenter in self.auglist:
            data, label = augmenter(data, label)
        return data, label

    def reshape(
        self, data_shape: tuple[int, int, int] | None = None, label_shape: tuple[int, int] | None = None
    ) -> None:
        """Change the shapes of images and labels.

        Raises:
          ArgumentError: (a `ValueError`) fewer objects, or objects of other numbers.
        """
        if data_shape is not None:
            self.check_data_shape(data_shape)
            self.provide_data = [(self.provide_data[0][0], (self.batch_size, *data_shape))]
            self.data_shape = data_shape
        if label_shape is not None:
            self.check_label_shape(label_shape)
            self.provide_label = [(self.provide_label[0][0], (self.batch_size, *label_shape))]
            self.label_shape = label_shape

    def check_label_shape(self, label_shape: tuple[int, ...]) -> None:
        """Check a new shape of labels.

        Raises:
          ArgumentError: (a `ValueError`) fewer objects, or objects of other numbers.
        """
        if len(label_shape) != 2 or label_shape[0] < self.label_shape[0] or label_shape[1] != self.label_shape[1]:
            raise ArgumentError(f"label_shape {label_shape}: labels are of {self.label_shape}, and may not get fewer")

    def sync_label_shape(self, it: ImageDetIter, verbose: bool = False) -> ImageDetIter:
        """Give this iterator and another one labels of as many objects; returns the other.

        Raises:
          ArgumentError: (an `AssertionError`) no `ImageDetIter`, or objects of other numbers.
        """
        if not isinstance(it, ImageDetIter) or it.label_shape[1] != self.label_shape[1]:
            raise ArgumentError("expected an ImageDetIter with labels of as many numbers")
        shape = (max(self.label_shape[0], it.label_shape[0]), self.label_shape[1])
        if verbose and self.label_shape != it.label_shape:
            _LOG.info("label_shape is now %s", shape)
        self.reshape(None, shape)
        it.reshape(None, shape)
        return it
