"""Functions that make arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.context import Context
from gluax.numpy.call import call, is_operand

Shape = int | Sequence[int]


def zeros(shape: Shape, dtype: Any = None, order: str = "C", ctx: Context | None = None) -> Any:
    """Zeros, float32 by default."""
    return _filled("_npi_zeros", shape, dtype, order, ctx)


def ones(shape: Shape, dtype: Any = np.float32, order: str = "C", ctx: Context | None = None) -> Any:
    """Ones, float32 by default."""
    return _filled("_npi_ones", shape, dtype, order, ctx)


def empty(shape: Shape, dtype: Any = np.float32, order: str = "C", ctx: Context | None = None) -> Any:
    """Values that do not matter: zeros here."""
    return _filled("_npi_zeros", shape, dtype, order, ctx)


def _filled(op: str, shape: Shape, dtype: Any, order: str, ctx: Context | None) -> Any:
    _require_c(order)
    return call(op, (), {"shape": shape, "dtype": np.float32 if dtype is None else dtype, "ctx": ctx})


def _require_c(order: str) -> None:
    if order != "C":
        raise NotImplementedError(f"order {order!r} is not supported: only 'C' is")


def full(
    shape: Shape, fill_value: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None
) -> Any:
    """`fill_value` everywhere: float32 for a number, booleans for a boolean, an array is broadcast."""
    from gluax.numpy.shaping import broadcast_to

    _require_c(order)
    if is_operand(fill_value):
        array = broadcast_to(fill_value, shape)
        return array if dtype is None else array.astype(dtype)
    if dtype is None:
        dtype = np.bool_ if isinstance(fill_value, bool) else np.float32
    return call("_npi_full", (), {"shape": shape, "value": float(fill_value), "dtype": dtype, "ctx": ctx}, out)


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None
) -> Any:
    """A number everywhere, in the shape of `a` and by default its dtype."""
    _require_c(order)
    return call("_npi_full_like", (a,), {"fill_value": float(fill_value), "dtype": dtype}, out)


def zeros_like(a: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None) -> Any:
    """Zeros in the shape of `a` and by default its dtype."""
    return full_like(a, 0, dtype, order, ctx, out)


def ones_like(a: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None) -> Any:
    """Ones in the shape of `a` and by default its dtype."""
    return full_like(a, 1, dtype, order, ctx, out)


def empty_like(prototype: Any, dtype: Any = None, order: str = "C", subok: bool = False, shape: Any = None) -> Any:
    """Values that do not matter, in the shape of an array: zeros here."""
    if subok or shape is not None:
        raise NotImplementedError("empty_like: subok and shape are not supported")
    return full_like(prototype, 0, dtype, order)


def arange(
    start: float, stop: float | None = None, step: float = 1, dtype: Any = None, ctx: Context | None = None
) -> Any:
    """Numbers from `start` to before `stop` (from 0 to before `start` without one); float32 by default.

    Raises:
      ZeroDivisionError: for a step of 0.
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ZeroDivisionError("arange: the step is 0")
    attrs = {"start": start, "stop": stop, "step": 1 if step is None else step, "ctx": ctx}
    return call("_npi_arange", (), {**attrs, "dtype": np.float32 if dtype is None else dtype})


def linspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    ctx: Context | None = None,
) -> Any:
    """`num` evenly spaced numbers, float32 by default; with `retstep` the step too."""
    attrs = _spaced("linspace", start, stop, num, endpoint, dtype, axis, ctx)
    values = call("_npi_linspace", (), attrs)
    return (values, (stop - start) / (num - 1)) if retstep else values


def logspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    axis: int = 0,
    ctx: Context | None = None,
) -> Any:
    """`num` numbers evenly spaced on a logarithmic scale, from ``base**start`` to ``base**stop``."""
    return call(
        "_npi_logspace", (), {**_spaced("logspace", start, stop, num, endpoint, dtype, axis, ctx), "base": base}
    )


def _spaced(
    name: str, start: Any, stop: Any, num: int, endpoint: bool, dtype: Any, axis: int, ctx: Context | None
) -> dict[str, Any]:
    if axis != 0 or any(is_operand(value) or isinstance(value, (list, tuple, np.ndarray)) for value in (start, stop)):
        raise NotImplementedError(f"{name}: numbers only, along axis 0")
    return {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "dtype": dtype, "ctx": ctx}


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = np.float32, **kwargs: Any) -> Any:
    """Ones on the `k`-th diagonal of an N x M matrix, else zeros."""
    unknown = set(kwargs) - {"ctx", "order"}
    if unknown:
        raise TypeError(f"eye() got unexpected keyword arguments {sorted(unknown)}")
    _require_c(kwargs.get("order", "C"))
    dtype = np.float32 if dtype is None else dtype
    return call("_npi_eye", (), {"N": N, "M": M, "k": k, "dtype": dtype, "ctx": kwargs.get("ctx")})


def identity(n: int, dtype: Any = None, ctx: Context | None = None) -> Any:
    """The identity matrix.

    Raises:
      TypeError: when `n` is no integer.
      ValueError: when it is negative.
    """
    if not isinstance(n, int):
        raise TypeError(f"identity: n must be an integer, not {n!r}")
    if n < 0:
        raise ValueError(f"identity: n is {n}, it must not be negative")
    return call("_npi_identity", (), {"shape": (n, n), "dtype": np.float32 if dtype is None else dtype, "ctx": ctx})


def indices(dimensions: Sequence[int], dtype: Any = np.int32, ctx: Context | None = None) -> Any:
    """The index along each axis of every element of an array of shape `dimensions`."""
    if not isinstance(dimensions, (tuple, list)):
        raise ValueError(f"indices: dimensions must be a sequence of integers, not {dimensions!r}")
    return call("_npi_indices", (), {"dimensions": tuple(dimensions), "dtype": dtype, "ctx": ctx})


def hanning(M: int, dtype: Any = np.float32, ctx: Context | None = None) -> Any:
    """The Hann window."""
    return call("_npi_hanning", (), {"M": M, "dtype": dtype, "ctx": ctx})


def hamming(M: int, dtype: Any = np.float32, ctx: Context | None = None) -> Any:
    """The Hamming window."""
    return call("_npi_hamming", (), {"M": M, "dtype": dtype, "ctx": ctx})


def blackman(M: int, dtype: Any = np.float32, ctx: Context | None = None) -> Any:
    """The Blackman window."""
    return call("_npi_blackman", (), {"M": M, "dtype": dtype, "ctx": ctx})


def meshgrid(*xi: Any, **kwargs: Any) -> list[Any]:
    """Vectors as coordinates of a grid: one array of the grid's shape for each.

    Args:
      indexing: "xy", in which the first two axes are exchanged, or "ij".
      sparse: leave the other axes at size 1.
      copy: has no effect.
    """
    indexing, sparse = kwargs.pop("indexing", "xy"), kwargs.pop("sparse", False)
    kwargs.pop("copy", None)
    if kwargs:
        raise TypeError(f"meshgrid() got unexpected keyword arguments {sorted(kwargs)}")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    from gluax.numpy.shaping import broadcast_arrays, reshape

    order = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        order[:2] = [1, 0]
    found = [reshape(x, tuple(-1 if axis == place else 1 for axis in range(len(xi)))) for x, place in zip(xi, order)]
    return found if sparse else broadcast_arrays(*found)


def copy(a: Any, out: Any = None) -> Any:
    """A copy."""
    return call("_np_copy", (a,), None, out)
