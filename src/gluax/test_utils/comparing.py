"""Comparing arrays in tests, with tolerances by dtype."""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluax.ndarray import NDArray
from gluax.symbol import Symbol
from gluax.util import get_cuda_compute_capability

Tolerance = float | Mapping[Any, float] | None

_EXACT = ("bool", "int8", "uint8", "int32", "uint32", "int64", "uint64")


def default_rtols() -> dict[np.dtype, float]:
    """The relative tolerances by dtype."""
    return _by_dtype(1e-2, 1e-4, 1e-5)


def default_atols() -> dict[np.dtype, float]:
    """The absolute tolerances by dtype."""
    return _by_dtype(1e-1, 1e-3, 1e-20)


def _by_dtype(half: float, single: float, double: float) -> dict[np.dtype, float]:
    floats = {"float16": half, "float32": single, "float64": double}
    return {np.dtype(name): value for name, value in {**floats, **dict.fromkeys(_EXACT, 0.0)}.items()}


def default_numeric_eps() -> dict[np.dtype, float]:
    """The steps of finite differences by dtype: powers of two, which lose no bits."""
    return {np.dtype("float16"): 2.0**-6, np.dtype("float32"): 2.0**-9, np.dtype("float64"): 2.0**-14}


def get_tolerance(dat: Any, tol: Tolerance, default_tol: Mapping[Any, float]) -> float:
    """The tolerance for an array: `tol`, its entry for the array's dtype, or that of the defaults.

    Raises:
      KeyError: for a dtype that neither has.
    """
    if isinstance(tol, numbers.Real):
        return float(tol)
    given = {np.dtype(dtype): value for dtype, value in (tol or {}).items()}  # pyright: ignore[reportAttributeAccessIssue]
    dtype = effective_dtype(dat)
    return given[dtype] if dtype in given else default_tol[dtype]


def effective_dtype(dat: Any) -> np.dtype:
    """The dtype that says how precise an array's numbers are: its own, but float16 for float32 on GPUs that multiply
    in TF32, unless the environment's ``NVIDIA_TF32_OVERRIDE`` is 0."""
    dtype, context = np.dtype(dat.dtype), getattr(dat, "ctx", None)
    if dtype != np.float32 or context is None or context.device_type != "gpu":
        return dtype
    coarse = get_cuda_compute_capability(context) >= 80 and os.environ.get("NVIDIA_TF32_OVERRIDE") != "0"
    return np.dtype(np.float16) if coarse else dtype


def checkShapes(a: Any, b: Any) -> None:
    """Fail unless the shapes of two arrays are the same.

    Raises:
      AssertionError
    """
    assert a.shape == b.shape, f"a.shape = {a.shape} and b.shape = {b.shape} are not equal"


def locationError(a: Any, b: Any, index: Any, names: Sequence[str], maxError: bool = False) -> str:
    """The text that names the elements of two arrays at an index."""
    kind = "maximum error" if maxError else "error"
    return f"Location of {kind}: {index}, {names[0]}={a[index]:.8f}, {names[1]}={b[index]:.8f}"


def get_tols(x: Any, y: Any, rtol: Tolerance, atol: Tolerance) -> tuple[float, float]:
    """The relative and the absolute tolerance for comparing two arrays: the larger of both arrays'."""
    pair = [np.asarray(each) if not hasattr(each, "dtype") else each for each in (x, y)]
    return (
        max(get_tolerance(each, rtol, default_rtols()) for each in pair),
        max(get_tolerance(each, atol, default_atols()) for each in pair),
    )


def get_atol(atol: float | None = None, dtype: Any = np.float64) -> float:
    """`atol`, or the default of the dtype."""
    return default_atols()[np.dtype(dtype)] if atol is None else atol


def get_rtol(rtol: float | None = None, dtype: Any = np.float64) -> float:
    """`rtol`, or the default of the dtype."""
    return default_rtols()[np.dtype(dtype)] if rtol is None else rtol


def get_etol(etol: float | None = None) -> float:
    """`etol`, the share of elements that may differ; by default none."""
    return 0 if etol is None else etol


def same(a: Any, b: Any) -> bool:
    """Whether two arrays have the same shape and elements."""
    return bool(np.array_equal(_host(a), _host(b)))


def same_array(array1: NDArray, array2: NDArray) -> bool:
    """Whether two arrays share their elements: what is written to the first is seen in the second."""
    array1[:] += 1
    shared = same(array1, array2)
    array1[:] -= 1
    return shared and same(array1, array2)


def same_symbol_structure(sym1: Symbol, sym2: Symbol) -> bool:
    """Whether the nodes of two graphs, one by one, have the same operators; the longer one's others are passed over."""
    pairs = zip(sym1.graph.nodes, sym2.graph.nodes)
    return all(first.op == second.op for first, second in pairs)


def almost_equal(
    a: Any,
    b: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    use_broadcast: bool = True,
) -> bool:
    """Whether two arrays are equal within tolerances, by default those of float64.

    Raises:
      AssertionError: for different shapes, unless `use_broadcast`.
    """
    a, b = _host(a), _host(b)
    _check_shapes(a, b, use_broadcast)
    return bool(np.allclose(a, b, get_rtol(rtol), get_atol(atol), equal_nan))


def assert_almost_equal(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
    use_broadcast: bool = True,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """Fail unless ``|a - b| <= atol + rtol * |b|`` everywhere.

    Args:
      a, b: NDArrays, numpy's arrays or numbers.
      rtol, atol: numbers, or dicts by dtype; by default the larger of those of both dtypes.
      names: what the message calls the arrays.
      equal_nan: whether NaN equals NaN.
      use_broadcast: whether the shapes may differ.
      mismatches: how many elements to print, worst first, and how many to count; 0 counts them all.

    Raises:
      AssertionError: whose message has the largest error in terms of the tolerance, its index, and both elements.
    """
    _check_shapes(a, b, use_broadcast)
    rtol, atol = get_tols(a, b, rtol, atol)
    a, b = _host(a), _host(b)
    if a.dtype == b.dtype == np.bool_:
        np.testing.assert_equal(a, b)
    elif not np.allclose(a, b, rtol, atol, equal_nan):
        raise AssertionError(_difference(a, b, (rtol, atol), names, equal_nan, mismatches))


def assert_allclose(a: Any, b: Any, rtol: float = 1e-07, atol: float = 0, equal_nan: bool = True) -> None:
    """`assert_almost_equal` with numpy's tolerances."""
    assert_almost_equal(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def assert_almost_equal_with_err(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    etol: float | None = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """`assert_almost_equal`, but a share `etol` of the elements may differ. NaNs always do, if `etol` is positive.

    Raises:
      AssertionError: see `assert_almost_equal`.
    """
    if not get_etol(etol) > 0:
        assert_almost_equal(a, b, rtol, atol, names, equal_nan, mismatches=mismatches)
        return
    rtol, atol = get_tols(a, b, rtol, atol)
    a, b = _host(a), _host(b)
    equal = np.isclose(a, b, rtol, atol)
    if 1 - np.count_nonzero(equal) / equal.size > get_etol(etol):
        raise AssertionError(_difference(a, b, (rtol, atol), names, False, mismatches))


def assert_almost_equal_ignore_nan(
    a: Any, b: Any, rtol: Tolerance = None, atol: Tolerance = None, names: tuple[str, str] = ("a", "b")
) -> None:
    """`assert_almost_equal` where neither array is NaN."""
    a, b = np.copy(_host(a)), np.copy(_host(b))
    either = np.isnan(a) | np.isnan(b)
    a[either] = b[either] = 0
    assert_almost_equal(a, b, rtol, atol, names)


def compare_ndarray_tuple(t1: Any, t2: Any, rtol: Tolerance = None, atol: Tolerance = None) -> None:
    """`assert_almost_equal` for arrays or nested tuples of them; None equals everything."""
    if isinstance(t1, tuple) and t2 is not None:
        for first, second in zip(t1, t2):
            compare_ndarray_tuple(first, second, rtol, atol)
    elif t1 is not None and t2 is not None:
        assert_almost_equal(t1, t2, rtol, atol)


def _host(value: Any) -> np.ndarray:
    return value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)


def _check_shapes(a: Any, b: Any, use_broadcast: bool) -> None:
    if not use_broadcast:
        checkShapes(np.asarray(a), np.asarray(b))


def _difference(
    a: np.ndarray,
    b: np.ndarray,
    tolerances: tuple[float, float],
    names: tuple[str, str],
    equal_nan: bool,
    mismatches: tuple[int, int],
) -> str:
    """The message about two arrays that differ; prints the worst elements."""
    rtol, atol = tolerances
    a, b = np.broadcast_arrays(a, b)
    exact = a if np.issubdtype(a.dtype, np.inexact) else a.astype(np.float64)  # unsigned integers would wrap around
    with np.errstate(invalid="ignore"):  # infinities
        error = np.where(a == b, 0, np.abs(exact - b)) / (atol + rtol * np.abs(b) + 1e-20)
    wrong = np.flatnonzero(~np.isclose(a, b, rtol, atol, equal_nan))
    order = wrong[np.argsort(-np.nan_to_num(error.ravel()[wrong], nan=np.inf), kind="stable")]
    shown, most = mismatches
    count = min(len(order), most + 1) if most > 0 else len(order)

    def place(position: int) -> tuple[int, ...]:
        return tuple(int(number) for number in np.unravel_index(position, a.shape))

    worst = place(order[0])
    text = f"Error {error[worst]:f} exceeds tolerance rtol={rtol:e}, atol={atol:e}"
    if a.ndim:
        print(f"\n*** Maximum errors for vector of size {a.size}:  rtol={rtol}, atol={atol}\n")
        for number, position in enumerate(order[: min(shown, count)]):
            print(f"{number + 1:3d}: Error {error[place(position)]:f}  {locationError(a, b, place(position), names)}")
        least = "at least " if count < len(order) or count > most > 0 else ""
        text += f" (mismatch {least}{100 * count / a.size:f}%).\n{locationError(a, b, worst, names, True)}"
    with np.printoptions(threshold=4, suppress=True):
        return f"\n{text}\n {names[0]}: {a!r}\n {names[1]}: {b!r}"
