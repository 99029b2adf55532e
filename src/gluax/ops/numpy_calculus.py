"""mx.np's differences and polynomials: diff, ediff1d, polyval."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._elementwise import constant, refuse_booleans, require_same_type
from gluax.ops._shapes import axis_of
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes


@operator("_npi_diff")
def npi_diff(a: jax.Array, *, n: int = 1, axis: int = -1) -> jax.Array:
    """The differences of neighbours along an axis, `n` times over; each time the axis loses one, down to none."""
    refuse_booleans("_npi_diff", a)
    if n < 0:
        raise ArgumentError(f"_npi_diff needs n of at least 0, got {n}")
    return jnp.diff(a, n, axis_of(axis, a.ndim))


def _ediff1d_inputs(attrs: Attrs, count: int | None) -> list[str]:
    return ["input1", "input2", "input3"][: 1 + attrs.to_begin_arr_given + attrs.to_end_arr_given]


@operator("_npi_ediff1d", inputs=_ediff1d_inputs)
def npi_ediff1d(
    input1: jax.Array,
    *ends: jax.Array,
    to_begin_arr_given: bool = False,
    to_end_arr_given: bool = False,
    to_begin_scalar: float | None = None,
    to_end_scalar: float | None = None,
) -> jax.Array:
    """The differences of neighbours in the flattened data, (N - 1,), between what is put before and behind them.

    These are numbers in the data's dtype, or further inputs, flattened.
    """
    refuse_booleans("_npi_ediff1d", input1)
    require_same_type("_npi_ediff1d", input1, *ends)
    given = list(ends)
    first = given.pop(0) if to_begin_arr_given else to_begin_scalar
    last = given.pop(0) if to_end_arr_given else to_end_scalar
    parts = [first, jnp.diff(jnp.reshape(input1, (-1,))), last]
    arrays = [jnp.asarray(constant(part, input1.dtype)) if isinstance(part, float) else part for part in parts]
    return lax.concatenate([jnp.reshape(array, (-1,)) for array in arrays if array is not None], 0)


def _polyval_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    known = merge_shapes(ins[1], outs[0])
    return [ins[0], known], [known]


@operator("_npi_polyval", shapes=_polyval_shapes)
def npi_polyval(p: jax.Array, x: jax.Array) -> jax.Array:
    """The polynomial with coefficients p, (N,), highest power first, at each element of x, of the same dtype."""
    refuse_booleans("_npi_polyval", p, x)
    require_same_type("_npi_polyval", p, x)
    if p.ndim != 1:
        raise ShapeError(f"_npi_polyval needs a vector of coefficients, got shape {p.shape}")
    return jnp.polyval(p, x)
