"""safetensors files: u64 length of a header, the header, the arrays' bytes one after another.

The header is JSON: for each name dtype, shape and data_offsets (begin and end, from the end of the header), and
``__metadata__``, which is skipped. Arrays are views on the file.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

import numpy as np

from gluax.errors import ModelFormatError
from gluax.ir.params_dtypes import BFLOAT16, DTYPE_BY_FLAG, array_over

_MAX_HEADER = 100_000_000  # the format's own limit


_OTHER_CODES = {BFLOAT16: "BF16", np.dtype(bool): "BOOL"}  # whose codes are not kind and bits

CODE_BY_DTYPE = {
    dtype: _OTHER_CODES.get(dtype, f"{dtype.kind.upper()}{8 * dtype.itemsize}") for dtype in DTYPE_BY_FLAG.values()
}
_DTYPE_BY_CODE = {code: dtype for dtype, code in CODE_BY_DTYPE.items()}


def is_safetensors(data: memoryview) -> bool:
    """Tell whether `data` starts like a safetensors file: with the length of JSON text that follows it."""
    return len(data) > 9 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= _MAX_HEADER


def read_safetensors(data: memoryview, source: str) -> dict[str, np.ndarray]:
    """Read a safetensors file; the arrays are read-only views on `data`."""
    end = 8 + int.from_bytes(data[:8], "little")
    if end > len(data):
        _fail(source, f"its header would take {end} bytes, of which there are {len(data)} (is the file truncated?)")
    try:
        header = json.loads(bytes(data[8:end]))
        arrays = {name: _array(data[end:], **entry) for name, entry in header.items() if name != "__metadata__"}
        if sum(array.nbytes for array in arrays.values()) > len(data) - end:
            raise ValueError("its arrays overlap")
        return arrays
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        _fail(source, str(error))


def _array(data: memoryview, *, dtype: str, shape: list[int], data_offsets: tuple[int, int]) -> np.ndarray:
    begin, end = data_offsets
    if dtype not in _DTYPE_BY_CODE:
        raise ValueError(f"it holds the type {dtype!r:.20}, which MXNet does not know")
    if not all(type(size) is int and size >= 0 for size in (*shape, begin, end)):
        raise ValueError(f"a size is no number: shape {shape!r:.80}, offsets {data_offsets!r:.80}")
    if end > len(data) or end - begin != math.prod(shape) * _DTYPE_BY_CODE[dtype].itemsize:
        raise ValueError(f"{dtype} of shape {shape!r:.80} is not what bytes {begin} to {end} of {len(data)} can be")
    return array_over(data[begin:end], _DTYPE_BY_CODE[dtype], tuple(shape))


def _fail(source: str, message: str) -> NoReturn:
    raise ModelFormatError(f"{source}: is a broken safetensors file: {message}") from None
