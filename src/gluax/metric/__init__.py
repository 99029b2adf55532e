"""``mx.metric``: how good predictions are, batch by batch, computed by numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax.metric.base import EvalMetric, alias, check_label_shapes, register
from gluax.metric.classification import F1, MCC, PCC, Accuracy, TopKAccuracy
from gluax.metric.likelihood import CrossEntropy, NegativeLogLikelihood, Perplexity
from gluax.metric.making import CompositeEvalMetric, CustomMetric, create
from gluax.metric.regression import MAE, MSE, RMSE, Caffe, Loss, PearsonCorrelation, Torch

__all__ = [
    "F1", "MAE", "MCC", "MSE", "PCC", "RMSE", "Accuracy", "Caffe", "CompositeEvalMetric", "CrossEntropy",
    "CustomMetric", "EvalMetric", "Loss", "NegativeLogLikelihood", "PearsonCorrelation", "Perplexity", "TopKAccuracy",
    "Torch", "alias", "check_label_shapes", "create", "np", "register",
]  # fmt: skip


def np(numpy_feval: Callable[..., Any], name: str | None = None, allow_extra_outputs: bool = False) -> CustomMetric:
    """A `CustomMetric` by a function of numpy arrays.

    Args:
      numpy_feval: takes label and prediction; see `CustomMetric`.
      name: by default the function's.
      allow_extra_outputs: accept more predictions than labels.
    """
    return CustomMetric(numpy_feval, name, allow_extra_outputs)
