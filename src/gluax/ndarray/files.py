"""Saving and loading arrays: MXNet's parameter files."""

from __future__ import annotations

import os
import warnings
from typing import Any

from gluax.context import Context
from gluax.ir.np_shape import is_np_shape
from gluax.ir.params_reader import Params, read_params
from gluax.ir.params_writer import write_params
from gluax.ndarray.creation import array
from gluax.ndarray.ndarray import NDArray


def save(fname: str | os.PathLike[str], data: Any) -> None:
    """Write arrays to a file: a dict by name, a list, or one array, which is saved as a list of one.

    The file is replaced at once: a program that is killed leaves the old one or none.

    Raises:
      TypeError: for dicts or lists of anything but arrays.
      ValueError: for anything else.
      DTypeError, ShapeError: for a dtype that MXNet's files cannot hold, and for a scalar.
    """
    if isinstance(data, NDArray):
        data = [data]
    if not isinstance(data, (dict, list)):
        raise ValueError("data needs to either be a NDArray, dict of str, NDArray pairs or a list of NDarrays.")
    names, arrays = (list(data), list(data.values())) if isinstance(data, dict) else ([], data)
    if not all(isinstance(name, str) for name in names) or not all(isinstance(array, NDArray) for array in arrays):
        raise TypeError("save only accept dict str->NDArray or list of NDArray")
    values = [array.asnumpy() for array in arrays]
    named = dict(zip(names, values)) if isinstance(data, dict) else values
    write_params(fname, named, numpy_shape=is_np_shape())


def load(fname: str | os.PathLike[str]) -> list[NDArray] | dict[str, NDArray]:
    """Read a file that `save` or any version of MXNet wrote, or an .npz file: a dict, or a list without names.

    Raises:
      TypeError: when `fname` is no path.
      ModelFileNotFoundError, ModelFormatError
    Warns:
      UserWarning: naming the sparse arrays, which become dense here.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError("fname required to be a string")
    return _arrays(read_params(fname), str(fname))


def load_frombuffer(buf: bytes | str) -> list[NDArray] | dict[str, NDArray]:
    """Read what a file that `save` wrote holds, from memory; see `load`."""
    if not isinstance(buf, (str, bytes)):
        raise TypeError("buf required to be a string or bytes")
    return _arrays(read_params(buf.encode("latin-1") if isinstance(buf, str) else buf), "the buffer")


def _arrays(params: Params, source: str) -> list[NDArray] | dict[str, NDArray]:
    if params.storage:
        warnings.warn(f"{source}: sparse arrays are loaded as dense ones: {params.storage}", stacklevel=3)
    host = Context("cpu")  # whatever the current context, as in MXNet
    if isinstance(params.arrays, list):
        return [array(values, host, values.dtype) for values in params.arrays]
    return {name: array(values, host, values.dtype) for name, values in params.arrays.items()}
