"""Functions of one array, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gluax.numpy.call import call, is_number

# numpy's options of ufuncs, which MXNet takes where they ask for nothing.
_OPTIONS = {
    "where": (True,),
    "casting": ("same_kind",),
    "order": ("K", "C"),
    "dtype": (None,),
    "subok": (True,),
}


def check_options(name: str, options: Mapping[str, Any]) -> None:
    """Refuse options of ufuncs that ask for something.

    Raises:
      TypeError: for an unknown one.
      NotImplementedError: for another value than numpy's default.
    """
    for option, value in options.items():
        if option not in _OPTIONS:
            raise TypeError(f"{name}() got an unexpected keyword argument {option!r}")
        if not any(value is allowed or value == allowed for allowed in _OPTIONS[option]):
            raise NotImplementedError(f"{name}: {option}={value!r} is not supported")


def _function(name: str, op: str, summary: str) -> Callable[..., Any]:
    plain = getattr(np, name)

    def function(x: Any, out: Any = None, **kwargs: Any) -> Any:
        check_options(name, kwargs)
        return plain(x) if is_number(x) else call(op, (x,), None, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{summary}; the operator `{op}`. Integers stay integers, as in MXNet."
    return function


abs = _function("abs", "_npi_absolute", "Absolute value")
absolute = _function("absolute", "_npi_absolute", "Absolute value")
fabs = _function("fabs", "_npi_absolute", "Absolute value")
sign = _function("sign", "_npi_sign", "-1, 0 or 1")
negative = _function("negative", "_npi_negative", "The negative")
reciprocal = _function("reciprocal", "_npi_reciprocal", "1 / x")
square = _function("square", "_npi_square", "The square")
sqrt = _function("sqrt", "_npi_sqrt", "Square root")
cbrt = _function("cbrt", "_npi_cbrt", "Cube root")
exp = _function("exp", "_npi_exp", "e to the power x")
expm1 = _function("expm1", "_npi_expm1", "e to the power x, less 1")
log = _function("log", "_npi_log", "Natural logarithm")
log10 = _function("log10", "_npi_log10", "Logarithm to base 10")
log2 = _function("log2", "_npi_log2", "Logarithm to base 2")
log1p = _function("log1p", "_npi_log1p", "Natural logarithm of 1 + x")
sin = _function("sin", "_npi_sin", "Sine")
cos = _function("cos", "_npi_cos", "Cosine")
tan = _function("tan", "_npi_tan", "Tangent")
arcsin = _function("arcsin", "_npi_arcsin", "Inverse sine")
arccos = _function("arccos", "_npi_arccos", "Inverse cosine")
arctan = _function("arctan", "_npi_arctan", "Inverse tangent")
sinh = _function("sinh", "_npi_sinh", "Hyperbolic sine")
cosh = _function("cosh", "_npi_cosh", "Hyperbolic cosine")
tanh = _function("tanh", "_npi_tanh", "Hyperbolic tangent")
arcsinh = _function("arcsinh", "_npi_arcsinh", "Inverse hyperbolic sine")
arccosh = _function("arccosh", "_npi_arccosh", "Inverse hyperbolic cosine")
arctanh = _function("arctanh", "_npi_arctanh", "Inverse hyperbolic tangent")
degrees = _function("degrees", "_npi_degrees", "Radians to degrees")
rad2deg = _function("rad2deg", "_npi_degrees", "Radians to degrees")
radians = _function("radians", "_npi_radians", "Degrees to radians")
deg2rad = _function("deg2rad", "_npi_radians", "Degrees to radians")
rint = _function("rint", "_npi_rint", "The nearest integer")
fix = _function("fix", "_npi_fix", "The integer towards 0")
trunc = _function("trunc", "_npi_trunc", "The integer towards 0")
ceil = _function("ceil", "_npi_ceil", "The integer above")
floor = _function("floor", "_npi_floor", "The integer below")
logical_not = _function("logical_not", "_npi_logical_not", "Whether x is 0")
bitwise_not = _function("bitwise_not", "_npi_bitwise_not", "Every bit turned")
invert = _function("invert", "_npi_bitwise_not", "Every bit turned")
isnan = _function("isnan", "_npi_isnan", "Whether x is no number")
isinf = _function("isinf", "_npi_isinf", "Whether x is infinite")
isposinf = _function("isposinf", "_npi_isposinf", "Whether x is plus infinity")
isneginf = _function("isneginf", "_npi_isneginf", "Whether x is minus infinity")
isfinite = _function("isfinite", "_npi_isfinite", "Whether x is finite")


def around(x: Any, decimals: int = 0, out: Any = None, **kwargs: Any) -> Any:
    """Round to a number of decimals, halves to even."""
    check_options("around", kwargs)
    return np.around(x, decimals) if is_number(x) else call("_npi_around", (x,), {"decimals": decimals}, out)


round = round_ = around


def clip(a: Any, a_min: Any, a_max: Any, out: Any = None) -> Any:
    """Bring values into a range; None leaves a side open.

    Raises:
      ValueError: when both are None.
    """
    if a_min is None and a_max is None:
        raise ValueError("clip needs a lower or an upper bound")
    low = -np.inf if a_min is None else a_min
    return call("_npi_clip", (a,), {"a_min": low, "a_max": np.inf if a_max is None else a_max}, out)


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, **kwargs: Any
) -> Any:
    """Replace NaN by `nan` and infinities by the largest numbers or those given; in place without `copy`.

    Integers come back as they are.
    """
    check_options("nan_to_num", kwargs)
    if is_number(x):
        return np.nan_to_num(x, copy, nan, posinf, neginf)
    if hasattr(x, "dtype") and np.dtype(x.dtype).kind in "iub":
        return x
    attrs = {"copy": copy, "nan": nan, "posinf": posinf, "neginf": neginf}
    return call("_npi_nan_to_num", (x,), attrs, None if copy else x)
