"""mx.np's operators on integers: bits and least common multiples. Floats are refused."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import DTypeError
from gluax.ops._elementwise import Function, constant, is_float, refuse_booleans
from gluax.ops.numpy_elemwise import register_uniform
from gluax.ops.registry import operator
from gluax.ops.rules import same_shape


def _refuse_floats(name: str, *arrays: jax.Array) -> None:
    if any(is_float(array) for array in arrays):
        found = " and ".join(array.dtype.name for array in arrays)
        raise DTypeError(f"{name} takes integers and booleans only, got {found}; cast the data first")


def _lcm(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
    """The least common multiple, 0 beside a 0; what the type cannot hold wraps."""
    refuse_booleans("lcm", lhs, rhs)
    if lhs.dtype.itemsize < 4:
        return jnp.lcm(lhs.astype(np.int32), rhs.astype(np.int32)).astype(lhs.dtype)
    return jnp.lcm(lhs, rhs)


_FUNCTIONS: dict[str, Function] = {
    "bitwise_and": jnp.bitwise_and,
    "bitwise_or": jnp.bitwise_or,
    "bitwise_xor": jnp.bitwise_xor,
    "lcm": _lcm,
}


def _checked(name: str, function: Function) -> Function:
    def run(lhs: jax.Array, rhs: jax.Array) -> jax.Array:
        _refuse_floats(name, lhs, rhs)
        return function(lhs, rhs)

    return run


def _register_scalar(name: str, function: Function) -> None:
    def run(data: jax.Array, *, scalar: float = 1.0) -> jax.Array:
        _refuse_floats(name, data)
        return function(data, jnp.broadcast_to(constant(scalar, data.dtype), data.shape))

    run.__name__ = f"npi_{name}_scalar"
    run.__doc__ = f"numpy.{name} with a number, which takes the data's dtype: it is truncated, and wraps."
    operator(f"_npi_{name}_scalar", shapes=same_shape, hints=("is_int",))(run)


for _name, _function in _FUNCTIONS.items():
    register_uniform(_name, _checked(_name, _function), ("lhs", "rhs"))
    _register_scalar(_name, _function)


@operator("_npi_bitwise_not", shapes=same_shape)
def npi_bitwise_not(x: jax.Array) -> jax.Array:
    """All bits turned; booleans are negated."""
    _refuse_floats("bitwise_not", x)
    return jnp.bitwise_not(x)
