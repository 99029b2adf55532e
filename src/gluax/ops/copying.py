"""Operators of MXNet's first array interface, which fill or copy whole arrays, and the executor's copy to a device."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from gluax.errors import DTypeError, ShapeError
from gluax.ir.attributes import DType, Shape
from gluax.ops._elementwise import available, constant
from gluax.ops.registry import operator
from gluax.ops.rules import attribute_type, same_shape


@operator("_CrossDeviceCopy", shapes=same_shape)
@operator("_copyto", aliases=("_npi_copyto",), shapes=same_shape)
def copy_to(data: jax.Array) -> jax.Array:
    """The data themselves: JAX's arrays never change, and the compiler places them."""
    return data


@operator("_set_value", types=attribute_type())
def set_value(*, src: float = 0.0, shape: Shape | None = None, dtype: DType | None = None) -> jax.Array:
    """`src` everywhere; integers truncate it. MXNet runs this on arrays only: shape and dtype are those of ``out``."""
    if shape is None:
        raise ShapeError("_set_value fills an array that is there: pass out=array, or write array[:] = value")
    return jnp.full(shape, constant(src, available(dtype or "float32")))


@operator("_onehot_encode")
def onehot_encode(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """One-hot rows (N, K) for the indices lhs (N,), truncated; zeros for those that do not exist.

    Only the shape of rhs (N, K) matters; both are float32. MXNet runs this on arrays only, never in a graph.
    """
    if lhs.dtype != jnp.float32 or rhs.dtype != jnp.float32:
        raise DTypeError(f"_onehot_encode takes float32 only, got {lhs.dtype} and {rhs.dtype}; use one_hot")
    if lhs.ndim != 1 or rhs.ndim != 2 or lhs.shape[0] != rhs.shape[0]:
        raise ShapeError(f"_onehot_encode: expected shapes (N,) and (N, K), got {lhs.shape} and {rhs.shape}")
    return jax.nn.one_hot(jnp.trunc(lhs).astype(jnp.int32), rhs.shape[1], dtype=jnp.float32)
