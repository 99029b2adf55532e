"""`FeedForward`: MXNet's first way to train, an estimator of arrays and iterators over a `Module`."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gluax import metric as metrics
from gluax.callback import LogValidationMetricsCallback
from gluax.context import Context, cpu
from gluax.initializer import Uniform
from gluax.io import DataIter, NDArrayIter, ResizeIter
from gluax.model import load_checkpoint, save_checkpoint
from gluax.module.base_module import Callbacks
from gluax.module.bucketing_module import BucketingModule
from gluax.module.module import Module
from gluax.ndarray import NDArray
from gluax.symbol import Symbol

Params = Mapping[str, NDArray]


class FeedForward:
    """A symbol with its parameters, an optimizer by name, and `fit`, `predict` and `score` on arrays or iterators.

    Args:
      symbol: the network, or a function that makes it of a batch's bucket key; inference takes the iterator's default.
      ctx: a context, or several; the CPU by default.
      num_epoch: the epoch to stop before.
      epoch_size: batches in an epoch; by default those of the iterator.
      optimizer: an optimizer, or the name of one that is made with the further arguments.
      initializer: for parameters without a value.
      numpy_batch_size: the batch size for arrays.
      arg_params, aux_params: values of parameters and of auxiliary states.
      allow_extra_params: leave out values that the symbol has no use for.
      begin_epoch: the first epoch's number.
      **kwargs: the optimizer's arguments.

    Warns:
      DeprecationWarning: as in MXNet: `mx.mod.Module` is the later way.
    """

    def __init__(
        self,
        symbol: Symbol | Callable[[Any], Symbol],
        ctx: Context | Sequence[Context] | None = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        numpy_batch_size: int = 128,
        arg_params: Params | None = None,
        aux_params: Params | None = None,
        allow_extra_params: bool = False,
        begin_epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        warnings.warn("FeedForward has been deprecated: use mx.mod.Module", DeprecationWarning, stacklevel=2)
        self.symbol = symbol if isinstance(symbol, Symbol) else None
        self.sym_gen = None if isinstance(symbol, Symbol) else symbol
        self.ctx = [cpu()] if ctx is None else [ctx] if isinstance(ctx, Context) else list(ctx)
        self.num_epoch, self.epoch_size, self.begin_epoch = num_epoch, epoch_size, begin_epoch
        self.optimizer, self.initializer, self.numpy_batch_size = optimizer, initializer, numpy_batch_size
        self.arg_params, self.aux_params = arg_params, aux_params
        self.allow_extra_params = allow_extra_params
        self.kwargs = dict(kwargs)
        self._module: Module | None = None
        if self.symbol is not None:
            self._drop_extra_params(self.symbol)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_module": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def _drop_extra_params(self, symbol: Symbol) -> None:
        if self.allow_extra_params:
            arguments, states = set(symbol.list_arguments()), set(symbol.list_auxiliary_states())
            self.arg_params = {name: array for name, array in (self.arg_params or {}).items() if name in arguments}
            self.aux_params = {name: array for name, array in (self.aux_params or {}).items() if name in states}

    # --- data

    def _batches(self, X: Any, y: Any, is_train: bool) -> Any:
        if not isinstance(X, (np.ndarray, NDArray)):
            if not isinstance(X, DataIter):
                raise TypeError(f"X must be a DataIter, an NDArray or a numpy array, not {type(X)}")
            return X
        if y is None:
            if is_train:
                raise ValueError("y must be given when X is an array")
            y = np.zeros(X.shape[0])
        if not isinstance(y, (np.ndarray, NDArray)):
            raise TypeError(f"y must be an array when X is one, not {type(y)}")
        if X.shape[0] != y.shape[0]:
            raise ValueError(f"{X.shape[0]} data points and {y.shape[0]} labels: there must be as many")
        if y.ndim == 2 and y.shape[1] == 1:
            y = y.flatten() if isinstance(y, np.ndarray) else y.reshape((-1,))
        if y.ndim != 1:
            raise ValueError(f"labels must have one axis, or a second one of size 1, not shape {y.shape}")
        size = min(X.shape[0], self.numpy_batch_size)
        return NDArrayIter(X, y, size, shuffle=is_train, last_batch_handle="roll_over" if is_train else "pad")

    def _eval_batches(self, eval_data: Any) -> Any:
        if not isinstance(eval_data, (tuple, list)) or len(eval_data) != 2:
            if eval_data is None or isinstance(eval_data, DataIter):
                return eval_data
            raise TypeError("eval_data must be a DataIter, or a pair of arrays or lists")
        data, labels = (np.array(part) if isinstance(part, list) else part for part in eval_data)
        if data is None:
            raise ValueError("eval_data has no data")
        return data if labels is None and isinstance(data, DataIter) else self._batches(data, labels, True)

    def _new_module(self, data: Any) -> Module:
        assert self.symbol is not None, "there is no symbol before fit: it comes from a function"
        names = [each[0] for each in data.provide_data]
        given = [each[0] for each in data.provide_label]
        # Without labels from the iterator, what is called so is no parameter: MXNet goes by the name too.
        labels = [name for name in self.symbol.list_arguments() if name in given or name.endswith("label")]
        return Module(self.symbol, data_names=names, label_names=labels, context=self.ctx)

    def _trained_module(self, data: Any) -> Module | BucketingModule:
        module, generate = self._new_module(data), self.sym_gen
        if generate is None:
            return module
        names = module.data_names, module.label_names
        return BucketingModule(lambda key: (generate(key), *names), data.default_bucket_key, context=self.ctx)

    # --- training

    def fit(
        self,
        X: Any,
        y: Any = None,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Callbacks = None,
        batch_end_callback: Callbacks = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        monitor: Any = None,
        eval_end_callback: Callbacks = LogValidationMetricsCallback(),  # noqa: B008  MXNet's signature; it has no state
        eval_batch_end_callback: Callbacks = None,
    ) -> None:
        """Train on an iterator, or on arrays, which are shuffled; see `BaseModule.fit` for the other arguments.

        Raises:
          ValueError, TypeError: for data and labels that do not go together.
        """
        data, eval_data = self._batches(X, y, True), self._eval_batches(eval_data)
        if self.sym_gen is not None:
            self.symbol = self.sym_gen(data.default_bucket_key)
            self._drop_extra_params(self.symbol)
        module = self._trained_module(data)
        module.logger = logging if logger is None else logger
        batches = data if self.epoch_size is None else ResizeIter(data, self.epoch_size, reset_internal=False)
        module.fit(
            batches, eval_data, eval_metric, self._of_whole(epoch_end_callback), _from_one(batch_end_callback), kvstore,
            self.optimizer, self.kwargs, eval_end_callback, eval_batch_end_callback, self.initializer, self.arg_params,
            self.aux_params, allow_missing=True, begin_epoch=self.begin_epoch, num_epoch=self.num_epoch,
            monitor=monitor,
        )  # fmt: skip
        self.arg_params, self.aux_params = module.get_params()
        self._module = None

    def _of_whole(self, callbacks: Callbacks) -> Callbacks:
        """Callbacks of epochs that get the model's symbol, not that of the last batch's bucket."""
        return [
            lambda epoch, _, *params, callback=callback: callback(epoch, self.symbol, *params)
            for callback in _listed(callbacks)
        ]

    # --- inference

    def _predictor(self, data: Any) -> Module:
        if self._module is None:
            assert self.arg_params is not None, "there are no parameters: fit or load first"
            module = self._new_module(data)
            module.bind(data.provide_data, data.provide_label, for_training=False)
            module.set_params(self.arg_params, self.aux_params, allow_extra=self.allow_extra_params)
            self._module = module
        return self._module

    def predict(self, X: Any, num_batch: int | None = None, return_data: bool = False, reset: bool = True) -> Any:
        """The outputs for an iterator or an array, as numpy arrays, without what fills up a last batch.

        Args:
          X: the data.
          num_batch: how many batches at most.
          return_data: return the data and the labels too.
          reset: begin at the iterator's start.

        Returns:
          One array, or a list for several outputs; with `return_data` a triple (outputs, data, labels) of such.
        """
        data = self._batches(X, None, False)
        rows: list[list[list[np.ndarray]]] = [[], [], []]
        for outputs, _, batch in self._predictor(data).iter_predict(data, num_batch, reset):
            size = data.batch_size - (batch.pad or 0)
            parts = [outputs, batch.data, batch.label] if return_data else [outputs]
            for kept, arrays in zip(rows, parts):
                kept.append([array[:size].asnumpy() for array in arrays])
        merged = [[np.concatenate(column) for column in zip(*kept)] for kept in rows]
        single = [arrays[0] if len(arrays) == 1 else arrays for arrays in merged]
        return tuple(single) if return_data else single[0]

    def score(
        self,
        X: Any,
        eval_metric: Any = "acc",
        num_batch: int | None = None,
        batch_end_callback: Callbacks = None,
        reset: bool = True,
    ) -> Any:
        """A metric's value over an iterator with labels."""
        data = self._batches(X, None, False)
        metric = metrics.create(eval_metric)
        self._predictor(data).score(data, metric, num_batch, batch_end_callback, reset=reset)
        return metric.get()[1]

    # --- files

    def save(self, prefix: str | os.PathLike[str], epoch: int | None = None, remove_amp_cast: bool = True) -> None:
        """Write a checkpoint, of `num_epoch` by default; see `mx.model.save_checkpoint`."""
        epoch = self.num_epoch if epoch is None else epoch
        assert epoch is not None, "which epoch? neither the argument nor num_epoch says it"
        arguments, states = self.arg_params or {}, self.aux_params or {}
        save_checkpoint(prefix, epoch, self.symbol, arguments, states, remove_amp_cast=remove_amp_cast)

    @staticmethod
    def load(prefix: str | os.PathLike[str], epoch: int, ctx: Any = None, **kwargs: Any) -> FeedForward:
        """Read a checkpoint; training goes on at its epoch."""
        symbol, arguments, states = load_checkpoint(prefix, epoch)
        return FeedForward(symbol, ctx=ctx, arg_params=arguments, aux_params=states, begin_epoch=epoch, **kwargs)

    @staticmethod
    def create(
        symbol: Any,
        X: Any,
        y: Any = None,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Callbacks = None,
        batch_end_callback: Callbacks = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        eval_end_callback: Callbacks = LogValidationMetricsCallback(),  # noqa: B008  MXNet's signature; it has no state
        eval_batch_end_callback: Callbacks = None,
        **kwargs: Any,
    ) -> FeedForward:
        """Make a model and `fit` it."""
        model = FeedForward(
            symbol, ctx=ctx, num_epoch=num_epoch, epoch_size=epoch_size, optimizer=optimizer, initializer=initializer,
            **kwargs,
        )  # fmt: skip
        model.fit(
            X, y, eval_data=eval_data, eval_metric=eval_metric, epoch_end_callback=epoch_end_callback,
            batch_end_callback=batch_end_callback, kvstore=kvstore, logger=logger, work_load_list=work_load_list,
            eval_end_callback=eval_end_callback, eval_batch_end_callback=eval_batch_end_callback,
        )  # fmt: skip
        return model


def _listed(callbacks: Callbacks) -> list[Callable[..., Any]]:
    listed: Any = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    return [callback for callback in listed if callback is not None]


def _from_one(callbacks: Callbacks) -> Callbacks:
    """Callbacks that count the batches of an epoch from 1, as this class always did."""
    return [
        lambda param, callback=callback: callback(param._replace(nbatch=param.nbatch + 1))
        for callback in _listed(callbacks)
    ]
