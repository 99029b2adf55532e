"""mx.np.linalg: eigenvalues, singular values, linear systems, pseudo-inverses and norms.

Matrices are the last two axes. Where MXNet stops with an error (complex eigenvalues, a singular system), the result
holds nan or infinities: a compiled program cannot raise.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._elementwise import available, sign, through_float
from gluax.ops._matrices import require_double_or_single, require_matrices, require_square, symmetric, symmetric_eigen
from gluax.ops._shapes import axes_of
from gluax.ops.factorization import det, pivot_types, potrf, slogdet, two_pivot_types
from gluax.ops.operator import Attrs, PartialShape
from gluax.ops.reduction import Reduce, where_equal, with_derivative
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, merge_shapes, same_shape

operator("_npi_cholesky", shapes=same_shape)(potrf)


def _solvers_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    """float32 if all inputs are, else float64."""
    if None in ins:
        return ins, [None]
    return ins, ["float32" if set(ins) == {"float32"} else "float64"]


def _eigen_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, _solvers_types(ins, attrs)[1] * 2


def _for_solver(name: str, *arrays: jax.Array) -> list[jax.Array]:
    """The arrays in float32 if all are, else in float64; half precision and booleans are refused, as in MXNet."""
    for array in arrays:
        if array.dtype in (np.float16, jnp.bfloat16, np.bool_):
            raise DTypeError(f"{name} does not take {array.dtype}; cast the input to float32 or float64 first")
    wide = np.dtype("float32") if all(a.dtype == np.float32 for a in arrays) else available("float64")
    return [array.astype(wide) for array in arrays]


def _general_eigen(name: str, A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Eigenvalues and eigenvectors as columns, nan where they are complex; no gradient."""
    (matrices,) = _for_solver(name, lax.stop_gradient(A))
    require_square(name, matrices)
    values, vectors = jnp.linalg.eig(matrices)
    real = values.imag == 0
    nan = jnp.asarray(np.nan, matrices.dtype)
    return jnp.where(real, values.real, nan), jnp.where(real[..., None, :], vectors.real, nan)


@operator("_npi_eig", outputs=2, types=_eigen_types)
def npi_eig(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Eigenvalues (..., n) and eigenvectors (..., n, n), as columns, of square matrices; real ones only, else nan."""
    return _general_eigen("linalg.eig", A)


def _values_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """Matrices (..., n, n) and vectors (..., n)."""
    matrix = merge_shapes(ins[0], (*outs[0], outs[0][-1]) if outs[0] else None)
    return [matrix], [matrix[:-1] if matrix else None]


@operator("_npi_eigvals", shapes=_values_shapes, types=_solvers_types)
def npi_eigvals(A: jax.Array) -> jax.Array:
    """Eigenvalues (..., n) of square matrices; real ones only, else nan."""
    return _general_eigen("linalg.eigvals", A)[0]


def _hermitian_eigen(name: str, A: jax.Array, triangle: str) -> tuple[jax.Array, jax.Array]:
    if triangle not in ("L", "U", "l", "u"):
        raise ArgumentError(f"{name} expects UPLO to be 'L' or 'U', got {triangle!r}")
    (matrices,) = _for_solver(name, lax.stop_gradient(A))
    require_square(name, matrices)
    rows, values = symmetric_eigen(symmetric(matrices if triangle in "Ll" else matrices.mT))
    return values, rows.mT


@operator("_npi_eigh", outputs=2, types=_eigen_types)
def npi_eigh(A: jax.Array, *, UPLO: str = "L") -> tuple[jax.Array, jax.Array]:
    """Ascending eigenvalues and eigenvectors, as columns, of symmetric matrices, read from one triangle; no gradient.

    The largest component of each eigenvector is positive.
    """
    return _hermitian_eigen("linalg.eigh", A, UPLO)


@operator("_npi_eigvalsh", shapes=_values_shapes, types=_solvers_types)
def npi_eigvalsh(A: jax.Array, *, UPLO: str = "L") -> jax.Array:
    """Ascending eigenvalues of symmetric matrices, read from one triangle; no gradient."""
    return _hermitian_eigen("linalg.eigvalsh", A, UPLO)[0]


@jax.custom_jvp
def _singular(data: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """U (..., m, k), descending singular values (..., k), and V (..., k, n), each row's largest component positive."""
    left, values, right = lax.linalg.svd(data, full_matrices=False)
    largest = jnp.take_along_axis(right, jnp.argmax(jnp.abs(right), -1, keepdims=True), -1)
    flipped = jnp.where(largest < 0, -jnp.ones_like(largest), jnp.ones_like(largest))
    return left * flipped.mT, values, right * flipped


@_singular.defjvp
def _singular_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[tuple[jax.Array, jax.Array, jax.Array], tuple[jax.Array, jax.Array, jax.Array]]:
    """Equal and vanishing singular values count as a tiny distance apart, so that the values' gradients stay finite."""
    left, values, right = _singular(*primals)
    tangent, row, column = tangents[0], values[..., None, :], values[..., :, None]
    tiny = jnp.asarray(1e-100 if values.dtype.itemsize == 8 else 1e-30, values.dtype)
    gaps = row * row - column * column
    turn = jnp.where(jnp.eye(values.shape[-1], dtype=bool), jnp.zeros_like(gaps), 1 / jnp.where(gaps == 0, tiny, gaps))
    change = left.mT @ tangent @ right.mT
    left_turn = turn * (change * row + column * change.mT)
    right_turn = turn * (column * change + change.mT * row)
    safe = jnp.maximum(values, tiny)
    # What the tangent moves out of the space that U or V spans; one of the two is empty, U or V being square.
    left_rest = (tangent @ right.mT - left @ change) / safe[..., None, :]
    right_rest = (left.mT @ tangent - change @ right) / safe[..., :, None]
    d_left = left @ left_turn + left_rest
    d_right = right_turn.mT @ right + right_rest
    return (left, values, right), (d_left, jnp.diagonal(change, axis1=-2, axis2=-1), d_right)


@operator("_npi_svd", outputs=3)
def npi_svd(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """U (..., m, m), descending singular values (..., m) and V (..., m, n) with A = U diag(L) V, for m <= n.

    The largest component of each row of V is positive.
    """
    require_matrices("linalg.svd", A)
    require_double_or_single("linalg.svd", A)
    if A.shape[-2] > A.shape[-1]:
        raise ShapeError(f"linalg.svd expects at most as many rows as columns, got shape {A.shape}; transpose it")
    return _singular(A)


@operator("_npi_solve", types=_solvers_types)
def npi_solve(A: jax.Array, B: jax.Array) -> jax.Array:
    """X with A X = B for square A (..., n, n) and B (..., n, k), or (..., n), one axis less; no batch broadcasts."""
    a, b = _for_solver("linalg.solve", A, B)
    require_square("linalg.solve", a)
    vectors = b.ndim == a.ndim - 1
    columns = b[..., None] if vectors else b
    if columns.shape[:-1] != a.shape[:-1]:
        raise ShapeError(
            f"linalg.solve expects B to fit to A of shape {A.shape} in all axes but its own last, got {B.shape}"
        )
    result = jnp.linalg.solve(a, columns)
    return result[..., 0] if vectors else result


@operator("_npi_tensorinv")
def npi_tensorinv(a: jax.Array, *, ind: int = 2) -> jax.Array:
    """The inverse of a as the matrix from its axes after the first `ind` to those; they hold equally many elements."""
    require_double_or_single("linalg.tensorinv", a)
    front, back = a.shape[:ind], a.shape[ind:]
    if ind <= 0 or math.prod(front) != math.prod(back):
        raise ShapeError(
            f"linalg.tensorinv expects as many elements in the first {ind} axes as in the rest, got {a.shape}"
        )
    return jnp.linalg.inv(a.reshape(math.prod(front), math.prod(front))).reshape(*back, *front)


@operator("_npi_tensorsolve", types=_solvers_types)
def npi_tensorsolve(a: jax.Array, b: jax.Array, *, a_axes: Shape | None = ()) -> jax.Array:
    """x with tensordot(a, x, x.ndim) = b; `a_axes` of a are moved to its end first."""
    a, b = _for_solver("linalg.tensorsolve", a, b)
    last = axes_of(a_axes or (), a.ndim)
    moved = a.transpose(*[axis for axis in range(a.ndim) if axis not in last], *last)
    shape, size = moved.shape[b.ndim :], b.size
    if math.prod(shape) != size or math.prod(a.shape) != size * size:
        raise ShapeError(f"linalg.tensorsolve expects a of {size} by {size} elements for b of {b.shape}, got {a.shape}")
    return jnp.linalg.solve(moved.reshape(size, size), b.reshape(size, 1)).reshape(shape)


def _pseudo_inverse(name: str, A: jax.Array, rcond: jax.Array) -> jax.Array:
    """Without a gradient, as in MXNet. Singular values up to rcond times the largest count as 0."""
    require_matrices(name, A)
    require_double_or_single(name, A)
    left, values, right = lax.linalg.svd(lax.stop_gradient(A), full_matrices=False)
    cutoff = lax.stop_gradient(rcond)[..., None] * jnp.max(values, -1, keepdims=True, initial=0)
    if jnp.broadcast_shapes(cutoff.shape, values.shape) != values.shape:
        raise ShapeError(f"{name} expects rcond to broadcast to the batch of A, got {rcond.shape} for {A.shape}")
    small = values <= cutoff
    inverses = jnp.where(small, jnp.zeros_like(values), 1 / jnp.where(small, jnp.ones_like(values), values))
    return right.mT @ (inverses[..., None] * left.mT)


def _transposed(shape: PartialShape) -> PartialShape:
    return None if shape is None or len(shape) < 2 else (*shape[:-2], shape[-1], shape[-2])


def _pinv_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    matrix = merge_shapes(ins[0], _transposed(outs[0]))
    return [matrix, *ins[1:]], [_transposed(matrix)]


@operator("_npi_pinv", shapes=_pinv_shapes, hints=("hermitian",))
def npi_pinv(A: jax.Array, rcond: jax.Array) -> jax.Array:
    """The pseudo-inverse (..., n, m) of A (..., m, n); `rcond` is of A's dtype and broadcasts to A's batch."""
    if rcond.dtype != A.dtype:
        raise DTypeError(f"linalg.pinv expects rcond in the dtype of A, {A.dtype}, got {rcond.dtype}; cast it")
    return _pseudo_inverse("linalg.pinv", A, rcond)


@operator("_npi_pinv_scalar_rcond", shapes=_pinv_shapes, hints=("hermitian",))
def npi_pinv_scalar_rcond(A: jax.Array, *, rcond: float = 1e-15) -> jax.Array:
    """The pseudo-inverse (..., n, m) of A (..., m, n)."""
    return _pseudo_inverse("linalg.pinv", A, jnp.asarray(rcond, A.dtype))


@operator("_npi_det", outputs=3, visible=1, types=pivot_types)
def npi_det(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """As `det`, but a scalar for a single matrix."""
    result, *hidden = det(A)
    return result.reshape(A.shape[:-2]), *hidden


@operator("_npi_slogdet", outputs=4, visible=2, types=two_pivot_types)
def npi_slogdet(A: jax.Array) -> tuple[jax.Array, ...]:
    """As `slogdet`, but scalars for a single matrix."""
    sign, logarithm, *hidden = slogdet(A)
    return sign.reshape(A.shape[:-2]), logarithm.reshape(A.shape[:-2]), *hidden


def _power(data: jax.Array, exponent: float) -> jax.Array:
    """data ** exponent, but 0 stays 0."""
    zero = data == 0
    return jnp.where(zero, data, jnp.where(zero, jnp.ones_like(data), data) ** jnp.asarray(exponent, data.dtype))


def _p_norm(order: float) -> Reduce:
    """The p-norm along axes, which stay with size 1.

    Zeros do not count, whatever the order. The gradient is nan at 0 where a negative power of 0 is.
    """

    def reduce(data: jax.Array, axes: tuple[int, ...]) -> jax.Array:
        wide = data.astype(np.float32) if data.dtype.itemsize < 4 else data
        sizes = jnp.abs(wide)
        if order == 0:
            return jnp.sum(data != 0, axes, dtype=data.dtype, keepdims=True)
        if order == 1:
            return jnp.sum(sizes, axes, keepdims=True).astype(data.dtype)
        if order == 2:
            return jnp.sqrt(jnp.sum(jnp.square(sizes), axes, keepdims=True)).astype(data.dtype)
        total = jnp.sum(_power(sizes, order), axes, keepdims=True)
        return _power(total, 1 / order).astype(data.dtype)

    def derivative(result: jax.Array, data: jax.Array) -> jax.Array:
        if order == 0:
            return jnp.zeros_like(data)
        if order == 1:
            return sign(data)
        return sign(data) * (jnp.abs(data) / result) ** jnp.asarray(order - 1, data.dtype)

    return with_derivative(reduce, derivative)


_smallest = with_derivative(lambda data, axes: jnp.min(data, axes, keepdims=True), where_equal)
_largest = with_derivative(lambda data, axes: jnp.max(data, axes, keepdims=True), where_equal)


def _matrix_norm(data: jax.Array, order: float, axes: tuple[int, ...], nuclear: bool) -> jax.Array:
    """Extremes of singular values (order 2, -2) or their sum, of the columns' sums (1, -1), or of the rows' (else)."""
    if order in (2, -2):
        require_double_or_single("linalg.norm", data)
        values = _singular(jnp.moveaxis(data, axes, (-2, -1)))[1]
        found = jnp.sum(values, -1) if nuclear else values[..., 0 if order > 0 else -1]
        return jnp.expand_dims(found, sorted(axes))
    rows, columns = axes if order in (1, -1) else axes[::-1]
    sums = _p_norm(1)(data, (rows,))
    return (_largest if order > 0 else _smallest)(sums, (columns,))


@operator("_npi_norm")
def npi_norm(
    data: jax.Array, *, ord: float = 2.0, axis: Shape | None = None, keepdims: bool = False, flag: int = -1
) -> jax.Array:
    """A norm over one axis (of vectors) or two (of matrices); by default the last two, or the only one.

    `ord` is as in numpy, but 2 is the spectral norm of matrices. With `flag` -2 it is the 2-norm of all data, with 1
    matrices get the Frobenius norm, with 2 and `ord` 2 the nuclear norm. Norms of integers are truncated.
    """
    every = tuple(range(data.ndim))
    axes = every if flag == -2 else axes_of(axis, data.ndim) if axis is not None else every[-2:]
    if flag == -2:
        reduce = _p_norm(2)
    elif len(axes) == 1:
        if math.isinf(ord) or flag == 2:
            raise ArgumentError(
                f"linalg.norm has no norm of vectors with ord={ord} and flag={flag}; use max or min of abs"
            )
        reduce = _p_norm(ord)
    elif len(axes) == 2:
        reduce = _p_norm(2) if flag == 1 else lambda x, _: _matrix_norm(x, ord, axes, flag == 2)
    else:
        raise ShapeError(f"linalg.norm expects one axis or two, got axis={axis} for data of shape {data.shape}")
    norm = through_float(lambda x: reduce(x, axes))(data)
    return norm if keepdims else jnp.squeeze(norm, axes)
