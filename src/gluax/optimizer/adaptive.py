"""Optimizers that scale each element by its history: Adam and its kin, AdaGrad, RMSProp, AdaDelta, Ftrl, FTML.

All take weights of any floating point type; MXNet's AdaGrad, RMSProp, AdaDelta and Ftrl fail but for float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gluax.ndarray import NDArray
from gluax.ops.optimizer_adam import adam_update, ftml_update, ftrl_update, rmsprop_update, rmspropalex_update
from gluax.optimizer.base import Optimizer, State, register
from gluax.optimizer.steps import bounded, by_operator, like, zeros_like

_plain_rmsprop, _centered_rmsprop = by_operator(rmsprop_update), by_operator(rmspropalex_update)


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


@register
class AdaGrad(Optimizer):
    """``weight -= lr * (grad / sqrt(history + eps) + wd * weight)``; the history adds up the squares.

    Args:
      eps: keeps the divisor above 0.
      kwargs: as `Optimizer`.
    """

    _settings = ("float_stable_eps", "clip_gradient")

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The sum of squares, 0 at first."""
        return zeros_like(weight)

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, float_stable_eps: float, clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        rate, decay, scale = like(weight, lr, wd, rescale_grad)
        grad = bounded(grad * scale, clip_gradient)
        history = state + jnp.square(grad)
        return weight - rate * (grad / jnp.sqrt(history + float_stable_eps) + weight * decay), history


@register
class RMSProp(Optimizer):
    """The gradient over the root of its average square; centered, as Graves has it.

    Args:
      learning_rate: the rate.
      gamma1: how much of the averages is kept.
      gamma2: how much of the last step is kept, where `centered`.
      epsilon: keeps the divisor above 0.
      centered: whether to divide by the root of the variance.
      clip_weights: the bound of each element of the weight; None for none.
      kwargs: as `Optimizer`.
    """

    _settings = ("gamma1", "gamma2", "epsilon", "clip_weights", "clip_gradient")

    def __init__(
        self,
        learning_rate: float = 0.001,
        gamma1: float = 0.9,
        gamma2: float = 0.9,
        epsilon: float = 1e-8,
        centered: bool = False,
        clip_weights: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1
        self.gamma2 = gamma2
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The average square; where `centered`, also the average, and the last step."""
        return tuple(zeros_like(weight) for _ in range(3 if self.centered else 1))

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *, gamma2: float, clip_weights: float | None, **numbers: Any
    ) -> tuple[Any, Any]:
        numbers["clip_weights"] = clip_weights or -1.0
        if len(state) == 3:
            return _centered_rmsprop(weight, grad, state, gamma2=gamma2, **numbers)
        return _plain_rmsprop(weight, grad, state, **numbers)


@register
class AdaDelta(TwoStates):
    """The gradient times the root of the average square step over that of the average square gradient.

    There is no rate. MXNet multiplies the gradient array itself by `rescale_grad`; here it stays as it is.

    Args:
      rho: how much of the averages is kept.
      epsilon: keeps the divisor above 0.
      kwargs: as `Optimizer`.
    """

    _settings = ("rho", "epsilon", "clip_gradient")

    def __init__(self, rho: float = 0.90, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    @staticmethod
    def _step(
        weight: jax.Array, grad: jax.Array, state: Any, *,
        lr: Any, wd: Any, rescale_grad: Any, rho: float, epsilon: float, clip_gradient: float | None,
    ) -> tuple[Any, Any]:  # fmt: skip
        decay, scale = like(weight, wd, rescale_grad)
        grad = bounded(grad * scale, clip_gradient)
        squares, steps = state
        squares = rho * squares + (1.0 - rho) * grad * grad
        step = jnp.sqrt(steps + epsilon) / jnp.sqrt(squares + epsilon) * grad
        steps = rho * steps + (1.0 - rho) * step * step
        return weight - (step + decay * weight), (squares, steps)


@register
class Ftrl(TwoStates):
    """Follow the regularized leader: weights are 0 until their gradients are worth it.

    Args:
      lamda1: the L1 penalty.
      learning_rate: the rate; with a scheduler, the scheduler's counts.
      beta: added to the root of the sum of squares.
      kwargs: as `Optimizer`.
    """

    _step = staticmethod(by_operator(ftrl_update))
    _settings = ("lamda1", "beta", "clip_gradient")

    def __init__(self, lamda1: float = 0.01, learning_rate: float = 0.1, beta: float = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lamda1 = lamda1
        self.beta = beta
        self.lr = learning_rate


@register
class FTML(Optimizer):
    """Follow the moving leader.

    Args:
      beta1, beta2: how much of the averages is kept.
      epsilon: keeps the divisor above 0.
      kwargs: as `Optimizer`.
    """

    _step = staticmethod(by_operator(ftml_update, bound="clip_grad"))
    _numbers = ("lr", "wd", "rescale_grad", "t")
    _settings = ("beta1", "beta2", "epsilon", "clip_gradient")

    def __init__(self, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: NDArray) -> State:
        """Three arrays of zeros."""
        return tuple(zeros_like(weight) for _ in range(3))

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        return [(*row, self._index_update_count[index]) for index, row in zip(indices, super()._rows(indices))]
