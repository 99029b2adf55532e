"""`Module`: a symbol with its executors, one for each context, and an optimizer."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from gluax import metric as metrics
from gluax import optimizer as opt
from gluax.context import Context
from gluax.errors import ParameterError
from gluax.executor import Executor
from gluax.initializer import InitDesc, Uniform
from gluax.ir.atomic import atomic_write
from gluax.model import load_checkpoint, save_checkpoint
from gluax.module.bound_module import BoundModule
from gluax.ndarray import NDArray
from gluax.optimizer.kvstore import require_local
from gluax.symbol import Symbol


class Module(BoundModule):
    """A symbol to train and run.

    On several contexts each gets a slice of every batch, and the gradients are added up.

    Args:
      symbol: the computation.
      data_names, label_names: the arguments that batches feed.
      logger: where `fit` writes.
      context: a context, or several.
      work_load_list, group2ctxs, compression_params: taken for likeness.
      fixed_param_names: parameters without a gradient.
      state_names: arguments that are neither fed nor trained; they begin as zeros.

    Raises:
      ArgumentError: for a name that the symbol does not have, labels aside.
    """

    def __init__(
        self,
        symbol: Symbol,
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] | None = ("softmax_label",),
        logger: Any = logging,
        context: Context | Sequence[Context] | None = None,
        work_load_list: Any = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Any = None,
    ) -> None:
        super().__init__(symbol, data_names, label_names, logger, context, fixed_param_names, state_names)
        self._optimizer: opt.Optimizer | None = None
        self._updater: Any = None
        self._preloaded: str | None = None

    @staticmethod
    def load(prefix: str | os.PathLike[str], epoch: int, load_optimizer_states: bool = False, **kwargs: Any) -> Module:
        """A module of a checkpoint; `bind` gives it the parameters. `kwargs` go to `Module`."""
        symbol, arguments, states = load_checkpoint(prefix, epoch)
        module = Module(symbol, **kwargs)
        module._loaded = arguments, states
        module.params_initialized = True
        if load_optimizer_states:
            module._preloaded = f"{os.fspath(prefix)}-{epoch:04d}.states"
        return module

    def save_checkpoint(
        self, prefix: str | os.PathLike[str], epoch: int, save_optimizer_states: bool = False,
        remove_amp_cast: bool = True,
    ) -> None:  # fmt: skip
        """Write the symbol, the parameters and, if asked for, the optimizer's states."""
        save_checkpoint(prefix, epoch, self._symbol, *self.get_params(), remove_amp_cast=remove_amp_cast)
        if save_optimizer_states:
            self.save_optimizer_states(f"{os.fspath(prefix)}-{epoch:04d}.states")

    # --- parameters

    def init_params(
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters values: those passed, else the initializer's.

        Args:
          initializer: for parameters that are not passed; None leaves them as they are.
          arg_params, aux_params: values by name; of a loaded checkpoint by default.
          allow_missing: accept values for a part of the parameters only.
          force_init: also when they have values.
          allow_extra: accept values for parameters that are none.

        Raises:
          RuntimeError: for parameters without a value among those passed, unless `allow_missing`.
        """
        if self.params_initialized and not force_init:
            if self._loaded is not None or arg_params is None:
                return
            self.logger.warning("Parameters already initialized and force_init=False. init_params call ignored.")
            return
        assert self.binded, "call bind before initializing the parameters"
        first, *others = self._bound.executors
        attributes = self._symbol.attr_dict()
        for given, own in ((arg_params, self._parameters(first)), (aux_params, first.aux_dict)):
            for name, array in own.items():
                if given is not None and name in given:
                    given[name].astype(array.dtype).copyto(array)
                elif given is not None and not allow_missing:
                    raise ParameterError(f"{name} is not presented")
                elif initializer is not None:
                    initializer(InitDesc(name, attributes.get(name)), array)
        for executor in others:
            executor.copy_params_from(self._parameters(first), first.aux_dict)
        self.params_initialized = True

    def _parameters(self, executor: Executor) -> dict[str, NDArray]:
        arrays = executor.arg_dict
        return {name: arrays[name] for name in self._param_names}

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """Copies of the arguments that are parameters, and of the auxiliary states, by name."""
        assert self.params_initialized, "call init_params first"
        if not self.binded:
            return self._loaded or ({}, {})
        parameters = self._parameters(self._bound.executors[0])
        return {name: array.copy() for name, array in parameters.items()}, self._bound.mean_states()

    # --- training

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make the optimizer. Gradients are divided by the batch's size unless it says otherwise.

        Args:
          kvstore: taken for likeness; a distributed one is refused.
          optimizer: an optimizer, or the name of one with `optimizer_params`, pairs or a dict.
          force_init: make it again.

        Raises:
          TypeError, ArgumentError: for a `kvstore` that is no name, or a distributed one.
        """
        self._require_ready()
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        require_local(kvstore)
        if not isinstance(optimizer, opt.Optimizer):
            settings = {"rescale_grad": 1.0 / self._data_shapes[0].shape[0], **dict(optimizer_params)}
            names = dict(enumerate(self._param_names))
            optimizer = opt.create(optimizer, sym=self._symbol, param_idx2name=names, **settings)
        self._optimizer = optimizer
        self._updater = opt.get_updater(optimizer)
        self.optimizer_initialized = True
        if self._preloaded is not None:
            self.load_optimizer_states(self._preloaded)
            self._preloaded = None

    def borrow_optimizer(self, shared_module: Module) -> None:
        """Use the optimizer of another module, with its states."""
        assert shared_module.optimizer_initialized, "the other module has no optimizer"
        self._optimizer, self._updater = shared_module._optimizer, shared_module._updater
        self.optimizer_initialized = True

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch, of another size too; by default in training mode when bound for training."""
        self._require_ready()
        labels = data_batch.label if getattr(data_batch, "label", None) else []
        fed = {**dict(zip(self._data_names, data_batch.data)), **dict(zip(self._label_names, labels))}
        known = {each.name: each.shape for each in (*self._data_shapes, *self._label_shapes)}
        if any(tuple(fed[name].shape) != tuple(shape) for name, shape in known.items() if name in fed):
            self._take_shapes(data_batch, fed)
        self._bound.forward(fed, self.for_training if is_train is None else is_train)

    def _take_shapes(self, batch: Any, fed: Mapping[str, Any]) -> None:
        data = getattr(batch, "provide_data", None) or [(name, fed[name].shape) for name in self._data_names]
        labels = getattr(batch, "provide_label", None) or [
            (
                each.name,
                fed[each.name].shape if each.name in fed else (fed[self._data_names[0]].shape[0], *each.shape[1:]),
            )
            for each in self._label_shapes
        ]
        self.reshape(data, labels)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients; outputs that are no losses need theirs."""
        self._require_ready()
        assert self.for_training, "re-bind with for_training=True to run backward"
        self._bound.backward([out_grads] if isinstance(out_grads, NDArray) else out_grads)

    def update(self) -> None:
        """Update the parameters by the gradients of the last batch, added up over the contexts."""
        self._require_ready()
        assert self.optimizer_initialized, "call init_optimizer first"
        grads, weights = self._bound.total_gradients(), self._bound.executors[0].arg_dict
        indices = [self._param_names.index(name) for name in grads]
        self._updater(indices, list(grads.values()), [weights[name] for name in grads])
        self._bound.spread(list(grads))

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last batch; not merged, a list over the contexts for each."""
        self._require_ready()
        outputs = [executor.outputs for executor in self._bound.executors]
        return self._bound.gathered(outputs, merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the inputs."""
        self._require_ready()
        assert self.inputs_need_grad, "bind with inputs_need_grad=True"
        found = [[executor.grad_dict[name] for name in self._data_names] for executor in self._bound.executors]
        return self._bound.gathered(found, merge_multi_context)

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The arrays of `state_names`."""
        found = [[executor.arg_dict[name] for name in self._state_names] for executor in self._bound.executors]
        return self._bound.gathered(found, merge_multi_context)

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the arrays of `state_names`: from lists over the contexts for each, or to one number."""
        assert (states is None) != (value is None), "give states or a value"
        for index, executor in enumerate(self._bound.executors):
            for number, name in enumerate(self._state_names):
                executor.arg_dict[name][:] = value if states is None else states[number][index]

    def update_metric(self, eval_metric: metrics.EvalMetric, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last batch to a metric; `pre_sliced` labels come as a list for each context."""
        labels = labels if pre_sliced else [labels]
        outputs = [executor.outputs for executor in self._bound.executors] if pre_sliced else [self.get_outputs()]
        for given, found in zip(labels, outputs):
            eval_metric.update_dict(dict(zip(self._label_names, given)), dict(zip(self.output_names, found)))

    def save_optimizer_states(self, fname: str | os.PathLike[str]) -> None:
        """Write the optimizer's states, without pickle: see `Updater.get_states`."""
        assert self.optimizer_initialized, "call init_optimizer first"
        with atomic_write(fname) as stream:
            stream.write(self._updater.get_states())

    def load_optimizer_states(self, fname: str | os.PathLike[str]) -> None:
        """Read what `save_optimizer_states` wrote."""
        assert self.optimizer_initialized, "call init_optimizer first"
        with open(fname, "rb") as stream:
            self._updater.set_states(stream.read())

    def install_monitor(self, mon: Any) -> None:
        """Let a `Monitor` look at the executors."""
        assert self.binded, "call bind first"
        for executor in self._bound.executors:
            mon.install(executor)
