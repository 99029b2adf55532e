"""Shared by the elementwise families: MXNet's derivatives, its arithmetic on integers, its checks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from gluax.errors import DTypeError, ShapeError

Function = Callable[..., Any]


def is_float(data: Any) -> bool:
    """Whether an array holds floating-point numbers."""
    return jnp.issubdtype(data.dtype, np.floating)


def available(dtype: str) -> np.dtype:
    """The dtype itself, or its 32-bit version where JAX's 64-bit types are switched off."""
    return np.dtype(jax.dtypes.canonicalize_dtype(dtype))


def with_derivatives(function: Function, *derivatives: Function) -> Function:
    """Give an elementwise function MXNet's derivatives instead of JAX's.

    Args:
      function: a function of arrays that broadcast against each other.
      derivatives: for each argument, the derivative as a function of the result and the arguments.
    """
    wrapped = jax.custom_jvp(function)

    def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[jax.Array, jax.Array]:
        result = wrapped(*primals)
        total = jnp.zeros_like(result)
        # An argument without a tangent must not contribute: its derivative may be infinite, and 0 * inf is nan.
        for derivative, tangent in zip(derivatives, tangents):
            if not isinstance(tangent, SymbolicZero):
                total = total + derivative(result, *primals) * tangent
        return result, total

    wrapped.defjvp(rule, symbolic_zeros=True)
    return wrapped


def sign(data: jax.Array) -> jax.Array:
    """-1, 0 or 1 in the data's dtype; 0 for nan."""
    return (data > 0).astype(data.dtype) - (data < 0).astype(data.dtype)


_magnitude = with_derivatives(jnp.abs, lambda y, x: sign(x))


def magnitude(data: jax.Array) -> jax.Array:
    """abs(x); the gradient at 0 and nan is 0."""
    return _magnitude(data) if is_float(data) else jnp.abs(data)


def to_integer(values: jax.Array, dtype: Any) -> jax.Array:
    """Convert floats to integers as MXNet's processors do.

    The fraction is dropped; what does not fit 32 bits (64 for int64) becomes the smallest integer, of
    which narrower types keep the low bits.
    """
    wide = available("int64" if np.dtype(dtype).itemsize == 8 else "int32")
    limit = 2.0 ** (8 * wide.itemsize - 1)
    fits = (values >= -limit) & (values < limit)
    return jnp.where(fits, values, jnp.asarray(-limit, values.dtype)).astype(wide).astype(dtype)


def through_float(function: Function, precision: str = "float32") -> Function:
    """Let a function of floats take integers: computed in `precision` and truncated, as in MXNet."""

    def run(*arrays: Any) -> jax.Array:
        if is_float(arrays[0]):
            return function(*arrays)
        wide = available(precision)
        return to_integer(function(*(array.astype(wide) for array in arrays)), arrays[0].dtype)

    return run


def constant(value: float, dtype: Any) -> np.ndarray:
    """A scalar attribute as an array of shape () in the data's dtype; integers truncate and wrap, True is "not 0"."""
    if jnp.issubdtype(dtype, np.floating):
        with np.errstate(over="ignore"):
            return np.asarray(value, np.float64).astype(dtype)
    if dtype == np.bool_:
        return np.asarray(value != 0)
    fits = math.isfinite(value) and abs(value) < 2.0**63
    return np.asarray(int(value) if fits else -(2**63), np.int64).astype(dtype)


def refuse_booleans(name: str, *arrays: jax.Array) -> None:
    """Raise DTypeError for boolean data, which MXNet's arithmetic does not take."""
    if any(array.dtype == np.bool_ for array in arrays):
        raise DTypeError(f"{name} does not take booleans; cast them to another dtype first")


def require_same_type(name: str, *arrays: jax.Array) -> None:
    """Raise DTypeError unless all arrays have one dtype: MXNet never promotes."""
    found = list(dict.fromkeys(array.dtype.name for array in arrays))
    if len(found) > 1:
        raise DTypeError(f"{name} needs inputs of one dtype, got {' and '.join(found)}; cast one of them")


def require_same_shape(name: str, *arrays: jax.Array) -> None:
    """Raise ShapeError unless all arrays have one shape: MXNet's elementwise operators do not broadcast."""
    found = list(dict.fromkeys(array.shape for array in arrays))
    if len(found) > 1:
        shown = " and ".join(map(str, found))
        raise ShapeError(f"{name} needs inputs of one shape, got {shown}; a broadcast_ operator takes different ones")
