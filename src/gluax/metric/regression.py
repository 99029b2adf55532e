"""Metrics of numbers: errors, Pearson's correlation, and the mean of a loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.metric.base import EvalMetric, Single, alias, check_label_shapes, register, values

Names = Sequence[str] | None


class _Error(EvalMetric):
    """The mean over batches of a batch's error."""

    def __init__(self, name: str, output_names: Names, label_names: Names) -> None:
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def _error(self, difference: np.ndarray) -> Any:
        raise NotImplementedError

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of numbers, and predictions of the same shape; see `EvalMetric.update`."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            label, pred = (each[:, None] if each.ndim == 1 else each for each in (label, pred))
            self._add(self._error(label - pred), 1)


@register
class MAE(_Error):
    """The mean absolute error.

    Args:
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(self, name: str = "mae", output_names: Names = None, label_names: Names = None) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: np.ndarray) -> Any:
        return np.abs(difference).mean()


@register
class MSE(_Error):
    """The mean squared error.

    Args:
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(self, name: str = "mse", output_names: Names = None, label_names: Names = None) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: np.ndarray) -> Any:
        return (difference**2.0).mean()


@register
class RMSE(_Error):
    """The root of the mean squared error of each batch.

    Args:
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(self, name: str = "rmse", output_names: Names = None, label_names: Names = None) -> None:
        super().__init__(name, output_names, label_names)

    def _error(self, difference: np.ndarray) -> Any:
        return np.sqrt((difference**2.0).mean())


@register
@alias("pearsonr")
class PearsonCorrelation(EvalMetric):
    """Pearson's correlation of label and prediction.

    Args:
      name, output_names, label_names: as `EvalMetric`.
      average: "macro" for the mean over batches, "micro" for that of all samples, which `get_global` does not know and
        `reset_local` does not forget, as in MXNet.
    """

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: Names = None,
        label_names: Names = None,
        average: str = "macro",
    ) -> None:
        self.average = average
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def reset_micro(self) -> None:
        """Forget all samples."""
        self._count = 0
        self._means = np.zeros(2)  # of label and prediction, as all that follows
        self._squares = np.zeros(2)
        self._product = 0.0

    def reset(self) -> None:
        """Begin anew."""
        super().reset()
        self.reset_micro()

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of numbers, and predictions of the same shape; see `EvalMetric.update`.

        Raises:
          ValueError: for another shape.
        """
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(map(values, labels), map(values, preds)):
            check_label_shapes(label, pred, False, True)
            pair = np.stack([label.ravel(), pred.ravel()]).astype(np.float64)
            if self.average == "macro":
                self._add(np.asarray(np.corrcoef(pair))[0, 1], 1)
            else:
                self._add(0.0, 1)
                self._add_samples(pair)

    def _add_samples(self, pair: np.ndarray) -> None:
        """Welford's update, but for MXNet's order: the product is taken with label's new and prediction's old mean."""
        self._count += pair.shape[1]
        before = pair - self._means[:, None]
        self._means = self._means + before.sum(1) / self._count
        after = pair - self._means[:, None]
        self._squares = self._squares + (before * after).sum(1)
        self._product += float((after[0] * before[1]).sum())

    def get(self) -> tuple[str, float]:
        """The name and the value, nan before the first batch."""
        if self.average == "macro" or not self.num_inst:
            return super().get()
        label, pred = (np.sqrt(square / (self._count - 1)) for square in self._squares)
        return self.name, self._product / ((self._count - 1) * pred * label)


@register
class Loss(EvalMetric):
    """The mean of all elements of the predictions, which are losses; labels do not count.

    Args:
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(self, name: str = "loss", output_names: Names = None, label_names: Names = None) -> None:
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)

    def update(self, _: Any, preds: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  MXNet's name
        """Take account of losses; see `EvalMetric.update`."""
        for pred in map(values, [preds] if isinstance(preds, Single) else preds):
            self._add(pred.sum(dtype=np.float64), pred.size)


@register
class Torch(Loss):
    """`Loss` by another name.

    Args:
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(self, name: str = "torch", output_names: Names = None, label_names: Names = None) -> None:
        super().__init__(name, output_names, label_names)


@register
class Caffe(Loss):
    """`Loss` by another name.

    Args:
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(self, name: str = "caffe", output_names: Names = None, label_names: Names = None) -> None:
        super().__init__(name, output_names, label_names)
