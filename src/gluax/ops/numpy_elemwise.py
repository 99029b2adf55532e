"""mx.np's elementwise operators: mathematics, arithmetic and comparisons with numpy's broadcasting.

Where dtypes differ, the result has the later one of: bool, uint8 and int8, int32, int64, float16,
float32, float64. Comparisons and tests give booleans.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import DTypeError, ShapeError
from gluax.ops import _elementwise as common
from gluax.ops import elemwise_binary as binary
from gluax.ops._elementwise import Function, is_float, refuse_booleans, require_same_type
from gluax.ops.operator import Attrs
from gluax.ops.registry import get, operator
from gluax.ops.rules import Types, broadcast_shape, fixed_type, same_shape, same_type

_ORDER = ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64")


def _promoted(types: Types) -> str | None:
    known = [name for name in types if name is not None]
    return max(known, key=_ORDER.index) if len(known) == len(types) else None


def _promoted_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return same_type(ins, attrs)[0], [_promoted(ins)]


def _comparison_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    return same_type(ins, attrs)[0], ["bool"]


def _promote(*arrays: jax.Array) -> list[jax.Array]:
    wanted = _promoted([array.dtype.name for array in arrays])
    return [array.astype(wanted) for array in arrays]


def broadcast(name: str, *arrays: jax.Array) -> list[jax.Array]:
    """Broadcast arrays against each other as numpy does.

    Raises:
      ShapeError: when their shapes do not fit.
    """
    try:
        return list(jnp.broadcast_arrays(*arrays))
    except ValueError:
        shapes = " with ".join(str(array.shape) for array in arrays)
        raise ShapeError(f"{name} cannot broadcast {shapes}: sizes, aligned at the right, must agree or be 1") from None


# One argument. These do what the classic operator of the same name does, in the data's own dtype.
_CLASSIC = {
    "absolute": "abs", "arccos": "arccos", "arccosh": "arccosh", "arcsin": "arcsin", "arcsinh": "arcsinh",
    "arctan": "arctan", "arctanh": "arctanh", "cbrt": "cbrt", "ceil": "ceil", "cos": "cos", "cosh": "cosh",
    "degrees": "degrees", "exp": "exp", "expm1": "expm1", "fix": "fix", "floor": "floor", "log": "log",
    "log10": "log10", "log1p": "log1p", "log2": "log2", "negative": "negative", "radians": "radians",
    "reciprocal": "reciprocal", "rint": "rint", "sign": "sign", "sin": "sin", "sinh": "sinh", "sqrt": "sqrt",
    "square": "square", "tan": "tan", "tanh": "tanh", "trunc": "trunc",
}  # fmt: skip

_TESTS: dict[str, Function] = {
    "isfinite": jnp.isfinite,
    "isinf": jnp.isinf,
    "isnan": jnp.isnan,
    "isneginf": lambda x: x == -jnp.inf if is_float(x) else jnp.zeros_like(x, bool),
    "isposinf": lambda x: x == jnp.inf if is_float(x) else jnp.zeros_like(x, bool),
    "logical_not": lambda x: x == 0 if x.dtype != np.bool_ else ~x,
}


def _classic_function(name: str) -> Function:
    return lambda x: get(name).function(x)  # looked up late: families register in any order


def _register_unary(name: str, function: Function, boolean: bool) -> None:
    def run(x: jax.Array) -> jax.Array:
        return function(x)

    run.__name__ = f"npi_{name}"
    run.__doc__ = f"numpy.{name}, elementwise; {'a boolean' if boolean else 'keeps the dtype'}."
    aliases = ("_npi_abs",) if name == "absolute" else ()
    operator(f"_npi_{name}", aliases=aliases, shapes=same_shape, types=fixed_type("bool") if boolean else None)(run)


for _name, _classic in _CLASSIC.items():
    _register_unary(_name, _classic_function(_classic), False)
for _name, _function in _TESTS.items():
    _register_unary(_name, _function, True)


@operator("_np_copy", shapes=same_shape)
def np_copy(a: jax.Array) -> jax.Array:
    """The data themselves, of any dtype."""
    return a


_relu = common.with_derivatives(
    lambda x: jnp.maximum(x, 0), lambda out, x: jnp.where(jnp.isnan(x), x, (x > 0).astype(x.dtype))
)


@operator("_npx_relu", shapes=same_shape)
def npx_relu(data: jax.Array) -> jax.Array:
    """max(x, 0); nan stays, and its gradient is nan too."""
    return _relu(data) if is_float(data) else jnp.maximum(data, 0)


@operator("_npx_sigmoid", shapes=same_shape)
def npx_sigmoid(data: jax.Array) -> jax.Array:
    """1 / (1 + exp(-x))."""
    return get("sigmoid").function(data)


@operator("_npi_around", shapes=same_shape)
def npi_around(x: jax.Array, *, decimals: int = 0) -> jax.Array:
    """Round to `decimals` digits, halves to the even neighbour; integers are truncated to tens and so on."""
    if not is_float(x):
        unit = 10 ** max(-decimals, 0)
        if unit > jnp.iinfo(x.dtype).max:
            return jnp.zeros_like(x)
        return lax.div(x, jnp.full_like(x, unit)) * np.asarray(unit, x.dtype)
    factor = 10.0 ** abs(decimals)
    scaled = x * factor if decimals > 0 else x / factor
    rounded = lax.round(scaled, lax.RoundingMethod.TO_NEAREST_EVEN)
    return rounded / factor if decimals > 0 else rounded * factor


@operator("_npi_nan_to_num", shapes=same_shape, hints=("copy",))
def npi_nan_to_num(
    data: jax.Array, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> jax.Array:
    """Replace nan and the infinities, these by the largest numbers of the dtype; no gradient flows there."""
    if not is_float(data):
        return data
    limits = jnp.finfo(data.dtype)
    high = common.constant(float(limits.max) if posinf is None else posinf, data.dtype)
    low = common.constant(float(limits.min) if neginf is None else neginf, data.dtype)
    finite = jnp.where(data == jnp.inf, high, jnp.where(data == -jnp.inf, low, data))
    return jnp.where(jnp.isnan(data), common.constant(nan, data.dtype), finite)


# Two arguments of any dtypes.


def divide(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """lhs / rhs; that of integers is float32."""
    if is_float(lhs):
        return lhs / rhs
    return lhs.astype(np.float32) / rhs.astype(np.float32)


def _divide_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    found = _promoted(ins)
    return ins, [found if found is None or "float" in found else "float32"]


def _bool_too(function: Function, on_booleans: Function | None) -> Function:
    def run(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        if lhs.dtype != np.bool_:
            return function(lhs, rhs)
        if on_booleans is None:
            raise DTypeError("booleans are not supported here; cast them to another dtype first")
        return on_booleans(lhs, rhs)

    return run


_ARITHMETIC: dict[str, Function] = {
    "add": _bool_too(jnp.add, jnp.logical_or),
    "subtract": _bool_too(jnp.subtract, None),
    "multiply": _bool_too(jnp.multiply, jnp.logical_and),
    "mod": _bool_too(binary.modulo, None),
    "power": _bool_too(binary.power, lambda a, b: a | ~b),
    "true_divide": divide,
}


def copysign(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """lhs with the sign of rhs, where -0 is positive; nan turns the sign of lhs round."""
    refuse_booleans("copysign", lhs)
    return jnp.where((lhs >= 0) & (rhs >= 0) | (lhs < 0) & (rhs < 0), lhs, -lhs)


def _float_only(name: str, function: Function) -> Function:
    def run(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        if not is_float(lhs):
            raise DTypeError(f"{name} takes floats only, got {lhs.dtype}; cast the data first")
        return function(lhs, rhs)

    return run


# Integers go through float32, where large ones lose digits.
ldexp = common.through_float(
    common.with_derivatives(
        lambda a, b: a * _power_of_two(b),
        lambda out, a, b: _power_of_two(b),
        lambda out, a, b: out * np.float32(np.log(2)).astype(out.dtype),  # single precision for float64 too
    )
)


def _power_of_two(exponent: jax.Array) -> jax.Array:
    return jnp.power(jnp.full_like(exponent, 2), exponent)


def _ldexp_any(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    refuse_booleans("ldexp", lhs)
    return ldexp(lhs, rhs)


# Two arguments of one dtype, which the result has too.
_UNIFORM: dict[str, tuple[Function, tuple[str, str]]] = {
    "arctan2": (_float_only("arctan2", jnp.arctan2), ("x1", "x2")),
    "hypot": (_float_only("hypot", binary.hypot), ("x1", "x2")),
    "copysign": (copysign, ("lhs", "rhs")),
    "ldexp": (_ldexp_any, ("lhs", "rhs")),
}

COMPARISONS: dict[str, Function] = {
    "equal": jnp.equal,
    "not_equal": jnp.not_equal,
    "greater": jnp.greater,
    "greater_equal": jnp.greater_equal,
    "less": jnp.less,
    "less_equal": jnp.less_equal,
}


def _register_arithmetic(name: str, function: Function) -> None:
    def run(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        return function(*broadcast(name, *_promote(lhs, rhs)))

    run.__name__, run.__doc__ = f"npi_{name}", f"numpy.{name}, broadcasting and promoting."
    types = _divide_types if name == "true_divide" else _promoted_types
    operator(f"_npi_{name}", shapes=broadcast_shape, types=types)(run)


def register_uniform(name: str, function: Function, names: tuple[str, str]) -> None:
    """Register ``_npi_<name>``, a function of two arrays of one dtype that broadcast; `names` are its inputs'."""

    def by_x(x1: jax.Array, x2: jax.Array) -> jax.Array:
        require_same_type(name, x1, x2)
        return function(*broadcast(name, x1, x2))

    def by_side(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        return by_x(lhs, rhs)

    run = by_x if names == ("x1", "x2") else by_side
    run.__name__, run.__doc__ = f"npi_{name}", f"numpy.{name}, broadcasting; both inputs have one dtype."
    boolean = name in COMPARISONS
    operator(f"_npi_{name}", shapes=broadcast_shape, types=_comparison_types if boolean else None)(run)


for _name, _function in _ARITHMETIC.items():
    _register_arithmetic(_name, _function)
for _name, (_function, _names) in _UNIFORM.items():
    register_uniform(_name, _function, _names)
for _name, _function in COMPARISONS.items():
    register_uniform(_name, _function, ("lhs", "rhs"))
