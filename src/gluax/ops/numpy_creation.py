"""mx.np's arrays made from attributes or from another array's shape: zeros, ranges, grids, identity, windows."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import DType, Shape
from gluax.ops._elementwise import available, constant
from gluax.ops.initialize import converted, evenly_spaced, progression
from gluax.ops.registry import operator
from gluax.ops.rules import attribute_type, fixed_type, same_shape

_FLOAT32 = DType("float32")
_INT32 = DType("int32")


@operator("_npi_zeros", types=attribute_type(), hints=("ctx",))
def npi_zeros(*, shape: Shape = (), dtype: DType = _FLOAT32) -> jax.Array:
    """Zeros of `shape`; an empty one makes a scalar."""
    return jnp.zeros(shape, available(dtype))


@operator("_npi_ones", types=attribute_type(), hints=("ctx",))
def npi_ones(*, shape: Shape = (), dtype: DType = _FLOAT32) -> jax.Array:
    """Ones of `shape`; an empty one makes a scalar."""
    return jnp.ones(shape, available(dtype))


@operator("_npi_full_like", shapes=same_shape, types=attribute_type(), hints=("ctx",))
def npi_full_like(a: jax.Array, *, fill_value: float, dtype: DType | None = None) -> jax.Array:
    """The number everywhere, in the array's shape and its dtype or `dtype`."""
    wanted = available(dtype or a.dtype.name)
    return jnp.full(a.shape, constant(fill_value, wanted))


@operator("_npi_arange", types=attribute_type(), hints=("ctx", "infer_range"))
def npi_arange(
    *, start: float, stop: float | None = None, step: float = 1.0, repeat: int = 1, dtype: DType = _FLOAT32
) -> jax.Array:
    """Numbers from start (0 if there is no stop) up to stop, (N,), none where stop lies behind start.

    As in MXNet, integer types truncate start and step first: half a step is none at all.
    """
    if step == 0 or repeat != 1:
        raise ArgumentError(f"_npi_arange needs a step other than 0 and repeat=1, got step={step} and repeat={repeat}")
    if stop is None:
        start, stop = 0.0, start
    return progression(start, step, max(math.ceil((stop - start) / step), 0), 1, available(dtype))


@operator("_npi_eye", types=attribute_type(), hints=("ctx",))
def npi_eye(*, N: int, M: int | None = None, k: int = 0, dtype: DType = _FLOAT32) -> jax.Array:
    """Ones on diagonal `k` of an (N, M) matrix, without M of an (N, N) one."""
    columns = N if M is None else M
    if min(N, columns) < 0:
        raise ShapeError(f"_npi_eye needs sizes of at least 0, got N={N} and M={M}")
    return jnp.eye(N, columns, k, dtype=available(dtype))


@operator("_npi_identity", types=attribute_type(), hints=("ctx",))
def npi_identity(*, shape: Shape = (), dtype: DType = _FLOAT32) -> jax.Array:
    """The identity matrix of shape (N, N).

    MXNet takes any other shape of rank 1 or more too, and sets every (N + 1)-th element in memory, N times at most.
    """
    if not shape:
        raise ShapeError("_npi_identity needs a shape (N, N), got none")
    place = np.arange(math.prod(shape))
    marked = (place % (shape[0] + 1) == 0) & (place < shape[0] * (shape[0] + 1))
    return jnp.asarray(marked.reshape(shape).astype(available(dtype)))


@operator("_npi_indices", types=attribute_type(), hints=("ctx",))
def npi_indices(*, dimensions: Shape, dtype: DType = _INT32) -> jax.Array:
    """The indices of every position of an array of shape `dimensions`: (rank, *dimensions); without any, (0,)."""
    if not dimensions:
        return jnp.zeros((0,), available(dtype))
    if min(dimensions) < 0:
        raise ShapeError(f"_npi_indices needs sizes of at least 0, got {dimensions}")
    grids = [lax.broadcasted_iota(np.int32, dimensions, axis) for axis in range(len(dimensions))]
    return jnp.stack(grids).astype(available(dtype))


@operator("_npi_logspace", types=attribute_type(), hints=("ctx",))
def npi_logspace(
    *, start: float, stop: float, num: int, endpoint: bool = True, base: float = 10.0, dtype: DType = _FLOAT32
) -> jax.Array:
    """`base` to the powers of `num` evenly spaced numbers from start to stop; integers truncate."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return converted(np.power(base, evenly_spaced(start, stop, num, endpoint)), dtype)


@operator("_npi_diag_indices_from", types=fixed_type("int64"))
def npi_diag_indices_from(data: jax.Array) -> jax.Array:
    """The indices of the main diagonal of data whose axes are all of size N: (rank, N), int64."""
    if data.ndim < 2 or any(size != data.shape[0] for size in data.shape):
        raise ShapeError(f"_npi_diag_indices_from needs at least two axes, all of one size, got shape {data.shape}")
    return lax.broadcasted_iota(available("int64"), (data.ndim, data.shape[0]), 1)


# The weights of 1, cos(x) and cos(2 * x), for x from 0 to 2 * pi.
_WINDOWS = {
    "_npi_hanning": (0.5, -0.5, 0.0),
    "_npi_hamming": (0.54, -0.46, 0.0),
    "_npi_blackman": (0.42, -0.5, 0.08),
}


def _window(weights: tuple[float, float, float]) -> Callable[..., jax.Array]:
    def run(*, M: int | None = None, dtype: DType = _FLOAT32) -> jax.Array:
        if M is None:
            raise ArgumentError("a window needs M, the number of its points")
        if M == 1:
            return jnp.ones((1,), available(dtype))
        # MXNet computes the angles in single precision whatever the dtype.
        points = np.arange(max(M, 0), dtype=np.float32)
        angles = (np.float32(2 * math.pi) * points / np.float32(M - 1)).astype(np.float64)
        constant_part, once, twice = weights
        return converted(constant_part + once * np.cos(angles) + twice * np.cos(2 * angles), dtype)

    return run


def _register_window(name: str, weights: tuple[float, float, float]) -> None:
    run = _window(weights)
    run.__name__, run.__doc__ = name.lstrip("_"), f"numpy.{name.removeprefix('_npi_')}: a window of M points, (M,)."
    operator(name, types=attribute_type(), hints=("ctx",))(run)


for _name, _weights in _WINDOWS.items():
    _register_window(_name, _weights)
