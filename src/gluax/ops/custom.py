"""MXNet's Custom operator: its code was the user's own Python, so every op_type is an operator of its own.

A model file holds the type and the attributes of such an operator, not what it computes. Who has a model
with one says it in JAX; attributes are typed by annotations, inputs named by parameters, as in every family:

    @register_op("scaled_tanh")
    def scaled_tanh(data: jax.Array, *, scale: float = 1.0) -> jax.Array:
        return scale * jnp.tanh(data)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from gluax.ops.registry import Call, get, operator, registered_name


def register_op(op_type: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as the Custom operator of type `op_type`.

    Args:
      op_type: the type as in the model file.
      options: what `gluax.ops.registry.operator` takes: `aux`, `labels`, `outputs`, `shapes` and so on.

    Raises:
      ValueError: when the type is registered twice.
    """
    hints = ("op_type", *options.pop("hints", ()))
    return operator(f"Custom:{op_type}", hints=hints, hint="custom", **options)


@operator("Custom", aliases=("_npi_Custom",))
def custom(
    *data: jax.Array, op_type: str, training: bool = False, key: jax.Array | None = None, **attributes: str
) -> tuple[jax.Array, ...]:
    """Run the function registered for `op_type`; nodes of a graph resolve to that function themselves.

    Raises:
      UnsupportedOperatorError: when there is none.
    """
    attrs = {"op_type": op_type, **attributes}
    entry = get(registered_name("Custom", attrs))
    return Call(entry, entry.parse(attrs, ""))(data, training=training, key=key)
