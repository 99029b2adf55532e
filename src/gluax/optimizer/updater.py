"""`Updater`: an optimizer with the states of the parameters it has met."""

from __future__ import annotations

from typing import Any

from gluax.context import Context
from gluax.ndarray import NDArray
from gluax.optimizer.base import Optimizer
from gluax.optimizer.state_bytes import pack, unpack


class Updater:
    """Called with an index (or a list), gradients and weights, it updates the weights; states are made as need be.

    Args:
      optimizer: says how.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}
        self.states_synced: dict[Any, bool] = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update one weight, or a list of them on one device, each with its gradient."""
        if not isinstance(index, (list, tuple)):
            index, grad, weight = [index], [grad], [weight]
        if not index:
            return
        optimizer = self.optimizer
        optimizer._set_current_context(weight[0].context.device_id)
        states = [self._state(each, array) for each, array in zip(index, weight)]
        if optimizer._fused:
            optimizer.update_multi_precision(index, weight, grad, states)
        elif self.aggregate_updates:
            self._update_groups(index, weight, grad, states)
        else:
            for each in zip(index, weight, grad, states):
                optimizer.update_multi_precision(*each)

    def _state(self, index: Any, weight: NDArray) -> Any:
        if index not in self.states:
            self.states[index] = self.optimizer.create_state_multi_precision(index, weight)
        elif not self.states_synced[index]:
            self.states[index] = self.sync_state_context(self.states[index], weight.context)
        self.states_synced[index] = True
        return self.states[index]

    def _update_groups(self, index: Any, weight: Any, grad: Any, states: Any) -> None:
        """Optimizers of users that take lists get `aggregate_num` weights of one dtype at a time, as in MXNet."""
        groups: dict[Any, list[Any]] = {}
        for each in zip(index, weight, grad, states):
            groups.setdefault(each[1].dtype, []).append(each)
        size = self.optimizer.aggregate_num
        for group in groups.values():
            for first in range(0, len(group), size):
                self.optimizer.update_multi_precision(*map(list, zip(*group[first : first + size])))

    def sync_state_context(self, state: Any, context: Context) -> Any:
        """A state with its arrays on a context."""
        if isinstance(state, (tuple, list)):
            return type(state)(self.sync_state_context(each, context) for each in state)
        return state.as_in_context(context) if hasattr(state, "as_in_context") else state

    def set_states(self, states: bytes) -> None:
        """Take what `get_states` gave.

        Where it holds the optimizer too, this optimizer and its scheduler take over all numbers of that one.

        Raises:
          ModelFormatError: for other bytes, MXNet's pickles among them, or those of another kind of optimizer.
        """
        self.states = unpack(states, self.optimizer)
        self.states_synced = dict.fromkeys(self.states, False)

    def get_states(self, dump_optimizer: bool = False) -> bytes:
        """The states as an .npz file with a description in JSON; MXNet's pickle can run anything, and this cannot.

        Args:
          dump_optimizer: with the optimizer's own numbers: rates, counts, and its scheduler's.

        Raises:
          ArgumentError: for states other than arrays, numbers, texts, and tuples, lists and dicts of them.
        """
        return pack(self.states, self.optimizer if dump_optimizer else None)


def get_updater(optimizer: Optimizer) -> Updater:
    """`Updater` of an optimizer."""
    return Updater(optimizer)
