"""MXNet's convenience functions on top of its operators, with the attributes they spell out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gluax.symbol.factory import create
from gluax.symbol.operators import POWER, POWER_SCALAR, Rule, is_scalar
from gluax.symbol.symbol import Symbol

Shape = int | Sequence[int]


def zeros(shape: Shape, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Zeros; float32 unless told otherwise."""
    return _nullary("_zeros", {"shape": shape, "dtype": dtype or "float32"}, kwargs)


def ones(shape: Shape, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones; float32 unless told otherwise."""
    return _nullary("_ones", {"shape": shape, "dtype": dtype or "float32"}, kwargs)


def full(shape: Shape, val: float, dtype: Any = None, **kwargs: Any) -> Symbol:
    """`val` everywhere; float32 unless told otherwise."""
    return _nullary("_full", {"shape": shape, "dtype": dtype or "float32", "value": float(val)}, kwargs)


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones on diagonal `k` of an N x M matrix (M = 0: N x N)."""
    return _nullary("_eye", {"N": N, "M": M, "k": k, "dtype": dtype or "float32"}, kwargs)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> Symbol:
    """Numbers from `start` to before `stop` (from 0 to before `start` without a stop), each `repeat` times."""
    attrs = {"start": start, "stop": stop, "step": step, "repeat": repeat, "infer_range": infer_range}
    return _nullary("_arange", {**attrs, "dtype": dtype or "float32"}, {"name": name})


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, name: str | None = None, dtype: Any = None
) -> Symbol:
    """`num` evenly spaced numbers from `start` to `stop`."""
    attrs = {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "dtype": dtype or "float32"}
    return _nullary("_linspace", attrs, {"name": name})


def _nullary(op: str, attrs: dict[str, Any], kwargs: dict[str, Any]) -> Symbol:
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    return create(op, op.lower(), attrs={**attrs, **kwargs}, name=name, attr=attr)


def histogram(a: Symbol, bins: int | Symbol = 10, range: tuple[float, float] | None = None, **kwargs: Any) -> Symbol:
    """Counts and edges of `bins` equal bins over `range`, or of the bins between given edges.

    Raises:
      ValueError: when a number of bins comes without a range.
    """
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    if isinstance(bins, Symbol):
        return create("_histogram", "_histogram", named={"data": a, "bins": bins}, attrs=kwargs, name=name, attr=attr)
    if range is None:
        raise ValueError("null range is not supported in symbol mode")
    attrs = {"bin_cnt": bins, "range": range, **kwargs}
    return create("_histogram", "_histogram", named={"data": a}, attrs=attrs, name=name, attr=attr)


def split_v2(
    ary: Symbol, indices_or_sections: int | tuple[int, ...], axis: int = 0, squeeze_axis: bool = False
) -> Symbol:
    """Split into equal sections, or before the given indices."""
    attrs: dict[str, Any] = {"axis": axis, "squeeze_axis": squeeze_axis}
    if isinstance(indices_or_sections, int):
        attrs.update(indices=[], sections=indices_or_sections)
    elif isinstance(indices_or_sections, tuple):
        attrs.update(indices=[0, *indices_or_sections], sections=0)
    else:
        raise ValueError(f"indices_or_sections must be an int or a tuple of ints, not {indices_or_sections!r}")
    return create("_split_v2", "_split_v2", inputs=(ary,), attrs=attrs)


def _either(left: Any, right: Any, both: Rule, scalar: Rule, reverse: Rule, plain: Callable[[Any, Any], Any]) -> Any:
    """Apply what fits two symbols, a symbol and a number, a number and a symbol, or two numbers."""
    if isinstance(left, Symbol) and isinstance(right, Symbol):
        return create(*both, inputs=(left, right))
    if isinstance(left, Symbol) and is_scalar(right):
        return create(*scalar, inputs=(left,), attrs={"scalar": right})
    if isinstance(right, Symbol) and is_scalar(left):
        return create(*reverse, inputs=(right,), attrs={"scalar": left})
    if is_scalar(left) and is_scalar(right):
        return plain(left, right)
    raise TypeError(f"types ({type(left)}, {type(right)}) not supported")


def maximum(left: Any, right: Any) -> Any:
    """The larger of two symbols of one shape, or of a symbol and a number."""
    scalar = ("_maximum_scalar", "_maximumscalar")
    return _either(left, right, ("_maximum", "_maximum"), scalar, scalar, max)


def minimum(left: Any, right: Any) -> Any:
    """The smaller of two symbols of one shape, or of a symbol and a number."""
    scalar = ("_minimum_scalar", "_minimumscalar")
    return _either(left, right, ("_minimum", "_minimum"), scalar, scalar, min)


def hypot(left: Any, right: Any) -> Any:
    """sqrt(left^2 + right^2) of two symbols of one shape, or of a symbol and a number."""
    scalar = ("_hypot_scalar", "_hypotscalar")
    return _either(left, right, ("_hypot", "_hypot"), scalar, scalar, lambda a, b: (a**2 + b**2) ** 0.5)


def power(base: Any, exp: Any) -> Any:
    """Base to the power exp: symbols of one shape, or one of them a number."""
    return _either(base, exp, POWER, POWER_SCALAR, ("_rpower_scalar", "_rpowerscalar"), pow)
