"""Files mapped into memory: copies of the arrays that are views on them, and reading such an array again."""

from __future__ import annotations

import math
import mmap
import os
import weakref
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from gluax.errors import ParameterError
from gluax.ir.params_dtypes import array_over

_ALIGNMENT = 64  # what XLA wants of a buffer on CPU that it takes as it is


class MappedFile(mmap.mmap):
    """A file mapped for reading, and not to be written to: its pages can be dropped and read again."""

    origin: FileOrigin

    @classmethod
    def of(cls, stream: BinaryIO, path: str) -> MappedFile:
        """Map an open file, which must not be empty."""
        mapped = cls(stream.fileno(), 0, access=mmap.ACCESS_READ)
        mapped.origin = FileOrigin(path, _state(stream.fileno()))
        return mapped


class FileOrigin:
    """A file as it was when it was read."""

    def __init__(self, path: str, state: tuple[int, ...]) -> None:
        self._path = os.path.abspath(path)
        self._state = state
        self._descriptor: int | None = None

    def hold(self) -> bool:
        """Open the file, to read from it even once it is deleted or replaced; tells whether it is still the same."""
        if self._descriptor is None:
            try:
                descriptor = os.open(self._path, os.O_RDONLY)
            except OSError:
                return False
            self._descriptor = descriptor
            weakref.finalize(self, os.close, descriptor)
        return _state(self._descriptor) == self._state

    def read(self, begin: int, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        """A new array of what stands at byte `begin`.

        Raises:
          ParameterError: when the file was written to after it was first read.
        """
        if not self.hold() or self._descriptor is None:
            raise ParameterError(
                f"{self._path} was written to after parameters were loaded from it: their values, which hybridize("
                "release_parameters=True) released, cannot be read again. Load the parameters anew"
            )
        content = memoryview(mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ))
        return own_copy(array_over(content[begin : begin + math.prod(shape) * dtype.itemsize], dtype, shape))


@dataclass(frozen=True)
class Stretch:
    """The bytes of a file that an array was made of."""

    origin: FileOrigin
    begin: int
    dtype: np.dtype
    shape: tuple[int, ...]

    def read(self) -> np.ndarray:
        """The array again, a new one. Raises as `FileOrigin.read`."""
        return self.origin.read(self.begin, self.dtype, self.shape)


def stretch_of(array: np.ndarray) -> Stretch | None:
    """What of a mapped file the array is a view on; None when it is memory of its own."""
    mapped = _mapping(array)
    if mapped is None or not array.flags.c_contiguous:
        return None
    return Stretch(mapped.origin, _begin(array, mapped), array.dtype, array.shape)


def own_copy(array: np.ndarray) -> np.ndarray:
    """A copy that nobody else can change, placed so that JAX takes it on CPU as it is.

    The pages of a mapped file that the array is a view on are given back: they would count as this process's memory.
    """
    room = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    skipped = -room.ctypes.data % _ALIGNMENT
    copy = room[skipped : skipped + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    mapped = _mapping(array)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        begin = _begin(array, mapped)
        page = begin // mmap.PAGESIZE * mmap.PAGESIZE
        mapped.madvise(mmap.MADV_DONTNEED, page, begin + array.nbytes - page)
    return copy


def _mapping(array: np.ndarray) -> MappedFile | None:
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    mapped = base.obj if isinstance(base, memoryview) else None
    return mapped if isinstance(mapped, MappedFile) and array.nbytes else None


def _begin(array: np.ndarray, mapped: MappedFile) -> int:
    return array.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data


def _state(descriptor: int) -> tuple[int, ...]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
