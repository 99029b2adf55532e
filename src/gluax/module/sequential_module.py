"""`SequentialModule`: modules in a row, each fed by the one before."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from gluax import metric as metrics
from gluax.initializer import Uniform
from gluax.module.base_module import BaseModule
from gluax.ndarray import NDArray


class SequentialModule(BaseModule):
    """Modules in a row: what one puts out is the next one's data, and gradients go the other way."""

    META_TAKE_LABELS = "take_labels"
    META_AUTO_WIRING = "auto_wiring"

    def __init__(self, logger: Any = logging) -> None:
        super().__init__(logger)
        self._modules: list[Any] = []
        self._metas: list[dict[str, Any]] = []
        self._label_shapes: Any = None

    def add(self, module: Any, **kwargs: Any) -> SequentialModule:
        """Put a module at the end; returns the row, to add more.

        Args:
          module: the module; the row is to be bound anew.
          take_labels: whether it gets the labels, and what it puts out counts for metrics.
          auto_wiring: whether its data take the names that it has for them, whatever the module before calls them.

        Raises:
          AssertionError: for other keywords.
        """
        self._modules.append(module)
        unknown = set(kwargs) - {self.META_TAKE_LABELS, self.META_AUTO_WIRING}
        assert not unknown, f"unknown meta {sorted(unknown)}: a typo?"
        self._metas.append(kwargs)
        self.binded = self.params_initialized = self.optimizer_initialized = False
        return self

    # --- names and shapes

    @property
    def data_names(self) -> Sequence[str]:
        """The first module's inputs."""
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self) -> Sequence[str]:
        """The last module's outputs."""
        return self._modules[-1].output_names if self._modules else []

    @property
    def data_shapes(self) -> Any:
        """The first module's descriptions of its inputs."""
        assert self.binded, "call bind first"
        return self._modules[0].data_shapes

    @property
    def label_shapes(self) -> Any:
        """The labels' descriptions, None when no module takes labels."""
        assert self.binded, "call bind first"
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        """The last module's names and shapes of outputs."""
        assert self.binded, "call bind first"
        return self._modules[-1].output_shapes

    # --- binding and parameters

    def bind(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Bind the modules one after another, each to the shapes that the one before puts out; see `Module.bind`.

        Raises:
          AssertionError: without modules, and for a `shared_module`.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        assert shared_module is None, "a shared module is not supported"
        assert self._modules, "there are no modules: add some"
        assert for_training or not inputs_need_grad, "inputs get a gradient in training only"
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        for number, (module, meta) in enumerate(zip(self._modules, self._metas)):
            if meta.get(self.META_AUTO_WIRING):
                assert len(module.data_names) == len(data_shapes), "auto_wiring: as many inputs as outputs before"
                data_shapes = [(name, tuple(shape[1])) for name, shape in zip(module.data_names, data_shapes)]
            module.bind(
                data_shapes=data_shapes, label_shapes=label_shapes if meta.get(self.META_TAKE_LABELS) else None,
                for_training=for_training, inputs_need_grad=inputs_need_grad or (for_training and number > 0),
                force_rebind=force_rebind, shared_module=None, grad_req=grad_req,
            )  # fmt: skip
            data_shapes = module.output_shapes
        self._label_shapes = label_shapes if any(meta.get(self.META_TAKE_LABELS) for meta in self._metas) else None
        self.binded = True

    def init_params(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters of all modules values; see `Module.init_params`.

        Raises:
          AssertionError: when two modules have a parameter of the same name.
        """
        if self.params_initialized and not force_init:
            return
        assert self.binded, "call bind before initializing the parameters"
        owners: dict[tuple[str, str], int] = {}
        for number, module in enumerate(self._modules):
            module.init_params(
                initializer=initializer, arg_params=arg_params, aux_params=aux_params, allow_missing=allow_missing,
                force_init=force_init, allow_extra=allow_extra,
            )  # fmt: skip
            for kind, arrays in zip(("argument", "state"), module.get_params()):
                for name in arrays:
                    owner = owners.setdefault((kind, name), number)
                    assert owner == number, f"duplicated parameter {name!r}: modules {owner} and {number} have it"
        self.params_initialized = True

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """Arguments and auxiliary states of all modules, by name."""
        self._require_ready()
        arguments: dict[str, NDArray] = {}
        states: dict[str, NDArray] = {}
        for module in self._modules:
            own_arguments, own_states = module.get_params()
            arguments |= own_arguments
            states |= own_states
        return arguments, states

    # --- training

    def init_optimizer(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make an optimizer for each module; see `Module.init_optimizer`."""
        self._require_ready()
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        for module in self._modules:
            module.init_optimizer(
                kvstore=kvstore, optimizer=optimizer, optimizer_params=optimizer_params, force_init=force_init
            )
        self.optimizer_initialized = True

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch, module by module."""
        self._require_ready()
        batch = copy.copy(data_batch)
        for number, module in enumerate(self._modules):
            module.forward(batch, is_train=is_train)
            if number + 1 < len(self._modules):
                batch.data = module.get_outputs()
                names = self._modules[number + 1].data_names
                batch.provide_data = [(name, array.shape) for name, array in zip(names, batch.data)]

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, from the last module to the first."""
        self._require_ready()
        for module in reversed(self._modules):
            module.backward(out_grads=out_grads)
            if module is not self._modules[0]:
                out_grads = module.get_input_grads()

    def update(self) -> None:
        """Update the parameters of all modules."""
        self._require_ready()
        assert self.optimizer_initialized, "call init_optimizer first"
        for module in self._modules:
            module.update()

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The last module's outputs of the last batch."""
        self._require_ready()
        return self._modules[-1].get_outputs(merge_multi_context=merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the first module's inputs."""
        self._require_ready()
        assert self.inputs_need_grad, "bind with inputs_need_grad=True"
        return self._modules[0].get_input_grads(merge_multi_context=merge_multi_context)

    def update_metric(self, eval_metric: metrics.EvalMetric, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last batch to a metric, by the modules that take labels."""
        self._require_ready()
        for module, meta in zip(self._modules, self._metas):
            if meta.get(self.META_TAKE_LABELS):
                module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a `Monitor` look at all modules."""
        assert self.binded, "call bind first"
        for module in self._modules:
            module.install_monitor(mon)
