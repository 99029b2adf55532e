"""`BaseModule`: the loops of training, scoring and predicting, over the steps that each kind of module defines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gluax import metric as metrics
from gluax.initializer import Uniform
from gluax.io import DataIter, NDArrayIter
from gluax.model import BatchEndParam
from gluax.module.steps import ModuleSteps
from gluax.ndarray import NDArray, concat

Callbacks = Callable[..., Any] | Sequence[Callable[..., Any]] | None


class BaseModule(ModuleSteps):
    """A computation with parameters: bound to shapes, initialized, given an optimizer, and then run.

    Subclasses define the steps of `ModuleSteps`.
    """

    def score(
        self,
        eval_data: DataIter,
        eval_metric: Any,
        num_batch: int | None = None,
        batch_end_callback: Callbacks = None,
        score_end_callback: Callbacks = None,
        reset: bool = True,
        epoch: int = 0,
        sparse_row_id_fn: Any = None,
    ) -> list[tuple[str, float]]:
        """Run over the data and return a metric's names and values.

        Args:
          eval_data: the batches, from the start if `reset`.
          eval_metric: a metric, or what `mx.metric.create` takes.
          num_batch: how many batches at most.
          batch_end_callback, score_end_callback: called with a `BatchEndParam` after each batch, and at the end.
          epoch: for the callbacks.
          sparse_row_id_fn: taken for likeness.
        """
        self._require_ready()
        if reset:
            eval_data.reset()
        eval_metric = metrics.create(eval_metric)
        eval_metric.reset()
        seen = 0
        for number, batch in enumerate(eval_data):
            if number == num_batch:
                break
            self.forward(batch, is_train=False)
            self.update_metric(eval_metric, batch.label)
            _call(batch_end_callback, BatchEndParam(epoch, number, eval_metric, locals()))
            seen = number + 1
        _call(score_end_callback, BatchEndParam(epoch, seen, eval_metric, locals()))
        return eval_metric.get_name_value()

    def iter_predict(
        self, eval_data: DataIter, num_batch: int | None = None, reset: bool = True, sparse_row_id_fn: Any = None
    ) -> Iterator[tuple[list[NDArray], int, Any]]:
        """Yield the outputs, the number and the batch, of each; what fills up a last batch is left out."""
        self._require_ready()
        if reset:
            eval_data.reset()
        for number, batch in enumerate(eval_data):
            if number == num_batch:
                break
            self.forward(batch, is_train=False)
            pad = batch.pad or 0
            yield [output[: output.shape[0] - pad] for output in self.get_outputs()], number, batch

    def predict(
        self,
        eval_data: Any,
        num_batch: int | None = None,
        merge_batches: bool = True,
        reset: bool = True,
        always_output_list: bool = False,
        sparse_row_id_fn: Any = None,
    ) -> Any:
        """The outputs of all batches.

        Args:
          eval_data: an iterator, or an array with one batch or more along its first axis.
          num_batch, reset: see `score`.
          merge_batches: put the batches' outputs together; else return a list of lists.
          always_output_list: return a list also for a single output.

        Raises:
          ValueError: when batches have different numbers of outputs.
        """
        if isinstance(eval_data, (NDArray, np.ndarray)):
            eval_data = NDArrayIter(eval_data, batch_size=eval_data.shape[0])
        if not isinstance(eval_data, DataIter) and not hasattr(eval_data, "reset"):
            raise ValueError("eval_data must be of type NDArray, numpy.ndarray or DataIter")
        found = [[out.copy() for out in outputs] for outputs, _, _ in self.iter_predict(eval_data, num_batch, reset)]
        if not found or not merge_batches:
            return found
        if any(len(outputs) != len(found[0]) for outputs in found):
            raise ValueError("Cannot merge batches, as num of outputs is not the same in mini-batches.")
        merged = [concat(*column, dim=0) for column in zip(*found)]
        return merged if len(merged) > 1 or always_output_list else merged[0]

    def fit(
        self,
        train_data: DataIter,
        eval_data: DataIter | None = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Callbacks = None,
        batch_end_callback: Callbacks = None,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        eval_end_callback: Callbacks = None,
        eval_batch_end_callback: Callbacks = None,
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_rebind: bool = False,
        force_init: bool = False,
        begin_epoch: int = 0,
        num_epoch: int | None = None,
        validation_metric: Any = None,
        monitor: Any = None,
        sparse_row_id_fn: Any = None,
    ) -> None:
        """Train: bind, initialize, make the optimizer, and run over the data `num_epoch` times.

        Args:
          train_data: the batches of an epoch.
          eval_data: batches to score after each epoch, by `validation_metric`, or else `eval_metric`.
          epoch_end_callback: called with the epoch, the symbol, the arguments and the auxiliary states.
          batch_end_callback, eval_end_callback, eval_batch_end_callback: see `score`.
          kvstore, optimizer, optimizer_params: see `init_optimizer`.
          initializer, arg_params, aux_params, allow_missing, force_init: see `init_params`.
          force_rebind: bind again though it is bound.
          begin_epoch, num_epoch: the first epoch's number, and the one to stop before.
          monitor: a `Monitor` to look at each batch.

        Raises:
          AssertionError: without `num_epoch`.
        """
        assert num_epoch is not None, "please specify number of epochs"
        self.bind(
            data_shapes=train_data.provide_data, label_shapes=train_data.provide_label, for_training=True,
            force_rebind=force_rebind,
        )  # fmt: skip
        if monitor is not None:
            self.install_monitor(monitor)
        self.init_params(
            initializer=initializer, arg_params=arg_params, aux_params=aux_params, allow_missing=allow_missing,
            force_init=force_init,
        )  # fmt: skip
        self.init_optimizer(kvstore=kvstore, optimizer=optimizer, optimizer_params=optimizer_params)
        validation_metric = eval_metric if validation_metric is None else validation_metric
        eval_metric = metrics.create(eval_metric)
        for epoch in range(begin_epoch, num_epoch):
            start = time.time()
            self._epoch(epoch, train_data, eval_metric, batch_end_callback, monitor)
            for name, value in eval_metric.get_global_name_value():
                self.logger.info("Epoch[%d] Train-%s=%f", epoch, name, value)
            self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - start)
            _call(epoch_end_callback, epoch, self.symbol, *self.get_params())
            if eval_data is not None:
                scores = self.score(
                    eval_data, validation_metric, score_end_callback=eval_end_callback,
                    batch_end_callback=eval_batch_end_callback, epoch=epoch,
                )  # fmt: skip
                for name, value in scores:
                    self.logger.info("Epoch[%d] Validation-%s=%f", epoch, name, value)
            train_data.reset()

    def _epoch(
        self, epoch: int, data: DataIter, metric: metrics.EvalMetric, callbacks: Callbacks, monitor: Any
    ) -> None:
        metric.reset()
        for number, batch in enumerate(data):
            if monitor is not None:
                monitor.tic()
            self.prepare(batch)
            self.forward_backward(batch)
            self.update()
            self.update_metric(metric, batch.label)
            if monitor is not None:
                monitor.toc_print()
            _call(callbacks, BatchEndParam(epoch, number, metric, locals()))


def _call(callbacks: Callbacks, *arguments: Any) -> None:
    listed = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in listed:
        if callback is not None:
            callback(*arguments)  # type: ignore[operator]
