"""Elementwise functions of an array and a number.

The number takes the data's dtype first: for integers it is truncated. Only if the node says
``is_int=False`` do integers become float64. Booleans become int64 or float64.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.ops import elemwise_binary as binary
from gluax.ops._elementwise import Function, available, constant, is_float, to_integer, with_derivatives
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Types, same_shape


def _raised(base: jax.Array, exponent: float) -> jax.Array:
    """A power with a known exponent: the usual ones as products and roots, several times faster."""
    if exponent in (1, 2, 3):
        return math.prod([base] * (int(exponent) - 1), start=base)
    if exponent == 0.5:
        return jnp.where(base == -math.inf, math.inf, jnp.sqrt(base))
    return 1 / base if exponent == -1 else jnp.power(base, constant(exponent, base.dtype))


def _power(data: jax.Array, number: np.ndarray) -> jax.Array:
    if not is_float(data):
        return binary.power(data, number)
    exponent = float(number)
    return with_derivatives(
        lambda x: _raised(x, exponent), lambda out, x: exponent * _raised(x, exponent - 1)
    )(data)  # fmt: skip


# function, the operator's name and aliases, whether the number is the left operand, meaning
_TABLE: list[tuple[Function, str, bool, str]] = [
    (jnp.add, "_plus_scalar _PlusScalar", False, "x + scalar."),
    (jnp.subtract, "_minus_scalar _MinusScalar", False, "x - scalar."),
    (jnp.subtract, "_rminus_scalar _RMinusScalar", True, "scalar - x."),
    (jnp.multiply, "_mul_scalar _MulScalar", False, "x * scalar."),
    (binary.divide, "_div_scalar _DivScalar", False, "x / scalar; integers truncate towards zero."),
    (binary.divide, "_rdiv_scalar _RDivScalar", True, "scalar / x; integers truncate towards zero."),
    (binary.modulo, "_mod_scalar _ModScalar", False, "Remainder with the sign of scalar; 0 if scalar is 0."),
    (binary.modulo, "_rmod_scalar _RModScalar", True, "Remainder of scalar by x, with x's sign; 0 where x is 0."),
    (_power, "_power_scalar _PowerScalar", False, "x to the power of scalar."),
    (binary.power, "_rpower_scalar _RPowerScalar", True, "scalar to the power of x."),
    (binary.maximum, "_maximum_scalar _MaximumScalar _npi_maximum_scalar", False, "max(x, scalar); nan stays."),
    (binary.minimum, "_minimum_scalar _MinimumScalar _npi_minimum_scalar", False, "min(x, scalar); nan stays."),
    (binary.hypot, "_hypot_scalar _HypotScalar _npi_hypot_scalar", False, "sqrt(x ** 2 + scalar ** 2)."),
    (binary.equal, "_equal_scalar _EqualScalar", False, "x == scalar, as 1 and 0."),
    (binary.not_equal, "_not_equal_scalar _NotEqualScalar", False, "x != scalar, as 1 and 0."),
    (binary.greater, "_greater_scalar _GreaterScalar", False, "x > scalar, as 1 and 0."),
    (binary.greater_equal, "_greater_equal_scalar _GreaterEqualScalar", False, "x >= scalar, as 1 and 0."),
    (binary.lesser, "_lesser_scalar _LesserScalar", False, "x < scalar, as 1 and 0."),
    (binary.lesser_equal, "_lesser_equal_scalar _LesserEqualScalar", False, "x <= scalar, as 1 and 0."),
    (binary.logical_and, "_logical_and_scalar _LogicalAndScalar", False, "Both are not 0, as 1 and 0."),
    (binary.logical_or, "_logical_or_scalar _LogicalOrScalar", False, "Either is not 0, as 1 and 0."),
    (binary.logical_xor, "_logical_xor_scalar _LogicalXorScalar", False, "Exactly one is not 0, as 1 and 0."),
    (jnp.add, "_scatter_plus_scalar", False, "x + scalar; dense data know no difference from _plus_scalar."),
    (jnp.subtract, "_scatter_minus_scalar", False, "x - scalar; dense data know no difference from _minus_scalar."),
]


def result_type(dtype: str, is_int: bool) -> str:
    """The dtype of an array of `dtype` after arithmetic with a number."""
    if dtype == "bool":
        return "int64" if is_int else "float64"
    return dtype if is_int or "int" not in dtype else "float64"


def _types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return ins, [None if ins[0] is None else result_type(ins[0], attrs.is_int)]


def _traced(number: jax.Array, dtype: Any) -> jax.Array:
    """What `constant` makes of a number, of one that is not known while tracing."""
    return number.astype(dtype) if jnp.issubdtype(dtype, np.floating) else to_integer(number, np.int64).astype(dtype)


def _register(function: Function, names: str, reverse: bool, doc: str) -> None:
    name, *aliases = names.split()

    def run(data: jax.Array, *, scalar: float = 1.0, is_int: bool = True) -> jax.Array:
        if not is_float(data):
            data = data.astype(available(result_type(data.dtype.name, is_int)))
        number = constant(scalar, data.dtype) if isinstance(scalar, (int, float)) else _traced(scalar, data.dtype)
        return function(number, data) if reverse else function(data, number)

    run.__name__, run.__doc__ = name, doc
    traced = () if function is _power else ("scalar",)  # a known exponent makes a faster power
    operator(name, aliases=aliases, shapes=same_shape, elementwise=True, types=_types, traced=traced)(run)


for _row in _TABLE:
    _register(*_row)
