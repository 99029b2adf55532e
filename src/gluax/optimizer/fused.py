"""One compiled function for all weights of a step.

What changes between steps (rates, decays, counts) is an argument, as one array with a row for each weight; what does
not is a constant. Optimizers of one class with the same settings share the compiled function. It gives new arrays, and
takes none away: other handles may hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax import keys
from gluax.compile.eager import Compiled
from gluax.compile.numbers import mxnet_numbers
from gluax.ndarray.handle import Handle

if TYPE_CHECKING:
    from gluax.optimizer.base import Optimizer


def is_half(dtype: Any) -> bool:
    """Whether `multi_precision` keeps a float32 copy: of float16, as in MXNet, and of bfloat16."""
    return dtype in (np.float16, jnp.bfloat16)


def run(optimizer: Optimizer, index: Any, weight: Any, grad: Any, state: Any, *, masters: bool) -> None:
    """Update one weight, or a list of them, and their states by `optimizer._step`.

    Args:
      optimizer: whose step it is.
      index, weight, grad, state: see `Optimizer.update`.
      masters: whether the states of 16-bit weights hold a float32 copy.
    """
    kind = type(optimizer)
    if kind._step is None:
        raise NotImplementedError(f"{kind.__name__} overrides neither update nor update_multi_precision")
    if not isinstance(index, (list, tuple)):
        index, weight, grad, state = [index], [weight], [grad], [state]
    chunk = optimizer.aggregate_num or 1  # MXNet counts so many before it asks for their rates
    rows = [row for i in range(0, len(index), chunk) for row in optimizer._rows(index[i : i + chunk])]
    settings = tuple((name, _plain(getattr(optimizer, name))) for name in kind._settings)
    update = _compiled(kind._step, kind._numbers, settings, masters, kind._master_last)
    key = keys.next_key() if kind._draws else None
    with mxnet_numbers():
        weights, states = update(
            [array._data for array in weight], [array._data for array in grad], [_arrays(each) for each in state],
            np.array(rows, np.float64), key,
        )  # fmt: skip
    for array, new in zip(weight, weights):
        array._assign(new)
    for each, new in zip(state, states):
        _write(each, new)


def _plain(value: Any) -> Any:
    """A number of numpy's as Python's, which takes on the weight's dtype."""
    return value.item() if isinstance(value, np.generic) else value


def _arrays(state: Any) -> Any:
    """A state with JAX arrays in place of NDArrays."""
    if isinstance(state, Handle):
        return state._data
    return None if state is None else tuple(_arrays(each) for each in state)


def _write(state: Any, new: Any) -> None:
    if isinstance(state, Handle):
        state._assign(new)
    elif state is not None:
        for each, value in zip(state, new):
            _write(each, value)


@lru_cache(maxsize=256)
def _compiled(
    step: Callable[..., tuple[Any, Any]],
    names: tuple[str, ...],
    settings: tuple[tuple[str, Any], ...],
    masters: bool,
    master_last: bool,
) -> Compiled:
    def one(weight: Any, grad: Any, state: Any, numbers: dict[str, Any]) -> tuple[Any, Any]:
        if not masters or not is_half(weight.dtype):
            return step(weight, grad, state, **numbers)
        master, inner = reversed(state) if master_last else state
        master, inner = step(master, grad.astype(np.float32), inner, **numbers)
        return master.astype(weight.dtype), (inner, master) if master_last else (master, inner)

    def update(
        weights: Sequence[Any], grads: Sequence[Any], states: Sequence[Any], rows: Any, key: Any
    ) -> tuple[list[Any], list[Any]]:
        found = []
        for number, (weight, grad, state) in enumerate(zip(weights, grads, states)):
            row = lax.index_in_dim(rows, number, keepdims=False)
            numbers = {name: lax.index_in_dim(row, column, keepdims=False) for column, name in enumerate(names)}
            numbers |= settings
            if key is not None:
                numbers["key"] = jax.random.fold_in(key, number)
            found.append(one(weight, grad, state, numbers))
        return [weight for weight, _ in found], [state for _, state in found]

    return Compiled(update)
