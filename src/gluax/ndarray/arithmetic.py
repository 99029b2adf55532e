"""Python's operators as functions of two arrays, an array and a number, or two numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax.ndarray.operators import RULES, combine


def _function(name: str) -> Callable[[Any, Any], Any]:
    rule = RULES[name]

    def function(lhs: Any, rhs: Any) -> Any:
        return combine(lhs, rhs, rule)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The operator `{rule.both}` of arrays that broadcast; numbers take the array's dtype."
    return function


add, subtract, multiply, divide = map(_function, ("add", "subtract", "multiply", "divide"))
modulo, maximum, minimum = map(_function, ("modulo", "maximum", "minimum"))
equal, not_equal, greater, greater_equal = map(_function, ("equal", "not_equal", "greater", "greater_equal"))
lesser, lesser_equal = map(_function, ("lesser", "lesser_equal"))
logical_and, logical_or, logical_xor = map(_function, ("logical_and", "logical_or", "logical_xor"))
true_divide = divide


def power(base: Any, exp: Any) -> Any:
    """`base` to the power `exp`: arrays that broadcast, or numbers."""
    return combine(base, exp, RULES["power"])
