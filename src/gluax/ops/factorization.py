"""Factorizations of matrices, inverses and determinants. Matrices are the last two axes, in float32 or float64.

Where MXNet stops with an error (a matrix that is not positive definite, the inverse of a singular one),
the result holds nan or infinities: a compiled program cannot raise.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ops._matrices import require_double_or_single, require_matrices, require_square, symmetric
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import same_shape


def _require(name: str, A: jax.Array) -> None:
    require_square(name, A)
    require_double_or_single(name, A)


@operator("_linalg_potrf", aliases=("linalg_potrf",), shapes=same_shape)
def potrf(A: jax.Array) -> jax.Array:
    """The Cholesky factor, lower triangular L with A = L L^T. Only the lower triangle of A is read."""
    _require("linalg.potrf", A)
    return lax.linalg.cholesky(symmetric(A), symmetrize_input=False)


@operator("_linalg_potri", aliases=("linalg_potri",), shapes=same_shape)
def potri(A: jax.Array) -> jax.Array:
    """The inverse of A A^T, for the lower triangular A that `potrf` makes."""
    _require("linalg.potri", A)
    eye = jnp.broadcast_to(jnp.eye(A.shape[-1], dtype=A.dtype), A.shape)
    inverse = lax.linalg.triangular_solve(A, eye, left_side=True, lower=True)
    return inverse.mT @ inverse


@operator("_linalg_inverse", aliases=("linalg_inverse", "_npi_inv"))
def inverse(A: jax.Array) -> jax.Array:
    """The inverse of square matrices."""
    _require("linalg.inverse", A)
    return jnp.linalg.inv(A)


@operator("_linalg_gelqf", aliases=("linalg_gelqf",), outputs=2)
def gelqf(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Q and L with A = L Q: orthonormal rows Q (..., m, n) and lower triangular L (..., m, m), for m <= n."""
    require_matrices("linalg.gelqf", A)
    require_double_or_single("linalg.gelqf", A)
    if A.shape[-2] > A.shape[-1]:
        raise ShapeError(f"linalg.gelqf expects at most as many rows as columns, got shape {A.shape}; transpose it")
    q, r = jnp.linalg.qr(A.mT)
    return q.mT, r.mT


@operator("_linalg_syevd", outputs=2)
def syevd(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Eigenvectors as the rows of U and ascending eigenvalues of symmetric A, read from its lower triangle.

    The largest component of each eigenvector is positive.
    """
    _require("linalg.syevd", A)
    return _eigen(symmetric(A))


@jax.custom_jvp
def _eigen(data: jax.Array) -> tuple[jax.Array, jax.Array]:
    vectors, values = lax.linalg.eigh(data, symmetrize_input=False)
    rows = vectors.mT
    largest = jnp.take_along_axis(rows, jnp.argmax(jnp.abs(rows), -1, keepdims=True), -1)
    return jnp.where(largest < 0, -rows, rows), values


@_eigen.defjvp
def _eigen_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
    """Equal eigenvalues count as a tiny distance apart, so that gradients of the values alone stay finite."""
    rows, values = _eigen(*primals)
    change = rows @ tangents[0] @ rows.mT
    tiny = 1e-100 if values.dtype.itemsize == 8 else 1e-30
    gaps = jnp.tril(jnp.maximum(values[..., :, None] - values[..., None, :], tiny), -1)
    gaps = gaps - gaps.mT  # 0 on the diagonal
    turns = jnp.where(gaps == 0, jnp.zeros_like(gaps), change / jnp.where(gaps == 0, jnp.ones_like(gaps), gaps))
    return (rows, values), (turns @ rows, jnp.diagonal(change, axis1=-2, axis2=-1))


def _factors(data: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Diagonal of the LU factors, the permutation's sign, and for the hidden outputs the factors and the pivots."""
    lu, pivots, _ = lax.linalg.lu(data)
    places = lax.broadcasted_iota(pivots.dtype, pivots.shape, pivots.ndim - 1)
    odd = jnp.sum(pivots != places, -1, dtype=pivots.dtype) % 2
    return jnp.diagonal(lu, axis1=-2, axis2=-1), (1 - 2 * odd).astype(data.dtype), lu, pivots


def _relative_change(data: jax.Array, singular: jax.Array, tangent: jax.Array) -> jax.Array:
    """The change of the determinant relative to it; 0 for singular matrices, as MXNet has it."""
    eye = jnp.eye(data.shape[-1], dtype=data.dtype)
    change = jnp.trace(jnp.linalg.solve(jnp.where(singular[..., None, None], eye, data), tangent), 0, -2, -1)
    return jnp.where(singular, jnp.zeros_like(change), change)


@jax.custom_jvp
def _determinant(data: jax.Array) -> jax.Array:
    diagonal, sign, _, _ = _factors(data)
    return sign * jnp.prod(diagonal, -1, dtype=data.dtype)


@_determinant.defjvp
def _determinant_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    result = _determinant(*primals)
    return result, result * _relative_change(*primals, result == 0, *tangents)


@jax.custom_jvp
def _log_determinant(data: jax.Array) -> jax.Array:
    return jnp.sum(jnp.log(jnp.abs(_factors(data)[0])), -1, dtype=data.dtype)


@_log_determinant.defjvp
def _log_determinant_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    result = _log_determinant(*primals)
    return result, _relative_change(*primals, result == -jnp.inf, *tangents)


def _pivot_types(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    return ins, [ins[0], ins[0], "int32"]


def _two_pivot_types(ins: list[str | None], attrs: Attrs) -> tuple[list[str | None], list[str | None]]:
    return ins, [ins[0], ins[0], ins[0], "int32"]


@operator("_linalg_det", aliases=("linalg_det", "_npi_det"), outputs=3, visible=1, types=_pivot_types)
def det(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Determinants of square matrices, of shape (1,) for a single one; hidden outputs are the LU factors and pivots."""
    _require("linalg.det", A)
    _, _, lu, pivots = _factors(lax.stop_gradient(A))
    return _determinant(A).reshape(A.shape[:-2] or (1,)), lu, pivots


@operator("_linalg_slogdet", aliases=("linalg_slogdet", "_npi_slogdet"), outputs=4, visible=2, types=_two_pivot_types)
def slogdet(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Sign and logarithm of the absolute determinant, 0 and -inf for a singular matrix; two hidden outputs.

    The shapes are those of `det`. The sign has no gradient.
    """
    _require("linalg.slogdet", A)
    diagonal, parity, lu, pivots = _factors(lax.stop_gradient(A))
    sign = parity * jnp.prod(jnp.sign(diagonal), -1, dtype=A.dtype)
    shape = A.shape[:-2] or (1,)
    return sign.reshape(shape), _log_determinant(A).reshape(shape), lu, pivots
