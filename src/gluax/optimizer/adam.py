"""Adam and its kin, Adamax and Nadam."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gluax.ndarray import NDArray
from gluax.ops.optimizer_adam import adam_update
from gluax.optimizer.base import Optimizer, State, register
from gluax.optimizer.steps import bounded, by_operator, like, zeros_like


class TwoStates(Optimizer):
    """An optimizer with two states of zeros, usually averages of the gradient and of its square."""

    def create_state(self, index: Any, weight: NDArray) -> State:
        """Two arrays of zeros."""
        return (zeros_like(weight), zeros_like(weight))


@register
class Adam(TwoStates):
    """Adaptive moments: ``weight -= lr * mean / (sqrt(var) + epsilon)``, corrected for the averages' beginning.

    Args:
      learning_rate: the rate.
      beta1, beta2: how much of the averages of the gradient and of its square is kept.
      epsilon: keeps the divisor above 0.
      lazy_update: for sparse gradients in MXNet; all are dense here.
      kwargs: as `Optimizer`.
    """

    _step = staticmethod(by_operator(adam_update))
    _settings = ("beta1", "beta2", "epsilon", "clip_gradient")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        rows = super()._rows(indices)
        counts = [self._index_update_count[index] for index in indices]
        return [
            (lr * math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t), *rest) for t, (lr, *rest) in zip(counts, rows)
        ]


@register
class Adamax(TwoStates):
    """Adam with the largest gradient, fading, in place of the root of the average square.

    Args:
      learning_rate: the rate.
      beta1, beta2: how much of the average and of the largest gradient is kept.
      kwargs: as `Optimizer`.
    """

    _settings = ("beta1", "beta2", "clip_gradient")

    def __init__(self, learning_rate: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        rows = super()._rows(indices)
        counts = [self._index_update_count[index] for index in indices]
        return [(lr / (1.0 - self.beta1**t), *rest) for t, (lr, *rest) in zip(counts, rows)]

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, beta1: float, beta2: float, clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        rate, decay, scale = like(weight, lr, wd, rescale_grad)
        grad = bounded(grad * scale + decay * weight, clip_gradient)
        mean, largest = state
        mean = beta1 * mean + (1.0 - beta1) * grad
        largest = jnp.maximum(beta2 * largest, jnp.abs(grad))
        return weight - rate * mean / largest, (mean, largest)


@register
class Nadam(TwoStates):
    """Adam with Nesterov's momentum.

    The product of momenta (`m_schedule`) grows with each update of any parameter, not with each step, as in MXNet.

    Args:
      learning_rate: the rate.
      beta1, beta2: how much of the averages of the gradient and of its square is kept.
      epsilon: keeps the divisor above 0.
      schedule_decay: how fast the momentum rises to `beta1`.
      kwargs: as `Optimizer`.
    """

    _numbers = ("lr", "wd", "rescale_grad", "momentum", "next_momentum", "schedule", "next_schedule", "known")
    _settings = ("beta1", "beta2", "epsilon", "clip_gradient")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        schedule_decay: float = 0.004,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.0

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        rows = []
        for index, row in zip(indices, super()._rows(indices)):
            t = self._index_update_count[index]
            momentum, following = (
                self.beta1 * (1.0 - 0.5 * pow(0.96, step * self.schedule_decay)) for step in (t, t + 1)
            )
            self.m_schedule *= momentum
            schedules = (self.m_schedule, self.m_schedule * following)
            rows.append((*row, momentum, following, *schedules, 1.0 - pow(self.beta2, t)))
        return rows

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, momentum: Any, next_momentum: Any, schedule: Any, next_schedule: Any,
        known: Any, beta1: float, beta2: float, epsilon: float, clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        # The differences from 1 before the rounding to the weight's dtype, as Python has them in MXNet.
        rate, decay, scale, kept, rest, new, old, known = like(
            weight, lr, wd, rescale_grad, 1.0 - momentum, next_momentum, 1.0 - schedule, 1.0 - next_schedule, known
        )
        grad = bounded(grad * scale + decay * weight, clip_gradient)
        mean, var = state
        mean = beta1 * mean + (1.0 - beta1) * grad
        var = beta2 * var + (1.0 - beta2) * grad * grad
        average = kept * (grad / new) + rest * (mean / old)
        return weight - rate * average / (jnp.sqrt(var / known) + epsilon), (mean, var)
