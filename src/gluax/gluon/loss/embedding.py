"""Losses of distances between vectors."""

from __future__ import annotations

from typing import Any

from gluax.gluon.loss.base import Loss, weighted
from gluax.gluon.loss.classification import KLDivLoss


class TripletLoss(Loss):
    """How much nearer than `margin` a negative example is than a positive one, by squared distance: (N, ...) -> (N,).

    Args:
      margin: the wanted difference of distances.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, positive: Any, negative: Any) -> Any:
        """The loss; the examples are reshaped to the prediction's shape."""
        positive = F.reshape_like(positive, pred)
        negative = F.reshape_like(negative, pred)
        difference = F.square(positive - pred) - F.square(negative - pred)
        loss = F.sum(difference, axis=self._batch_axis, exclude=True)
        return weighted(F, F.relu(loss + self._margin), self._weight, None)


class CosineEmbeddingLoss(Loss):
    """One less the cosine for pairs labelled 1, the cosine beyond `margin` for pairs labelled -1.

    Inputs (N, D) and labels (N,) -> (N, 1).

    Args:
      weight: a number that multiplies the loss, None for none.
      batch_axis: without effect.
      margin: the cosine that unlike pairs may have.
    """

    def __init__(self, weight: float | None = None, batch_axis: int = 0, margin: float = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, input1: Any, input2: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to (N, 1)."""
        input1 = F.reshape_like(input1, input2)
        label = label.reshape((-1, 1))
        cosine = _cosine(F, input1, input2)
        alike = label == 1
        unlike = label == -1
        loss_alike = (1 - cosine) * alike
        zero = F.zeros((1, 1))
        loss_unlike = F.broadcast_maximum(zero, unlike * (cosine - self._margin), axis=1)
        return weighted(F, loss_alike + loss_unlike, self._weight, sample_weight)


def _cosine(F: Any, x: Any, y: Any) -> Any:
    """Cosines of the angles between rows, (N, 1)."""
    x_norm = F.norm(x, axis=-1).reshape((-1, 1))
    y_norm = F.norm(y, axis=-1).reshape((-1, 1))
    product = F.sum(x * y, axis=-1).reshape((-1, 1))
    least = F.full((1, 1), 1e-12)
    return product / F.broadcast_maximum(x_norm * y_norm, least)


class SDMLLoss(Loss):
    """Smoothed deep metric learning: each row of one batch should be nearest to the same row of the other.

    Runs on arrays only, as in MXNet: it needs the size of the batch.

    Args:
      smoothing_parameter: the part of the probability that is spread over the other rows.
      weight: without effect, as in MXNet.
      batch_axis: without effect.
    """

    def __init__(
        self, smoothing_parameter: float = 0.3, weight: float = 1.0, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self.kl_loss = KLDivLoss(from_logits=True)
        self.smoothing_parameter = smoothing_parameter

    def hybrid_forward(self, F: Any, x1: Any, x2: Any) -> Any:
        """The loss of two arrays (N, D): (N,).

        Raises:
          AssertionError: when the shapes differ.
        """
        assert x1.shape == x2.shape, f"SDMLLoss takes arrays of one shape, got {x1.shape} and {x2.shape}"
        size = x1.shape[0]
        differences = F.broadcast_sub(F.expand_dims(x1, axis=1), F.expand_dims(x2, axis=0))
        distances = F.sum(F.square(differences), axis=2)
        same = F.eye(size).as_in_context(x1.context)
        labels = same * (1 - self.smoothing_parameter) + (1 - same) * self.smoothing_parameter / (size - 1)
        return self.kl_loss(F.log_softmax(-distances, axis=1), labels)
