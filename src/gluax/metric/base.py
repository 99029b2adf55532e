"""The base of metrics, and their registry."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from gluax.errors import ArgumentError
from gluax.ndarray.handle import Handle

REGISTRY: dict[str, type[EvalMetric]] = {}

Single = (Handle, jax.Array, np.ndarray)


def values(array: Any) -> np.ndarray:
    """An array as numpy's, not to be written to; waits for the values."""
    return np.asarray(array._data if isinstance(array, Handle) else array)


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Refuse labels and predictions that are not as many.

    Args:
      labels, preds: lists of arrays, or arrays.
      wrap: put single arrays into lists.
      shape: compare the shapes in place of the lengths.

    Raises:
      ValueError: when they differ.
    """
    found = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if found[0] != found[1]:
        raise ArgumentError(f"Shape of labels {found[0]} does not match shape of predictions {found[1]}")
    if wrap:
        labels, preds = ([each] if isinstance(each, Single) else each for each in (labels, preds))
    return labels, preds


class EvalMetric:
    """Base of metrics: a sum over batches and the number of its terms, since `reset_local` and since `reset`.

    A subclass overrides `update` and adds there to `sum_metric` and `num_inst`, and to `global_sum_metric` and
    `global_num_inst` if it passes ``has_global_stats=True``. Arrays may be NDArrays, JAX's or numpy's.

    Args:
      name: the metric's name.
      output_names: of which predictions `update_dict` is to take account; None for all.
      label_names: likewise for the labels.
      kwargs: what `get_config` gives besides.
    """

    sum_metric: Any
    num_inst: Any
    global_sum_metric: Any
    global_num_inst: Any

    def __init__(
        self,
        name: str,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = kwargs.pop("has_global_stats", False)
        self._kwargs = kwargs
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a metric: ``create(**config)``."""
        names = {"name": self.name, "output_names": self.output_names, "label_names": self.label_names}
        return {**self._kwargs, "metric": type(self).__name__, **names}

    def update_dict(self, label: Mapping[str, Any], pred: Mapping[str, Any]) -> None:
        """`update` with arrays by name, those of `label_names` and `output_names`."""
        preds = list(pred.values()) if self.output_names is None else [pred[name] for name in self.output_names]
        labels = list(label.values()) if self.label_names is None else [label[name] for name in self.label_names]
        self.update(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of a batch.

        Args:
          labels: a list of arrays, or one.
          preds: the predictions, likewise.
        """
        raise NotImplementedError

    def _add(self, total: Any, count: Any) -> None:
        """Add to both sums and both counts; in Python's numbers, since sums of numpy's would stay float32."""
        self.sum_metric += float(total)
        self.global_sum_metric += float(total)
        self.num_inst += count
        self.global_num_inst += count

    def reset(self) -> None:
        """Begin anew."""
        self.global_num_inst = 0
        self.global_sum_metric = 0.0
        self.num_inst = 0
        self.sum_metric = 0.0

    def reset_local(self) -> None:
        """Begin anew, but for what `get_global` gives."""
        self.num_inst = 0
        self.sum_metric = 0.0

    def get(self) -> tuple[Any, Any]:
        """The name and the value, nan before the first batch; lists of them for several."""
        return self.name, self.sum_metric / self.num_inst if self.num_inst else float("nan")

    def get_global(self) -> tuple[Any, Any]:
        """The name and the value since `reset`."""
        if not self._has_global_stats:
            return self.get()
        return self.name, self.global_sum_metric / self.global_num_inst if self.global_num_inst else float("nan")

    def get_name_value(self) -> list[tuple[str, Any]]:
        """Pairs of name and value."""
        return pairs(*self.get())

    def get_global_name_value(self) -> list[tuple[str, Any]]:
        """Pairs of name and value since `reset`."""
        return pairs(*self.get_global())


def pairs(name: Any, value: Any) -> list[tuple[str, Any]]:
    """A name and a value, or lists of them, as pairs."""
    return list(zip(name if isinstance(name, list) else [name], value if isinstance(value, list) else [value]))


def register(klass: Any, name: str | None = None) -> Any:
    """Make a class known to `create` by a name, by default its own; usable as a decorator.

    Raises:
      AssertionError: when it is no `EvalMetric`.
    Warns:
      UserWarning: when it takes the place of another.
    """
    if not issubclass(klass, EvalMetric):
        raise ArgumentError("Can only register subclass of EvalMetric")
    name = (name or klass.__name__).lower()
    if name in REGISTRY:
        warnings.warn(f"metric {name} is now {klass.__module__}.{klass.__name__}", UserWarning, stacklevel=2)
    REGISTRY[name] = klass
    return klass


def alias(*aliases: str) -> Callable[[Any], Any]:
    """A decorator that makes a class known to `create` by more names."""

    def add(klass: Any) -> Any:
        for name in aliases:
            register(klass, name)
        return klass

    return add
