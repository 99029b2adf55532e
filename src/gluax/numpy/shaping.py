"""Functions that change shapes and order, and that pick elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.numpy.call import call, is_number, is_operand
from gluax.numpy.statistics import nonzero

Shape = int | Sequence[int]


def reshape(a: Any, newshape: Shape, order: str = "C", out: Any = None) -> Any:
    """A copy in another shape, in which -1 stands for what is left."""
    return call("_np_reshape", (a,), {"newshape": newshape, "order": order}, out)


def ravel(x: Any, order: str = "C") -> Any:
    """The elements in one axis."""
    if order == "F":
        raise NotImplementedError("ravel: order 'F' is not supported")
    return np.reshape(x, -1) if is_number(x) else reshape(x, (-1,))


def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order, reversed by default."""
    return call("_np_transpose", (a,), {"axes": axes})


def moveaxis(a: Any, source: Shape, destination: Shape) -> Any:
    """Axes moved to other places."""
    return call("_np_moveaxis", (a,), {"source": source, "destination": destination})


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    return call("_npi_swapaxes", (a,), {"dim1": axis1, "dim2": axis2})


def expand_dims(a: Any, axis: int) -> Any:
    """A new axis of size 1."""
    return call("_npi_expand_dims", (a,), {"axis": axis})


def squeeze(a: Any, axis: Shape | None = None, out: Any = None) -> Any:
    """Without axes of size 1."""
    return call("_np_squeeze", (a,), {"axis": axis}, out)


def broadcast_to(array: Any, shape: Shape) -> Any:
    """Repeated along axes of size 1 and new leading ones."""
    from gluax.numpy.creation import full

    return full(shape, array) if is_number(array) else call("_npi_broadcast_to", (array,), {"shape": shape})


def broadcast_arrays(*args: Any) -> list[Any]:
    """The arrays broadcast to their common shape."""
    shape = np.broadcast_shapes(*[array.shape for array in args])
    return [broadcast_to(array, shape) for array in args]


def atleast_1d(*arys: Any) -> Any:
    """With one axis at least; a list for several arrays."""
    return call("_np_atleast_1d", arys, {"num_args": len(arys)})


def atleast_2d(*arys: Any) -> Any:
    """With two axes at least; a list for several arrays."""
    return call("_np_atleast_2d", arys, {"num_args": len(arys)})


def atleast_3d(*arys: Any) -> Any:
    """With three axes at least; a list for several arrays."""
    return call("_np_atleast_3d", arys, {"num_args": len(arys)})


def tile(A: Any, reps: Shape) -> Any:
    """The array several times over along each axis."""
    return np.tile(A, reps) if is_number(A) else call("_npi_tile", (A,), {"reps": reps})


def repeat(a: Any, repeats: int, axis: int | None = None) -> Any:
    """Each element several times, along an axis or flattened."""
    return call("_np_repeat", (a,), {"repeats": repeats, "axis": axis})


def flip(m: Any, axis: Shape | None = None, out: Any = None) -> Any:
    """Backwards along axes, all by default."""
    if is_number(m):
        return np.flip(m, axis)  # type: ignore[call-overload]
    return call("_npi_flip", (m,), {"axis": "None" if axis is None else axis}, out)


def flipud(m: Any) -> Any:
    """Backwards along the first axis."""
    return flip(m, 0)


def fliplr(m: Any) -> Any:
    """Backwards along the second axis."""
    return flip(m, 1)


def roll(a: Any, shift: Shape, axis: Shape | None = None) -> Any:
    """Moved along axes, what leaves at the end coming in at the beginning."""
    return call("_np_roll", (a,), {"shift": shift, "axis": axis})


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turned `k` times by 90 degrees in the plane of two axes."""
    return call("_npi_rot90", (m,), {"k": k, "axes": tuple(axes)})


def diag(array: Any, k: int = 0) -> Any:
    """A diagonal of a matrix, or the matrix of a diagonal."""
    return call("_np_diag", (array,), {"k": k})


def diagflat(array: Any, k: int = 0) -> Any:
    """The matrix with the flattened array as a diagonal."""
    return call("_np_diagflat", (array,), {"k": k})


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonals of the matrices that two axes make."""
    return call("_np_diagonal", (a,), {"offset": offset, "axis1": axis1, "axis2": axis2})


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, out: Any = None) -> Any:
    """The sums of the diagonals of the matrices that two axes make."""
    return call("_np_trace", (a,), {"offset": offset, "axis1": axis1, "axis2": axis2}, out)


def tril(m: Any, k: int = 0) -> Any:
    """The matrix with zeros above its `k`-th diagonal."""
    return call("_npi_tril", (m,), {"k": k})


def pad(x: Any, pad_width: Any = None, mode: str = "constant", **kwargs: Any) -> Any:
    """More elements before and after each axis.

    Args:
      pad_width: a tuple of (before, after) for each axis, or one for all.
      mode: "constant", which is 0 whatever `constant_values` says, as in MXNet, "edge", "reflect", "symmetric",
        "maximum" or "minimum".

    Raises:
      TypeError: for a width of something other than integers in a tuple.
      ValueError: for another mode or option.
    """
    if not isinstance(pad_width, tuple) or np.asarray(pad_width).dtype.kind != "i":
        raise TypeError(f"pad: pad_width must be a tuple of integers, not {pad_width!r}")
    options = {"constant": {"constant_values"}, "reflect": {"reflect_type"}, "symmetric": {"reflect_type"}}
    if mode not in ("constant", "edge", "reflect", "symmetric", "maximum", "minimum"):
        raise ValueError(f"pad: mode {mode!r} is not supported")
    unknown = set(kwargs) - options.get(mode, set())
    if unknown:
        raise ValueError(f"pad: mode {mode!r} takes no {sorted(unknown)}")
    widths = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2)).tolist()
    attrs: dict[str, Any] = {"pad_width": tuple(map(tuple, widths)), "mode": mode}
    if "reflect_type" in kwargs:
        attrs["reflect_type"] = kwargs["reflect_type"]
    return call("_npi_pad", (x,), attrs)


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Values put in before places: a number, a slice or an array of indices."""
    given = () if is_number(values) else (values,)
    attrs: dict[str, Any] = {"axis": axis, "val": values if is_number(values) else None}
    if isinstance(obj, slice):
        return call("_npi_insert_slice", (arr, *given), {**attrs, **_slice(obj)})
    if isinstance(obj, (int, np.integer)):
        return call("_npi_insert_scalar", (arr, *given), {**attrs, "int_ind": int(obj)})
    if is_operand(obj):
        return call("_npi_insert_tensor", (arr, *given, obj), attrs)
    raise TypeError(f"insert: places of type {type(obj)} are not supported")


def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Without what is at places: a number, a slice or an array of indices."""
    if isinstance(obj, slice):
        return call("_npi_delete", (arr,), {"axis": axis, **_slice(obj)})
    if isinstance(obj, (int, np.integer)):
        return call("_npi_delete", (arr,), {"axis": axis, "int_ind": int(obj)})
    if is_operand(obj):
        return call("_npi_delete", (arr, obj), {"axis": axis})
    raise TypeError(f"delete: places of type {type(obj)} are not supported")


def _slice(key: slice) -> dict[str, Any]:
    return {"start": key.start, "stop": key.stop, "step": 1 if key.step is None else key.step}


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise", out: Any = None) -> Any:
    """The elements at indices along an axis, or of the flattened array.

    Args:
      mode: what to do about an index out of range: "clip", "wrap" or, as MXNet, "raise".
    """
    if mode not in ("wrap", "clip", "raise"):
        raise NotImplementedError(f"take: mode {mode!r} is not supported")
    if axis is None:
        a, axis = reshape(a, (-1,)), 0
    return call("_npi_take", (a, indices), {"axis": axis, "mode": mode}, out)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`x` where the condition holds, else `y`, arrays or numbers; without them the indices where it holds."""
    if x is None and y is None:
        return nonzero(condition)
    if is_number(condition):
        return x if condition else y
    if x is None or y is None:
        raise TypeError("where: give both x and y, or neither")
    if is_number(x) and is_number(y):
        return call("_npi_where_scalar2", (condition,), {"x": float(x), "y": float(y)})
    if is_number(x):
        return call("_npi_where_lscalar", (condition, y), {"scalar": float(x)})
    if is_number(y):
        return call("_npi_where_rscalar", (condition, x), {"scalar": float(y)})
    return call("_npi_where", (condition, x, y))


def diag_indices_from(arr: Any) -> tuple[Any, ...]:
    """The indices of the diagonal of an array with equal sizes."""
    return tuple(call("_npi_diag_indices_from", (arr,)))


def unravel_index(indices: Any, shape: Sequence[int], order: str = "C") -> tuple[Any, ...]:
    """The index along each axis of positions in the flattened array."""
    if order != "C":
        raise NotImplementedError("unravel_index: order 'F' is not supported")
    if is_number(indices):
        return np.unravel_index(indices, tuple(shape))  # type: ignore[call-overload]
    return tuple(call("_unravel_index", (indices,), {"shape": tuple(shape)}))
