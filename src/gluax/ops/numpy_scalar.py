"""mx.np's elementwise operators of an array and a number, and where.

As in the classic operators the number takes the data's dtype first: for integers it is truncated, and
only under ``is_int=False`` do integers become float64. Comparisons give booleans, and compare booleans with
whether the number is not 0.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gluax.ops import _elementwise as common
from gluax.ops import elemwise_scalar
from gluax.ops._elementwise import Function, available, is_float, require_same_type
from gluax.ops.numpy_elemwise import COMPARISONS, broadcast, copysign, divide, ldexp
from gluax.ops.operator import Attrs
from gluax.ops.registry import get, operator
from gluax.ops.rules import Types, broadcast_shape, fixed_type, same_shape

_CLASSIC_SCALARS = {
    "add": "_plus_scalar",
    "subtract": "_minus_scalar",
    "rsubtract": "_rminus_scalar",
    "multiply": "_mul_scalar",
    "mod": "_mod_scalar",
    "rmod": "_rmod_scalar",
    "power": "_power_scalar",
    "rpower": "_rpower_scalar",
}
_SCALARS: dict[str, tuple[Function, bool]] = {
    "true_divide": (divide, False),
    "rtrue_divide": (divide, True),
    "arctan2": (common.through_float(jnp.arctan2), False),
    "rarctan2": (common.through_float(jnp.arctan2), True),
    "copysign": (copysign, False),
    "rcopysign": (copysign, True),
    "ldexp": (ldexp, False),
    "rldexp": (ldexp, True),
}


def _register_scalar(name: str, function: Function, reverse: bool, boolean: bool) -> None:
    def run(data: jax.Array, *, scalar: float = 1.0, is_int: bool = True) -> jax.Array:
        if not is_float(data) and not (boolean and data.dtype == np.bool_):
            wide = elemwise_scalar.result_type(data.dtype.name, is_int)
            data = data.astype("float32" if function is divide else available(wide))
        number = jnp.broadcast_to(common.constant(scalar, data.dtype), data.shape)
        return function(number, data) if reverse else function(data, number)

    def types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        if ins[0] is None or "float" in ins[0]:
            return ins, ["bool" if boolean else ins[0]]
        result = "float32" if function is divide else elemwise_scalar.result_type(ins[0], attrs.is_int)
        return ins, ["bool" if boolean else result]

    run.__name__, run.__doc__ = f"npi_{name}_scalar", f"numpy.{name.lstrip('r') if reverse else name} with a number."
    operator(f"_npi_{name}_scalar", shapes=same_shape, types=types)(run)


for _name, _classic in _CLASSIC_SCALARS.items():
    _entry = get(_classic)
    operator(f"_npi_{_name}_scalar", shapes=same_shape, types=_entry.types)(_entry.function)
for _name, (_function, _reverse) in _SCALARS.items():
    _register_scalar(_name, _function, _reverse, False)
for _name, _function in COMPARISONS.items():
    _register_scalar(_name, _function, False, True)


def _where_types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
    known = next((name for name in ins[1:] if name is not None), None)
    return [ins[0], *[known] * (len(ins) - 1)], [known]


@operator("_npi_where", shapes=broadcast_shape, types=_where_types)
def npi_where(condition: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """x where the condition is not 0 (nan is not), else y, all broadcast; x and y have one dtype."""
    require_same_type("_npi_where", x, y)
    condition, x, y = broadcast("_npi_where", condition, x, y)
    return jnp.where(condition.astype(bool), x, y)


@operator("_npi_where_lscalar", types=_where_types)
def npi_where_lscalar(condition: jax.Array, x: jax.Array, *, scalar: float = 0.0) -> jax.Array:
    """The number, in x's dtype, where the condition is not 0, else x."""
    return npi_where(condition, jnp.asarray(common.constant(scalar, x.dtype)), x)


@operator("_npi_where_rscalar", types=_where_types)
def npi_where_rscalar(condition: jax.Array, y: jax.Array, *, scalar: float = 0.0) -> jax.Array:
    """y where the condition is not 0, else the number, in y's dtype."""
    return npi_where(condition, y, jnp.asarray(common.constant(scalar, y.dtype)))


@operator("_npi_where_scalar2", types=fixed_type("float32"))
def npi_where_scalar2(condition: jax.Array, *, x: float = 0.0, y: float = 0.0) -> jax.Array:
    """Number x where the condition is not 0, else number y; float32."""
    return jnp.where(condition.astype(bool), np.float32(x), np.float32(y))
