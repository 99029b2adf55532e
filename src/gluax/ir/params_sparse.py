"""MXNet's two sparse storage types, made dense. JAX models compute with dense parameters."""

from __future__ import annotations

from typing import Literal

import numpy as np

StorageType = Literal["row_sparse", "csr"]


def densify(kind: StorageType, shape: tuple[int, ...], data: np.ndarray, indices: list[np.ndarray]) -> np.ndarray:
    """Return the dense array of `shape`. `indices` are the row indices (row_sparse) or indptr and columns (csr).

    Raises:
      ValueError: the parts do not fit together.
    """
    return _densify_rows(shape, data, *indices) if kind == "row_sparse" else _densify_csr(shape, data, *indices)


def _densify_rows(shape: tuple[int, ...], rows: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Put `rows` (nnz, *shape[1:]) at `indices` (nnz,) of an array of zeros."""
    if indices.ndim != 1 or rows.shape != (len(indices), *shape[1:]):
        raise ValueError(f"{indices.shape} row indices do not fit rows of shape {rows.shape}")
    dense = np.zeros(shape, rows.dtype)
    dense[_within(indices, shape[0], "row index")] = rows
    return dense


def _densify_csr(shape: tuple[int, ...], values: np.ndarray, indptr: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Spread `values` (nnz,) over a matrix of zeros: row r holds those from indptr[r] to indptr[r + 1].

    An empty `indptr` is one that MXNet never filled: the matrix is all zeros.
    """
    if len(shape) != 2 or values.ndim != 1 or columns.shape != values.shape or indptr.ndim != 1:
        raise ValueError(f"values {values.shape}, indptr {indptr.shape} and columns {columns.shape} do not fit")
    dense = np.zeros(shape, values.dtype)
    if not len(indptr) and not len(values):
        return dense
    if len(indptr) != shape[0] + 1:
        raise ValueError(f"{len(indptr)} row pointers do not fit {shape[0]} rows")
    _within(indptr, len(values) + 1, "row pointer")
    counts = np.diff(indptr.astype(np.int64))
    if indptr[0] != 0 or indptr[-1] != len(values) or np.any(counts < 0):
        raise ValueError(f"row pointers do not rise from 0 to the {len(values)} values")
    dense[np.repeat(np.arange(shape[0]), counts), _within(columns, shape[1], "column index")] = values
    return dense


def _within(indices: np.ndarray, size: int, what: str) -> np.ndarray:
    if indices.dtype.kind not in "iu":
        raise ValueError(f"{what} of type {indices.dtype}, not an integer")
    if len(indices) and (int(indices.min()) < 0 or int(indices.max()) >= size):
        raise ValueError(f"{what} outside 0 to {size - 1}")
    return indices.astype(np.int64)
