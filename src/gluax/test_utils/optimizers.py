"""Whether two optimizers do the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluax.context import current_context
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray
from gluax.optimizer import Optimizer
from gluax.random import uniform
from gluax.test_utils.comparing import Tolerance, assert_almost_equal, compare_ndarray_tuple


def compare_optimizer(
    opt1: Optimizer,
    opt2: Optimizer,
    shape: Sequence[int] | list[Sequence[int]],
    dtype: Any,
    w_stype: str = "default",
    g_stype: str = "default",
    rtol: Tolerance = 1e-4,
    atol: Tolerance = 1e-5,
    compare_states: bool = True,
    ntensors: int = 1,
) -> None:
    """Fail unless a step of two optimizers gives the same weights and states, from the same random ones.

    Args:
      opt1: one.
      opt2: the other. It gets a list of weights in one call if `shape` is a list; the first always gets them singly.
      shape: the shape of a weight, or a list of shapes.
      dtype: the weights' and the gradients'.
      w_stype: "default"; gluax keeps every array dense.
      g_stype: the same.
      rtol, atol: see `assert_almost_equal`.
      compare_states: whether the states must agree too.
      ntensors: how many shapes there are in the list.

    Raises:
      AssertionError
      NotImplementedError: for sparse arrays.
      ArgumentError: (an `AssertionError`) one shape where `ntensors` are several.
    """
    if {w_stype, g_stype} != {"default"}:
        raise NotImplementedError(f"stypes {w_stype!r} and {g_stype!r}: gluax keeps every array dense")
    several = isinstance(shape, list)
    if not several and ntensors != 1:
        raise ArgumentError(f"shape {shape} is one, not {ntensors}")
    shapes: Any = shape if several else [shape]
    weights, gradients = ([_drawn(each, dtype) for each in shapes] for _ in range(2))
    copies = [weight.copy() for weight in weights]
    states = [opt2.create_state_multi_precision(0, copy) for copy in copies]
    if several:
        opt2.update_multi_precision(list(range(ntensors)), copies, gradients, states)
    else:
        opt2.update_multi_precision(0, copies[0], gradients[0], states[0])
    for number, (weight, gradient, copy, state) in enumerate(zip(weights, gradients, copies, states)):
        own = opt1.create_state_multi_precision(number, weight)
        opt1.update_multi_precision(number, weight, gradient, own)
        if compare_states:
            compare_ndarray_tuple(own, state, rtol, atol)
        assert_almost_equal(weight, copy, rtol, atol)


def _drawn(shape: Sequence[int], dtype: Any) -> NDArray:
    return uniform(shape=shape, ctx=current_context(), dtype=dtype)
