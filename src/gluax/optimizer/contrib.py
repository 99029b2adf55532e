"""``mx.optimizer.contrib``: GroupAdaGrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError
from gluax.ndarray import NDArray
from gluax.ndarray.creation import zeros
from gluax.optimizer.base import Optimizer, State, register
from gluax.optimizer.steps import bounded, like

__all__ = ["GroupAdaGrad"]


@register
class GroupAdaGrad(Optimizer):
    """AdaGrad with one number for each row of a matrix, which grows by the row's average square; no weight decay.

    Args:
      eps: keeps the divisor above 0.
      kwargs: as `Optimizer`.
    """

    _settings = ("float_stable_eps", "clip_gradient")

    def __init__(self, eps: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> State:
        """Zeros of shape (rows, 1).

        Raises:
          AssertionError: (as an `ArgumentError`) when the weight is no matrix.
        """
        if len(weight.shape) != 2:
            raise ArgumentError(f"GroupAdaGrad updates matrices, got a weight of shape {weight.shape}")
        return zeros((weight.shape[0], 1), weight.context, dtype=weight.dtype)

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        rows = super()._rows(indices)
        if any(wd != 0 for _, wd, *_ in rows):
            raise ArgumentError("Weight decay is not supported for GroupAdaGrad")
        return rows

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, float_stable_eps: float, clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        rate, scale = like(weight, lr, rescale_grad)
        grad = bounded(grad * scale, clip_gradient)
        history = state + jnp.mean(jnp.square(grad), 1, keepdims=True)
        return weight - rate * grad / jnp.sqrt(history + float_stable_eps), history
