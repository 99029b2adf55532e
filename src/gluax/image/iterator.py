"""`ImageIter`: batches of images from record files, or from lists of files."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from gluax.errors import ArgumentError, GluaxError
from gluax.image.augmenters import CreateAugmenter
from gluax.image.reading import imdecode
from gluax.io import DataBatch, DataIter
from gluax.ndarray import NDArray
from gluax.ndarray import array as nd_array
from gluax.recordio import MXIndexedRecordIO, MXRecordIO, unpack

_LOG = logging.getLogger(__name__)


class ImageIter(DataIter):
    """Batches of images, decoded, changed by augmenters and brought to (N, C, H, W).

    Images come from a record file (`path_imgrec`), with `path_imgidx` where they are to be shuffled or parted; or
    from files that a list names: `path_imglist`, a text of lines "key TAB label TAB ... TAB path", or `imglist`. With
    both a record file and a list of that kind the labels are those of the list. Batches are on the current context.

    Args:
      batch_size: images in a batch.
      data_shape: (3, height, width) of the augmented images.
      label_width: labels of an image.
      path_imgrec: a record file.
      path_imglist: a list of files.
      path_root: the folder of the files in a list.
      path_imgidx: the record file's index.
      shuffle: whether each pass has an order of its own, drawn by Python's `random`.
      part_index: which part to read.
      num_parts: in how many parts of equal size the images are parted; what is left over is in none.
      aug_list: augmenters; by default those of `CreateAugmenter` with the other arguments.
      imglist: a list of lists: a label, several, or a list of them, then a path.
      data_name: the images' name.
      label_name: the labels' name.
      dtype: that of the list's labels: int32, int64, float32 or float64. Batches have float32.
      last_batch_handle: what becomes of images too few for a batch: "pad" fills it with the first ones, "discard"
        leaves them out, "roll_over" keeps them for the next pass.
      kwargs: arguments of `CreateAugmenter`.

    Raises:
      ArgumentError: (a `ValueError` and `AssertionError`) arguments that do not fit.
      ModelFileNotFoundError, FileNotFoundError: a file does not exist.
    """

    def __init__(
        self, batch_size: int, data_shape: tuple[int, int, int], label_width: int = 1,
        path_imgrec: str | None = None, path_imglist: str | None = None, path_root: str | None = None,
        path_imgidx: str | None = None, shuffle: bool = False, part_index: int = 0, num_parts: int = 1,
        aug_list: list[Any] | None = None, imglist: list[Any] | None = None, data_name: str = "data",
        label_name: str = "softmax_label", dtype: str = "float32", last_batch_handle: str = "pad", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        if not (path_imgrec or path_imglist or isinstance(imglist, list)):
            raise ArgumentError("expected path_imgrec, path_imglist or imglist")
        if dtype not in ("int32", "float32", "int64", "float64"):
            raise ArgumentError(f"dtype {dtype!r}: expected int32, int64, float32 or float64")
        self.check_data_shape(data_shape)
        self.batch_size, self.data_shape, self.label_width = batch_size, data_shape, label_width
        self.provide_data = [(data_name, (batch_size, *data_shape))]
        self.provide_label = [(label_name, (batch_size, label_width) if label_width > 1 else (batch_size,))]
        self.shuffle, self.path_root, self.last_batch_handle = shuffle, path_root, last_batch_handle
        self.imgrec: MXRecordIO | None = None
        self.imgidx: list[Any] | None = None
        if path_imgrec and path_imgidx:
            self.imgrec = MXIndexedRecordIO(path_imgidx, path_imgrec, "r")
            self.imgidx = list(self.imgrec.keys)
        elif path_imgrec:
            self.imgrec = MXRecordIO(path_imgrec, "r")
        self.imglist = _listed(path_imglist, imglist, dtype)
        self.seq = self._sequence(part_index, num_parts)
        self.num_image = None if self.seq is None else len(self.seq)
        self.auglist: list[Any] = CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        self.cur = 0
        self._allow_read = True
        self._kept: tuple[np.ndarray, np.ndarray, int] | None = None  # what "roll_over" keeps
        self.reset()

    def _sequence(self, part_index: int, num_parts: int) -> list[Any] | None:
        """The keys to read, in order; None for all that a record file holds."""
        if self.imgrec is None:
            keys = list(self.imglist or ())
        elif not (self.shuffle or num_parts > 1 or self.imgidx is not None):
            return None
        elif self.imgidx is None:
            raise ArgumentError("to shuffle or part a record file, give its index: path_imgidx")
        else:
            keys = self.imgidx
        if num_parts > 1:
            if part_index >= num_parts:
                raise ArgumentError(f"part_index {part_index}: there are {num_parts} parts")
            size = len(keys) // num_parts
            keys = keys[part_index * size : (part_index + 1) * size]
        return keys

    def reset(self) -> None:
        """Go back to the first image; with "roll_over" those kept come first."""
        if self.seq is not None and self.shuffle:
            random.shuffle(self.seq)
        if self.last_batch_handle != "roll_over" or self._kept is None:
            self._rewind()

    def hard_reset(self) -> None:
        """Go back to the first image, and forget those kept."""
        if self.seq is not None and self.shuffle:
            random.shuffle(self.seq)
        self._rewind()
        self._kept = None

    def _rewind(self) -> None:
        if self.imgrec is not None:
            self.imgrec.reset()
        self.cur = 0
        self._allow_read = True

    def next_sample(self) -> tuple[Any, bytes]:
        """Label and file of the next image.

        Raises:
          StopIteration: after the last one.
        """
        if not self._allow_read:
            raise StopIteration
        if self.seq is None:
            assert self.imgrec is not None
            record = self.imgrec.read()
            if record is None:
                if self.last_batch_handle != "discard":
                    self.imgrec.reset()
                raise StopIteration
            header, data = unpack(record)
            return header.label, data
        if self.cur >= len(self.seq):
            if self.last_batch_handle != "discard":
                self.cur = 0
            raise StopIteration
        key = self.seq[self.cur]
        self.cur += 1
        if isinstance(self.imgrec, MXIndexedRecordIO):
            header, data = unpack(self.imgrec.read_idx(key) or b"")
            return (header.label if self.imglist is None else self.imglist[key][0]), data
        assert self.imglist is not None
        label, name = self.imglist[key]
        return label, self.read_image(name)

    def next(self) -> DataBatch:
        """The next batch.

        Raises:
          StopIteration: after the last one.
          GluaxError: a file holds no image; the message says which.
        """
        if self._kept is not None:
            data, labels, count = self._kept
        else:
            data = np.zeros((self.batch_size, *self.data_shape), np.float32)
            labels = self._no_labels()
            count = self._batchify(data, labels)
        pad = self.batch_size - count
        if pad and self.last_batch_handle == "discard":
            raise StopIteration
        if pad and self.last_batch_handle == "roll_over" and self._kept is None:
            self._kept = data, labels, count
            raise StopIteration
        if pad:
            self._batchify(data, labels, count)
            if self.last_batch_handle == "pad":
                self._allow_read = False
            else:
                self._kept = None
        return DataBatch([nd_array(data)], [nd_array(labels)], pad=pad)

    def _no_labels(self) -> np.ndarray:
        return np.zeros(self.provide_label[0][1], np.float32)

    def _batchify(self, batch_data: np.ndarray, batch_label: np.ndarray, start: int = 0) -> int:
        """Fill a batch from `start` on as far as there are images; return its images' number."""
        count = start
        for data, label in self._samples(self.batch_size - start):
            batch_data[count] = self.postprocess_data(data).asnumpy()
            values = label.asnumpy() if isinstance(label, NDArray) else np.asarray(label)
            batch_label[count] = values.reshape(()) if values.size == 1 else values
            count += 1
        if not count:
            raise StopIteration
        return count

    def _samples(self, number: int) -> Iterator[tuple[NDArray, Any]]:
        """Up to that many augmented images with their labels."""
        while number:
            try:
                label, encoded = self.next_sample()
            except StopIteration:
                return
            data = self.imdecode(encoded)
            try:
                self.check_valid_image([data])
            except RuntimeError as error:
                _LOG.debug("an invalid image is left out: %s", error)
                continue
            yield self.augmentation_transform(data), label
            number -= 1

    def check_data_shape(self, data_shape: tuple[int, ...]) -> None:
        """Check the shape of images.

        Raises:
          ArgumentError: (a `ValueError`) not (3, height, width).
        """
        if len(data_shape) != 3 or data_shape[0] != 3:
            raise ArgumentError(f"data_shape {data_shape}: expected (3, height, width)")

    def check_valid_image(self, data: list[NDArray]) -> None:
        """Check a decoded image.

        Raises:
          RuntimeError: it has no dimensions; it is left out.
        """
        if not data[0].shape:
            raise GluaxError("an image without dimensions")

    def imdecode(self, s: bytes) -> NDArray:
        """Decode an image.

        Raises:
          GluaxError: (a `RuntimeError`) no image; the message says which.
        """
        try:
            return imdecode(s)
        except (GluaxError, ValueError) as error:
            raise GluaxError(f"Broken image {self._position()}: {error}") from error

    def _position(self) -> str:
        """Which image was read last."""
        if self.seq is None:
            return f"in {self.imgrec.uri}" if self.imgrec else ""
        key = self.seq[self.cur % len(self.seq) - 1]
        return f"index: {key}" if self.imglist is None else f"filename: {self.imglist[key][1]}"

    def read_image(self, fname: str) -> bytes:
        """The bytes of a file in `path_root`."""
        with open(os.path.join(self.path_root or "", fname), "rb") as file:
            return file.read()

    def augmentation_transform(self, data: NDArray) -> NDArray:
        """The image after all augmenters."""
        for augmenter in self.auglist:
            data = augmenter(data)
        return data

    def postprocess_data(self, datum: NDArray) -> NDArray:
        """The image as it goes into the batch, (C, H, W)."""
        return datum.transpose((2, 0, 1))


def _listed(path: str | None, imglist: list[Any] | None, dtype: str) -> dict[Any, tuple[np.ndarray, str]] | None:
    """Labels and names of files by keys."""
    if path:
        with open(path) as file:
            rows = [line.strip().split("\t") for line in file]
        return {int(row[0]): (np.array(row[1:-1], np.float64).astype(dtype), row[-1]) for row in rows}
    if not isinstance(imglist, list):
        return None
    found = {}
    for number, (*labels, name) in enumerate(imglist):
        label = labels[0] if len(labels) == 1 else labels
        found[str(number + 1)] = (np.atleast_1d(np.asarray(label, dtype)), name)
    return found
