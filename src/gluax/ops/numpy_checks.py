"""mx.np's questions about whole arrays: constraint_check, share_memory."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from gluax.errors import ArgumentError, DTypeError
from gluax.ops.registry import operator
from gluax.ops.rules import fixed_type


@operator("_npx_constraint_check", types=fixed_type("bool"), looks=lambda attrs: True)
def npx_constraint_check(input: jax.Array, *, msg: str = "Constraint violated.") -> jax.Array:
    """Whether all booleans are true, as a boolean of shape (); where that is known to be false, an error with `msg`.

    Under tracing (jit, a hybridized block) nothing is known, so there is no error: use the result.
    """
    if input.dtype != np.bool_:
        raise DTypeError(f"_npx_constraint_check takes booleans, got {input.dtype}; compare the data first")
    holds = jnp.all(input)
    if not isinstance(holds, Tracer) and not holds:
        raise ArgumentError(msg)
    return holds


@operator("_npi_share_memory", types=fixed_type("bool"))
def npi_share_memory(a: jax.Array, b: jax.Array) -> jax.Array:
    """Whether writing to one array changes the other: never, arrays of a graph are values. A boolean of shape ()."""
    return jnp.zeros((), bool)
