"""safetensors files, by the library of that name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np

from gluax.errors import MissingExtraError, ModelFormatError
from gluax.ir.params_dtypes import BFLOAT16, DTYPE_BY_FLAG

_MAX_HEADER = 100_000_000  # the format's own limit

# The library's reader for numpy has no bfloat16, so types are told apart here.
_OTHER_CODES = {BFLOAT16: "BF16", np.dtype(bool): "BOOL"}
_DTYPE_BY_CODE = {
    _OTHER_CODES.get(dtype, f"{dtype.kind.upper()}{8 * dtype.itemsize}"): dtype for dtype in DTYPE_BY_FLAG.values()
}


def is_safetensors(data: memoryview) -> bool:
    """Tell whether `data` starts like a safetensors file: with the length of JSON text that follows it."""
    return len(data) > 9 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= _MAX_HEADER


def read_safetensors(data: memoryview, source: str) -> dict[str, np.ndarray]:
    """Read a safetensors file.

    Raises:
      ModelFormatError: for a broken file, or one with types that MXNet does not know.
      MissingExtraError: without the library.
    """
    library = _library()
    try:
        found = library.deserialize(bytes(data))
    except library.SafetensorError as error:
        raise ModelFormatError(f"{source}: is a broken safetensors file: {error}") from None
    foreign = sorted({entry["dtype"] for _, entry in found} - set(_DTYPE_BY_CODE))
    if foreign:
        raise ModelFormatError(f"{source}: holds the types {foreign}, which MXNet does not know")
    return {
        name: np.frombuffer(entry["data"], _DTYPE_BY_CODE[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in found
    }


def safetensors_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """What a safetensors file of contiguous arrays holds.

    Raises:
      MissingExtraError: without the library.
    """
    _library()
    from safetensors.numpy import save

    return save(dict(arrays))


def _library() -> ModuleType:
    try:
        import safetensors
    except ImportError:
        raise MissingExtraError("safetensors files need an extra: pip install 'gluax[safetensors]'") from None
    return safetensors
