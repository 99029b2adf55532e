"""Python's operators on arrays: two arrays broadcast, numbers take the array's dtype."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from gluax.errors import ArgumentError
from gluax.ndarray.handle import Handle
from gluax.ndarray.invoke import invoke

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray


INTEGERS: tuple[type, ...] = (int, np.int32, np.int64)  # what MXNet takes for an integer


class Rule(NamedTuple):
    """The operators behind one of Python's: of two arrays, of array and number, of number and array."""

    both: str
    scalar: str
    reverse: str
    plain: Callable[[Any, Any], Any]


def _comparison(name: str, reverse: str, plain: Callable[[Any, Any], bool]) -> Rule:
    return Rule(f"broadcast_{name}", f"_{name}_scalar", f"_{reverse}_scalar", lambda x, y: int(plain(x, y)))


def _logical(name: str, plain: Callable[[bool, bool], bool]) -> Rule:
    return _comparison(f"logical_{name}", f"logical_{name}", lambda x, y: plain(bool(x), bool(y)))


RULES = {
    "add": Rule("broadcast_add", "_plus_scalar", "_plus_scalar", python.add),
    "subtract": Rule("broadcast_sub", "_minus_scalar", "_rminus_scalar", python.sub),
    "multiply": Rule("broadcast_mul", "_mul_scalar", "_mul_scalar", python.mul),
    "divide": Rule("broadcast_div", "_div_scalar", "_rdiv_scalar", python.truediv),
    "modulo": Rule("broadcast_mod", "_mod_scalar", "_rmod_scalar", python.mod),
    "power": Rule("broadcast_power", "_power_scalar", "_rpower_scalar", python.pow),
    "maximum": Rule("broadcast_maximum", "_maximum_scalar", "_maximum_scalar", lambda x, y: x if x > y else y),
    "minimum": Rule("broadcast_minimum", "_minimum_scalar", "_minimum_scalar", lambda x, y: y if x > y else x),
    "equal": _comparison("equal", "equal", python.eq),
    "not_equal": _comparison("not_equal", "not_equal", python.ne),
    "greater": _comparison("greater", "lesser", python.gt),
    "greater_equal": _comparison("greater_equal", "lesser_equal", python.ge),
    "lesser": _comparison("lesser", "greater", python.lt),
    "lesser_equal": _comparison("lesser_equal", "greater_equal", python.le),
    "logical_and": _logical("and", python.and_),
    "logical_or": _logical("or", python.or_),
    "logical_xor": _logical("xor", python.xor),
}


def is_number(value: Any) -> bool:
    """Whether `value` is a number as MXNet takes it beside an array."""
    return isinstance(value, (float, int, np.generic))


def combine(left: Any, right: Any, rule: Rule, out: Any = None) -> Any:
    """Apply a rule to two arrays, an array and a number, a number and an array, or two numbers.

    Raises:
      TypeError, ArgumentError: as in MXNet, for anything else, numpy arrays among them, on the right or on the left.
    """
    if is_number(left):
        if is_number(right):
            return rule.plain(left, right)
        return invoke(rule.reverse, (_array(right),), {"scalar": float(left)}, out)
    if is_number(right):
        return invoke(rule.scalar, (_array(left),), {"scalar": float(right)}, out)
    if not isinstance(right, Handle):
        raise TypeError(f"type {type(right)} not supported")
    return invoke(rule.both, (_array(left), right), None, out)


def _array(value: Any) -> Handle:
    if not isinstance(value, Handle):
        raise ArgumentError(f"an operand must have NDArray type, but got {value}")
    return value


def _method(name: str, swapped: bool = False) -> Callable[[Any, Any], Any]:
    rule = RULES[name]

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, jax.Array):  # what meets JAX's arrays becomes one of them
            return NotImplemented
        return combine(other, self, rule) if swapped else combine(self, other, rule)

    return method


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    rule = RULES[name]

    def method(self: Any, other: Any) -> Any:
        if not self.writable:
            raise ValueError(f"the NDArray is read-only: {name} in place cannot write to it")
        if isinstance(other, jax.Array):
            other = type(self)(other)
        return combine(self, other, rule, out=self)

    return method


class Operators(Handle):
    """Mixin: arithmetic and comparisons. Comparisons give 1 and 0 in the dtype of the left array."""

    __slots__ = ()
    # Before numpy's own scalars: np.float32(3) * array is ours.
    __array_priority__ = 1000.0

    __add__ = __radd__ = _method("add")
    __sub__, __rsub__ = _method("subtract"), _method("subtract", swapped=True)
    __mul__ = __rmul__ = _method("multiply")
    __truediv__, __rtruediv__ = _method("divide"), _method("divide", swapped=True)
    __mod__, __rmod__ = _method("modulo"), _method("modulo", swapped=True)
    __pow__, __rpow__ = _method("power"), _method("power", swapped=True)
    __div__, __rdiv__ = __truediv__, __rtruediv__

    __eq__ = _method("equal")  # type: ignore[assignment]
    __ne__ = _method("not_equal")  # type: ignore[assignment]
    __gt__ = _method("greater")
    __ge__ = _method("greater_equal")
    __lt__ = _method("lesser")
    __le__ = _method("lesser_equal")

    __iadd__ = _in_place("add")
    __isub__ = _in_place("subtract")
    __imul__ = _in_place("multiply")
    __itruediv__ = __idiv__ = _in_place("divide")
    __imod__ = _in_place("modulo")

    def __hash__(self) -> int:
        return id(self) // 16

    def __neg__(self) -> NDArray:
        return invoke("_mul_scalar", (self,), {"scalar": -1.0})

    def __abs__(self) -> NDArray:
        return invoke("abs", (self,))
