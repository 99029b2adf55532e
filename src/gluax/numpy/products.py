"""Products of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from gluax.numpy.call import call, is_number
from gluax.numpy.elementwise import check_options
from gluax.numpy.shaping import ravel


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Product over the last axis of `a` and the last but one of `b`; with a number, of each element."""
    if is_number(a) or is_number(b):
        from gluax.numpy.arithmetic import multiply

        return multiply(a, b, out)
    return call("_np_dot", (a, b), None, out)


def matmul(a: Any, b: Any, out: Any = None, **kwargs: Any) -> Any:
    """Product of matrices, stacks of them along leading axes."""
    check_options("matmul", kwargs)
    return call("_npi_matmul", (a, b), None, out)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum of products over so many last axes of `a` and first of `b`, or over those of a pair of lists.

    Raises:
      ValueError: when the lists are of different lengths.
    """
    if isinstance(axes, (int, np.integer)):
        return call("_npi_tensordot_int_axes", (a, b), {"axes": int(axes)})
    if len(axes) != 2:
        raise ValueError(f"tensordot: axes are a number or a pair, not {axes!r}")
    first, second = ((axis,) if isinstance(axis, (int, np.integer)) else tuple(axis) for axis in axes)
    if len(first) != len(second):
        raise ValueError(f"tensordot: {len(first)} axes of the first array and {len(second)} of the second")
    return call("_npi_tensordot", (a, b), {"a_axes_summed": first, "b_axes_summed": second})


def inner(a: Any, b: Any) -> Any:
    """Sum of products over the last axes."""
    return tensordot(a, b, (-1, -1))


def outer(a: Any, b: Any) -> Any:
    """All products of an element of `a` and one of `b`."""
    return tensordot(ravel(a), ravel(b), 0)


def vdot(a: Any, b: Any) -> Any:
    """Sum of the products of all elements."""
    return tensordot(ravel(a), ravel(b), 1)


def einsum(*operands: Any, **kwargs: Any) -> Any:
    """Einstein's sum, as numpy's: the subscripts, then the arrays; `optimize` and `out` by name."""
    subscripts, *arrays = operands
    optimize, out = kwargs.pop("optimize", False), kwargs.pop("out", None)
    if kwargs:
        raise TypeError(f"einsum() got unexpected keyword arguments {sorted(kwargs)}")
    attrs = {"num_args": len(arrays), "subscripts": subscripts, "optimize": int(bool(optimize))}
    return call("_npi_einsum", arrays, attrs, out)


def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients `p`, highest first, at `x`."""
    return np.polyval(p, x) if is_number(x) and not hasattr(p, "_numpy_shapes") else call("_npi_polyval", (p, x))
