"""What steps of optimizers have in common, as functions of JAX arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from gluax.ndarray import NDArray
from gluax.ndarray.creation import zeros


def zeros_like(weight: NDArray) -> NDArray:
    """A state of zeros beside a weight."""
    return zeros(weight.shape, weight.context, dtype=weight.dtype)


def like(weight: jax.Array, *numbers: jax.Array) -> tuple[jax.Array, ...]:
    """Numbers in the dtype of the weight."""
    return tuple(number.astype(weight.dtype) for number in numbers)


def bounded(grad: jax.Array, clip_gradient: float | None) -> jax.Array:
    """The gradient within the bound, if there is one; 0 is one."""
    return grad if clip_gradient is None else jnp.clip(grad, -clip_gradient, clip_gradient)


def by_operator(operator: Callable[..., Any], bound: str = "clip_gradient") -> Callable[..., tuple[Any, Any]]:
    """The step that one of MXNet's update operators does; `bound` is its attribute for the gradient's bound.

    The operators know no bound of 0.
    """

    def step(
        weight: jax.Array, grad: jax.Array, state: Any, *, clip_gradient: float | None, **numbers: Any
    ) -> tuple[Any, Any]:
        many = isinstance(state, tuple)
        states = state if many else () if state is None else (state,)
        found = operator(weight, grad, *states, **numbers, **{bound: clip_gradient or -1.0})
        new, *rest = found if isinstance(found, tuple) else (found,)
        return new, tuple(rest) if many else rest[0] if rest else None

    return step
