"""What the operators on matrices have in common. Matrices are the last two axes; the others are a batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ops._checks import require_floating


def require_matrices(operator: str, *arrays: jax.Array) -> None:
    """Refuse what is not a batch of floating point matrices.

    Raises:
      DTypeError, ShapeError
    """
    for array in arrays:
        require_floating(array, operator)
        if array.ndim < 2:
            raise ShapeError(f"{operator} expects matrices, at least two axes, got shape {array.shape}")


def require_square(operator: str, array: jax.Array) -> None:
    """Refuse what is not a batch of square floating point matrices.

    Raises:
      DTypeError, ShapeError
    """
    require_matrices(operator, array)
    if array.shape[-1] != array.shape[-2]:
        raise ShapeError(f"{operator} expects square matrices, got shape {array.shape}")


def require_double_or_single(operator: str, array: jax.Array) -> None:
    """Refuse types that no factorization is made in.

    Raises:
      DTypeError
    """
    if array.dtype.name not in ("float32", "float64"):
        raise DTypeError(f"{operator} expects float32 or float64, got {array.dtype}; cast the input first")


@jax.custom_jvp
def symmetric(data: jax.Array) -> jax.Array:
    """The symmetric matrix whose lower triangle is that of `data`; MXNet gives both triangles half the gradient."""
    return jnp.tril(data) + jnp.tril(data, -1).mT


@symmetric.defjvp
def _symmetric_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    (tangent,) = tangents
    return symmetric(*primals), (tangent + tangent.mT) / 2


@jax.custom_jvp
def symmetric_eigen(data: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Eigenvectors as rows, each with its largest component positive, and ascending eigenvalues."""
    vectors, values = lax.linalg.eigh(data, symmetrize_input=False)
    rows = vectors.mT
    largest = jnp.take_along_axis(rows, jnp.argmax(jnp.abs(rows), -1, keepdims=True), -1)
    return jnp.where(largest < 0, -rows, rows), values


@symmetric_eigen.defjvp
def _symmetric_eigen_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
    """Equal eigenvalues count as a tiny distance apart, so that gradients of the values alone stay finite."""
    rows, values = symmetric_eigen(*primals)
    change = rows @ tangents[0] @ rows.mT
    tiny = 1e-100 if values.dtype.itemsize == 8 else 1e-30
    gaps = jnp.tril(jnp.maximum(values[..., :, None] - values[..., None, :], tiny), -1)
    gaps = gaps - gaps.mT  # 0 on the diagonal
    turns = jnp.where(gaps == 0, jnp.zeros_like(gaps), change / jnp.where(gaps == 0, jnp.ones_like(gaps), gaps))
    return (rows, values), (turns @ rows, jnp.diagonal(change, axis1=-2, axis2=-1))
