"""Copies of arrays that are views on a mapped file."""

from __future__ import annotations

import mmap

import numpy as np

_ALIGNMENT = 64  # what XLA wants of a buffer on CPU that it takes as it is


class MappedFile(mmap.mmap):
    """A file mapped for reading, and not to be written to: its pages can be dropped and read again."""


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
        begin = array.ctypes.data - np.frombuffer(mapped, np.uint8).ctypes.data
        page = begin // mmap.PAGESIZE * mmap.PAGESIZE
        mapped.madvise(mmap.MADV_DONTNEED, page, begin + array.nbytes - page)
    return copy


def _mapping(array: np.ndarray) -> MappedFile | None:
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    mapped = base.obj if isinstance(base, memoryview) else None
    return mapped if isinstance(mapped, MappedFile) and array.nbytes else None
