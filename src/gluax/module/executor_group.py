"""The executors of a module, one for each context: each takes a slice of every batch."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from gluax.context import Context
from gluax.executor import Executor, simple_bind
from gluax.io import DataDesc
from gluax.ndarray import NDArray, concat
from gluax.symbol import Symbol


class ExecutorGroup:
    """Executors of one symbol on several contexts.

    Args:
      symbol: the computation.
      contexts: where it runs.
      shapes: descriptions of what batches feed, whole.
      requests: what is asked of each argument's gradient.
      parameters: the arguments whose arrays and gradients are shared with other executors.
      shared: those executors; with the same symbol they share what was compiled too.
    """

    def __init__(
        self,
        symbol: Symbol,
        contexts: Sequence[Context],
        shapes: Sequence[DataDesc],
        requests: Mapping[str, str],
        parameters: Sequence[str],
        shared: ExecutorGroup | None = None,
    ) -> None:
        self.contexts = list(contexts)
        self._symbol = symbol
        self._requests = dict(requests)
        self._parameters = list(parameters)
        others = [None] * len(self.contexts) if shared is None else shared.executors
        self.executors = [self._bind(index, shapes, others[index]) for index in range(len(self.contexts))]

    def reshaped(self, shapes: Sequence[DataDesc]) -> ExecutorGroup:
        """Executors for other shapes, with the same parameters."""
        return ExecutorGroup(self._symbol, self.contexts, shapes, self._requests, self._parameters, self)

    def _slice(self, index: int, size: int) -> slice:
        count = len(self.contexts)
        return slice(size * index // count, size * (index + 1) // count)

    def _part(self, index: int, array: Any) -> Any:
        return array if len(self.contexts) == 1 else array[self._slice(index, array.shape[0])]

    def _bind(self, index: int, shapes: Sequence[DataDesc], shared: Executor | None) -> Executor:
        sizes, types = {}, {}
        for each in shapes:
            part = self._slice(index, each.shape[0])
            sizes[each.name] = (part.stop - part.start, *each.shape[1:])
            types[each.name] = each.dtype
        executor = simple_bind(
            self._symbol, self.contexts[index], self._requests, types, shared_arg_names=self._parameters,
            shared_exec=shared, **sizes,
        )  # fmt: skip
        if shared is not None:
            grads = shared.grad_dict
            executor.grad_arrays = [
                grads.get(name) if name in self._parameters and own is not None else own
                for name, own in zip(self._symbol.list_arguments(), executor.grad_arrays)
            ]
        return executor

    def forward(self, fed: Mapping[str, Any], is_train: bool) -> None:
        """Compute the outputs of a batch, given by argument."""
        for index, executor in enumerate(self.executors):
            arguments = executor.arg_dict
            for name, array in fed.items():
                if name in arguments:
                    arguments[name][:] = self._part(index, array)
            executor.forward(is_train)

    def backward(self, out_grads: Sequence[NDArray] | None) -> None:
        """Compute the gradients."""
        for index, executor in enumerate(self.executors):
            executor.backward(out_grads and [self._part(index, grad) for grad in out_grads])

    def total_gradients(self) -> dict[str, NDArray]:
        """The parameters' gradients, added up on the first context; those without one are left out."""
        by_context = [executor.grad_dict for executor in self.executors]
        found = {}
        for name in self._parameters:
            own = [grads[name] for grads in by_context]
            arrays = [grad.as_in_context(self.contexts[0]) for grad in own if grad is not None]
            if arrays:
                found[name] = functools.reduce(operator.add, arrays)
        return found

    def spread(self, names: Sequence[str]) -> None:
        """Give all contexts the first one's values of some arguments."""
        first, *others = self.executors
        for executor in others:
            for name in names:
                first.arg_dict[name].copyto(executor.arg_dict[name])

    def mean_states(self) -> dict[str, NDArray]:
        """The auxiliary states, averaged over the contexts."""
        found = {}
        for name in self._symbol.list_auxiliary_states():
            arrays = [executor.aux_dict[name].as_in_context(self.contexts[0]) for executor in self.executors]
            found[name] = functools.reduce(operator.add, arrays) / len(arrays) if len(arrays) > 1 else arrays[0].copy()
        return found

    def gathered(self, by_context: Sequence[Sequence[Any]], merge: bool) -> list[Any]:
        """Values of each context, put together along the batch, or as a list over the contexts for each."""
        if not merge:
            return [list(column) for column in zip(*by_context)]
        if len(by_context) == 1:
            return list(by_context[0])
        home = self.contexts[0]
        return [concat(*[each.as_in_context(home) for each in column], dim=0) for column in zip(*by_context)]
