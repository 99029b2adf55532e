"""Scenarios of `mx.metric` and `mx.callback`; see `tests.oracle.scenarios`.

Facts are numbers, names and errors; `tests/test_metric.py` compares numbers within rounding.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("metrics")
scenario = SCENARIOS.add


def classes(random: np.random.RandomState, shape: Any, count: int) -> np.ndarray:
    return random.randint(0, count, shape)


def scores(random: np.random.RandomState, shape: Any) -> np.ndarray:
    """Probabilities along the axis 1."""
    raw = random.uniform(0.1, 1, shape)
    return raw / raw.sum(1, keepdims=True)


def numbers(random: np.random.RandomState, *shape: int) -> np.ndarray:
    return random.uniform(-1, 1, shape)


# Name: metric, its arguments, what makes the label and the prediction of a batch.
_R = np.random.RandomState
Pair = tuple[Callable[[Any], np.ndarray], Callable[[Any], np.ndarray]]


def _classified(shape: tuple[int, ...], label_shape: Any = None) -> Pair:
    wanted = label_shape or (shape[0], *shape[2:])
    return lambda r: classes(r, wanted, shape[1]), lambda r: scores(r, shape)


def _measured(*shape: int) -> Pair:
    return lambda r: numbers(r, *shape), lambda r: numbers(r, *shape)


METRICS: dict[str, tuple[str, dict[str, Any], Pair]] = {
    "accuracy": ("acc", {}, _classified((7, 4))),
    "accuracy_images": ("accuracy", {"name": "pixels"}, _classified((2, 3, 4, 5))),
    "accuracy_axis": ("Accuracy", {"axis": 2}, (lambda r: classes(r, (2, 3), 4), lambda r: numbers(r, 2, 3, 4))),
    "accuracy_classes": ("acc", {}, (lambda r: classes(r, 6, 3), lambda r: classes(r, 6, 3))),
    "accuracy_column": ("acc", {}, _classified((5, 3), (5, 1))),
    "top_3": ("top_k_accuracy", {"top_k": 3}, _classified((8, 6))),
    "top_2": ("top_k_acc", {"top_k": 2, "name": "best"}, _classified((8, 2))),
    "f1": ("f1", {}, _classified((9, 2))),
    "f1_micro": ("f1", {"average": "micro"}, _classified((9, 2))),
    "mcc": ("mcc", {}, _classified((9, 2))),
    "mcc_micro": ("mcc", {"average": "micro"}, _classified((9, 2))),
    "pcc": ("pcc", {}, _classified((9, 2))),
    "pcc_many": ("pcc", {}, _classified((12, 5))),
    "pcc_classes": ("pcc", {}, (lambda r: classes(r, 9, 4), lambda r: classes(r, 9, 4))),
    "perplexity": ("perplexity", {"ignore_label": None}, _classified((6, 4))),
    "perplexity_ignore": ("Perplexity", {"ignore_label": 0}, _classified((6, 4), (2, 3))),
    "perplexity_outside": ("perplexity", {"ignore_label": -1},
                           (lambda r: classes(r, 6, 4) - 1, lambda r: scores(r, (6, 3)))),
    "mae": ("mae", {}, _measured(5)),
    "mae_matrix": ("mae", {}, _measured(3, 4)),
    "mae_mixed": ("mae", {}, (lambda r: numbers(r, 4), lambda r: numbers(r, 4, 1))),
    "mse": ("mse", {}, _measured(2, 3, 4)),
    "rmse": ("rmse", {}, _measured(5)),
    "cross_entropy": ("ce", {}, _classified((6, 4))),
    "cross_entropy_eps": ("CrossEntropy", {"eps": 0.1}, _classified((6, 4), (6, 1))),
    "nll": ("nll_loss", {}, _classified((6, 4))),
    "pearson": ("pearsonr", {}, _measured(7)),
    "pearson_micro": ("pearsoncorrelation", {"average": "micro"}, _measured(3, 4)),
    "loss": ("loss", {}, _measured(3, 2)),
    "torch": ("torch", {}, _measured(4)),
    "caffe": ("caffe", {}, _measured(4)),
}  # fmt: skip


def reading(metric: Any) -> list[Any]:
    """The values, and those since `reset` with their names."""
    return [metric.get()[1], *metric.get_global_name_value()]


def _batches(name: str) -> Callable[[Any], Any]:
    def run(mx: Any) -> Any:
        kind, arguments, (label, pred) = METRICS[name]
        random = np.random.RandomState(len(name))
        metric = mx.metric.create(kind, **arguments)
        found = [reading(metric)]
        for number in range(5):
            labels = [mx.nd.array(label(random)) for _ in range(1 + number % 2)]
            preds = [mx.nd.array(pred(random)) for _ in labels]
            metric.update(labels, preds)
            found.append(reading(metric))
            if number == 2:
                metric.reset_local()
                found.append(reading(metric))
        metric.reset()
        return [*found, reading(metric), metric.get_config()]

    return run


SCENARIOS.update({f"batches_{name}": _batches(name) for name in METRICS})


@scenario
def half(mx):
    random, found = _R(1), []
    for kind in ("acc", "mse", "ce", "loss", "pearsonr"):
        metric = mx.metric.create(kind)
        if kind in ("acc", "ce"):
            label, pred = classes(random, 5, 3), scores(random, (5, 3))
        else:
            label, pred = numbers(random, 5), numbers(random, 5)
        metric.update([mx.nd.array(label)], [mx.nd.array(pred, dtype="float16")])
        found.append(round(float(metric.get()[1]), 2))  # MXNet sums halves in halves
    return found


@scenario
def custom(mx):
    label, pred = mx.nd.array([1, 2, 3]), mx.nd.array([1, 3, 5])

    def off(label, pred):
        return float(np.abs(label - pred).sum())

    made = [
        mx.metric.create(off), mx.metric.np(off), mx.metric.np(off, name="mine"), mx.metric.CustomMetric(lambda a, b: 2.0),
        mx.metric.create(lambda a, b: (float((a + b).sum()), len(a))), mx.metric.np(off, allow_extra_outputs=True),
    ]  # fmt: skip
    for metric in made:
        metric.update([label], [pred])
        metric.update([pred], [pred])
    return [
        *([metric.name, reading(metric)] for metric in made),
        raised(made[0].get_config), raised(lambda: made[0].update([label], [pred, pred])),
        raised(lambda: made[5].update([label], [pred, pred])), reading(made[5]),
    ]  # fmt: skip


@scenario
def composite(mx):
    label, pred = mx.nd.array([1, 0]), mx.nd.array([[0.3, 0.7], [0.2, 0.8]])
    metric = mx.metric.create(["acc", mx.metric.F1(), lambda a, b: 1.0])
    metric.add("ce")
    found = [reading(metric)]
    metric.update([label], [pred])
    found += [
        reading(metric),
        metric.get(),
        metric.get_global(),
        metric.get_name_value(),
        str(metric),
        type(metric.get_metric(1)).__name__,
        len(metric.metrics),
    ]
    found += [isinstance(metric.get_metric(9), ValueError)]
    metric.reset_local()
    found.append(reading(metric))
    metric.reset()
    found.append(reading(metric))
    named = mx.metric.CompositeEvalMetric(["acc", "mse"], name="both")
    return [*found, named.get_config(), named.name, mx.metric.CompositeEvalMetric().get()]


@scenario
def named(mx):
    a, b = mx.nd.array([1, 0, 1]), mx.nd.array([1, 1, 1])
    labels, preds = OrderedDict(x=a, y=b), OrderedDict(u=b, v=a)
    found = []
    for outputs, names in ((None, None), (["u"], ["x"]), (["v"], ["x"]), (["v", "u"], ["x", "y"])):
        metric = mx.metric.Accuracy(output_names=outputs, label_names=names)
        metric.update_dict(labels, preds)
        found.append(reading(metric))
    both = mx.metric.CompositeEvalMetric(["acc", "mae"], output_names=["u"], label_names=["y"])
    both.update_dict(labels, preds)
    missing = mx.metric.Accuracy(output_names=["nope"])
    return [*found, reading(both), raised(lambda: missing.update_dict(labels, preds))]


@scenario
def created(mx):
    create = mx.metric.create
    config = mx.metric.TopKAccuracy(top_k=3).get_config()
    own = mx.metric.MSE()
    made = [create("ACC"), create('["top_k_accuracy", {"top_k": 4}]'), create('{"metric": "mse", "name": "m"}'),
            create({"metric": "Accuracy", "axis": 2}), create("mse", name="other")]  # fmt: skip
    return [
        config, [[type(metric).__name__, metric.get_config()] for metric in made], create(own) is own,
        raised(lambda: create("nope")), raised(lambda: create(own, name="x")), raised(lambda: create(3)),
        raised(lambda: mx.metric.TopKAccuracy()), raised(lambda: create("perplexity")), str(mx.metric.MAE()),
    ]  # fmt: skip


@scenario
def registered(mx):
    @mx.metric.register
    @mx.metric.alias("halved", "half_it")
    class Halves(mx.metric.EvalMetric):
        def update(self, labels, preds):
            self.sum_metric += 0.5
            self.num_inst += 1

    made = [mx.metric.create(name, name="h") for name in ("Halves", "halved", "half_it")]
    made[0].update(None, None)
    empty = mx.metric.EvalMetric("base")
    return [[type(metric).__name__ for metric in made], reading(made[0]), raised(lambda: mx.metric.register(dict)),
            raised(lambda: empty.update([], [])), empty.get_config()]  # fmt: skip


@scenario
def wrong_shapes(mx):
    one, two = mx.nd.ones(3), mx.nd.ones((2, 3))
    check = mx.metric.check_label_shapes
    wrapped = check(one, one, True)
    found = [isinstance(wrapped[0], list), len(wrapped[1]), raised(lambda: check(one, two)),
             raised(lambda: check(one, one, False, True)), raised(lambda: check(one, two, False, True)),
             raised(lambda: check([one], [one, two]))]  # fmt: skip
    for kind in ("acc", "f1", "ce", "nll_loss", "pearsonr", "mae"):
        found.append(raised(lambda kind=kind: mx.metric.create(kind).update([one], [two])))
    three = mx.nd.array([0, 1, 2])
    return [*found, raised(lambda: mx.metric.F1().update([three], [mx.nd.ones((3, 3))])),
            raised(lambda: mx.metric.Perplexity(None).update([one], [two])),
            raised(lambda: mx.metric.TopKAccuracy(2).update([one], [mx.nd.ones((3, 2, 2))]))]  # fmt: skip


@scenario
def single_arrays(mx):
    label, pred = mx.nd.array([1, 0, 2]), mx.nd.array([[0.1, 0.9, 0], [0.3, 0.2, 0.5], [0, 0, 1]])
    found = []
    for kind in ("acc", "ce", "loss"):
        metric = mx.metric.create(kind)
        metric.update(label, pred)
        found.append(reading(metric))
    return found


# --- callbacks


class Lines(logging.Handler):
    """The lines that are logged while it is entered, with numbers that measure time left out."""

    def __enter__(self) -> list[str]:
        self.lines: list[str] = []
        self.root = logging.getLogger()
        self.level_before = self.root.level
        self.root.setLevel(logging.INFO)
        self.root.addHandler(self)
        return self.lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(re.sub(r"Speed: \S+", "Speed: N", record.getMessage()))

    def __exit__(self, *unused: Any) -> None:
        self.root.removeHandler(self)
        self.root.setLevel(self.level_before)


@scenario
def callbacks(mx):
    c, found = mx.callback, []
    for callback in (c.Speedometer(4, 2), c.Speedometer(4, 2, auto_reset=False), c.ProgressBar(5, 10),
                     c.log_train_metric(2), c.log_train_metric(3, auto_reset=True),
                     c.LogValidationMetricsCallback()):  # fmt: skip
        metric = mx.metric.create(["acc", "mse"])
        with Lines() as lines:
            for epoch in range(2):
                for batch in range(5):
                    metric.update([mx.nd.array([1, 0])], [mx.nd.array([1, batch % 2])])
                    callback(SimpleNamespace(epoch=epoch, nbatch=batch, eval_metric=metric))
            callback(SimpleNamespace(epoch=2, nbatch=6, eval_metric=None))
        found.append([list(lines), [str(value) for value in metric.get()[1]]])
    return found


@scenario
def checkpoints(mx):
    saved = []
    module = SimpleNamespace(save_checkpoint=lambda *args: saved.append(args))
    for callback in (mx.callback.module_checkpoint(module, "p"), mx.callback.module_checkpoint(module, "q", 2, True),
                     mx.callback.module_checkpoint(module, "r", 0)):  # fmt: skip
        for epoch in range(4):
            callback(epoch)
    return saved
