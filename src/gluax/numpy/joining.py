"""Functions that join arrays, and that split them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.numpy.call import call


def concatenate(seq: Sequence[Any], axis: int | None = 0, out: Any = None) -> Any:
    """Arrays one after another along an axis; flattened for None."""
    attrs = {"axis": "None" if axis is None else axis, "num_args": len(seq)}
    return call("_npi_concatenate", tuple(seq), attrs, out)


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`arr`, then `values`, along an axis; flattened for None."""
    return concatenate((arr, values), axis)


def stack(arrays: Sequence[Any], axis: int = 0, out: Any = None) -> Any:
    """Arrays of one shape along a new axis."""
    return call("_npi_stack", _sequence(arrays), {"axis": axis, "num_args": len(arrays)}, out)


def vstack(arrays: Sequence[Any], out: Any = None) -> Any:
    """Arrays one after another along the first axis; rows for vectors."""
    return call("_npi_vstack", _sequence(arrays), {"num_args": len(arrays)}, out)


def row_stack(arrays: Sequence[Any]) -> Any:
    """See `vstack`."""
    return vstack(arrays)


def hstack(arrays: Sequence[Any]) -> Any:
    """Arrays one after another along the second axis; along the only one for vectors."""
    return call("_npi_hstack", _sequence(arrays), {"num_args": len(arrays)})


def dstack(arrays: Sequence[Any]) -> Any:
    """Arrays one after another along the third axis."""
    return call("_npi_dstack", _sequence(arrays), {"num_args": len(arrays)})


def column_stack(tup: Sequence[Any]) -> Any:
    """Vectors as columns of a matrix, beside matrices."""
    return call("_npi_column_stack", _sequence(tup), {"num_args": len(tup)})


def _sequence(arrays: Any) -> tuple[Any, ...]:
    if not hasattr(arrays, "__getitem__"):
        raise ValueError(f"a list or tuple of arrays is expected, not {type(arrays)}")
    return tuple(arrays)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: as many equal ones, or those between indices.

    Raises:
      ValueError: when the size is not a multiple of the number of parts.
    """
    if isinstance(indices_or_sections, int) and hasattr(ary, "shape") and ary.shape[axis] % indices_or_sections:
        raise ValueError(f"split: {ary.shape[axis]} elements do not make {indices_or_sections} equal parts")
    return _split("_npi_split", ary, indices_or_sections, axis)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis, as `split`; they need not be equal."""
    return _split("_npi_split", ary, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts along the second axis, or the only one; see `split`."""
    if hasattr(ary, "shape") and not ary.shape:
        raise ValueError("hsplit needs an array with an axis")
    return _split("_npi_hsplit", ary, indices_or_sections, 1)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts along the first axis; see `split`."""
    if hasattr(ary, "shape") and len(ary.shape) < 2:
        raise ValueError("vsplit needs an array with two axes at least")
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts along the third axis; see `split`."""
    if hasattr(ary, "shape") and len(ary.shape) < 3:
        raise ValueError("dsplit needs an array with three axes at least")
    return split(ary, indices_or_sections, 2)


def _split(op: str, ary: Any, parts: Any, axis: int) -> list[Any]:
    if isinstance(parts, (int, np.integer)):
        attrs: dict[str, Any] = {"indices": (), "sections": int(parts)}
    elif isinstance(parts, (list, set, tuple)):
        attrs = {"indices": (0, *parts), "sections": 0}
    else:
        raise ValueError(f"a number of parts or a list of indices is expected, not {type(parts)}")
    found = call(op, (ary,), {**attrs, "axis": axis, "squeeze_axis": False})
    return found if isinstance(found, list) else [found]
