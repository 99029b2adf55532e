"""Elementwise functions of two or more arrays, with and without broadcasting, and `where`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ShapeError
from gluax.ops._elementwise import (
    Function,
    is_float,
    refuse_booleans,
    require_same_shape,
    require_same_type,
    through_float,
    to_integer,
    with_derivatives,
)
from gluax.ops._numbers import exact_quotient, single, widen
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, broadcast_shape, fixed_type, merge_shapes, same_shape


def _mask(condition: jax.Array, like: jax.Array) -> jax.Array:
    return condition.astype(like.dtype)


def _divide(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    return lhs / rhs if is_float(lhs) else jax.lax.div(*jnp.broadcast_arrays(lhs, rhs))


def _modulo(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    if lhs.dtype == np.int64:  # MXNet's detour through double precision shows
        return to_integer(_modulo(lhs.astype(np.float64), rhs.astype(np.float64)), lhs.dtype)
    remainder = jnp.remainder(lhs, rhs)
    return jnp.where(rhs == 0, jnp.zeros_like(remainder), remainder)


def _floor_divide(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """floor(lhs / rhs), also where XLA takes a quotient below the normal numbers for 0."""
    quotient = exact_quotient(lhs, rhs)  # floor shows the last bit
    lost = (quotient == 0) & jnp.isfinite(rhs) & ((lhs < 0) & (rhs > 0) | (lhs > 0) & (rhs < 0))
    return jnp.where(lost, -jnp.ones_like(quotient), jnp.floor(quotient))


def _share(part: jax.Array, lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """The derivative of hypot by one of its arguments; half precision would overflow in the root."""
    return (widen(part) / jnp.hypot(widen(lhs), widen(rhs))).astype(part.dtype)


def _floats_only(function: Function, *derivatives: Function) -> Function:
    """MXNet's derivatives for floats; integers have none."""
    smooth = with_derivatives(function, *derivatives)
    return lambda lhs, rhs: smooth(lhs, rhs) if is_float(lhs) else function(lhs, rhs)


divide = _floats_only(
    _divide,
    lambda out, a, b: jnp.ones_like(out) / b,
    lambda out, a, b: (-widen(a) / jnp.square(widen(b))).astype(a.dtype),
)
maximum = _floats_only(
    jnp.maximum, lambda out, a, b: _mask(a >= b, out), lambda out, a, b: _mask(a < b, out)
)  # fmt: skip
minimum = _floats_only(
    jnp.minimum, lambda out, a, b: _mask(a <= b, out), lambda out, a, b: _mask(a > b, out)
)  # fmt: skip
modulo = _floats_only(_modulo, lambda out, a, b: jnp.ones_like(out), lambda out, a, b: -_floor_divide(a, b))
hypot = through_float(
    with_derivatives(jnp.hypot, lambda out, a, b: _share(a, a, b), lambda out, a, b: _share(b, a, b))
)  # fmt: skip
power = through_float(
    with_derivatives(jnp.power, lambda out, a, b: b * jnp.power(a, b - 1), lambda out, a, b: out * jnp.log(a))
)


def _comparison(function: Function) -> Function:
    return lambda lhs, rhs: function(lhs, rhs).astype(lhs.dtype)


def _logical(function: Function) -> Function:
    return lambda lhs, rhs: function(lhs != 0, rhs != 0).astype(lhs.dtype)


equal = _comparison(jnp.equal)
not_equal = _comparison(jnp.not_equal)
greater = _comparison(jnp.greater)
greater_equal = _comparison(jnp.greater_equal)
lesser = _comparison(jnp.less)
lesser_equal = _comparison(jnp.less_equal)
logical_and = _logical(jnp.logical_and)
logical_or = _logical(jnp.logical_or)
logical_xor = _logical(jnp.logical_xor)

_TRUTH = "{}, as 1 and 0 in the inputs' dtype."

# function, elementwise name and aliases, broadcasting name and aliases, meaning
_TABLE: list[tuple[Function, str, str, str]] = [
    (
        jnp.add,
        "elemwise_add _plus _add _Plus _sparse_elemwise_add",
        "broadcast_add broadcast_plus _sparse_broadcast_add _sparse_broadcast_plus",
        "lhs + rhs.",
    ),
    (
        jnp.subtract,
        "elemwise_sub _minus _sub _Minus _sparse_elemwise_sub",
        "broadcast_sub broadcast_minus _sparse_broadcast_sub _sparse_broadcast_minus",
        "lhs - rhs.",
    ),
    (
        jnp.multiply,
        "elemwise_mul _mul _Mul _sparse_elemwise_mul",
        "broadcast_mul _sparse_broadcast_mul",
        "lhs * rhs.",
    ),
    (
        divide,
        "elemwise_div _div _Div _sparse_elemwise_div",
        "broadcast_div _sparse_broadcast_div",
        "lhs / rhs; integers truncate towards zero.",
    ),
    (
        maximum,
        "_maximum _Maximum",
        "broadcast_maximum _npi_maximum",
        "The larger one, nan if either is; on ties the gradient goes to lhs.",
    ),
    (
        minimum,
        "_minimum _Minimum",
        "broadcast_minimum _npi_minimum",
        "The smaller one, nan if either is; on ties the gradient goes to lhs.",
    ),
    (
        modulo,
        "_mod _Mod",
        "broadcast_mod",
        "Remainder with the sign of rhs; 0 where rhs is 0.",
    ),
    (
        power,
        "_power _Power",
        "broadcast_power",
        "lhs to the power of rhs; the gradient of rhs is nan where lhs < 0.",
    ),
    (
        hypot,
        "_hypot _Hypot",
        "broadcast_hypot",
        "sqrt(lhs ** 2 + rhs ** 2); the gradient at (0, 0) is nan.",
    ),
    (equal, "_equal _Equal", "broadcast_equal", _TRUTH.format("lhs == rhs")),
    (not_equal, "_not_equal _Not_Equal", "broadcast_not_equal", _TRUTH.format("lhs != rhs")),
    (greater, "_greater _Greater", "broadcast_greater", _TRUTH.format("lhs > rhs")),
    (greater_equal, "_greater_equal _Greater_Equal", "broadcast_greater_equal", _TRUTH.format("lhs >= rhs")),
    (lesser, "_lesser _Lesser", "broadcast_lesser", _TRUTH.format("lhs < rhs")),
    (lesser_equal, "_lesser_equal _Lesser_Equal", "broadcast_lesser_equal", _TRUTH.format("lhs <= rhs")),
    (logical_and, "_logical_and _Logical_And", "broadcast_logical_and", _TRUTH.format("Both are not 0")),
    (logical_or, "_logical_or _Logical_Or", "broadcast_logical_or", _TRUTH.format("Either is not 0")),
    (logical_xor, "_logical_xor _Logical_Xor", "broadcast_logical_xor", _TRUTH.format("Exactly one is not 0")),
    (jnp.add, "_grad_add", "", "lhs + rhs, as MXNet's gradient graphs add."),
    (divide, "_scatter_elemwise_div", "", "lhs / rhs; dense data know no difference from elemwise_div."),
]


def _register_elementwise(names: str, function: Function, doc: str) -> None:
    name, *aliases = names.split()

    def run(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        refuse_booleans(name, lhs, rhs)
        require_same_type(name, lhs, rhs)
        require_same_shape(name, lhs, rhs)
        return function(lhs, rhs)

    run.__name__, run.__doc__ = name, f"{doc} Both inputs have one shape and dtype."
    operator(name, aliases=aliases, shapes=same_shape, elementwise=True)(run)


def _register_broadcasting(names: str, function: Function, doc: str) -> None:
    name, *aliases = names.split()

    def run(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        refuse_booleans(name, lhs, rhs)
        require_same_type(name, lhs, rhs)
        try:
            arrays = jnp.broadcast_arrays(lhs, rhs)
        except ValueError:
            raise ShapeError(
                f"{name} cannot broadcast {lhs.shape} with {rhs.shape}: sizes, aligned right, must be equal or 1"
            ) from None
        return function(*arrays)

    run.__name__, run.__doc__ = name, f"{doc} Dimensions of size 1 broadcast; both inputs have one dtype."
    operator(name, aliases=aliases, shapes=broadcast_shape)(run)


for _function, _elementwise, _broadcasting, _doc in _TABLE:
    _register_elementwise(_elementwise, _function, _doc)
    if _broadcasting:
        _register_broadcasting(_broadcasting, _function, _doc)


@operator(
    "add_n", aliases=("ElementWiseSum", "_sparse_ElementWiseSum", "_sparse_add_n"), shapes=same_shape, elementwise=True
)
def add_n(*args: jax.Array, num_args: int) -> jax.Array:
    """Sum of `num_args` arrays of one shape and dtype, added from left to right."""
    refuse_booleans("add_n", *args)
    require_same_type("add_n", *args)
    require_same_shape("add_n", *args)
    total = args[0]
    for other in args[1:]:
        total = total + other
    return total


def _where_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    condition, x, y = ins
    if condition is None or -1 in condition:  # MXNet infers nothing before it knows the condition
        return ins, outs
    known = merge_shapes(merge_shapes(x, y), outs[0])
    return [condition, known, known], [known]


def _where_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    known = ins[1] or ins[2]
    return [ins[0], known, known], [known]


@operator("where", aliases=("_sparse_where",), shapes=_where_shapes, types=_where_types)
def where(condition: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """x where the condition is not 0, else y.

    The condition has the shape of x and y, or is a vector (N,) that picks rows of x and y (N, ...); its
    dtype is free and it gets no gradient.
    """
    refuse_booleans("where", condition)
    require_same_type("where", x, y)
    require_same_shape("where", x, y)
    if condition.shape != x.shape:
        if condition.ndim != 1 or condition.shape[0] != x.shape[0]:
            raise ShapeError(
                f"where needs a condition of shape {x.shape}, like x and y, or ({x.shape[0]},), got {condition.shape}"
            )
        condition = condition.reshape(-1, *(1,) * (x.ndim - 1))
    return jnp.where(condition != 0, x, y)


@operator("_contrib_allclose", types=fixed_type("uint8"))
def allclose(
    a: jax.Array, b: jax.Array, *, rtol: float = 9.99999975e-06, atol: float = 9.99999994e-09, equal_nan: bool = True
) -> jax.Array:
    """1 if a == b or abs(a - b) <= atol + rtol * abs(b) everywhere, else 0; a uint8 of shape ().

    An infinite b is close to everything.
    """
    require_same_type("_contrib_allclose", a, b)
    require_same_shape("_contrib_allclose", a, b)
    distance, scale = widen(jnp.abs(a - b)), widen(jnp.abs(b))
    close = (a == b) | (distance <= single(atol) + single(rtol) * scale)
    if equal_nan:
        close |= jnp.isnan(a) & jnp.isnan(b)
    return jnp.all(close).astype(np.uint8)
