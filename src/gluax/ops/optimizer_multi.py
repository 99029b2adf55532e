"""Updates of many tensors at once: multi_sgd_update and its preloaded twin, _multi_adamw_update, _multi_lamb_update.

Their inputs are those of the single update for each tensor in turn: ``weight_0, grad_0, mom_0, weight_1, ...``; their
outputs are the new weights. Rates and decays come as tuples with one number for each tensor, in the ``preloaded_``
updates as two arrays after all tensors. The ``mp_`` updates compute with float32 copies of the weights, unless those
are float32 themselves: then the copies are neither read nor written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError
from gluax.ops import _optimizers as shared
from gluax.ops._optimizers import check
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, Types, one_type, same_shape


def _tensors(
    *states: str, master: bool = False, count: str = "num_weights", rest: Sequence[str] = ()
) -> dict[str, Any]:
    """What the operators tell the registry: their inputs, states and outputs.

    Args:
      states: the names of each tensor's states.
      master: there is a float32 master copy besides, and the states are float32.
      count: the attribute that holds the number of tensors.
      rest: inputs after all tensors.
    """
    states = (*states, "weight32") if master else states
    names, single = ("weight", "grad", *states), len(states) if master else 0

    def shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
        found: Shapes = []
        new_outs: Shapes = []
        for group, out in zip(_groups(ins, len(names), attrs[count]), outs):
            alike, new = same_shape(list(group), [out], attrs)
            found, new_outs = [*found, *alike], [*new_outs, *new]
        return [*found, *ins[len(found) :]], new_outs

    def types(ins: Types, attrs: Attrs) -> tuple[Types, Types]:
        found: Types = []
        outs: Types = []
        for group in _groups(ins, len(names), attrs[count]):
            alike, out = shared.states_in_single(single)(list(group), attrs) if single else one_type(list(group), attrs)
            found, outs = [*found, *alike], [*outs, *out]
        return [*found, *("float32" for _ in rest)], outs

    return {
        "inputs": lambda attrs, given: [*_numbered(names, attrs[count]), *rest],
        "aux": lambda attrs: _numbered(states, attrs[count]),
        "mutates": True,
        "outputs": lambda attrs: attrs[count],
        "shapes": shapes,
        "types": types,
    }


def _numbered(names: Sequence[str], count: int) -> list[str]:
    return [f"{name}_{index}" for index in range(count) for name in names]


def _groups(inputs: Sequence[Any], size: int, count: int) -> Iterator[tuple[Any, ...]]:
    """The inputs of each tensor."""
    return (tuple(inputs[size * index : size * (index + 1)]) for index in range(count))


def _each(operator: str, count: int, **numbers: Sequence[Any] | jax.Array) -> list[dict[str, Any]]:
    """The attributes of each tensor, from tuples of them."""
    for name, values in numbers.items():
        if len(values) != count:
            raise ArgumentError(f"{operator} updates {count} tensors, got {len(values)} {name}; give one for each")
    return [{name: values[index] for name, values in numbers.items()} for index in range(count)]


def _update(
    operator: str,
    data: Sequence[jax.Array],
    states: int,
    master: bool,
    numbers: Sequence[dict[str, Any]],
    update: Callable[..., Any],
) -> tuple[jax.Array, ...]:
    """Update each tensor; returns the weights, then the states.

    Args:
      operator: the operator's name.
      data: all tensors' inputs.
      states: how many states each has, the master copy apart.
      master: whether there are master copies.
      numbers: the keyword arguments of `update` for each tensor.
      update: ``(weight, grad, *states, **numbers) -> (weight, *states)``.
    """
    weights, new_states = [], []
    for group, own in zip(_groups(data, 2 + states + master, len(numbers)), numbers):
        weight, grad, *rest = group
        check(operator, weight, grad, *rest, master=len(rest) if master else 0)
        if not master:
            new, *changed = update(weight, grad, *rest, **own)
        elif weight.dtype == np.float32:
            new, *changed = update(weight, grad, *rest[:-1], **own)
            changed.append(rest[-1])
        else:
            new, *changed = update(rest[-1], grad.astype(np.float32), *rest[:-1], **own)
            changed.append(new)
        weights.append(new.astype(weight.dtype))
        new_states += changed
    return (*weights, *new_states)


def _sgd(weight: jax.Array, grad: jax.Array, **numbers: Any) -> tuple[jax.Array]:
    return (weight - shared.sgd_step(weight, grad, **numbers),)


def _register_sgd(master: bool) -> None:
    kind = "multi_mp_sgd" if master else "multi_sgd"

    @operator(f"{kind}_update", **_tensors(master=master))
    def update(
        *data: jax.Array,
        lrs: tuple[float, ...], wds: tuple[float, ...], rescale_grad: float = 1.0, clip_gradient: float = -1.0,
        num_weights: int = 1,
    ) -> tuple[jax.Array, ...]:  # fmt: skip
        """sgd_update of each tensor."""
        numbers = _each(f"{kind}_update", num_weights, lr=lrs, wd=wds)
        keep = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
        return _update(f"{kind}_update", data, 0, master, numbers, partial(_sgd, **keep))

    @operator(f"{kind}_mom_update", **_tensors("mom", master=master))
    def update_with_momentum(
        *data: jax.Array,
        lrs: tuple[float, ...], wds: tuple[float, ...], momentum: float = 0.0, rescale_grad: float = 1.0,
        clip_gradient: float = -1.0, num_weights: int = 1,
    ) -> tuple[jax.Array, ...]:  # fmt: skip
        """sgd_mom_update of each tensor."""
        numbers = _each(f"{kind}_mom_update", num_weights, lr=lrs, wd=wds)
        keep = {"momentum": momentum, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
        return _update(f"{kind}_mom_update", data, 1, master, numbers, partial(shared.sgd_mom, **keep))

    @operator(f"preloaded_{kind}_update", **_tensors(master=master, rest=("lrs", "wds")))
    def preloaded(
        *data: jax.Array, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
    ) -> tuple[jax.Array, ...]:
        """sgd_update of each tensor, with rates and decays from the last two inputs, float32 (num_weights,)."""
        *tensors, lrs, wds = data
        numbers = _each(f"preloaded_{kind}_update", num_weights, lr=lrs, wd=wds)
        keep = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
        return _update(f"preloaded_{kind}_update", tensors, 0, master, numbers, partial(_sgd, **keep))

    @operator(f"preloaded_{kind}_mom_update", **_tensors("mom", master=master, rest=("lrs", "wds")))
    def preloaded_with_momentum(
        *data: jax.Array,
        momentum: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1,
    ) -> tuple[jax.Array, ...]:  # fmt: skip
        """sgd_mom_update of each tensor, with rates and decays from the last two inputs, float32 (num_weights,)."""
        *tensors, lrs, wds = data
        numbers = _each(f"preloaded_{kind}_mom_update", num_weights, lr=lrs, wd=wds)
        keep = {"momentum": momentum, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
        return _update(f"preloaded_{kind}_mom_update", tensors, 1, master, numbers, partial(shared.sgd_mom, **keep))


def _register_adam(master: bool) -> None:
    kind = "multi_mp" if master else "multi"

    @operator(f"_{kind}_adamw_update", **_tensors("mean", "var", master=master, rest=("rescale_grad",)))
    def adamw(
        *data: jax.Array,
        lrs: tuple[float, ...], beta1: float = 0.899999976, beta2: float = 0.999000013, epsilon: float = 9.99999994e-09,
        wds: tuple[float, ...], etas: tuple[float, ...], clip_gradient: float = -1.0, num_weights: int = 1,
    ) -> tuple[jax.Array, ...]:  # fmt: skip
        """_adamw_update of each tensor; the last input is rescale_grad, one float32 for all of them."""
        *tensors, scale = data
        name = f"_{kind}_adamw_update"
        numbers = _each(name, num_weights, lr=lrs, wd=wds, eta=etas)
        keep = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "clip_gradient": clip_gradient}
        step = partial(shared.adamw, rescale_grad=shared.one_number(scale), average=shared.blended, **keep)
        found = _update(name, tensors, 2, master, numbers, step)
        groups = [*_groups(tensors, 4 + master, num_weights)]
        old = [*(weight for weight, *_ in groups), *(state for _, _, *states in groups for state in states)]
        return shared.unless_overflow(scale, found, old)

    @operator(f"_{kind}_lamb_update", **_tensors("mean", "var", master=master, count="num_tensors"))
    def lamb(
        *data: jax.Array,
        learning_rates: tuple[float, ...], beta1: float = 0.899999976, beta2: float = 0.999000013,
        epsilon: float = 9.99999997e-07, wds: tuple[float, ...], rescale_grad: float = 1.0, lower_bound: float = -1.0,
        upper_bound: float = -1.0, clip_gradient: float = -1.0, bias_correction: bool = True,
        step_count: tuple[int, ...], num_tensors: int = 1,
    ) -> tuple[jax.Array, ...]:  # fmt: skip
        """Both phases of LAMB for each tensor; `step_count` is the `t` of lamb_update_phase1, for each.

        The norm is that of the weight itself, also where there is a master copy.
        """
        name = f"_{kind}_lamb_update"
        norms = [jnp.sqrt(shared.sum_of_squares(weight)) for weight, *_ in _groups(data, 4 + master, num_tensors)]
        numbers = _each(name, num_tensors, lr=learning_rates, wd=wds, t=step_count, norm=norms)
        first = {
            "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "bias_correction": bias_correction,
            "rescale_grad": rescale_grad, "clip_gradient": clip_gradient,
        }  # fmt: skip
        bounds = {"lower_bound": lower_bound, "upper_bound": upper_bound}

        def step(
            weight: jax.Array, grad: jax.Array, mean: jax.Array, var: jax.Array, *,
            lr: float, wd: float, t: int, norm: jax.Array,
        ) -> tuple[jax.Array, ...]:  # fmt: skip
            direction, mean, var = shared.lamb_direction(weight, grad, mean, var, wd=wd, t=t, **first)
            new = shared.lamb_step(weight, direction, norm, jnp.sqrt(shared.sum_of_squares(direction)), lr=lr, **bounds)
            return new, mean, var

        return _update(name, data, 2, master, numbers, step)


for _master in (False, True):
    _register_sgd(_master)
    _register_adam(_master)
