"""NumPy's .npz archives, which MXNet 2 uses for parameters: a zip file with one .npy file for each name.

A .npy file is magic, version, header length, a Python dictionary literal (descr, fortran_order, shape) and the data.
Object arrays are pickles and are refused by their type. A size is known before memory is taken: the zip directory
tells it, decompression stops there, and the shape must agree with it.
"""

from __future__ import annotations

import ast
import io
import math
import zipfile
import zlib

import numpy as np

from gluax.errors import ModelFormatError
from gluax.ir.params_dtypes import BFLOAT16, DTYPE_BY_FLAG, array_over

_NPY_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 10_000  # numpy's own limit for headers from strangers
_BFLOAT16_DESCRIPTIONS = ("<V2", "|V2", [("bfloat16", "<u2")])
"""How numpy writes bfloat16, which it has no code for; the last is what MXNet 1.9.1's `asnumpy` gives."""

_DTYPE_BY_CODE = {dtype.str[1:]: dtype for dtype in DTYPE_BY_FLAG.values() if dtype != BFLOAT16}

_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    KeyError,
    ValueError,
    OverflowError,
    NotImplementedError,  # a compression method or zip version that Python does not know
    RuntimeError,  # encrypted
)


def is_zip(data: memoryview) -> bool:
    """Tell whether `data` starts like a zip archive, as .npz files do (an empty one starts with its directory)."""
    return bytes(data[:4]) in (b"PK\x03\x04", b"PK\x05\x06")


def read_npz(data: memoryview, source: str, limit: int) -> dict[str, np.ndarray]:
    """Read an .npz archive whose arrays take no more than `limit` bytes together."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members, source, limit)
            contents = {member.filename.removesuffix(".npy"): archive.read(member) for member in members}
    except ModelFormatError:
        raise
    except _BROKEN_ZIP as error:
        raise ModelFormatError(f"{source}: is a broken .npz archive: {error}") from error
    arrays = {}
    for name, content in contents.items():
        try:
            arrays[name] = _read_npy(content)
        except ValueError as error:
            raise ModelFormatError(f"{source}: array {name!r:.80} {error}") from None
    return arrays


def _check_members(members: list[zipfile.ZipInfo], source: str, limit: int) -> None:
    for member in members:
        if not member.filename.endswith(".npy"):
            kind = "a PyTorch file" if member.filename.endswith(".pkl") else "a zip archive"
            raise ModelFormatError(
                f"{source}: is not a parameter file: it is {kind}, not an .npz (it holds {member.filename!r:.80})"
            )
    total = sum(member.file_size for member in members)
    if total > limit:
        raise ModelFormatError(
            f"{source}: its arrays would take {total} bytes, which is too much for this file; pass max_dense_bytes= if"
            " it is meant"
        )


def _read_npy(content: bytes) -> np.ndarray:
    """Read one .npy file; the array is a read-only view on `content` where it can be."""
    start, description = _read_header(content)
    try:
        description = ast.literal_eval(description)
        descr, fortran_order, shape = (description[key] for key in ("descr", "fortran_order", "shape"))
        sizes_are_good = isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        raise ValueError("has a header that cannot be understood") from None
    if not sizes_are_good or not isinstance(fortran_order, bool):
        raise ValueError(f"has an impossible shape {shape!r:.80} or order {fortran_order!r:.20}")
    dtype = _dtype(descr)
    if math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(f"of shape {shape} and type {dtype} does not fit its {len(content) - start} bytes")
    array = array_over(memoryview(content)[start:], dtype, shape[::-1] if fortran_order else shape)
    array = array.T if fortran_order else array
    if dtype.byteorder == ">":
        array = array.astype(dtype.newbyteorder("<"))
        array.flags.writeable = False
    return array


def _read_header(content: bytes) -> tuple[int, str]:
    if content[:6] != _NPY_MAGIC or len(content) < 12:
        raise ValueError("is not a .npy file")
    if content[6] not in (1, 2, 3):
        raise ValueError(f"is a .npy file of unknown version {content[6]}")
    start = 10 if content[6] == 1 else 12
    length = int.from_bytes(content[8:start], "little")
    if length > min(_MAX_HEADER, len(content) - start):
        raise ValueError(f"has a header of {length} bytes, which is too long")
    return start + length, content[start : start + length].decode("utf-8")


def _dtype(descr: object) -> np.dtype:
    if descr in _BFLOAT16_DESCRIPTIONS:
        return BFLOAT16
    if isinstance(descr, str) and descr[:1] in ("<", ">", "|", "=") and descr[1:] in _DTYPE_BY_CODE:
        dtype = _DTYPE_BY_CODE[descr[1:]]
        return dtype.newbyteorder(">") if descr[0] == ">" else dtype
    raise ValueError(f"has a type MXNet does not know: {descr!r:.80} (objects are never unpickled)")
