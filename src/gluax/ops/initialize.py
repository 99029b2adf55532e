"""Arrays made from attributes or from another array's shape."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import TYPE_FLAGS, DType, Shape
from gluax.ops._elementwise import available, constant, is_float, refuse_booleans
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, attribute_type, fixed_type, merge_shapes, same_shape

_FLOAT32 = DType("float32")


def _given_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """The attribute's shape; its 0 and -1 are dimensions (an empty one: a rank) that the graph settles."""
    given = tuple(-1 if size <= 0 else size for size in attrs.shape or ()) or None
    return ins, [merge_shapes(given, outs[0])]


def _with_shape(attrs: Attrs, shape: Shape) -> Attrs:
    return attrs.with_values(shape=shape)


def _filled(name: str, shape: Shape | None, value: float, dtype: str) -> jax.Array:
    if not shape or any(size <= 0 for size in shape):  # not min: of symbolic sizes the smallest is unknown
        raise ShapeError(f"{name}: shape {shape} is incomplete and nothing in the graph completes it; give all of it")
    return jnp.full(shape, constant(value, available(dtype)))


@operator("_zeros", shapes=_given_shape, complete=_with_shape, types=attribute_type(), hints=("ctx",))
def zeros(*, shape: Shape = (), dtype: DType = _FLOAT32) -> jax.Array:
    """Zeros of `shape`, where 0 stands for a size that follows from how the result is used."""
    return _filled("_zeros", shape, 0, dtype)


@operator("_ones", shapes=_given_shape, complete=_with_shape, types=attribute_type(), hints=("ctx",))
def ones(*, shape: Shape = (), dtype: DType = _FLOAT32) -> jax.Array:
    """Ones of `shape`, where 0 stands for a size that follows from how the result is used."""
    return _filled("_ones", shape, 1, dtype)


@operator(
    "_full", aliases=("_npi_full",), shapes=_given_shape, complete=_with_shape, types=attribute_type(), hints=("ctx",)
)
def full(*, shape: Shape | None = None, dtype: DType = _FLOAT32, value: float) -> jax.Array:
    """`value` everywhere; integers truncate it, booleans take anything but 0 as true."""
    if shape is not None and min(shape, default=0) >= 0:  # numpy's scalars and empty arrays
        return jnp.full(shape, constant(value, available(dtype)))
    return _filled("_full", shape, value, dtype)


def _flag_type(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, [TYPE_FLAGS.get(attrs.dtype)]


@operator("_zeros_without_dtype", shapes=_given_shape, complete=_with_shape, types=_flag_type, hints=("ctx",))
def zeros_without_dtype(*, shape: Shape | None = None, dtype: int = -1) -> jax.Array:
    """Zeros of `shape`; `dtype` is a type flag, and -1 means float32."""
    return _filled("_zeros_without_dtype", shape, 0, TYPE_FLAGS.get(dtype, "float32"))


@operator("zeros_like", aliases=("_sparse_zeros_like",), shapes=same_shape)
def zeros_like(data: jax.Array) -> jax.Array:
    """Zeros of the data's shape and dtype."""
    return jnp.zeros_like(data)


@operator("ones_like", shapes=same_shape)
def ones_like(data: jax.Array) -> jax.Array:
    """Ones of the data's shape and dtype."""
    return jnp.ones_like(data)


@operator("_eye", types=attribute_type(), hints=("ctx",))
def eye(*, N: int, M: int = 0, k: int = 0, dtype: DType = _FLOAT32) -> jax.Array:
    """Ones on diagonal `k` of an (N, M) matrix; M = 0 means N."""
    return jnp.eye(N, M or N, k, dtype=available(dtype))


def progression(start: float, step: float, length: int, repeat: int, dtype: np.dtype) -> jax.Array:
    """``start + i // repeat * step`` for i below `length`; as in MXNet, integers truncate start and step first."""
    count = jax.lax.iota(np.int32, length) // repeat
    wide = dtype if dtype.itemsize >= 4 else np.dtype(np.float32 if is_float(np.empty(0, dtype)) else np.int32)
    return (count.astype(wide) * constant(step, wide) + constant(start, wide)).astype(dtype)


def _length(start: float, stop: float, step: float, repeat: int) -> int:
    if step == 0 or (stop - start) / step <= 0:
        raise ArgumentError(f"_arange: no numbers from {start} to {stop} in steps of {step}")
    return math.ceil((stop - start) / step) * repeat


def _range_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    if attrs.stop is None:
        length = -1 if attrs.infer_range else _length(0, attrs.start, attrs.step, attrs.repeat)
    else:
        length = _length(attrs.start, attrs.stop, attrs.step, attrs.repeat)
    return ins, [merge_shapes((length,), outs[0])]


def _with_stop(attrs: Attrs, shape: Shape) -> Attrs:
    steps = -(-shape[0] // attrs.repeat)
    return attrs.with_values(stop=attrs.start + (steps - 0.5) * attrs.step)  # half a step short: no rounding up


@operator("_arange", shapes=_range_shape, complete=_with_stop, types=attribute_type(), hints=("ctx",))
def arange(
    *,
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    dtype: DType = _FLOAT32,
) -> jax.Array:
    """Numbers from start (0 if there is no stop) up to stop, each `repeat` times.

    With `infer_range` and no stop there are as many, from start, as the graph needs.
    """
    if stop is None:
        if infer_range:
            raise ShapeError("_arange: infer_range is set and nothing in the graph says how many numbers; give a stop")
        start, stop = 0.0, start
    return progression(start, step, _length(start, stop, step, repeat), repeat, available(dtype))


def evenly_spaced(start: float, stop: float, num: int, endpoint: bool) -> np.ndarray:
    """`num` numbers from start to stop in double precision; with `endpoint` the last one is stop itself.

    Raises:
      ArgumentError: when `num` is negative.
    """
    if num < 0:
        raise ArgumentError(f"the number of samples must be at least 0, got {num}")
    values = start + (stop - start) / max(num - 1 if endpoint else num, 1) * np.arange(num)
    if endpoint and num > 1:
        values[-1] = stop
    return values


def converted(values: np.ndarray, dtype: str) -> jax.Array:
    """Numbers in double precision as an array of `dtype`; integers truncate and wrap."""
    wanted = available(dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        return jnp.asarray((values if is_float(np.empty(0, wanted)) else values.astype(np.int64)).astype(wanted))


@operator("_linspace", aliases=("_npi_linspace",), types=attribute_type(), hints=("ctx",))
def linspace(*, start: float, stop: float, num: int, endpoint: bool = True, dtype: DType = _FLOAT32) -> jax.Array:
    """`num` evenly spaced numbers from start to stop (with `endpoint`, stop is the last); integers truncate."""
    return converted(evenly_spaced(start, stop, num, endpoint), dtype)


@operator("_contrib_arange_like", aliases=("_npx_arange_like",), hints=("ctx",))
def arange_like(
    data: jax.Array, *, start: float = 0.0, step: float = 1.0, repeat: int = 1, axis: int | None = None
) -> jax.Array:
    """A progression in the data's dtype: as long as `axis`, or filling the data's shape; each number `repeat` times."""
    refuse_booleans("_contrib_arange_like", data)
    shape = data.shape if axis is None else (data.shape[axis],)
    return progression(start, step, math.prod(shape), repeat, np.dtype(data.dtype)).reshape(shape)


def _shape_of_shape(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return ins, [(-1 if ins[0] is None else len(ins[0]),)]


@operator("shape_array", aliases=("_npx_shape_array",), shapes=_shape_of_shape, types=fixed_type("int64"))
def shape_array(data: jax.Array) -> jax.Array:
    """The data's shape, int64."""
    sizes = [jnp.asarray(size, available("int64")) for size in data.shape]  # in an exported program one may be open
    return jnp.stack(sizes) if sizes else jnp.zeros((0,), available("int64"))


@operator("size_array", shapes=lambda ins, outs, attrs: (ins, [(1,)]), types=fixed_type("int64"))
def size_array(data: jax.Array) -> jax.Array:
    """The number of elements, int64 of shape (1,)."""
    return jnp.asarray(data.size, available("int64")).reshape(1)
