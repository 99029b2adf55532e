"""Losses of predicted numbers."""

from __future__ import annotations

import math
from typing import Any

from gluax.gluon.loss.base import Loss, weighted


class L2Loss(Loss):
    """Half the squared difference, its mean for each example: pred and label (N, ...) -> (N,).

    The label is reshaped to the prediction's shape.

    Args:
      weight: a number that multiplies the loss.
      batch_axis: the axis of the examples.
    """

    def __init__(self, weight: float = 1.0, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        label = F.reshape_like(label, pred)
        loss = weighted(F, F.square(label - pred), self._weight / 2, sample_weight)  # type: ignore[operator]
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class L1Loss(Loss):
    """The absolute difference, its mean for each example: pred and label (N, ...) -> (N,).

    The label is reshaped to the prediction's shape.

    Args:
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        label = F.reshape_like(label, pred)
        return self._mean(F, F.abs(label - pred), sample_weight)


class HuberLoss(Loss):
    """The squared difference over ``2 * rho`` up to `rho`, and beyond it the absolute difference less ``rho / 2``.

    Args:
      rho: where the line begins.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(self, rho: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        label = F.reshape_like(label, pred)
        error = F.abs(label - pred)
        loss = F.where(error > self._rho, error - 0.5 * self._rho, (0.5 / self._rho) * F.square(error))
        return self._mean(F, loss, sample_weight)


class PoissonNLLLoss(Loss):
    """The negative log-likelihood of counts under Poisson distributions, one mean of all elements: shape (1,).

    Args:
      weight: a number that multiplies the loss, None for none.
      from_logits: whether predictions are the logarithms of rates.
      batch_axis: without effect.
      compute_full: add Stirling's approximation of ``log(target!)`` where the target exceeds 1.
    """

    def __init__(
        self,
        weight: float | None = None,
        from_logits: bool = True,
        batch_axis: int = 0,
        compute_full: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._compute_full = compute_full

    def hybrid_forward(self, F: Any, pred: Any, target: Any, sample_weight: Any = None, epsilon: float = 1e-08) -> Any:
        """The loss; `epsilon` is added to rates before their logarithm is taken."""
        target = F.reshape_like(target, pred)
        if self._from_logits:
            loss = F.exp(pred) - target * pred
        else:
            loss = pred - target * F.log(pred + epsilon)
        if self._compute_full:
            stirling = target * F.log(target) - target + 0.5 * F.log(2 * target * math.pi)
            loss = loss + stirling * (target > 1)
        return F.mean(weighted(F, loss, self._weight, sample_weight))
