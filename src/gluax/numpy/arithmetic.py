"""Functions of two arrays that broadcast, or of an array and a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gluax.numpy.call import call, is_number, makes_symbols
from gluax.numpy.elementwise import check_options


def _function(name: str, both: str, scalar: str, reverse: str | None, summary: str) -> Callable[..., Any]:
    """The function of operators for two arrays, for array and number, and for number and array."""
    plain = getattr(np, name)

    def function(x1: Any, x2: Any, out: Any = None, **kwargs: Any) -> Any:
        check_options(name, kwargs)
        if is_number(x2):
            return (
                plain(x1, x2)
                if is_number(x1)
                else call(scalar, (x1,), _number(x2, x1, isinstance(x2, (int, np.integer))), out)
            )
        if is_number(x1):
            if reverse is None:
                raise NotImplementedError(f"{name}: a number on the left of an array is not supported")
            return call(reverse, (x2,), _number(x1, x2, False), out)
        return call(both, (x1, x2), None, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{summary}; the operator `{both}`. A number takes the array's dtype, as in MXNet."
    return function


def _number(value: Any, array: Any, is_int: bool) -> dict[str, Any]:
    """The attributes for a number beside an array.

    MXNet's arrays take every number for an integer, so that int32 + 1.5 stays int32; its symbols only an integer on
    the right: 1 - int32 and int32 + 1.5 are float64 there.
    """
    return {"scalar": float(value), **({"is_int": is_int} if makes_symbols((array,)) else {})}


def _symmetric(name: str, op: str, summary: str) -> Callable[..., Any]:
    return _function(name, op, f"{op}_scalar", f"{op}_scalar", summary)


def _ordered(name: str, op: str, summary: str) -> Callable[..., Any]:
    return _function(name, op, f"{op}_scalar", op.replace("_npi_", "_npi_r") + "_scalar", summary)


def _comparison(name: str, mirrored: str, summary: str) -> Callable[..., Any]:
    return _function(name, f"_npi_{name}", f"_npi_{name}_scalar", f"_npi_{mirrored}_scalar", summary)


add = _symmetric("add", "_npi_add", "Sum")
subtract = _ordered("subtract", "_npi_subtract", "Difference")
multiply = _symmetric("multiply", "_npi_multiply", "Product")
divide = _ordered("divide", "_npi_true_divide", "Quotient, float32 for integers")
true_divide = _ordered("true_divide", "_npi_true_divide", "Quotient, float32 for integers")
mod = _ordered("mod", "_npi_mod", "Remainder with the divisor's sign")
remainder = _ordered("remainder", "_npi_mod", "Remainder with the divisor's sign")
power = _ordered("power", "_npi_power", "Power")
maximum = _symmetric("maximum", "_npi_maximum", "The larger one")
minimum = _symmetric("minimum", "_npi_minimum", "The smaller one")
arctan2 = _ordered("arctan2", "_npi_arctan2", "The angle of the point (x2, x1)")
hypot = _symmetric("hypot", "_npi_hypot", "Length of the hypotenuse")
copysign = _ordered("copysign", "_npi_copysign", "x1 with the sign of x2")
ldexp = _ordered("ldexp", "_npi_ldexp", "x1 times 2 to the power x2")
lcm = _symmetric("lcm", "_npi_lcm", "Least common multiple")
bitwise_and = _symmetric("bitwise_and", "_npi_bitwise_and", "And of the bits")
bitwise_or = _symmetric("bitwise_or", "_npi_bitwise_or", "Or of the bits")
bitwise_xor = _symmetric("bitwise_xor", "_npi_bitwise_xor", "Exclusive or of the bits")
equal = _comparison("equal", "equal", "Whether x1 == x2, as booleans")
not_equal = _comparison("not_equal", "not_equal", "Whether x1 != x2, as booleans")
greater = _comparison("greater", "less", "Whether x1 > x2, as booleans")
greater_equal = _comparison("greater_equal", "less_equal", "Whether x1 >= x2, as booleans")
less = _comparison("less", "greater", "Whether x1 < x2, as booleans")
less_equal = _comparison("less_equal", "greater_equal", "Whether x1 <= x2, as booleans")
