"""MXNet's functions that make arrays, and those it writes over its operators."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

import jax
import numpy as np

from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context, as_context
from gluax.errors import ShapeError
from gluax.ir.np_shape import is_np_shape
from gluax.ndarray.invoke import as_numpy, invoke
from gluax.ndarray.ndarray import NDArray
from gluax.ndarray.operators import INTEGERS

Shape = int | Sequence[int]


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """A copy of an NDArray, or of anything numpy takes for an array.

    Args:
      source_array: the values.
      ctx: where the array lives, the current context by default.
      dtype: that of an NDArray by default, float32 for anything else.

    Raises:
      TypeError: when the values make no array.
    """
    ctx = as_context(ctx)
    if isinstance(source_array, NDArray):
        return source_array.copyto(ctx) if dtype is None else source_array.astype(dtype).as_in_context(ctx)
    wanted = np.dtype(np.float32 if dtype is None else dtype)
    if isinstance(source_array, jax.Array):
        with mxnet_numbers():
            return NDArray(ctx.place(source_array.astype(wanted)), ctx)
    return _put(as_numpy(source_array, wanted), ctx)


def _put(values: np.ndarray, ctx: Context) -> NDArray:
    with mxnet_numbers():
        return NDArray(ctx.place(values), ctx)


def empty(shape: Shape, ctx: Context | None = None, dtype: Any = None, stype: str | None = None) -> NDArray:
    """An array whose values do not matter: zeros here. Its shape may be () or hold a 0."""
    _require_dense(stype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return _put(np.zeros(shape, np.float32 if dtype is None else dtype), as_context(ctx))


def zeros(shape: Shape, ctx: Any = None, dtype: Any = None, stype: str | None = None, **kwargs: Any) -> NDArray:
    """Zeros; float32 unless told otherwise.

    Raises:
      ShapeError: for a shape that is () or holds a 0, outside ``np_shape``.
    """
    _require_dense(stype)
    return _filled("_zeros", shape, ctx, dtype, kwargs)


def ones(shape: Shape, ctx: Any = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """Ones; float32 unless told otherwise. Raises as `zeros`."""
    return _filled("_ones", shape, ctx, dtype, kwargs)


def _filled(op: str, shape: Shape, ctx: Any, dtype: Any, kwargs: dict[str, Any]) -> NDArray:
    out, _ = kwargs.pop("out", None), kwargs.pop("name", None)
    dtype = np.float32 if dtype is None else dtype
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if is_np_shape() and out is None and (not sizes or 0 in sizes):
        return _put(np.full(sizes, op == "_ones", dtype), as_context(ctx))
    return invoke(op, (), {"shape": shape, "ctx": ctx, "dtype": dtype, **kwargs}, out)


def full(shape: Shape, val: Any, ctx: Context | None = None, dtype: Any = np.float32, out: Any = None) -> NDArray:
    """`val` everywhere."""
    out = empty(shape, ctx, dtype) if out is None else out
    out[:] = val
    return out


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool | None = None,
    ctx: Any = None,
    dtype: Any = np.float32,
) -> NDArray:
    """Numbers from `start` to before `stop` (from 0 to before `start` without a stop), each `repeat` times.

    Warns:
      DeprecationWarning: when `infer_range` is given.
    """
    if infer_range is not None:
        warnings.warn("`infer_range` argument has been deprecated", DeprecationWarning, stacklevel=2)
    attrs = {"start": start, "stop": stop, "step": step, "repeat": repeat, "dtype": dtype, "ctx": ctx}
    return invoke("_arange", (), attrs)


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, ctx: Any = None, dtype: Any = np.float32
) -> NDArray:
    """`num` evenly spaced numbers from `start` to `stop`."""
    attrs = {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "dtype": dtype, "ctx": ctx}
    return invoke("_linspace", (), attrs)


def eye(N: int, M: int = 0, k: int = 0, ctx: Any = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """Ones on diagonal `k` of an N x M matrix (M = 0: N x N)."""
    out, _ = kwargs.pop("out", None), kwargs.pop("name", None)
    dtype = np.float32 if dtype is None else dtype
    return invoke("_eye", (), {"N": N, "M": M, "k": k, "ctx": ctx, "dtype": dtype, **kwargs}, out)


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True, array_cls: type[NDArray] = NDArray) -> NDArray:
    """An array of class `array_cls` with the values and the dtype of a numpy array.

    As in MXNet a `zero_copy` source must be C-contiguous and becomes read-only. Here the values are copied anyway:
    whoever shared them could change what JAX takes for constant.

    Raises:
      ValueError: for a `zero_copy` source that is not C-contiguous.
    """
    if zero_copy:
        if not ndarray.flags["C_CONTIGUOUS"]:
            raise ValueError("Only c-contiguous arrays are supported for zero-copy")
        ndarray.flags["WRITEABLE"] = False
    return array(ndarray, dtype=ndarray.dtype)._seen_as(array_cls)


class _Capsule:
    """A bare DLPack capsule, as what JAX wants to see."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        """The device, as the tensor inside names it: the kind's number and its own, behind the pointer to the data.

        Raises:
          ValueError: when the capsule holds no tensor, or one that was taken.
        """
        read = ctypes.pythonapi.PyCapsule_GetPointer
        read.restype, read.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
        address = read(self.capsule, b"dltensor") + ctypes.sizeof(ctypes.c_void_p)
        kind, number = (ctypes.c_int32 * 2).from_address(address)
        return kind, number


def from_dlpack(dlpack: Any) -> NDArray:
    """An array of the values of a DLPack capsule, or of any object with ``__dlpack__``; where they are."""
    source = dlpack if hasattr(dlpack, "__dlpack__") else _Capsule(dlpack)
    with mxnet_numbers():
        return NDArray(jax.dlpack.from_dlpack(source))


def to_dlpack_for_read(data: NDArray) -> Any:
    """See `NDArray.to_dlpack_for_read`."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: NDArray) -> Any:
    """See `NDArray.to_dlpack_for_write`."""
    return data.to_dlpack_for_write()


def concatenate(arrays: list[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """Join arrays of one dtype along an axis.

    Raises:
      AssertionError: when they are no list of arrays, or shapes or dtypes do not fit.
    """
    assert isinstance(arrays, list), f"concatenate takes a list of NDArrays, not {type(arrays)}"
    assert arrays, "concatenate needs at least one array"
    assert all(isinstance(array, NDArray) for array in arrays), "concatenate takes a list of NDArrays"
    first = arrays[0]
    if len(arrays) == 1 and not always_copy:
        return first
    for other in arrays[1:]:
        rest = [array.shape[:axis] + array.shape[axis:][1:] for array in (first, other)]
        assert rest[0] == rest[1], f"arrays of shapes {first.shape} and {other.shape} do not join along axis {axis}"
        assert first.dtype == other.dtype, f"arrays of {first.dtype} and {other.dtype} do not join"
    return invoke("Concat", arrays, {"dim": axis})


def moveaxis(tensor: NDArray, source: int | Sequence[int], destination: int | Sequence[int]) -> NDArray:
    """Move axes to other positions; the rest keep their order.

    Raises:
      ValueError: for an axis out of range or twice, or different numbers of axes.
    """
    ndim = tensor.ndim
    places = []
    for given in (source, destination):
        axes = [given] if isinstance(given, int) else list(given)
        if any(not -ndim <= axis < ndim for axis in axes) or len({axis % ndim for axis in axes}) < len(axes):
            raise ValueError(f"axes {given} are not distinct axes of an array with {ndim} dimensions")
        places.append([axis % ndim for axis in axes])
    if len(places[0]) != len(places[1]):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [axis for axis in range(ndim) if axis not in places[0]]
    for target, axis in sorted(zip(places[1], places[0])):
        order.insert(target, axis)
    return invoke("transpose", (tensor,), {"axes": order})


def histogram(a: NDArray, bins: int | NDArray = 10, range: tuple[float, float] | None = None) -> Any:
    """Counts and edges of `bins` equal bins over `range`, or of the bins between given edges.

    Raises:
      ValueError: for bins that are neither.
    Warns:
      UserWarning: for a number of bins without a range; then numpy counts.
    """
    if isinstance(bins, NDArray):
        return invoke("_histogram", (a, bins))
    if not isinstance(bins, INTEGERS):
        raise ValueError("bins argument should be either an integer or an NDArray")
    if range is None:
        warnings.warn("range is not specified, using numpy's result to ensure consistency with numpy", stacklevel=2)
        counts, edges = np.histogram(a.asnumpy(), bins=bins)
        return array(counts), array(edges)
    return invoke("_histogram", (a,), {"bin_cnt": bins, "range": range})


def split_v2(
    ary: NDArray, indices_or_sections: int | tuple[int, ...], axis: int = 0, squeeze_axis: bool = False
) -> Any:
    """Split into equal sections, or before the given indices.

    Raises:
      ValueError: when the sections cannot be equal, or for anything but an int or a tuple.
    """
    if isinstance(indices_or_sections, int):
        size, left = divmod(ary.shape[axis], indices_or_sections)
        if left:
            raise ValueError("array split does not result in an equal division")
        indices = [number * size for number in range(indices_or_sections)]
    elif isinstance(indices_or_sections, tuple):
        indices = [0, *indices_or_sections]
    else:
        raise ValueError(f"indices_or_sections must be an int or a tuple of ints, not {indices_or_sections!r}")
    return invoke("_split_v2", (ary,), {"indices": indices, "axis": axis, "squeeze_axis": squeeze_axis})


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Write a row with a single 1, at the index, for each index into the matrix `out`."""
    if out.ndim != 2 or indices.shape != out.shape[:1]:
        raise ShapeError(f"indices of shape {indices.shape} do not fill rows of shape {out.shape}")
    return invoke("one_hot", (indices,), {"depth": out.shape[1], "dtype": np.dtype(out.dtype).name}, out)


def imdecode(
    str_img: bytes,
    clip_rect: tuple[int, int, int, int] = (0, 0, 0, 0),
    out: Any = None,
    index: int = 0,
    channels: int = 3,
    mean: Any = None,
) -> NoReturn:
    """MXNet's long deprecated decoder.

    Raises:
      NotImplementedError
    """
    raise NotImplementedError("nd.imdecode is not implemented; decode with another library and use nd.array")


def waitall() -> None:
    """Wait until everything that was started is computed."""
    for array in jax.live_arrays():
        array.block_until_ready()


def _require_dense(stype: str | None) -> None:
    if stype not in (None, "default"):
        raise NotImplementedError(f"storage type {stype!r}: gluax keeps every array dense")
