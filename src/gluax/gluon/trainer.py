"""`Trainer`: an optimizer over the parameters of blocks."""

from __future__ import annotations

import functools
import operator
import os
from collections.abc import Mapping, Sequence
from typing import Any

from gluax import optimizer as opt
from gluax.context import Context
from gluax.errors import ArgumentError
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.ir.atomic import atomic_write
from gluax.ndarray import NDArray
from gluax.optimizer.kvstore import require_local

__all__ = ["Trainer"]


class Trainer:
    """Applies an optimizer to parameters, with the gradients that `autograd` left in them.

    A parameter on several contexts gets the sum of the gradients of its copies. As in MXNet the optimizer runs once for
    all copies (unless ``kvstore=None`` or ``update_on_kvstore=False``); then stale gradients count too, and
    `allreduce_grads` and `update` are not for use.

    Args:
      params: parameters in a `ParameterDict`, another dict (in the order of the names), or a list.
      optimizer: an optimizer or the name of one.
      optimizer_params: arguments for the optimizer of that name.
      kvstore: any name that means one process; with None gradients of several contexts are not added up.
      compression_params: not used: nothing is sent anywhere.
      update_on_kvstore: False to sum up the gradients in place and to run the optimizer for each context.

    Raises:
      ValueError: for anything else than parameters; for a distributed `kvstore`, whose place sharding takes.
      AssertionError: for parameters on different contexts; for `optimizer_params` beside an optimizer.
      TypeError: for a `kvstore` that is no name.
    """

    def __init__(
        self,
        params: ParameterDict | Mapping[str, Parameter] | Sequence[Parameter],
        optimizer: str | opt.Optimizer,
        optimizer_params: Mapping[str, Any] | None = None,
        kvstore: str | None = "device",
        compression_params: Mapping[str, Any] | None = None,
        update_on_kvstore: bool | None = None,
    ) -> None:
        self._params = _listed(params)
        require_local(kvstore)
        self._contexts = self._check_contexts()
        for param in self._params:
            param._set_trainer(self)
        self._optimizer = self._make_optimizer(optimizer, dict(optimizer_params or {}))
        self._scale = self._optimizer.rescale_grad
        self._updaters = [opt.get_updater(self._optimizer) for _ in self._contexts]
        self._reduces = kvstore is not None and len(self._contexts) > 1
        self._updates_once = self._reduces and update_on_kvstore is not False
        self._apart = list(self._params) if self._reduces else []  # whose copies may differ at first

    def _check_contexts(self) -> list[Context]:
        contexts: list[Context] = []
        for param in self._params:
            own = param.list_ctx()
            if contexts and contexts != own:
                raise ArgumentError(
                    f"All Parameters must be initialized on the same set of contexts, but Parameter {param.name} is "
                    f"initialized on {own} while previous Parameters are initialized on {contexts}."
                )
            contexts = own
        return contexts

    def _make_optimizer(self, optimizer: str | opt.Optimizer, arguments: dict[str, Any]) -> opt.Optimizer:
        by_index = dict(enumerate(self._params))
        if not isinstance(optimizer, opt.Optimizer):
            return opt.create(optimizer, param_dict=by_index, **arguments)
        if arguments:
            raise ArgumentError("optimizer_params must be None if optimizer is an instance of Optimizer instead of str")
        optimizer.param_dict = by_index
        return optimizer

    @property
    def learning_rate(self) -> float:
        """The optimizer's rate now."""
        return self._optimizer.learning_rate

    @property
    def optimizer(self) -> opt.Optimizer:
        """The optimizer."""
        return self._optimizer

    def set_learning_rate(self, lr: float) -> None:
        """Set the optimizer's rate; see `Optimizer.set_learning_rate`."""
        self._optimizer.set_learning_rate(lr)

    def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update the parameters: `allreduce_grads`, and then `update`. Call it after `backward`.

        Args:
          batch_size: the gradients are divided by it.
          ignore_stale_grad: leave parameters as they are whose gradient no backward pass wrote since the last step.

        Raises:
          UserWarning: (which is raised, as in MXNet) for such a parameter without `ignore_stale_grad`.
          DeferredInitializationError: while a parameter waits for its shape.
        """
        self._optimizer.rescale_grad = self._scale / batch_size
        self._prepare()
        if self._updates_once:
            self._update_once()
            for _, param in () if ignore_stale_grad else self._trained():
                _require_fresh(param, param._check(param._data))
            return
        self._sum_gradients()
        self._update(ignore_stale_grad)

    def allreduce_grads(self) -> None:
        """Overwrite the gradients of each parameter's copies by their sum, before `update`.

        Raises:
          AssertionError: when the optimizer runs once for all contexts.
        """
        self._prepare()
        self._require_separate("allreduce_grads")
        self._sum_gradients()

    def update(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update the parameters with the gradients as they are; see `step`.

        Raises:
          AssertionError: when the optimizer runs once for all contexts.
          UserWarning, DeferredInitializationError: as `step`.
        """
        self._prepare()
        self._require_separate("update")
        self._optimizer.rescale_grad = self._scale / batch_size
        self._update(ignore_stale_grad)

    def _require_separate(self, call: str) -> None:
        if self._updates_once:
            raise ArgumentError(
                f"{call}() when parameters are updated on kvstore is not supported. Try setting `update_on_kvstore` to "
                "False when creating trainer."
            )

    def _prepare(self) -> None:
        """Refuse parameters without values; before the first step give all copies the first one's values."""
        for param in self._params:
            param._check(param._data)
        for param in self._apart:
            _overwrite(param)
        self._apart = []

    def _trained(self) -> list[tuple[int, Parameter]]:
        return [(index, param) for index, param in enumerate(self._params) if param.grad_req != "null"]

    def _sum_gradients(self) -> None:
        for _, param in self._trained() if self._reduces else ():
            gradients = param.list_grad()
            total = functools.reduce(operator.add, gradients)
            for gradient in gradients:
                gradient._assign(gradient.context.place(total._data))

    def _update_once(self) -> None:
        trained = self._trained()
        totals = [functools.reduce(operator.add, param.list_grad()) for _, param in trained]
        self._updaters[0](
            [index for index, _ in trained], totals, [param._check(param._data)[0] for _, param in trained]
        )
        for _, param in trained:
            _overwrite(param)

    def _update(self, ignore_stale_grad: bool) -> None:
        updates: list[list[Any]] = [[] for _ in self._updaters]
        for index, param in self._trained():
            arrays = param._check(param._data)
            if not ignore_stale_grad:
                _require_fresh(param, arrays)
            for update, array, gradient in zip(updates, arrays, param.list_grad()):
                if array._fresh_grad:
                    # Also when a later parameter turns out to be stale, as in MXNet.
                    array._fresh_grad = False
                    update.append((index, gradient, array))
        for updater, update in zip(self._updaters, updates):
            if update:
                updater(*map(list, zip(*update)))

    def save_states(self, fname: str | os.PathLike[str]) -> None:
        """Write the optimizer's states and numbers to a file, whole or not at all; no pickle: `Updater.get_states`.

        Raises:
          DeferredInitializationError: while a parameter waits for its shape.
        """
        self._prepare()
        content = self._updaters[0].get_states(dump_optimizer=True)
        with atomic_write(fname) as stream:
            stream.write(content)

    def load_states(self, fname: str | os.PathLike[str]) -> None:
        """Take what `save_states` wrote, for an optimizer of the same class.

        Raises:
          ModelFormatError: for another file, MXNet's pickles among them.
        """
        self._prepare()
        with open(fname, "rb") as stream:
            content = stream.read()
        for updater in self._updaters:
            updater.set_states(content)


def _listed(params: Any) -> list[Parameter]:
    if isinstance(params, (dict, ParameterDict)):
        params = [params[name] for name in sorted(params.keys())]
    if not isinstance(params, (list, tuple)):
        raise ArgumentError(f"First argument must be a list or dict of Parameters, got {type(params)}.")
    for param in params:
        if not isinstance(param, Parameter):
            raise ArgumentError(f"First argument must be a list or dict of Parameters, got list of {type(param)}.")
    return list(params)


def _require_fresh(param: Parameter, arrays: Sequence[NDArray]) -> None:
    for array in arrays:
        if not array._fresh_grad:
            raise UserWarning(
                f"Gradient of Parameter `{param.name}` on context {array.context} has not been updated by backward "
                "since last `step`. Does the model use only some of its Parameters (Blocks)? If that is meant, call "
                "step with ignore_stale_grad=True, which leaves Parameters with stale gradient as they are"
            )


def _overwrite(param: Parameter) -> None:
    """Give all copies the values of the first one."""
    first, *others = param._check(param._data)
    for array in others:
        array._assign(array.context.place(first._data))
