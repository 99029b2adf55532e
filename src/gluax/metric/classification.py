"""Metrics of classes: accuracies, F1, and correlations of confusion matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.metric.base import EvalMetric, alias, check_label_shapes, register, values

Names = Sequence[str] | None


@register
@alias("acc")
class Accuracy(EvalMetric):
    """The share of right classes.

    Args:
      axis: the classes' axis in predictions whose shape is not the label's.
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(
        self, axis: int = 1, name: str = "accuracy", output_names: Names = None, label_names: Names = None
    ) -> None:
        super().__init__(name, axis=axis, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of classes, and scores (or classes) for each; see `EvalMetric.update`."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            if pred.shape != label.shape:
                pred = pred.argmax(self.axis)
            found, wanted = pred.astype(np.int32).ravel(), label.astype(np.int32).ravel()
            check_label_shapes(wanted, found)
            self._add((found == wanted).sum(), len(found))


@register
@alias("top_k_accuracy", "top_k_acc")
class TopKAccuracy(EvalMetric):
    """The share of labels among the `top_k` highest scores.

    Args:
      top_k: how many, above 1.
      name: the name, to which ``_<top_k>`` is added.
      output_names, label_names: as `EvalMetric`.

    Raises:
      AssertionError: for a `top_k` of 1.
    """

    def __init__(
        self, top_k: int = 1, name: str = "top_k_accuracy", output_names: Names = None, label_names: Names = None
    ) -> None:
        super().__init__(name, top_k=top_k, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.top_k = top_k
        if top_k <= 1:
            raise ArgumentError("Please use Accuracy if top_k is no more than 1")
        self.name += f"_{top_k}"

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of classes (N,), and scores (N, classes); see `EvalMetric.update`."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            if pred.ndim > 2:
                raise ArgumentError("Predictions should be no more than 2 dims")
            order = np.argpartition(pred.astype(np.float32), -self.top_k)
            label = label.astype(np.int32).ravel()
            check_label_shapes(label, order)
            if order.ndim == 1:  # what MXNet does with classes in place of scores
                self.sum_metric += float((order == label).sum())
                right = 0
            else:
                right = (order[:, -self.top_k :] == label[:, None]).sum()
            self.global_sum_metric += float(right)
            self.sum_metric += float(right)
            self.num_inst += len(order)
            self.global_num_inst += len(order)


class _Counts:
    """The 2x2 counts of a binary classification."""

    def __init__(self) -> None:
        self.true_pos = self.false_pos = self.false_neg = self.true_neg = 0

    def add(self, label: np.ndarray, pred: np.ndarray) -> None:
        found, wanted = pred.argmax(1) == 1, label == 1
        self.true_pos += int((found * wanted).sum())
        self.false_pos += int((found * ~wanted).sum())
        self.false_neg += int((~found * wanted).sum())
        self.true_neg += int((~found * ~wanted).sum())

    @property
    def total(self) -> int:
        return self.true_pos + self.false_pos + self.false_neg + self.true_neg

    def fscore(self) -> float:
        """The harmonic mean of precision and recall; 0 where there is none."""
        found, wanted = self.true_pos + self.false_pos, self.true_pos + self.false_neg
        precision, recall = (self.true_pos / count if count else 0.0 for count in (found, wanted))
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def matthews(self) -> float:
        """Matthews' correlation; sums of 0 do not divide."""
        a, b, c, d = map(float, (self.true_pos, self.false_pos, self.false_neg, self.true_neg))
        divisor = math.prod(term for term in (a + b, a + c, d + b, d + c) if term)
        return (a * d - b * c) / math.sqrt(divisor) if self.total else 0.0


class _Binary(EvalMetric):
    """A number that follows from the counts of a binary classification.

    With "macro" it is averaged over the batches, with "micro" it is that of all samples.
    """

    def __init__(self, name: str, output_names: Names, label_names: Names, average: str) -> None:
        self.average = average
        self._local, self._global = _Counts(), _Counts()
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def _score(self, counts: _Counts) -> float:
        raise NotImplementedError

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of classes 0 and 1 (N,), and scores (N, 2); see `EvalMetric.update`.

        Raises:
          ValueError: for more than two classes.
        """
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            label = label.astype(np.int32)
            check_label_shapes(label, pred)
            if len(np.unique(label)) > 2:
                raise ArgumentError(f"{type(self).__name__} currently only supports binary classification.")
            self._local.add(label, pred)
            self._global.add(label, pred)
        if self.average == "macro":
            self._add(self._score(self._local), 1)
            self._local, self._global = _Counts(), _Counts()
        else:
            self.num_inst, self.global_num_inst = self._local.total, self._global.total
            self.sum_metric = self._score(self._local) * self.num_inst
            self.global_sum_metric = self._score(self._global) * self.global_num_inst

    def reset(self) -> None:
        """Begin anew."""
        super().reset()
        self._local, self._global = _Counts(), _Counts()

    def reset_local(self) -> None:
        """Begin anew, but for what `get_global` gives."""
        super().reset_local()
        self._local = _Counts()


@register
class F1(_Binary):
    """The harmonic mean of precision and recall of class 1.

    Args:
      name, output_names, label_names: as `EvalMetric`.
      average: "macro" for the mean over batches, "micro" for that of all samples.
    """

    def __init__(
        self, name: str = "f1", output_names: Names = None, label_names: Names = None, average: str = "macro"
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: _Counts) -> float:
        return counts.fscore()


@register
class MCC(_Binary):
    """Matthews' correlation of label and prediction, from -1 to 1.

    Args:
      name, output_names, label_names: as `EvalMetric`.
      average: "macro" for the mean over batches, "micro" for that of all samples.
    """

    def __init__(
        self, name: str = "mcc", output_names: Names = None, label_names: Names = None, average: str = "macro"
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: _Counts) -> float:
        return counts.matthews()


@register
class PCC(EvalMetric):
    """Matthews' correlation of any number of classes.

    Args:
      name, output_names, label_names: as `EvalMetric`.
      has_global_stats: whether `get_global` differs from `get`.
    """

    def __init__(
        self,
        name: str = "pcc",
        output_names: Names = None,
        label_names: Names = None,
        has_global_stats: bool = True,
    ) -> None:
        self.k = 2
        super().__init__(
            name=name, output_names=output_names, label_names=label_names, has_global_stats=has_global_stats
        )

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of classes, and scores (or classes) for each; see `EvalMetric.update`."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            wanted = label.astype(np.int32).ravel()
            found = (pred.argmax(1) if pred.shape != label.shape else pred.astype(np.int32)).ravel()
            more = int(max(found.max(), wanted.max())) + 1 - self.k
            if more > 0:
                self.lcm, self.gcm = (np.pad(matrix, (0, more)) for matrix in (self.lcm, self.gcm))
                self.k += more
            for matrix in (self.lcm, self.gcm):
                np.add.at(matrix, (found, wanted), 1)
        self.num_inst += 1
        self.global_num_inst += 1

    @property
    def sum_metric(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The correlation times the number of batches."""
        return _correlation(self.lcm) * self.num_inst

    @property
    def global_sum_metric(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The correlation since `reset` times the number of batches."""
        return _correlation(self.gcm) * self.global_num_inst

    def reset(self) -> None:
        """Begin anew."""
        self.global_num_inst = 0.0
        self.gcm = np.zeros((self.k, self.k))
        self.reset_local()

    def reset_local(self) -> None:
        """Begin anew, but for what `get_global` gives."""
        self.num_inst = 0.0
        self.lcm = np.zeros((self.k, self.k))


def _correlation(matrix: np.ndarray) -> float:
    """Of a confusion matrix; nan where a side is of one class."""
    total, found, wanted = matrix.sum(), matrix.sum(1), matrix.sum(0)
    spread = np.sum(found * (total - found)) * np.sum(wanted * (total - wanted))
    if spread == 0:
        return float("nan")
    return float(np.sum(matrix.diagonal() * total - found * wanted) / spread**0.5)
