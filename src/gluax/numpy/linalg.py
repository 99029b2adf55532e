"""Linear algebra, as ``mx.np.linalg``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.numpy.call import call, is_number
from gluax.numpy.elementwise import abs as absolute
from gluax.numpy.fallback import through_numpy
from gluax.numpy.statistics import max, min, sum

lstsq = through_numpy(np.linalg.lstsq)
qr = through_numpy(np.linalg.qr)
cond = through_numpy(np.linalg.cond)
matrix_power = through_numpy(np.linalg.matrix_power)
matrix_rank = through_numpy(np.linalg.matrix_rank)
multi_dot = through_numpy(np.linalg.multi_dot)


def norm(x: Any, ord: Any = None, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """A norm of vectors along one axis, or of matrices along two; of the whole array by default.

    Args:
      ord: a number, "inf", "-inf", "fro" or "nuc"; for a pair of axes the matrix norms of numpy.
    """
    axes = (axis,) if isinstance(axis, int) else axis if axis is None else tuple(axis)
    if isinstance(ord, float) and np.isinf(ord):
        ord = "inf" if ord > 0 else "-inf"
    if ord is None and axes is None:
        return _norm(x, 2, None, keepdims, -2)
    if axes is not None and len(axes) == 2 and ord in ("inf", "-inf", 1, -1):
        rows, columns = axes
        summed, kept = (columns, rows) if ord in ("inf", "-inf") else (rows, columns)
        totals = sum(absolute(x), axis=summed, keepdims=True)
        found = (max if ord in ("inf", 1) else min)(totals, axis=kept, keepdims=True)
        return found if keepdims else found.squeeze(axes)
    if ord in ("inf", "-inf"):
        return (max if ord == "inf" else min)(absolute(x), axis=axes, keepdims=keepdims)
    if ord is None or ord in ("fro", "f"):
        return _norm(x, 2, axes, keepdims, 1)
    if ord == "nuc":
        return _norm(x, 2, axes, keepdims, 2)
    return _norm(x, ord, axes, keepdims, 0 if axes is not None and len(axes) == 2 and ord in (2, -2) else -1)


def _norm(x: Any, order: float, axis: Any, keepdims: bool, flag: int) -> Any:
    return call("_npi_norm", (x,), {"ord": order, "axis": axis, "keepdims": keepdims, "flag": flag})


def svd(a: Any) -> tuple[Any, Any, Any]:
    """U, the singular values and V with ``a = (U * s) @ V``, without columns of zeros."""
    u, s, v = call("_npi_svd", (a,))
    return u, s, v


def cholesky(a: Any) -> Any:
    """The lower triangular L with ``a = L @ L.T``."""
    return call("_npi_cholesky", (a,))


def inv(a: Any) -> Any:
    """The inverse."""
    return call("_npi_inv", (a,))


def pinv(a: Any, rcond: Any = 1e-15, hermitian: bool = False) -> Any:
    """The pseudo-inverse; singular values below `rcond` times the largest count as 0."""
    if hermitian:
        raise NotImplementedError("pinv: hermitian is not supported")
    if is_number(rcond):
        return call("_npi_pinv_scalar_rcond", (a,), {"rcond": rcond, "hermitian": hermitian})
    return call("_npi_pinv", (a, rcond), {"hermitian": hermitian})


def det(a: Any) -> Any:
    """The determinant."""
    return call("_npi_det", (a,))


def slogdet(a: Any) -> Any:
    """The sign and the logarithm of the absolute value of the determinant."""
    return call("_npi_slogdet", (a,))


def solve(a: Any, b: Any) -> Any:
    """x with ``a @ x = b``."""
    return call("_npi_solve", (a, b))


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse for `tensordot` over `ind` axes."""
    return call("_npi_tensorinv", (a,), {"ind": ind})


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """x with ``tensordot(a, x, x.ndim) = b``."""
    return call("_npi_tensorsolve", (a, b), {"a_axes": axes})


def eigvals(a: Any) -> Any:
    """The eigenvalues, which must be real."""
    return call("_npi_eigvals", (a,))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, of which the lower ("L") or the upper ("U") triangle is read."""
    return call("_npi_eigvalsh", (a,), {"UPLO": UPLO})


def eig(a: Any) -> tuple[Any, Any]:
    """The eigenvalues, which must be real, and the eigenvectors as columns."""
    values, vectors = call("_npi_eig", (a,))
    return values, vectors


def eigh(a: Any, UPLO: str = "L") -> tuple[Any, Any]:
    """The eigenvalues and eigenvectors of a symmetric matrix; see `eigvalsh`."""
    values, vectors = call("_npi_eigh", (a,), {"UPLO": UPLO})
    return values, vectors
