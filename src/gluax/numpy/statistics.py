"""Functions that reduce arrays along axes, and what counts and sorts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.numpy.call import call, is_number, is_operand

Axis = int | Sequence[int] | None


def sum(
    a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, out: Any = None
) -> Any:
    """Sum over axes, all by default; booleans give float32."""
    attrs = {"axis": axis, "dtype": dtype, "keepdims": keepdims, "initial": initial}
    return call("_np_sum", (a,), attrs, out)


def prod(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Product over axes, all by default."""
    return call("_np_prod", (a,), {"axis": axis, "dtype": dtype, "keepdims": keepdims}, out)


product = prod


def max(a: Any, axis: Axis = None, keepdims: bool = False, out: Any = None) -> Any:
    """The largest elements along axes, of all by default."""
    return call("_np_max", (a,), {"axis": axis, "keepdims": keepdims}, out)


def min(a: Any, axis: Axis = None, keepdims: bool = False, out: Any = None) -> Any:
    """The smallest elements along axes, of all by default."""
    return call("_np_min", (a,), {"axis": axis, "keepdims": keepdims}, out)


amax, amin = max, min


def any(a: Any, axis: Axis = None, keepdims: bool = False, out: Any = None) -> Any:
    """Whether any element along axes is not 0, as booleans."""
    return call("_np_any", (a,), {"axis": axis, "keepdims": keepdims}, out)


def all(a: Any, axis: Axis = None, keepdims: bool = False, out: Any = None) -> Any:
    """Whether no element along axes is 0, as booleans."""
    return call("_np_all", (a,), {"axis": axis, "keepdims": keepdims}, out)


sometrue = any


def mean(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Mean over axes, all by default; integers give float32."""
    return call("_npi_mean", (a,), {"axis": axis, "dtype": dtype, "keepdims": keepdims}, out)


def std(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """Standard deviation over axes, with a divisor of the count less `ddof`."""
    return call("_npi_std", (a,), {"axis": axis, "dtype": dtype, "ddof": ddof, "keepdims": keepdims}, out)


def var(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """Variance over axes, with a divisor of the count less `ddof`."""
    return call("_npi_var", (a,), {"axis": axis, "dtype": dtype, "ddof": ddof, "keepdims": keepdims}, out)


def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, out: Any = None) -> Any:
    """Mean with weights, and with `returned` the sum of the weights too."""
    attrs = {"axis": axis, "returned": returned, "weighted": weights is not None}
    return call("_npi_average", (a,) if weights is None else (a, weights), attrs, out)


def argmax(a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Where the largest element along an axis is, or in the flattened array, as int64."""
    return call("_npi_argmax", (a,), {"axis": axis, "keepdims": False}, out)


def argmin(a: Any, axis: int | None = None, out: Any = None) -> Any:
    """Where the smallest element along an axis is, or in the flattened array, as int64."""
    return call("_npi_argmin", (a,), {"axis": axis, "keepdims": False}, out)


def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Sums up to each element along an axis, or of the flattened array."""
    return call("_np_cumsum", (a,), {"axis": axis, "dtype": dtype}, out)


def percentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool | None = None,
    interpolation: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The value that `q` percent of the elements do not exceed; `q` is a number or an array."""
    if overwrite_input is not None:
        raise NotImplementedError("percentile: overwrite_input is not supported")
    attrs = {"axis": axis, "interpolation": interpolation, "keepdims": keepdims}
    if is_number(q):
        return call("_npi_percentile", (a,), {**attrs, "q_scalar": q}, out)
    return call("_npi_percentile", (a, q), attrs, out)


def quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool | None = None,
    interpolation: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The value that a share `q` of the elements do not exceed; `q` is a number or an array."""
    return percentile(a, q * 100, axis, out, overwrite_input, interpolation, keepdims)


def histogram(
    a: Any, bins: Any = 10, range: Any = None, normed: Any = None, weights: Any = None, density: Any = None
) -> Any:
    """How many elements lie in each of `bins` equal parts of `range`, or between the edges in an array; and the edges.

    Raises:
      NotImplementedError: for `normed`, `weights`, `density`, a number of bins without a range, and other bins.
    """
    if normed or weights is not None or density or isinstance(bins, (list, tuple, str)):
        raise NotImplementedError("histogram: a number or an array of bins only, without normed, weights and density")
    if not is_number(bins):
        return call("_npi_histogram", (a, bins))
    if range is None:
        raise NotImplementedError("histogram: a number of bins needs a range")
    return call("_npi_histogram", (a,), {"bin_cnt": bins, "range": range})


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, 2 ... occurs, or the sums of the weights there.

    Raises:
      ValueError: for a negative `minlength`.
    """
    if minlength < 0:
        raise ValueError(f"bincount: minlength is {minlength}, it must not be negative")
    inputs = (x,) if weights is None else (x, weights)
    return call("_npi_bincount", inputs, {"minlength": minlength, "has_weights": weights is not None})


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis, `n` times over."""
    if prepend is not None or append is not None:
        raise NotImplementedError("diff: prepend and append are not supported")
    return call("_npi_diff", (a,), {"n": n, "axis": axis})


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours of the flattened array, between numbers or arrays given."""
    arrays = [value for value in (to_begin, to_end) if is_operand(value)]
    attrs: dict[str, Any] = {}
    for name, value in (("to_begin", to_begin), ("to_end", to_end)):
        attrs[f"{name}_arr_given"] = is_operand(value)
        attrs[f"{name}_scalar"] = None if is_operand(value) else value
    return call("_npi_ediff1d", (ary, *arrays), attrs)


def sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    """Elements in ascending order along an axis."""
    _require_no_order(order)
    return call("_npi_sort", (a,), {"axis": "None" if axis is None else axis, "is_ascend": True})


def argsort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None) -> Any:
    """Where the elements in ascending order are, as int64."""
    _require_no_order(order)
    axis_text = "None" if axis is None else axis
    return call("_npi_argsort", (a,), {"axis": axis_text, "is_ascend": True, "dtype": "int64"})


def _require_no_order(order: Any) -> None:
    if order is not None:
        raise NotImplementedError("sorting by fields is not supported")


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """The distinct elements in order; a tuple with their first places, the inverse and the counts if asked for."""
    attrs = {"return_index": return_index, "return_inverse": return_inverse, "return_counts": return_counts}
    found = call("_npi_unique", (ar,), {**attrs, "axis": axis})
    return tuple(found) if isinstance(found, list) else found


def nonzero(a: Any) -> tuple[Any, ...]:
    """The indices of the elements that are not 0, one int64 array for each axis."""
    columns = call("_npx_nonzero", (a,))
    return tuple(columns[:, axis] for axis in np.arange(a.ndim).tolist())
