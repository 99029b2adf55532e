"""Optimizers that scale each element by its history: AdaGrad, RMSProp, AdaDelta, Ftrl, FTML.

Weights may be of any floating point type; in MXNet all but FTML fail on others than float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from gluax.ndarray import NDArray
from gluax.ops.optimizer_adam import ftml_update, ftrl_update, rmsprop_update, rmspropalex_update
from gluax.optimizer.adam import TwoStates
from gluax.optimizer.base import Optimizer, State, register
from gluax.optimizer.steps import bounded, by_operator, like, zeros_like

_plain_rmsprop, _centered_rmsprop = by_operator(rmsprop_update), by_operator(rmspropalex_update)


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
