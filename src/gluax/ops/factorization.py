"""Factorizations of matrices, inverses and determinants. Matrices are the last two axes, in float32 or float64.

Where MXNet stops with an error (a matrix that is not positive definite, the inverse of a singular one),
the result holds nan or infinities: a compiled program cannot raise.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ops._matrices import require_double_or_single, require_matrices, require_square, symmetric, symmetric_eigen
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, merge_shapes, same_shape


def _require(name: str, A: jax.Array) -> None:
    require_square(name, A)
    require_double_or_single(name, A)


@operator("_linalg_potrf", aliases=("linalg_potrf",), shapes=same_shape)
def potrf(A: jax.Array, *, lower: bool = True) -> jax.Array:
    """The Cholesky factor: lower triangular L with A = L L^T, or else upper triangular U with A = U^T U.

    Only that triangle of A is read.
    """
    _require("linalg.potrf", A)
    factor = lax.linalg.cholesky(symmetric(A if lower else A.mT), symmetrize_input=False)
    return factor if lower else factor.mT


@operator("_linalg_potri", aliases=("linalg_potri",), shapes=same_shape)
def potri(A: jax.Array, *, lower: bool = True) -> jax.Array:
    """The inverse of the matrix whose factor A is, as `potrf` makes it: of A A^T, or of A^T A for an upper one."""
    _require("linalg.potri", A)
    eye = jnp.broadcast_to(jnp.eye(A.shape[-1], dtype=A.dtype), A.shape)
    inverse = lax.linalg.triangular_solve(A, eye, left_side=True, lower=lower)
    return inverse.mT @ inverse if lower else inverse @ inverse.mT


@operator("_linalg_inverse", aliases=("linalg_inverse", "_npi_inv"))
def inverse(A: jax.Array) -> jax.Array:
    """The inverse of square matrices."""
    _require("linalg.inverse", A)
    return jnp.linalg.inv(A)


def _gelqf_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[0])
    return [data], [data, None if data is None or len(data) < 2 else (*data[:-1], data[-2])]


@operator("_linalg_gelqf", aliases=("linalg_gelqf",), outputs=2, shapes=_gelqf_shapes)
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
    return symmetric_eigen(symmetric(A))


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


def pivot_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """One output, LU factors and pivots."""
    return ins, [ins[0], ins[0], "int32"]


def two_pivot_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """Two outputs, LU factors and pivots."""
    return ins, [ins[0], ins[0], ins[0], "int32"]


@operator("_linalg_det", aliases=("linalg_det",), outputs=3, visible=1, types=pivot_types)
def det(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Determinants of square matrices, of shape (1,) for a single one; hidden outputs are the LU factors and pivots."""
    _require("linalg.det", A)
    _, _, lu, pivots = _factors(lax.stop_gradient(A))
    return _determinant(A).reshape(A.shape[:-2] or (1,)), lu, pivots


@operator("_linalg_slogdet", aliases=("linalg_slogdet",), outputs=4, visible=2, types=two_pivot_types)
def slogdet(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Sign and logarithm of the absolute determinant, 0 and -inf for a singular matrix; two hidden outputs.

    The shapes are those of `det`. The sign has no gradient.
    """
    _require("linalg.slogdet", A)
    diagonal, parity, lu, pivots = _factors(lax.stop_gradient(A))
    sign = parity * jnp.prod(jnp.sign(diagonal), -1, dtype=A.dtype)
    shape = A.shape[:-2] or (1,)
    return sign.reshape(shape), _log_determinant(A).reshape(shape), lu, pivots
