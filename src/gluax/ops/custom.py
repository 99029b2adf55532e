"""Operators of the user's: under names of their own, and as what MXNet's Custom operator calls.

The code of a Custom operator was the user's own Python: a model file holds its type and its attributes, not what it
computes. Who has a model with one says it in JAX; attributes are typed by annotations, inputs named by parameters,
as in every family:

    @gluax.register_op("scaled_tanh")
    def scaled_tanh(data: jax.Array, *, scale: float = 1.0) -> jax.Array:
        return scale * jnp.tanh(data)

    gluax.sym.scaled_tanh(x, scale=2), gluax.nd.scaled_tanh(x), gluax.sym.Custom(x, op_type="scaled_tanh")
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, NameLookupError
from gluax.ops.operator import RESERVED, Call
from gluax.ops.registry import find, get, operator, registered_name, unregister

_PREFIX = "Custom:"

Gradient = Callable[..., Sequence[Any]]


def register_op(
    name: str, *, gradient: Gradient | None = None, replace: bool = False, **options: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated JAX function as operator `name`, and as the Custom operator of that type.

    It then stands in `sym` and `nd` and in Symbol JSON under its name, and runs Custom nodes of this `op_type`.

    Args:
      name: the name; ``"Custom:softmax"`` registers only the Custom operator of type ``softmax``, for a type that
        is also the name of an MXNet operator.
      gradient: ``(inputs, outputs, cotangents, **attributes) -> input cotangents``, all tuples of arrays, for an
        operator whose gradient is not that of its function (a loss, say). None stands for no gradient to an input.
        By default JAX differentiates the function, which may itself be a `jax.custom_vjp`.
      replace: take the place of an earlier `register_op` of this name, as when a notebook's cell runs again. Graphs
        made before keep the function they have.
      options: what `gluax.ops.registry.operator` takes: `aux`, `labels`, `outputs`, `shapes` and so on.

    Raises:
      ValueError: when the name is taken: by an operator of MXNet's always, by one of the user's without `replace`.
    """
    custom_type = name.removeprefix(_PREFIX)
    aliases = (*options.pop("aliases", ()), *([] if name.startswith(_PREFIX) else [_PREFIX + name]))
    hints = ("op_type", *options.pop("hints", ()))

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        if replace and is_custom(name):
            unregister(name)
        elif is_custom(name):
            raise ValueError(f"operator {name!r} is registered twice; replace=True takes the place of the first")
        elif find(name) is not None:
            raise ValueError(
                f"{name!r} is an operator of MXNet's; register_op({_PREFIX + custom_type!r}) registers code for "
                "Custom nodes of this type alone"
            )
        body = function if gradient is None else _with_gradient(function, gradient)
        operator(name, aliases=aliases, hints=hints, **options)(body)
        return function

    return register


def unregister_op(name: str) -> None:
    """Forget what `register_op` registered under `name`.

    Raises:
      NameLookupError: when it registered nothing of this name.
    """
    if not is_custom(name):
        raise NameLookupError(f"register_op registered no operator {name!r}")
    unregister(name)


def is_custom(name: str) -> bool:
    """Whether `name` was registered by `register_op`."""
    found = find(name)
    return found is not None and any(key.startswith(_PREFIX) for key in (found.name, *found.aliases))


def _with_gradient(function: Callable[..., Any], gradient: Gradient) -> Callable[..., Any]:
    """The function with a gradient of its own; its signature stays."""

    @functools.wraps(function)
    def differentiable(*inputs: Any, **keywords: Any) -> Any:
        attributes = {name: value for name, value in keywords.items() if name not in RESERVED}

        # The random key is an argument: JAX must not find a traced value in what the function closes over.
        @jax.custom_vjp
        def run(key: Any, *arrays: Any) -> Any:
            return function(*arrays, **{**keywords, "key": key} if "key" in keywords else keywords)

        def forward(key: Any, *arrays: Any) -> Any:
            result = run(key, *arrays)
            return result, (key, arrays, result)

        def backward(saved: Any, cotangents: Any) -> tuple[Any, ...]:
            key, arrays, result = saved
            found = tuple(gradient(arrays, _as_tuple(result), _as_tuple(cotangents), **attributes))
            if len(found) != len(arrays):
                raise ArgumentError(
                    f"the gradient of {function.__name__} must return one array, or None, for each of its "
                    f"{len(arrays)} inputs, not {len(found)}"
                )
            return (_no_gradient(key), *(_no_gradient(a) if g is None else g for g, a in zip(found, arrays)))

        run.defvjp(forward, backward)
        return run(keywords.get("key"), *inputs)

    return differentiable


def _as_tuple(result: Any) -> tuple[Any, ...]:
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def _no_gradient(value: Any) -> Any:
    """The zero cotangent of an input; None for an absent one, and JAX's float0 for integers and keys."""
    if value is None:
        return None
    if jnp.issubdtype(value.dtype, jnp.inexact):
        return jnp.zeros(value.shape, value.dtype)
    return np.zeros(value.shape, jax.dtypes.float0)


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
