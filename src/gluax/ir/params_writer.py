"""Writes parameter files, byte for byte as `mx.nd.save` of MXNet 1.9.1 does, .npz files as MXNet 2 reads them, and
safetensors.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from gluax.errors import DTypeError, ShapeError
from gluax.ir.atomic import atomic_write
from gluax.ir.foreign import PARAMS_MAGIC
from gluax.ir.params_dtypes import FLAG_BY_DTYPE
from gluax.ir.params_reader import V2_MAGIC, V3_MAGIC
from gluax.ir.params_safetensors import safetensors_bytes

_CPU_0 = struct.pack("<ii", 1, 0)
_EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write_params(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Any] | Sequence[Any],
    *,
    numpy_shape: bool = False,
) -> None:
    """Write arrays, or whatever `numpy.asarray` makes arrays of, as `mx.nd.save` would; see `atomic_write`.

    Args:
      path: the file to write or replace.
      arrays: by name, or a sequence for a file without names.
      numpy_shape: write format V3, which only `mx.npx.load` and MXNet under ``np_shape`` read, but which can hold
        scalars. The default, V2, is read by MXNet since 0.12.

    Raises:
      DTypeError: MXNet has no such type.
      ShapeError: a scalar, and not `numpy_shape`.
    """
    names = list(arrays) if isinstance(arrays, Mapping) else []
    checked = _check(arrays)
    for label, array in checked:
        if array.ndim == 0 and not numpy_shape:
            raise ShapeError(f"array {label} is a scalar, which only files with numpy_shape=True can hold")
    with atomic_write(path) as stream:
        stream.write(PARAMS_MAGIC + struct.pack("<QQ", 0, len(checked)))
        for _, array in checked:
            _write_array(stream, array, V3_MAGIC if numpy_shape else V2_MAGIC)
        stream.write(struct.pack("<Q", len(names)))
        for name in names:
            encoded = name.encode()
            stream.write(struct.pack("<Q", len(encoded)) + encoded)


def write_npz(path: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    """Write arrays by name as an uncompressed .npz file, the same bytes for the same arrays; see `atomic_write`.

    numpy has no code for bfloat16 and writes it as two raw bytes (``|V2``), which `read_params` understands.

    Raises:
      DTypeError: MXNet has no such type.
    """
    checked = _check(arrays)
    with atomic_write(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, (_, array) in zip(arrays, checked, strict=True):
            add_array(archive, name, array)


def write_safetensors(path: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    """Write arrays by name, the same bytes for the same arrays; see `atomic_write`.

    Raises:
      DTypeError: MXNet has no such type.
      MissingExtraError: without the library.
    """
    checked = dict(zip(arrays, (array for _, array in _check(arrays)), strict=True))
    content = safetensors_bytes(checked)
    with atomic_write(path) as stream:
        stream.write(content)


def member(filename: str) -> zipfile.ZipInfo:
    """An archive's member that is the same bytes whenever it is written."""
    return zipfile.ZipInfo(filename, _EARLIEST_ZIP_TIME)


def add_array(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    """Add ``<name>.npy`` to an archive; bfloat16 is two raw bytes there."""
    with archive.open(member(f"{name}.npy"), "w", force_zip64=True) as target:
        np.lib.format.write_array(target, array, allow_pickle=False)


def _check(arrays: Mapping[str, Any] | Sequence[Any]) -> list[tuple[str, np.ndarray]]:
    """Return each array's name for messages, and the array in C order, of a little-endian type MXNet knows."""
    items: Iterable[tuple[Any, Any]] = arrays.items() if isinstance(arrays, Mapping) else enumerate(arrays)
    checked = []
    for label, value in items:
        array = np.asarray(value, order="C")
        dtype = array.dtype.newbyteorder("<")
        if dtype not in FLAG_BY_DTYPE:
            raise DTypeError(f"array {label!r} has type {array.dtype}, which MXNet files cannot hold")
        checked.append((repr(label), array.astype(dtype, copy=False)))
    return checked


def _write_array(stream: BinaryIO, array: np.ndarray, magic: int) -> None:
    stream.write(struct.pack(f"<Iii{array.ndim}q", magic, 0, array.ndim, *array.shape) + _CPU_0)
    stream.write(struct.pack("<i", FLAG_BY_DTYPE[array.dtype]))
    # Seen as bytes, because bfloat16 does not offer its memory to files.
    stream.write(array.reshape(-1).view(np.uint8).data)
