"""Iterators over files: CSV and MNIST's."""

from __future__ import annotations

import logging
import os
import struct
from typing import Any

import numpy as np

from gluax.errors import ArgumentError, ModelFileNotFoundError, ModelFormatError, ShapeError
from gluax.io.base import DataDesc, DataIter
from gluax.ndarray import NDArray, array

_log = logging.getLogger(__name__)

__all__ = ["CSVIter", "MNISTIter", "read_idx"]


class _Rows(DataIter):
    """Batches of the rows of two numpy arrays."""

    def __init__(self, data: np.ndarray, label: np.ndarray, batch_size: int, names: tuple[str, str]) -> None:
        super().__init__(batch_size)
        self._arrays = (data, label)
        self.provide_data, self.provide_label = (
            [DataDesc(name, (batch_size, *rows.shape[1:]), rows.dtype.type)] for name, rows in zip(names, self._arrays)
        )
        self._cursor = 0  # the first row of the next batch
        self._rows = np.zeros(batch_size, np.int64)  # those of the current one
        self._pad = 0

    def getdata(self) -> list[NDArray]:
        """The inputs of the current batch, one array."""
        return [self._take(0)]

    def getlabel(self) -> list[NDArray]:
        """The labels of the current batch, one array."""
        return [self._take(1)]

    def _take(self, which: int) -> NDArray:
        rows = self._arrays[which]
        return array(rows[self._rows], dtype=rows.dtype)

    def getindex(self) -> np.ndarray:
        """The numbers of the current batch's rows."""
        return self._rows.astype(np.uint64)

    def getpad(self) -> int:
        """How many rows at the end of the current batch only fill it."""
        return self._pad


class CSVIter(_Rows):
    """Batches of the lines of CSV files, read at once. The numbers are MXNet's, the last batch's too.

    Args:
      data_csv: a file, or a folder, all of whose files are read.
      data_shape: the shape of one example; a line has that many numbers.
      label_csv: a file or folder of labels; without one (or with ``"NULL"``) they are 0.
      label_shape: the shape of one label. Batches of labels of shape (1,) have one axis.
      batch_size: the number of examples in a batch.
      round_batch: fill the last batch with the first examples, which the next epoch then leaves out. Otherwise it is
        filled with what the batch before had at these places.
      prefetch_buffer: accepted; all is in memory.
      ctx: accepted; batches are on the current context.
      dtype: float32, int32 or int64.
      data_name: the name of the input.
      label_name: the name of the label.

    Raises:
      ArgumentError: for another dtype.
      ModelFileNotFoundError: when there is no such file; it is a `FileNotFoundError`.
      ModelFormatError: when a file does not hold numbers.
      ShapeError: when a line has another number of numbers, and for another number of labels than of examples.
    """

    def __init__(
        self,
        data_csv: str,
        data_shape: tuple[int, ...],
        batch_size: int,
        label_csv: str = "NULL",
        label_shape: tuple[int, ...] = (1,),
        round_batch: bool = True,
        prefetch_buffer: int = 4,
        ctx: str = "gpu",
        dtype: Any = None,
        data_name: str = "data",
        label_name: str = "softmax_label",
    ) -> None:
        kind = np.dtype(np.float32 if dtype in (None, "None") else dtype)
        if kind.name not in ("float32", "int32", "int64"):
            raise ArgumentError(f"{kind} is not supported for CSVIter")
        data = _read_csv(data_csv, tuple(data_shape), kind)
        if label_csv == "NULL":
            label = np.zeros((len(data), *label_shape), kind)
        else:
            label = _read_csv(label_csv, tuple(label_shape), kind)
        if len(label) != len(data):
            raise ShapeError(f"{label_csv} has {len(label)} labels for {len(data)} examples")
        label = label.reshape(len(label)) if tuple(label_shape) == (1,) else label
        super().__init__(data, label, batch_size, (data_name, label_name))
        self._round = round_batch

    def reset(self) -> None:
        """Begin a new epoch, after the rows that filled the last batch."""
        self._cursor = self._pad if self._round else 0
        self._pad = 0

    def iter_next(self) -> bool:
        """Go to the next batch; False when there is none."""
        count = len(self._arrays[0])
        if self._cursor >= count:
            return False
        rows = self._cursor + np.arange(self.batch_size)
        self._cursor += self.batch_size
        self._pad = max(0, self._cursor - count)
        if not self._round:
            rows = np.where(rows < count, rows, self._rows)
        elif self._pad > count:
            raise ArgumentError("number of input must be bigger than batch size")
        self._rows = rows % count
        return True


class MNISTIter(_Rows):
    """Batches of images in MNIST's format, as numbers from 0 to 1 (a byte's value / 256). A last batch that is too
    small is left out.

    Args:
      image: the file of images, not compressed.
      label: the file of labels.
      batch_size: the number of images in a batch.
      shuffle: whether to put the images in another order, once. It is one of numpy's, not MXNet's.
      flat: give batches of shape (batch_size, height * width) rather than (batch_size, 1, height, width).
      seed: the seed of that order.
      silent: whether to log nothing.
      num_parts: how many parts the images are divided into.
      part_index: which part to read.
      prefetch_buffer: accepted; all is in memory.
      ctx: accepted; batches are on the current context.
      dtype: float32, the only one that MXNet can do too.
      data_name: the name of the input.
      label_name: the name of the label.
      input_shape: accepted, and not looked at by MXNet either: `flat` decides.

    Raises:
      ArgumentError: for another dtype.
      ModelFileNotFoundError: when there is no such file; it is a `FileNotFoundError`.
      ModelFormatError: when a file is another one.
    """

    def __init__(
        self,
        image: str = "./train-images-idx3-ubyte",
        label: str = "./train-labels-idx1-ubyte",
        batch_size: int = 128,
        shuffle: bool = True,
        flat: bool = False,
        seed: int = 0,
        silent: bool = False,
        num_parts: int = 1,
        part_index: int = 0,
        prefetch_buffer: int = 4,
        ctx: str = "gpu",
        dtype: Any = None,
        data_name: str = "data",
        label_name: str = "softmax_label",
        input_shape: Any = None,
    ) -> None:
        if dtype not in (None, "None") and np.dtype(dtype) != np.float32:
            raise ArgumentError(f"MNISTIter gives float32, not {dtype}")
        images, labels = read_idx(_content(image), 3, image), read_idx(_content(label), 1, label)
        if len(images) != len(labels):
            raise ModelFormatError(f"{image} has {len(images)} images, {label} {len(labels)} labels")
        begin, end = (len(images) * part // num_parts for part in (part_index, part_index + 1))
        order = np.arange(begin, end)
        if shuffle:
            np.random.RandomState(seed).shuffle(order)
        data = images[order].astype(np.float32) / 256
        data = data.reshape(len(data), -1) if flat else data[:, None]
        super().__init__(data, labels[order].astype(np.float32), batch_size, (data_name, label_name))
        if not silent:
            _log.info("MNISTIter: load %d images, shuffle=%d", len(order), shuffle)

    def reset(self) -> None:
        """Go back to the first batch."""
        self._cursor = 0

    def iter_next(self) -> bool:
        """Go to the next batch; False when there is none."""
        end = self._cursor + self.batch_size
        if end > len(self._arrays[0]):
            return False
        self._rows = np.arange(self._cursor, end)
        self._cursor = end
        return True

    def getindex(self) -> np.ndarray:
        """Zeros: MXNet does not count the images."""
        return np.zeros(self.batch_size, np.uint64)


def read_idx(content: bytes, rank: int, name: str) -> np.ndarray:
    """The bytes in a file of MNIST's format, an array of uint8 of that rank.

    Raises:
      ModelFormatError: when the file is another one.
    """
    size = 4 + 4 * rank
    if len(content) < size or content[:4] != bytes((0, 0, 8, rank)):
        raise ModelFormatError(f"{name} is no file of MNIST's format with {rank} axes")
    shape = struct.unpack(f">{rank}I", content[4:size])
    values = np.frombuffer(content, np.uint8, offset=size)
    if values.size != np.prod(shape, dtype=object):
        raise ModelFormatError(f"{name} holds {values.size} bytes, where its head says {shape}")
    return values.reshape(shape)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError as error:
        raise ModelFileNotFoundError(f"there is no file {path}") from error


def _read_csv(path: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """The lines of a file, or of all files in a folder by their names, each in that shape."""
    names = [os.path.join(path, name) for name in sorted(os.listdir(path))] if os.path.isdir(path) else [path]
    lines = [line for name in names for line in _content(name).decode("utf-8-sig", "replace").splitlines() if line]
    if not lines:
        raise ModelFormatError(f"{path} is empty")
    try:
        rows = np.loadtxt(lines, dtype, comments=None, delimiter=",", ndmin=2)
    except ValueError as error:
        raise ModelFormatError(f"{path} does not hold lines of as many numbers: {error}") from error
    if rows.shape[1] != np.prod(shape, dtype=int):
        raise ShapeError(f"The lines of {path} have {rows.shape[1]} numbers, which do not make shape {shape}")
    return rows.reshape(len(rows), *shape)
