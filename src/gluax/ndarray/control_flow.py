"""Loops and branches on arrays: Python's own, run at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gluax.ndarray.creation import empty
from gluax.ndarray.invoke import invoke
from gluax.ndarray.ndarray import NDArray
from gluax.structure import Format, flatten, regroup


def foreach(body: Callable[[Any, Any], tuple[Any, Any]], data: Any, init_states: Any) -> tuple[Any, Any]:
    """Run `body` over the leading axis of `data`, carrying states along.

    Args:
      body: ``(slices, states) -> (outputs, states)``.
      data: an array, or a list of them.
      init_states: an array or nested lists of them.

    Returns:
      The outputs of all iterations, stacked, and the last states.

    Raises:
      AssertionError: when data, states or outputs are no arrays.
    """
    _flatten(data, "foreach input")
    _flatten(init_states, "foreach states")
    alone = isinstance(data, NDArray)
    states = init_states
    steps: list[list[NDArray]] = []
    structure: Any = []
    for number in range(len(data if alone else data[0])):
        slices = data[number] if alone else [array[number] for array in data]
        outputs, states = body(slices, states)
        flat, structure = _flatten(outputs, "foreach output")
        steps.append(flat)
    return regroup([invoke("stack", column) for column in zip(*steps)], structure), states


def while_loop(
    cond: Callable[..., Any], func: Callable[..., tuple[Any, Any]], loop_vars: Any, max_iterations: Any = None
) -> tuple[Any, Any]:
    """Run `func` while `cond` gives true, at most `max_iterations` times.

    Args:
      cond: ``(*loop_vars) -> `` a number, or an array with one element.
      func: ``(*loop_vars) -> (outputs, loop_vars)``.
      loop_vars: an array, or a list of them.
      max_iterations: the length of the stacked outputs; rows that no iteration wrote are zero.

    Returns:
      The outputs of all iterations, stacked, and the last loop variables.

    Raises:
      ValueError: for missing iterations or variables, or when an iteration returns another number of either.
    """
    if max_iterations is None:
        raise ValueError("max_iterations should be specified")
    limit = _number(max_iterations, int, "max_iterations")
    if len(loop_vars) == 0:
        raise ValueError("loop_vars should contain at least one element")
    alone = isinstance(loop_vars, NDArray)
    variables = [loop_vars] if alone else list(loop_vars)
    steps: list[list[NDArray]] = []
    structure: Any = None
    while len(steps) < limit and _number(cond(*variables), bool, "the return value of cond"):
        outputs, following = func(*variables)
        following = _as_list(following)
        if len(following) != len(variables):
            raise ValueError("the number of loop_vars must stay the same during the loop")
        variables = following
        flat, structure = _flatten([] if outputs is None else outputs, "while output")
        steps.append(flat)
        if len(flat) != len(steps[0]):
            raise ValueError("every iteration must return the same number of outputs")
    columns = [_padded(column, limit, number) for number, column in enumerate(zip(*steps), 1)]
    return regroup(columns, structure) if steps else columns, variables[0] if alone else variables


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any]) -> Any:
    """Run one of two functions without arguments, by the truth of a number or of an array with one element.

    Raises:
      ValueError: when `pred` is neither.
    """
    return then_func() if _number(pred, bool, "pred") else else_func()


def _padded(items: Sequence[NDArray], length: int, number: int) -> NDArray:
    shapes = [item.shape for item in items]
    if len(set(shapes)) > 1:
        raise ValueError(f"output {number} has another shape in other iterations: {shapes}")
    rows = [invoke("expand_dims", (item,), {"axis": 0}) for item in items]
    if len(rows) < length:
        rows.append(empty((length - len(rows), *shapes[0]), items[0].context, np.dtype(items[0].dtype)))
    return invoke("Concat", rows, {"dim": 0})


def _number(value: Any, kind: type, what: str) -> Any:
    if isinstance(value, NDArray):
        value = value.asscalar()
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise ValueError(f"cannot convert {what} to {kind.__name__}: {value!r}") from None


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _flatten(value: Any, what: str) -> tuple[list[NDArray], Format]:
    """Flatten nested lists of arrays."""
    return flatten(
        value,
        lambda value: 0 if isinstance(value, NDArray) else None,
        lambda value: AssertionError(f"{what} must be (nested) list of NDArray, but got {value} of type {type(value)}"),
    )
