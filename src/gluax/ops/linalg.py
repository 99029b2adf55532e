"""Products of matrices, triangular systems, diagonals and triangles. Matrices are the last two axes."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ops._checks import require_floating
from gluax.ops._matrices import require_matrices, require_square
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes, one_type


def _row_axis(axis: int, rank: int) -> int:
    """Where the rows are; the columns are the last axis."""
    found = axis + rank if axis < 0 else axis
    if not 0 <= found < rank - 1:
        raise ShapeError(f"axis {axis} cannot hold the rows: expected one before the last of {rank} axes")
    return found


def _multiplied(
    first: PartialShape, second: PartialShape, transpose_a: bool, transpose_b: bool, axis: int
) -> PartialShape:
    """The shape of the product, of what is known of the factors."""
    if first is None or second is None:
        return None
    if len(first) != len(second) or len(first) < 2:
        raise ShapeError(f"expected matrices with the same number of axes, got shapes {first} and {second}")
    rows = _row_axis(axis, len(first))
    split = [((*shape[:rows], *shape[rows + 1 : -1]), shape[rows], shape[-1]) for shape in (first, second)]
    (batch, n, inner), (other, other_inner, m) = split
    n, inner = (inner, n) if transpose_a else (n, inner)
    other_inner, m = (m, other_inner) if transpose_b else (other_inner, m)
    if inner != other_inner and -1 not in (inner, other_inner):
        raise ShapeError(f"the inner sizes differ, {inner} and {other_inner}, in the product of {first} and {second}")
    batch = merge_shapes(batch, other)
    assert batch is not None
    return (*batch[:rows], n, *batch[rows:], m)


def _gemm_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    product = _multiplied(ins[0], ins[1], attrs.transpose_a, attrs.transpose_b, attrs.axis)
    result = merge_shapes(outs[0], product)
    added = [merge_shapes(shape, result) for shape in ins[2:]]
    return [*ins[:2], *added], [result]


def _product(name: str, A: jax.Array, B: jax.Array, transpose_a: bool, transpose_b: bool, axis: int) -> jax.Array:
    require_matrices(name, A, B)
    if A.dtype != B.dtype:
        raise DTypeError(f"{name} expects matrices of one type, got {A.dtype} and {B.dtype}; cast one of them")
    _multiplied(A.shape, B.shape, transpose_a, transpose_b, axis)  # checks the shapes
    rows = _row_axis(axis, A.ndim)
    left, right = jnp.moveaxis(A, rows, -2), jnp.moveaxis(B, rows, -2)
    product = jnp.matmul(left.mT if transpose_a else left, right.mT if transpose_b else right)
    return jnp.moveaxis(product, -2, rows)


@operator("_linalg_gemm2", aliases=("linalg_gemm2",), shapes=_gemm_shapes, types=one_type)
def gemm2(
    A: jax.Array,
    B: jax.Array,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    axis: int = -2,
) -> jax.Array:
    """alpha * op(A) op(B), op transposing on demand. `axis` holds the rows; batches must be equal, none broadcasts."""
    return alpha * _product("linalg.gemm2", A, B, transpose_a, transpose_b, axis)


@operator("_linalg_gemm", aliases=("linalg_gemm",), shapes=_gemm_shapes, types=one_type)
def gemm(
    A: jax.Array,
    B: jax.Array,
    C: jax.Array,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    beta: float = 1.0,
    axis: int = -2,
) -> jax.Array:
    """alpha * op(A) op(B) + beta * C, as `gemm2`; C has the shape of the product."""
    product = alpha * _product("linalg.gemm", A, B, transpose_a, transpose_b, axis)
    if product.shape != C.shape or product.dtype != C.dtype:
        expected, got = f"{product.dtype} {product.shape}", f"{C.dtype} {C.shape}"
        raise ShapeError(f"linalg.gemm expects C to be like the product, {expected}, got {got}; broadcast it first")
    return product + beta * C


@operator("_linalg_syrk", aliases=("linalg_syrk",))
def syrk(A: jax.Array, *, transpose: bool = False, alpha: float = 1.0) -> jax.Array:
    """alpha * A A^T, or alpha * A^T A when `transpose`."""
    require_matrices("linalg.syrk", A)
    return alpha * (A.mT @ A if transpose else A @ A.mT)


def _triangular_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    result = outs[0]
    if ins[0] is not None and ins[1] is not None:
        result = merge_shapes(result, ins[1])
    if result is None or len(result) < 2:
        return ins, [result]
    size = result[-1] if attrs.rightside else result[-2]
    return [merge_shapes(ins[0], (*result[:-2], size, size)), merge_shapes(ins[1], result)], [result]


def _require_triangle(name: str, A: jax.Array, B: jax.Array, rightside: bool) -> None:
    require_square(name, A)
    require_matrices(name, B)
    if A.dtype != B.dtype:
        raise DTypeError(f"{name} expects matrices of one type, got {A.dtype} and {B.dtype}; cast one of them")
    if A.shape[:-2] != B.shape[:-2] or A.shape[-1] != B.shape[-1 if rightside else -2]:
        side = "right" if rightside else "left"
        raise ShapeError(f"{name} expects A to fit to the {side} of B of shape {B.shape}, got A of shape {A.shape}")


@operator("_linalg_trmm", aliases=("linalg_trmm",), shapes=_triangular_shapes, types=one_type)
def trmm(
    A: jax.Array,
    B: jax.Array,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> jax.Array:
    """alpha * op(A) B, or alpha * B op(A); only the lower (else upper) triangle of the square A counts."""
    _require_triangle("linalg.trmm", A, B, rightside)
    triangle = jnp.tril(A) if lower else jnp.triu(A)
    factor = triangle.mT if transpose else triangle
    return alpha * (B @ factor if rightside else factor @ B)


@operator("_linalg_trsm", aliases=("linalg_trsm",), shapes=_triangular_shapes, types=one_type)
def trsm(
    A: jax.Array,
    B: jax.Array,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> jax.Array:
    """X with op(A) X = alpha * B, or X op(A) = alpha * B; only one triangle of A counts, as in `trmm`."""
    _require_triangle("linalg.trsm", A, B, rightside)
    return lax.linalg.triangular_solve(A, alpha * B, left_side=not rightside, lower=lower, transpose_a=transpose)


def _sumlogdiag_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    return ins, [None if ins[0] is None or len(ins[0]) < 2 else ins[0][:-2] or (1,)]


@operator("_linalg_sumlogdiag", aliases=("linalg_sumlogdiag",), shapes=_sumlogdiag_shapes)
def sumlogdiag(A: jax.Array) -> jax.Array:
    """The sum of the logarithms of each square matrix's diagonal; shape (1,) for a single matrix."""
    require_square("linalg.sumlogdiag", A)
    sums = jnp.sum(jnp.log(jnp.diagonal(A, axis1=-2, axis2=-1)), -1, dtype=A.dtype)
    return sums.reshape(1) if A.ndim == 2 else sums


def _require_vectors(name: str, A: jax.Array) -> None:
    require_floating(A, name)
    if A.ndim < 1:
        raise ShapeError(f"{name} expects vectors, at least one axis, got a scalar")


def _require_offset(name: str, A: jax.Array, offset: int) -> None:
    require_square(name, A)
    if abs(offset) >= A.shape[-1]:
        raise ShapeError(f"{name} expects an offset of less than {A.shape[-1]} for shape {A.shape}, got {offset}")


def _triangle(size: int, offset: int, lower: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a triangle in MXNet's order: row by row, but an upper one column by column.

    A positive offset means the upper triangle from that diagonal on, a negative one the lower; `lower`
    chooses only at 0.
    """
    rows, columns = np.tril_indices(size, -abs(offset))
    return (columns, rows) if offset > 0 or (offset == 0 and not lower) else (rows, columns)


def _diagonal(size: int, offset: int) -> tuple[np.ndarray, np.ndarray]:
    places = np.arange(size - abs(offset))
    return places + max(-offset, 0), places + max(offset, 0)


def _scattered(A: jax.Array, size: int, places: tuple[np.ndarray, np.ndarray]) -> jax.Array:
    zeros = jnp.zeros((*A.shape[:-1], size, size), A.dtype)
    return zeros.at[(..., *places)].set(A, unique_indices=True)


@operator("_linalg_extractdiag", aliases=("linalg_extractdiag",))
def extractdiag(A: jax.Array, *, offset: int = 0) -> jax.Array:
    """A diagonal of square matrices: (..., n, n) -> (..., n - |offset|); positive offsets are above the main one."""
    _require_offset("linalg.extractdiag", A, offset)
    return jnp.diagonal(A, offset, -2, -1)


@operator("_linalg_makediag", aliases=("linalg_makediag",))
def makediag(A: jax.Array, *, offset: int = 0) -> jax.Array:
    """Square matrices with a diagonal given, zero elsewhere: (..., n) -> (..., n + |offset|, n + |offset|)."""
    _require_vectors("linalg.makediag", A)
    size = A.shape[-1] + abs(offset)
    return _scattered(A, size, _diagonal(size, offset))


@operator("_linalg_extracttrian", aliases=("linalg_extracttrian",))
def extracttrian(A: jax.Array, *, offset: int = 0, lower: bool = True) -> jax.Array:
    """A triangle of square matrices as vectors, in the order of `_triangle`."""
    _require_offset("linalg.extracttrian", A, offset)
    return A[(..., *_triangle(A.shape[-1], offset, lower))]


@operator("_linalg_maketrian", aliases=("linalg_maketrian",))
def maketrian(A: jax.Array, *, offset: int = 0, lower: bool = True) -> jax.Array:
    """Square matrices with a triangle given in the order of `_triangle`, zero elsewhere."""
    _require_vectors("linalg.maketrian", A)
    count = A.shape[-1]
    side = (math.isqrt(8 * count + 1) - 1) // 2
    if side * (side + 1) // 2 != count:
        raise ShapeError(f"linalg.maketrian expects vectors of 1, 3, 6, 10, ... elements, got shape {A.shape}")
    size = side + abs(offset)
    return _scattered(A, size, _triangle(size, offset, lower))
