"""Metrics of probabilities: perplexity, cross entropy, negative log likelihood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.metric.base import EvalMetric, alias, check_label_shapes, register, values

Names = Sequence[str] | None


@register
class Perplexity(EvalMetric):
    """The exponential of the mean negative logarithm of the right class's probability.

    Args:
      ignore_label: the label of samples that do not count; None if all do.
      axis: the classes' axis.
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: Names = None,
        label_names: Names = None,
    ) -> None:
        super().__init__(
            name, ignore_label=ignore_label, output_names=output_names, label_names=label_names, has_global_stats=True
        )
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of classes of N samples, and probabilities (N, classes); see `EvalMetric.update`."""
        if len(labels) != len(preds):
            raise ArgumentError(f"got {len(labels)} labels and {len(preds)} predictions")
        loss, count = 0.0, 0
        for label, pred in zip(map(values, labels), map(values, preds)):
            if label.size != pred.size / pred.shape[-1]:
                raise ArgumentError(f"shape mismatch: {label.shape} vs. {pred.shape}")
            label = label.ravel()
            index = np.expand_dims(np.clip(label.astype(np.int32), 0, pred.shape[self.axis] - 1), self.axis)
            chosen = np.take_along_axis(pred, index, self.axis).squeeze(self.axis)
            ignored = label == self.ignore_label if self.ignore_label is not None else np.zeros(label.shape, bool)
            loss -= float(np.log(np.maximum(chosen.dtype.type(1e-10), chosen[~ignored])).sum())
            count += chosen.size - int(ignored.sum())
        self._add(loss, count)

    def get(self) -> tuple[str, float]:
        """The name and the value, nan before the first batch."""
        name, mean = super().get()
        return name, math.exp(mean) if self.num_inst else mean

    def get_global(self) -> tuple[str, float]:
        """The name and the value since `reset`."""
        name, mean = super().get_global()
        return name, math.exp(mean) if self.global_num_inst else mean


class _Entropy(EvalMetric):
    """The mean of ``-log(probability of the right class + eps)``."""

    def __init__(self, eps: float, name: str, output_names: Names, label_names: Names) -> None:
        super().__init__(name, eps=eps, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.eps = eps

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of classes of N samples, and probabilities (N, classes); see `EvalMetric.update`."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            label = label.ravel()
            if label.shape[0] != pred.shape[0]:
                raise ArgumentError(f"got {label.shape[0]} labels and predictions of {pred.shape[0]} samples")
            chosen = pred[np.arange(len(label)), label.astype(np.int64)]
            self._add((-np.log(chosen + self.eps)).sum(), len(label))


@register
@alias("ce")
class CrossEntropy(_Entropy):
    """The mean of ``-log(probability of the right class + eps)``.

    Args:
      eps: keeps the logarithm finite.
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(
        self, eps: float = 1e-12, name: str = "cross-entropy", output_names: Names = None, label_names: Names = None
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
@alias("nll_loss")
class NegativeLogLikelihood(_Entropy):
    """`CrossEntropy` by another name.

    Args:
      eps: keeps the logarithm finite.
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(
        self, eps: float = 1e-12, name: str = "nll-loss", output_names: Names = None, label_names: Names = None
    ) -> None:
        super().__init__(eps, name, output_names, label_names)
