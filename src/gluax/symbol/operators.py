"""Python's operators on symbols.

The operator in the graph and the stem of the automatic name differ in MXNet: ``x + y`` is an
``elemwise_add`` named ``_plus0`` and ``x + 1`` a ``_plus_scalar`` named ``_plusscalar0``.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from gluax.errors import NotImplementedForSymbol
from gluax.symbol.factory import create

if TYPE_CHECKING:
    from gluax.symbol.symbol import Symbol

Rule = tuple[str, str]
"""(operator, name stem)."""

ADD: Rule = ("elemwise_add", "_plus")
SUBTRACT: Rule = ("elemwise_sub", "_minus")
MULTIPLY: Rule = ("elemwise_mul", "_mul")
DIVIDE: Rule = ("elemwise_div", "_div")
MODULO: Rule = ("_mod", "_mod")
POWER: Rule = ("_power", "_power")
ADD_SCALAR: Rule = ("_plus_scalar", "_plusscalar")
SUBTRACT_SCALAR: Rule = ("_minus_scalar", "_minusscalar")
SUBTRACT_FROM_SCALAR: Rule = ("_rminus_scalar", "_rminusscalar")
MULTIPLY_SCALAR: Rule = ("_mul_scalar", "_mulscalar")
DIVIDE_SCALAR: Rule = ("_div_scalar", "_divscalar")
DIVIDE_INTO_SCALAR: Rule = ("_rdiv_scalar", "_rdivscalar")
MODULO_SCALAR: Rule = ("_mod_scalar", "_modscalar")
MODULO_OF_SCALAR: Rule = ("_rmod_scalar", "_rmodscalar")
POWER_SCALAR: Rule = ("_power_scalar", "_powerscalar")
POWER_OF_SCALAR: Rule = ("_rpower_scalar", "_rpower_scalar")


def is_scalar(value: Any) -> bool:
    """Whether `value` is a number as MXNet takes it for an operator's scalar."""
    return isinstance(value, (Number, np.generic))


def combine(left: Any, right: Any, both: Rule, scalar: Rule) -> Any:
    """Apply `both` to two symbols, `scalar` to a symbol and a number.

    Raises:
      TypeError: when `right` is neither.
    """
    if isinstance(right, type(left)) or hasattr(right, "_entries"):
        return create(*both, inputs=(left, right))
    if is_scalar(right):
        return create(*scalar, inputs=(left,), attrs={"scalar": right})
    raise TypeError(f"type {type(right)} not supported")


def _binary(both: Rule, scalar: Rule) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return combine(self, other, both, scalar)

    return method


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    return _binary((name, name), (f"{name}_scalar", f"{name}_scalar"))


def _in_place(sign: str) -> Callable[[Any, Any], NoReturn]:
    def method(self: Any, other: Any) -> NoReturn:
        # Not a copy under the old name: other references to the symbol would not see the change.
        raise NotImplementedForSymbol(f"the operator {sign!r} is not implemented for Symbol; write x = x {sign[0]} y")

    return method


class Operators:
    """Mixin: arithmetic and comparisons. Two symbols must have the same shape; nothing broadcasts."""

    __slots__ = ()
    # Before numpy's own scalars: np.float32(3) * symbol is ours.
    __array_priority__ = 1000.0
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    __add__ = __radd__ = _binary(ADD, ADD_SCALAR)
    __sub__ = _binary(SUBTRACT, SUBTRACT_SCALAR)
    __mul__ = __rmul__ = _binary(MULTIPLY, MULTIPLY_SCALAR)
    __truediv__ = _binary(DIVIDE, DIVIDE_SCALAR)
    __mod__ = _binary(MODULO, MODULO_SCALAR)
    __pow__ = _binary(POWER, POWER_SCALAR)
    __rsub__ = _binary(SUBTRACT, SUBTRACT_FROM_SCALAR)
    __rtruediv__ = _binary(DIVIDE, DIVIDE_INTO_SCALAR)
    __rmod__ = _binary(MODULO, MODULO_OF_SCALAR)
    __rpow__ = _binary(POWER, POWER_OF_SCALAR)

    __eq__ = _comparison("_equal")  # type: ignore[assignment]
    __ne__ = _comparison("_not_equal")  # type: ignore[assignment]
    __gt__ = _comparison("_greater")
    __ge__ = _comparison("_greater_equal")
    __lt__ = _comparison("_lesser")
    __le__ = _comparison("_lesser_equal")

    __iadd__ = _in_place("+=")
    __isub__ = _in_place("-=")
    __imul__ = _in_place("*=")
    __itruediv__ = _in_place("/=")

    def __neg__(self) -> Symbol:
        return create(*MULTIPLY_SCALAR, inputs=(self,), attrs={"scalar": -1.0})

    def __abs__(self) -> Symbol:
        return create("abs", "abs", inputs=(self,))

    def __bool__(self) -> bool:
        raise NotImplementedForSymbol("a Symbol has no truth value: it has no values before it runs")
