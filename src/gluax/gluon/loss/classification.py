"""Losses of classes, signs and distributions."""

from __future__ import annotations

from typing import Any

from gluax.errors import ArgumentError
from gluax.gluon.loss.base import Loss, softplus_of_minus_abs, weighted


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross entropy of labels 0 and 1, its mean for each example: pred and label (N, ...) -> (N,).

    Args:
      from_sigmoid: whether predictions are probabilities; by default they are scores.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(
        self, from_sigmoid: bool = False, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None, pos_weight: Any = None) -> Any:
        """The loss; `sample_weight` and `pos_weight`, of the positive labels, broadcast to the prediction."""
        label = F.reshape_like(label, pred)
        loss = (self._of_probabilities if self._from_sigmoid else self._of_scores)(F, pred, label, pos_weight)
        return self._mean(F, loss, sample_weight)

    def _of_scores(self, F: Any, pred: Any, label: Any, pos_weight: Any) -> Any:
        if pos_weight is None:
            return F.relu(pred) - pred * label + softplus_of_minus_abs(F, pred)
        log_weight = 1 + F.broadcast_mul(pos_weight - 1, label)
        return pred - pred * label + log_weight * (softplus_of_minus_abs(F, pred) + F.relu(-pred))

    def _of_probabilities(self, F: Any, pred: Any, label: Any, pos_weight: Any) -> Any:
        epsilon = 1e-12
        positive = F.log(pred + epsilon) * label
        if pos_weight is not None:
            positive = F.broadcast_mul(positive, pos_weight)
        return -(positive + F.log(1.0 - pred + epsilon) * (1.0 - label))


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """Cross entropy of a softmax, its mean for each example: pred (N, ..., classes) -> (N,).

    Args:
      axis: of the classes.
      sparse_label: whether labels are numbers of classes, without the axis of the classes; by default they are.
        Otherwise they are distributions of the prediction's size.
      from_logits: whether predictions are logarithms of probabilities already.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._sparse_label = sparse_label
        self._from_logits = from_logits

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction with one class."""
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        if self._sparse_label:
            loss = -F.pick(pred, label, axis=self._axis, keepdims=True)
        else:
            label = F.reshape_like(label, pred)
            loss = -F.sum(pred * label, axis=self._axis, keepdims=True)
        return self._mean(F, loss, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """The divergence of predicted distributions from the labels', summed for each example.

    Args:
      from_logits: whether predictions are logarithms of probabilities; otherwise they are scores.
      axis: of the classes, for scores.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(
        self,
        from_logits: bool = True,
        axis: int = -1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._axis = axis

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        loss = label * (F.log(label + 1e-12) - pred)
        return F.sum(weighted(F, loss, self._weight, sample_weight), axis=self._batch_axis, exclude=True)


class HingeLoss(Loss):
    """``max(0, margin - pred * label)`` of labels -1 and 1, its mean for each example.

    Args:
      margin: the score beyond which there is no loss.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        label = F.reshape_like(label, pred)
        return self._mean(F, F.relu(self._margin - pred * label), sample_weight)


class SquaredHingeLoss(Loss):
    """``max(0, margin - pred * label)`` squared, of labels -1 and 1, its mean for each example.

    Args:
      margin: the score beyond which there is no loss.
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
    """

    def __init__(self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        label = F.reshape_like(label, pred)
        return self._mean(F, F.square(F.relu(self._margin - pred * label)), sample_weight)


class LogisticLoss(Loss):
    """``log(1 + exp(-pred * label))``, its mean for each example.

    Args:
      weight: a number that multiplies the loss, None for none.
      batch_axis: the axis of the examples.
      label_format: "signed" for labels -1 and 1, "binary" for 0 and 1.

    Raises:
      ValueError: for another format.
    """

    def __init__(
        self, weight: float | None = None, batch_axis: int = 0, label_format: str = "signed", **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        if label_format not in ("signed", "binary"):
            raise ArgumentError(f"label_format can only be signed or binary, received {label_format}.")
        self._label_format = label_format

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` broadcasts to the prediction."""
        label = F.reshape_like(label, pred)
        if self._label_format == "signed":
            label = (label + 1.0) / 2.0
        return self._mean(F, F.relu(pred) - pred * label + softplus_of_minus_abs(F, pred), sample_weight)
