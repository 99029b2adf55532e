"""Numpy forms of the operators that parameters go through when they are bound.

A program that binds runs once, and compiling it took XLA longer than all else: 2 of 7 s for resnet50. The forms take
and return numpy arrays, of the shapes and dtypes that the operators' functions have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gluax.ops import _winograd
from gluax.ops.folded import fold_bias
from gluax.ops.operator import Call


def _slice_axis(data: np.ndarray, *, axis: int, begin: int, end: int | None) -> np.ndarray:
    return data[(slice(None),) * (axis % data.ndim) + (slice(begin, end),)]


def _batchnorm_affine(
    gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, var: np.ndarray, *, eps: float, fix_gamma: bool
) -> tuple[np.ndarray, np.ndarray]:
    number = var.dtype.type  # numpy would take bfloat16 with Python's numbers for float64
    inverse = number(1) / np.sqrt(var + number(eps))
    scale = inverse if fix_gamma else gamma * inverse
    return scale, beta - mean * scale


def _scale_rows(weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
    column = scale.reshape(-1, *(1,) * (weight.ndim - 1))
    return (weight.astype(scale.dtype, copy=False) * column).astype(weight.dtype, copy=False)


def _winograd_weight(weight: np.ndarray, *, tile: int) -> np.ndarray:
    rows = _winograd.weight_rows(tile, weight.dtype)
    both = np.einsum("jb,ia->jiab", rows, rows).reshape(-1, 9)
    # Weights come as a view on (O, I, 3, 3), which this reads as it lies; JAX turns the result faster than numpy would.
    inputs, filters = weight.shape[2:]
    plain = weight.transpose(3, 2, 0, 1).reshape(-1, 9)
    return (both @ plain.T).reshape(-1, filters, inputs).swapaxes(1, 2)


_FORMS: dict[str, Callable[..., Any]] = {
    "Concat": lambda *parts, num_args, dim: np.concatenate(parts, dim),
    "_gluax_batchnorm_affine": _batchnorm_affine,
    "_gluax_fold_bias": fold_bias,
    "_gluax_scale_rows": _scale_rows,
    "_gluax_winograd_weight": _winograd_weight,
    "slice_axis": _slice_axis,
    "transpose": lambda data, *, axes: np.transpose(data, axes or None),
    "zeros_like": np.zeros_like,
}


def has_host_form(call: Call) -> bool:
    """Whether `run_on_host` can run an operator call."""
    return call.operator.name in _FORMS


def run_on_host(call: Call, inputs: list[Any]) -> tuple[np.ndarray, ...]:
    """Run an operator call on numpy arrays."""
    result = _FORMS[call.operator.name](*inputs, **call.attrs)
    return result if isinstance(result, tuple) else (result,)
