"""The base of metrics, their registry, and metrics made of other metrics or of functions."""

from __future__ import annotations

import json
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from gluax.errors import ArgumentError
from gluax.ndarray.handle import Handle

_REGISTRY: dict[str, type[EvalMetric]] = {}

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
        return _pairs(*self.get())

    def get_global_name_value(self) -> list[tuple[str, Any]]:
        """Pairs of name and value since `reset`."""
        return _pairs(*self.get_global())


def _pairs(name: Any, value: Any) -> list[tuple[str, Any]]:
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
    if name in _REGISTRY:
        warnings.warn(f"metric {name} is now {klass.__module__}.{klass.__name__}", UserWarning, stacklevel=2)
    _REGISTRY[name] = klass
    return klass


def alias(*aliases: str) -> Callable[[Any], Any]:
    """A decorator that makes a class known to `create` by more names."""

    def add(klass: Any) -> Any:
        for name in aliases:
            register(klass, name)
        return klass

    return add


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """Make a metric.

    Args:
      metric: its name in any case, or JSON text or a dict as of `get_config`; a metric, which is returned; a function
        of label and prediction for `CustomMetric`; or a list of all these for `CompositeEvalMetric`.
      args, kwargs: arguments of the metric's class.

    Raises:
      AssertionError: for an unknown name.
    """
    if callable(metric):
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        composite = CompositeEvalMetric()
        for child in metric:
            composite.add(create(child, *args, **kwargs))
        return composite
    if isinstance(metric, EvalMetric):
        if args or kwargs:
            raise ArgumentError("metric is already an instance. Additional arguments are invalid")
        return metric
    if isinstance(metric, str) and metric.startswith("["):
        metric, kwargs = json.loads(metric)
    elif isinstance(metric, (str, dict)) and (isinstance(metric, dict) or metric.startswith("{")):
        kwargs = dict(metric) if isinstance(metric, dict) else json.loads(metric)
        return create(kwargs.pop("metric"), *args, **kwargs)
    if not isinstance(metric, str) or metric.lower() not in _REGISTRY:
        raise ArgumentError(f"{metric} is not registered. Please register with metric.register first")
    return _REGISTRY[metric.lower()](*args, **kwargs)


@register
@alias("composite")
class CompositeEvalMetric(EvalMetric):
    """Several metrics; `get` gives lists.

    Args:
      metrics: what `create` takes, each.
      name, output_names, label_names: as `EvalMetric`.
    """

    def __init__(
        self,
        metrics: Sequence[Any] | None = None,
        name: str = "composite",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.metrics: list[EvalMetric] = []
        super().__init__(name, output_names=output_names, label_names=label_names, has_global_stats=True)
        self.metrics = [create(metric) for metric in metrics or ()]

    def add(self, metric: Any) -> None:
        """Add one more, or what `create` makes one of."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> Any:
        """The metric at a position; for a wrong one MXNet returns a ValueError, and so does this."""
        try:
            return self.metrics[index]
        except IndexError:
            return ArgumentError(f"Metric index {index} is out of range 0 and {len(self.metrics)}")

    def update_dict(self, labels: Mapping[str, Any], preds: Mapping[str, Any]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  MXNet's names
        """`update_dict` of each, with the arrays of `label_names` and `output_names`."""
        if self.label_names is not None:
            labels = OrderedDict(item for item in labels.items() if item[0] in self.label_names)
        if self.output_names is not None:
            preds = OrderedDict(item for item in preds.items() if item[0] in self.output_names)
        for metric in self.metrics:
            metric.update_dict(labels, preds)

    def update(self, labels: Any, preds: Any) -> None:
        """`update` of each."""
        for metric in self.metrics:
            metric.update(labels, preds)

    def reset(self) -> None:
        """`reset` of each."""
        for metric in self.metrics:
            metric.reset()

    def reset_local(self) -> None:
        """`reset_local` of each."""
        for metric in self.metrics:
            metric.reset_local()

    def get(self) -> tuple[list[str], list[Any]]:
        """All names, and all values."""
        return _joined(metric.get() for metric in self.metrics)

    def get_global(self) -> tuple[list[str], list[Any]]:
        """All names, and all values since `reset`."""
        return _joined(metric.get_global() for metric in self.metrics)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a metric."""
        return {**super().get_config(), "metrics": [metric.get_config() for metric in self.metrics]}


def _joined(found: Any) -> tuple[list[str], list[Any]]:
    pairs = [pair for name, value in found for pair in _pairs(name, value)]
    return [name for name, _ in pairs], [value for _, value in pairs]


@register
class CustomMetric(EvalMetric):
    """A metric by a function.

    Args:
      feval: takes label and prediction as numpy arrays; gives the batch's value, or a tuple of a sum and its number of
        terms.
      name: by default the function's.
      allow_extra_outputs: accept more predictions than labels.
      output_names, label_names: as `EvalMetric`.
    """

    def __init__(
        self,
        feval: Callable[..., Any],
        name: str | None = None,
        allow_extra_outputs: bool = False,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        if name is None:
            name = feval.__name__
            name = f"custom({name})" if "<" in name else name
        super().__init__(
            name, feval=feval, allow_extra_outputs=allow_extra_outputs, output_names=output_names,
            label_names=label_names, has_global_stats=True,
        )  # fmt: skip
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels: Any, preds: Any) -> None:
        """Take account of a batch; see `EvalMetric.update`."""
        if not self._allow_extra_outputs:
            labels, preds = check_label_shapes(labels, preds, True)
        for pred, label in zip(preds, labels):
            found = self._feval(values(label).copy(), values(pred).copy())
            self._add(*(found if isinstance(found, tuple) else (found, 1)))

    def get_config(self) -> dict[str, Any]:
        """A function cannot be given as text.

        Raises:
          NotImplementedError: always.
        """
        raise NotImplementedError("CustomMetric cannot be serialized")
