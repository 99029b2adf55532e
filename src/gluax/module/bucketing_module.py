"""`BucketingModule`: a module for each length of input, all with the same parameters."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gluax.errors import ModelFormatError
from gluax.initializer import Uniform
from gluax.model import load_params
from gluax.module.base_module import BaseModule
from gluax.module.module import Module
from gluax.ndarray import NDArray, array, load, save
from gluax.symbol import Symbol
from gluax.symbol import load as load_symbol


class BucketingModule(BaseModule):
    """Modules by bucket, made when a batch of that bucket comes; they share parameters, gradients and the optimizer.

    Args:
      sym_gen: gives, for a bucket's key, the symbol, the names of inputs and those of labels.
      default_bucket_key: the bucket whose module owns the parameters: the largest.
      logger, context, work_load_list, fixed_param_names, state_names, group2ctxs, compression_params: see `Module`.
    """

    def __init__(
        self,
        sym_gen: Callable[[Any], tuple[Any, Sequence[str], Sequence[str] | None]],
        default_bucket_key: Any = None,
        logger: Any = logging,
        context: Any = None,
        work_load_list: Any = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Any = None,
    ) -> None:
        super().__init__(logger)
        assert default_bucket_key is not None, "give a default_bucket_key"
        self._generate = sym_gen
        self._default = default_bucket_key
        self._settings = {
            "logger": logger, "context": context, "fixed_param_names": fixed_param_names, "state_names": state_names,
        }  # fmt: skip
        self._modules: dict[Any, Module] = {}
        self._current = self._make(default_bucket_key)
        self._key = default_bucket_key
        self._bind_settings: dict[str, Any] = {}
        self._monitor: Any = None
        self._loaded: tuple[dict[str, NDArray], dict[str, NDArray]] | None = None

    def _make(self, key: Any) -> Module:
        symbol, data_names, label_names = self._generate(key)
        return Module(symbol, data_names, label_names, **self._settings)

    @property
    def symbol(self) -> Any:
        """The symbol of the bucket in use."""
        return self._current.symbol

    @property
    def data_names(self) -> list[str]:
        """The inputs' names."""
        return self._current.data_names

    @property
    def output_names(self) -> list[str]:
        """The outputs' names."""
        return self._current.output_names

    @property
    def data_shapes(self) -> Any:
        """The inputs' descriptions, of the bucket in use."""
        return self._current.data_shapes

    @property
    def label_shapes(self) -> Any:
        """The labels' descriptions."""
        return self._current.label_shapes

    @property
    def output_shapes(self) -> Any:
        """The outputs' names and shapes."""
        return self._current.output_shapes

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Bind the default bucket; see `Module.bind`. `shared_module` is not for this class.

        Raises:
          AssertionError: for a `shared_module`.
        """
        assert shared_module is None, "shared_module for BucketingModule is not supported"
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        kept = self.get_params() if self.params_initialized else None
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        self._bind_settings = {
            "for_training": for_training, "inputs_need_grad": inputs_need_grad, "grad_req": grad_req,
        }  # fmt: skip
        self._key, self._current = self._default, self._make(self._default)
        self._current.bind(data_shapes, label_shapes, **self._bind_settings)
        self._modules = {self._default: self._current}
        self.binded = True
        if kept is not None:
            self.set_params(*kept)

    def switch_bucket(self, bucket_key: Any, data_shapes: Any, label_shapes: Any = None) -> None:
        """Use the module of a bucket, made if need be."""
        assert self.binded, "call bind before switching bucket"
        if bucket_key not in self._modules:
            module, owner = self._make(bucket_key), self._modules[self._default]
            module.bind(data_shapes, label_shapes, shared_module=owner, **self._bind_settings)
            if self._monitor is not None:
                module.install_monitor(self._monitor)
            if owner.optimizer_initialized:
                module.borrow_optimizer(owner)
            self._modules[bucket_key] = module
        self._current, self._key = self._modules[bucket_key], bucket_key
        self._current.params_initialized = self.params_initialized

    def init_params(
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters values, which all buckets share; see `Module.init_params`."""
        if self.params_initialized and not force_init:
            return
        assert self.binded, "call bind before initializing the parameters"
        self._modules[self._default].init_params(
            initializer, arg_params, aux_params, allow_missing, force_init, allow_extra
        )
        self.params_initialized = True
        for module in self._modules.values():
            module.params_initialized = True

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """The parameters and auxiliary states, by name."""
        assert self.params_initialized, "call init_params first"
        if not self.binded and self._loaded is not None:
            return self._loaded
        return self._modules[self._default].get_params()

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """Make the optimizer, which all buckets share; see `Module.init_optimizer`."""
        self._require_ready()
        owner = self._modules[self._default]
        owner.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        for module in self._modules.values():
            if module is not owner:
                module.borrow_optimizer(owner)
        self.optimizer_initialized = True

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Switch to the batch's bucket, and compute its outputs."""
        self._require_ready()
        self.switch_bucket(data_batch.bucket_key, data_batch.provide_data, data_batch.provide_label)
        self._current.forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients."""
        self._current.backward(out_grads)

    def update(self) -> None:
        """Update the parameters."""
        assert self.optimizer_initialized, "call init_optimizer first"
        self._current.update()

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last batch."""
        return self._current.get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the inputs."""
        return self._current.get_input_grads(merge_multi_context)

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The arrays of `state_names`."""
        return self._current.get_states(merge_multi_context)

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the arrays of `state_names`."""
        self._current.set_states(states, value)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last batch to a metric."""
        self._current.update_metric(eval_metric, labels, pre_sliced)

    # --- files

    def save_checkpoint(self, prefix: str | os.PathLike[str], epoch: int, remove_amp_cast: bool = False) -> None:
        """Write the parameters, the symbol of each bucket used so far, and their keys, integers.

        The files are ``prefix-<epoch>.params``, ``prefix-<key>-symbol.json`` and ``prefix.buckets``, as MXNet's.
        """
        assert self._modules, "an empty BucketingModule cannot be saved: call bind first"
        self.save_params(f"{os.fspath(prefix)}-{epoch:04d}.params")
        for key in self._modules:
            self._generate(key)[0].save(f"{os.fspath(prefix)}-{key}-symbol.json", remove_amp_cast=remove_amp_cast)
        save(f"{os.fspath(prefix)}.buckets", array(list(self._modules), dtype="int32"))

    @staticmethod
    def load(
        prefix: str | os.PathLike[str], epoch: int, sym_gen: Any = None, default_bucket_key: Any = None, **kwargs: Any
    ) -> BucketingModule:
        """Read what `save_checkpoint` wrote; see `load_dict`.

        Raises:
          ModelFileNotFoundError, ModelFormatError
        """
        saved = load(f"{os.fspath(prefix)}.buckets")
        if not isinstance(saved, list) or len(saved) != 1:
            raise ModelFormatError(f"{os.fspath(prefix)}.buckets does not hold one array of bucket keys")
        keys = [int(key) for key in saved[0].asnumpy()]
        symbols = {key: load_symbol(f"{os.fspath(prefix)}-{key}-symbol.json") for key in keys}
        return BucketingModule.load_dict(symbols, sym_gen, default_bucket_key, *load_params(prefix, epoch), **kwargs)

    @staticmethod
    def load_dict(
        sym_dict: Mapping[Any, Symbol] | None = None,
        sym_gen: Any = None,
        default_bucket_key: Any = None,
        arg_params: dict[str, NDArray] | None = None,
        aux_params: dict[str, NDArray] | None = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """A module of symbols by bucket, with parameters; `sym_gen` names their inputs, and makes other buckets.

        Args:
          sym_dict: the symbols by key.
          sym_gen, default_bucket_key, **kwargs: see the class.
          arg_params, aux_params: the parameters and the auxiliary states.

        Raises:
          AssertionError: when one of them is missing.
        """
        assert sym_dict is not None, "give the symbols"
        assert sym_gen is not None, "give sym_gen"
        assert arg_params is not None, "give the parameters"
        assert aux_params is not None, "give the auxiliary states"
        symbols = dict(sym_dict)

        def generate(key: Any) -> tuple[Any, Sequence[str], Sequence[str] | None]:
            symbol, data_names, label_names = sym_gen(key)
            return symbols.get(key, symbol), data_names, label_names

        module = BucketingModule(generate, default_bucket_key, **kwargs)
        module._loaded = arg_params, aux_params
        module.params_initialized = True
        return module

    def install_monitor(self, mon: Any) -> None:
        """Let a `Monitor` look at all buckets."""
        assert self.binded, "call bind first"
        self._monitor = mon
        for module in self._modules.values():
            module.install_monitor(mon)
