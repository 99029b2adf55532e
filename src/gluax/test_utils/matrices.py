"""Arrays with a known structure: from functions, large ones, and random matrices with real eigenvalues."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.ndarray import NDArray, arange, array, broadcast_to, eye


def assign_each(the_input: np.ndarray, function: Callable[[Any], Any] | None) -> np.ndarray:
    """A float64 array of a function's values for every element; without a function a copy."""
    if function is None:
        return np.array(the_input)
    values = [function(value) for value in the_input.ravel()]
    return np.array(values, np.float64).reshape(the_input.shape)


def assign_each2(input1: np.ndarray, input2: np.ndarray, function: Callable[[Any, Any], Any] | None) -> np.ndarray:
    """A float64 array of a function's values for every pair of elements; without a function a copy of the first.

    Raises:
      ArgumentError: (an `AssertionError`) arrays of different shapes.
    """
    if function is None:
        return np.array(input1)
    if input1.shape != input2.shape:
        raise ArgumentError(f"shapes {input1.shape} and {input2.shape} differ")
    values = [function(*pair) for pair in zip(input1.ravel(), input2.ravel())]
    return np.array(values, np.float64).reshape(input1.shape)


def create_2d_tensor(rows: int, columns: int, dtype: Any = np.int64) -> NDArray:
    """Rows of their own numbers."""
    return broadcast_to(create_vector(rows, dtype).reshape(rows, 1), shape=(rows, columns))


def create_vector(size: int, dtype: Any = np.int64) -> NDArray:
    """The numbers from 0 on."""
    return arange(0, size, dtype=dtype)


def get_identity_mat(size: int) -> NDArray:
    """A float32 identity matrix."""
    return eye(size)


def get_identity_mat_batch(size: int) -> NDArray:
    """Two float32 identity matrices, as one array."""
    return array([np.eye(size)] * 2)


def new_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random matrix with real eigenvalues between -10 and 10, whose eigenvectors are well-conditioned."""
    while True:
        scale = np.diag(np.random.uniform(-1.0, 1.0, n))
        axis = np.random.uniform(-1.0, 1.0, n).reshape(n, 1)
        axis = axis / np.linalg.norm(axis)
        vectors = (np.eye(n) - 2 * axis @ axis.T) @ scale
        if np.linalg.cond(vectors, 2) < 3:
            return np.linalg.inv(vectors) @ np.diag(np.random.uniform(-10.0, 10.0, n)) @ vectors


def new_matrix_with_real_eigvals_nd(shape: Sequence[int]) -> np.ndarray:
    """An array of matrices, see `new_matrix_with_real_eigvals_2d`."""
    return _several(new_matrix_with_real_eigvals_2d, shape)


def new_orthonormal_matrix_2d(n: int) -> np.ndarray:
    """A random orthonormal matrix."""
    random = np.random.randn(n, n)
    return np.linalg.qr(random.T @ random)[0]


def new_sym_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random symmetric matrix with eigenvalues between -10 and 10."""
    vectors = new_orthonormal_matrix_2d(n)
    return vectors.T @ np.diag(np.random.uniform(-10.0, 10.0, n)) @ vectors


def new_sym_matrix_with_real_eigvals_nd(shape: Sequence[int]) -> np.ndarray:
    """An array of matrices, see `new_sym_matrix_with_real_eigvals_2d`."""
    return _several(new_sym_matrix_with_real_eigvals_2d, shape)


def _several(make: Callable[[int], np.ndarray], shape: Sequence[int]) -> np.ndarray:
    return np.array([make(shape[-1]) for _ in range(math.prod(shape[:-2]))]).reshape(shape)
