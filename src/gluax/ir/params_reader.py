"""Parameter files: what `mx.nd.save` of any MXNet version wrote, the .npz files of MXNet 2, and safetensors.

A file is u64 0x112, u64 reserved, u64 n, n arrays, u64 k, k names (u64 length, UTF-8 bytes); k is 0 for a nameless
list. All integers are little-endian. `_read_array` tells the four layouts of an array. Dense arrays are read-only
views on the memory-mapped file; only those that do not start at a multiple of their item size are copied.
"""

from __future__ import annotations

import math
import mmap
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NoReturn

import numpy as np

from gluax.errors import ModelFileNotFoundError, ModelFormatError
from gluax.ir.foreign import PARAMS_MAGIC, foreign_hint
from gluax.ir.mapped_file import MappedFile
from gluax.ir.params_dtypes import DTYPE_BY_FLAG, array_over
from gluax.ir.params_npz import is_zip, read_npz
from gluax.ir.params_safetensors import is_safetensors, read_safetensors
from gluax.ir.params_sparse import StorageType, densify

V1_MAGIC, V2_MAGIC, V3_MAGIC = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
_DENSE, _ROW_SPARSE, _CSR = 0, 1, 2
_MAX_NDIM = 64  # numpy's limit

DENSE_MULTIPLE = 1000
DENSE_ALLOWANCE = 64 * 2**20
"""What is stored small (sparse, compressed) may need DENSE_MULTIPLE times the file's size in memory, and in any case
DENSE_ALLOWANCE bytes, all arrays together. More is refused, unless the caller sets a limit of their own."""

# One object for all: a file of nothing but such arrays, four bytes each, must not fill the memory.
_UNSHAPED = np.empty(0, np.float32)
_UNSHAPED.flags.writeable = False

Buffer = bytes | bytearray | memoryview | mmap.mmap


@dataclass(frozen=True)
class Params:
    """The content of a parameter file.

    Attributes:
      arrays: by name, or a list where the file has no names. All dense and read-only, in the file's order. Of a
        repeated name the last array counts, as in MXNet.
      storage: names (numbers, in a list) of the arrays that the file holds sparse, with their storage type.
      numpy_shape: whether the file was saved under numpy semantics, where () is a scalar.
    """

    arrays: dict[str, np.ndarray] | list[np.ndarray]
    storage: Mapping[str | int, StorageType]
    numpy_shape: bool = False


class PrefixedParams(NamedTuple):
    """A checkpoint's arrays by kind. `other` holds those without a prefix, as `save_parameters` writes them."""

    arg: dict[str, np.ndarray]
    aux: dict[str, np.ndarray]
    other: dict[str, np.ndarray]


def split_prefixes(arrays: Mapping[str, np.ndarray]) -> PrefixedParams:
    """Sort arrays by the prefixes ``arg:`` and ``aux:`` of exported checkpoints, and take the prefixes off."""
    split = PrefixedParams({}, {}, {})
    for name, array in arrays.items():
        prefix, _, rest = name.partition(":")
        if rest and prefix in ("arg", "aux"):
            (split.arg if prefix == "arg" else split.aux)[rest] = array
        else:
            split.other[name] = array
    return split


def join_prefixes(arg: Mapping[str, Any], aux: Mapping[str, Any]) -> dict[str, Any]:
    """Make the names of an exported checkpoint; the inverse of `split_prefixes`."""
    return {f"arg:{name}": array for name, array in arg.items()} | {f"aux:{name}": array for name, array in aux.items()}


def read_params(
    path_or_buffer: str | os.PathLike[str] | Buffer,
    *,
    memory_map: bool = True,
    max_dense_bytes: int | None = None,
) -> Params:
    """Read a parameter file, or the bytes of one.

    Args:
      path_or_buffer: a path, or an object with the file's content. A buffer must not change while arrays are in use.
      memory_map: map the file, so that arrays are read from the disk as they are used. A mapped file must not be
        changed in place (replacing it, as gluax's own writers do, is fine); set False where that may happen.
      max_dense_bytes: how much memory sparse and compressed arrays may take; see `DENSE_MULTIPLE` for the default.

    Raises:
      ModelFileNotFoundError: there is no such file.
      ModelFormatError: it is not a parameter file, or a broken one.
    """
    if isinstance(path_or_buffer, (str, os.PathLike)):
        source, data = os.fspath(path_or_buffer), _open(path_or_buffer, memory_map)
    else:
        source, data = "<buffer>", memoryview(path_or_buffer).cast("B")
    limit = DENSE_ALLOWANCE + DENSE_MULTIPLE * len(data) if max_dense_bytes is None else max_dense_bytes
    if is_zip(data):
        return Params(read_npz(data, source, limit), {})
    if is_safetensors(data):
        return Params(read_safetensors(data, source), {})
    if data[:8] != PARAMS_MAGIC:
        hint = foreign_hint(bytes(data[:512])) or f"it starts with bytes {bytes(data[:8]).hex(' ')}"
        raise ModelFormatError(f"{source}: is not a parameter file: {hint}")
    return _Reader(data, source, limit).read()


def _open(path: str | os.PathLike[str], memory_map: bool) -> memoryview:
    try:
        with open(path, "rb") as stream:
            # An empty file cannot be mapped.
            if memory_map and os.fstat(stream.fileno()).st_size:
                return memoryview(MappedFile.of(stream, os.fspath(path)))
            return memoryview(stream.read())
    except FileNotFoundError:
        raise ModelFileNotFoundError(f"parameter file {os.fspath(path)!r} does not exist") from None
    except OSError as error:
        raise ModelFormatError(f"parameter file {os.fspath(path)!r} cannot be read: {error.strerror}") from error


class _Reader:
    """Walks through a file. Sizes are checked against what is left of it before anything is made of them."""

    def __init__(self, data: memoryview, source: str, dense_limit: int) -> None:
        self.data = data
        self.source = source
        self.dense_left = dense_limit
        self.position = 16  # behind the magic and the reserved number
        self.place = "header"
        self.numpy_shape = False

    def read(self) -> Params:
        count = self._number("Q", "the number of arrays")
        arrays: list[np.ndarray] = []
        kinds: list[StorageType | None] = []
        for number in range(count):
            self.place = f"array {number} of {count}"
            array, kind = self._read_array()
            arrays.append(array)
            kinds.append(kind)
        names = self._names(count)
        labels: Sequence[str | int] = names or range(count)
        last_kinds = dict(zip(labels, kinds, strict=True))
        return Params(
            dict(zip(names, arrays, strict=True)) if names else arrays,
            {label: kind for label, kind in last_kinds.items() if kind is not None},
            self.numpy_shape,
        )

    def _names(self, array_count: int) -> list[str]:
        self.place = "names"
        count = self._number("Q", "the number of names")
        if count not in (0, array_count):
            self._fail(f"has {count} names for {array_count} arrays")
        names = []
        for number in range(count):
            self.place = f"name {number} of {count}"
            raw = self._take(self._number("Q", "its length"), "its text")
            try:
                names.append(str(raw, "utf-8"))
            except UnicodeDecodeError:
                self._fail(f"is not UTF-8 text: {bytes(raw[:40])!r}")
        return names

    def _read_array(self) -> tuple[np.ndarray, StorageType | None]:
        """Read one array of any version.

        V2 and V3: magic, i32 storage type, [storage shape if sparse], shape, device, i32 type flag,
        [per auxiliary array: i32 type flag, shape], data, [auxiliary data]. V1: magic, shape, device, flag, data.
        V0: no magic; the first number is ndim, then u32 sizes, device, flag, data. The device (i32 type, i32 id) is
        where the array lived when it was saved and means nothing here. An array that was never given a shape ends
        after its shape.
        """
        magic = self._number("I", "its magic number")
        if magic not in (V1_MAGIC, V2_MAGIC, V3_MAGIC):
            return self._read_dense(self._sizes(magic, "I", f"0x{magic:08x} at its start")), None
        storage = self._number("i", "its storage type") if magic != V1_MAGIC else _DENSE
        if storage in (_ROW_SPARSE, _CSR) and magic == V2_MAGIC:
            return self._read_sparse("row_sparse" if storage == _ROW_SPARSE else "csr")
        if storage != _DENSE:
            self._fail(f"has storage type {storage}, which does not exist in this version of the format")
        self.numpy_shape |= magic == V3_MAGIC
        return self._read_dense(self._shape(numpy=magic == V3_MAGIC), numpy=magic == V3_MAGIC), None

    def _read_dense(self, shape: tuple[int, ...] | None, numpy: bool = False) -> np.ndarray:
        if shape is None or (shape == () and not numpy):
            return _UNSHAPED
        return self._array(shape, self._device_and_flag())

    def _read_sparse(self, kind: StorageType) -> tuple[np.ndarray, StorageType]:
        storage_shape = self._shape() or ()
        shape = self._shape() or ()
        if not shape:
            return _UNSHAPED, kind
        dtype = self._device_and_flag()
        auxiliary = [(self._dtype(), self._shape() or ()) for _ in range(1 if kind == "row_sparse" else 2)]
        data = self._array(storage_shape, dtype)
        indices = [self._array(aux_shape, aux_dtype) for aux_dtype, aux_shape in auxiliary]
        needed = math.prod(shape) * dtype.itemsize
        if needed > self.dense_left:
            self._fail(
                f"is {kind} of shape {shape} and would take {needed} bytes as a dense array, which is too much for a"
                f" file of {len(self.data)} bytes; pass max_dense_bytes= if it is meant"
            )
        self.dense_left -= needed
        try:
            dense = densify(kind, shape, data, indices)
        except ValueError as error:
            self._fail(f"is broken: as {kind} of shape {shape}, {error}")
        dense.flags.writeable = False
        return dense, kind

    def _device_and_flag(self) -> np.dtype:
        self._take(8, "its device")
        return self._dtype()

    def _dtype(self) -> np.dtype:
        flag = self._number("i", "its type flag")
        if flag not in DTYPE_BY_FLAG:
            self._fail(f"has unknown type flag {flag}")
        return DTYPE_BY_FLAG[flag]

    def _shape(self, numpy: bool = False) -> tuple[int, ...] | None:
        """Read i32 ndim and i64 sizes. None is the shape that numpy semantics leave unknown, marked by -1."""
        ndim = self._number("i", "its number of dimensions")
        if numpy and ndim == -1:
            return None
        shape = self._sizes(ndim, "q", "its number of dimensions")
        if numpy and -1 in shape:
            return None
        if min(shape, default=0) < 0:
            self._fail(f"has a negative size in its shape {shape}")
        return shape

    def _sizes(self, ndim: int, code: str, what: str) -> tuple[int, ...]:
        if not 0 <= ndim <= _MAX_NDIM:
            self._fail(f"cannot be understood: {what} would mean {ndim} dimensions")
        code = f"<{ndim}{code}"
        return struct.unpack(code, self._take(struct.calcsize(code), "its shape"))

    def _array(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        raw = self._take(math.prod(shape) * dtype.itemsize, f"its data of shape {shape} and type {dtype}")
        try:
            return array_over(raw, dtype, shape)
        except ValueError as error:
            self._fail(f"has an impossible shape {shape}: {error}")

    def _number(self, code: Literal["I", "i", "Q"], what: str) -> int:
        size = 8 if code == "Q" else 4
        return int.from_bytes(self._take(size, what), "little", signed=code == "i")

    def _take(self, size: int, what: str) -> memoryview:
        left = len(self.data) - self.position
        if size > left:
            self._fail(f"ends within {what}: {size} bytes wanted, {left} left (is the file truncated?)")
        self.position += size
        return self.data[self.position - size : self.position]

    def _fail(self, message: str) -> NoReturn:
        raise ModelFormatError(f"{self.source}: {self.place}, near byte {self.position}: {message}")
