"""`create`, and metrics made of other metrics or of functions."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gluax.errors import ArgumentError
from gluax.metric.base import REGISTRY, EvalMetric, alias, check_label_shapes, pairs, register, values


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
    if not isinstance(metric, str) or metric.lower() not in REGISTRY:
        raise ArgumentError(f"{metric} is not registered. Please register with metric.register first")
    return REGISTRY[metric.lower()](*args, **kwargs)


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
    joined = [pair for name, value in found for pair in pairs(name, value)]
    return [name for name, _ in joined], [value for _, value in joined]


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
