"""Random shapes and arrays, and reductions, for tests. Numbers are MXNet's: from numpy's global generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gluax.context import Context, current_context
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray, array

Shape = Sequence[int]


def default_context() -> Context:
    """The current context."""
    return current_context()


def default_dtype() -> type[np.float32]:
    """The dtype of random arrays: float32."""
    return np.float32


def random_arrays(*shapes: Shape) -> Any:
    """Normally distributed float32 numpy arrays of these shapes: a list, or for one shape the array."""
    arrays = [np.asarray(np.random.randn(*shape), default_dtype()) for shape in shapes]
    return arrays[0] if len(arrays) == 1 else arrays


def random_uniform_arrays(
    *shapes: Shape, low: float = 0.0, high: float = 1.0, dtype: Any = np.float32
) -> list[np.ndarray]:
    """Uniformly distributed numpy arrays of these shapes, a list even for one."""
    return [np.random.uniform(low, high, size=shape).astype(dtype) for shape in shapes]


def random_sample(population: Sequence[Any], k: int) -> Sequence[Any]:
    """`k` different elements, in random order.

    Raises:
      ArgumentError: when there are fewer.
    """
    if not 0 <= k <= len(population):
        raise ArgumentError(f"{k} of {len(population)} elements were asked for")
    shuffled = population[:]
    np.random.shuffle(shuffled)  # pyright: ignore[reportArgumentType]
    return shuffled[:k]


def rand_ndarray(
    shape: Shape,
    stype: str = "default",
    density: float | None = None,
    dtype: Any = None,
    modifier_func: Callable[..., Any] | None = None,
    shuffle_csr_indices: bool = False,
    distribution: str | None = None,
    ctx: Context | None = None,
) -> NDArray:
    """A normally distributed NDArray, float32 unless `dtype` says otherwise.

    The other arguments describe sparse arrays, which gluax does not have.

    Raises:
      NotImplementedError: for another `stype` than "default".
    """
    if stype != "default":
        raise NotImplementedError(f"stype {stype!r}: gluax keeps every array dense")
    return array(random_arrays(shape), ctx or default_context(), dtype)


def rand_shape_2d(dim0: int = 10, dim1: int = 10, allow_zero_size: bool = False) -> tuple[int, int]:
    """A random shape of two axes, of at most these lengths."""
    return _length(dim0, allow_zero_size), _length(dim1, allow_zero_size)


def rand_shape_3d(
    dim0: int = 10, dim1: int = 10, dim2: int = 10, allow_zero_size: bool = False
) -> tuple[int, int, int]:
    """A random shape of three axes, of at most these lengths."""
    return _length(dim0, allow_zero_size), _length(dim1, allow_zero_size), _length(dim2, allow_zero_size)


def rand_shape_nd(num_dim: int, dim: int = 10, allow_zero_size: bool = False) -> tuple[int, ...]:
    """A random shape of `num_dim` axes, each of at most `dim`."""
    return tuple(np.random.randint(0 if allow_zero_size else 1, dim + 1, size=num_dim).tolist())


def _length(longest: int, allow_zero_size: bool) -> int:
    return int(np.random.randint(0 if allow_zero_size else 1, longest + 1))


def rand_coord_2d(x_low: int, x_high: int, y_low: int, y_high: int) -> tuple[int, int]:
    """Two random numbers, each from its low one to just below its high one."""
    return (
        int(np.random.randint(x_low, x_high, dtype=np.int64)),
        int(np.random.randint(y_low, y_high, dtype=np.int64)),
    )


def np_reduce(
    dat: np.ndarray, axis: int | Sequence[int] | None, keepdims: bool, numpy_reduce_func: Callable[..., Any]
) -> Any:
    """Reduce a numpy array by a function of numpy's kind, one axis after the other.

    Args:
      dat: the array.
      axis: the axes, counted from the front; None for all.
      keepdims: whether they stay, of length 1.
      numpy_reduce_func: such as `numpy.sum`: takes an array and `axis=`.
    """
    axes = range(dat.ndim) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    result = dat
    for number in sorted(axes, reverse=True):
        result = numpy_reduce_func(result, axis=number)
    kept = tuple(1 if number in axes else length for number, length in enumerate(dat.shape))
    return result.reshape(kept) if keepdims else result


def collapse_sum_like(a: np.ndarray, shape: Shape) -> np.ndarray:
    """The sum of `a` over the axes along which an array of `shape` would be repeated to fit it.

    Raises:
      ArgumentError: when `shape` does not broadcast to that of `a`.
    """
    extra = a.ndim - len(shape)
    if extra < 0 or any(length not in (1, full) for length, full in zip(shape, a.shape[extra:])):
        raise ArgumentError(f"shape {tuple(shape)} does not broadcast to {a.shape}")
    axes = [number + extra for number, length in enumerate(shape) if length != a.shape[number + extra]]
    return np.sum(a, axis=(*range(extra), *axes)).reshape(shape)
