"""Sequences as cells take them: one array with a time axis, or a list with an array per step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import gluax.ndarray
import gluax.symbol
from gluax.gluon.nested import is_foreign, map_leaves, unwrap, wrap
from gluax.gluon.parameter import tensor_types
from gluax.ndarray import NDArray
from gluax.symbol import Symbol

Method = TypeVar("Method", bound=Callable[..., Any])


def takes_foreign_arrays(method: Method) -> Method:
    """Let a method of cells take JAX and numpy arrays too, and give back JAX arrays for them."""

    @wraps(method)
    def adapted(*args: Any, **kwargs: Any) -> Any:
        if not is_foreign((args[1:], tuple(kwargs.values()))):
            return method(*args, **kwargs)
        given = map_leaves(wrap, args)
        named = {name: map_leaves(wrap, value) for name, value in kwargs.items()}
        return map_leaves(unwrap, method(*given, **named))

    return cast(Method, adapted)


def as_list(value: Any) -> list[Any]:
    """What may be one array or several, as a list; of a symbol, its outputs."""
    return list(value) if isinstance(value, (list, tuple, Symbol)) else [value]


def namespace_of(sequence: Any) -> Any:
    """The functions that a sequence is computed with: `gluax.symbol` or `gluax.ndarray`."""
    first = sequence if isinstance(sequence, tensor_types) else sequence[0]
    return gluax.symbol if isinstance(first, Symbol) else gluax.ndarray


def format_sequence(
    length: int | None, inputs: Any, layout: str, merge: bool | None, in_layout: str | None = None
) -> tuple[Any, int, Any, int]:
    """Bring a sequence into the form asked for.

    Args:
      length: the number of steps; None where the sequence itself knows.
      inputs: an array or Symbol with a time axis, or a list with one per step, each of (N, ...).
      layout: where the axes T and N are; of a list, where T goes.
      merge: True for one array, False for a list, None for whatever it is.
      in_layout: the layout of `inputs`, if another one.

    Returns:
      the sequence, its time axis, the namespace to compute with, and the batch size (0 for symbols).

    Raises:
      AssertionError: for no inputs, a group of symbols, and a sequence of another length.
    """
    assert inputs is not None, "unroll(inputs=None) has been deprecated. Please create input variables outside unroll."
    axis, batch_axis = layout.find("T"), layout.find("N")
    in_axis = axis if in_layout is None else in_layout.find("T")
    F = namespace_of(inputs)
    batch_size = 0
    if isinstance(inputs, tensor_types):
        if isinstance(inputs, NDArray):
            batch_size = inputs.shape[batch_axis]
        if merge is False:
            inputs = _split_steps(length, inputs, in_axis)
    else:
        assert length is None or len(inputs) == length, f"{length} steps were asked for, and {len(inputs)} given"
        if isinstance(inputs[0], NDArray):
            batch_size = inputs[0].shape[0]
        if merge is True:
            inputs = F.stack(*inputs, axis=axis)
            in_axis = axis
    if isinstance(inputs, tensor_types) and axis != in_axis:
        inputs = F.swapaxes(inputs, dim1=axis, dim2=in_axis)
    return inputs, axis, F, batch_size


def _split_steps(length: int | None, inputs: NDArray | Symbol, axis: int) -> list[Any]:
    if isinstance(inputs, Symbol):
        assert len(inputs.list_outputs()) == 1, (
            "unroll doesn't allow grouped symbol as input. Please convert to list with list(inputs) first or let "
            "unroll handle splitting."
        )
        return as_list(gluax.symbol.split(inputs, axis=axis, num_outputs=length, squeeze_axis=1))
    steps = inputs.shape[axis]
    assert length is None or length == steps, f"{length} steps were asked for, and the inputs have {steps}"
    return as_list(gluax.ndarray.split(inputs, axis=axis, num_outputs=steps, squeeze_axis=1))


def mask_sequence(F: Any, data: Any, length: int, valid_length: Any, time_axis: int, merge: bool | None) -> Any:
    """Set what lies behind the valid lengths to zero; the result is one array with `merge`, else a list."""
    assert valid_length is not None
    if not isinstance(data, tensor_types):
        data = F.stack(*data, axis=time_axis)
    masked = F.SequenceMask(data, sequence_length=valid_length, use_sequence_length=True, axis=time_axis)
    if merge:
        return masked
    return as_list(F.split(masked, num_outputs=length, axis=time_axis, squeeze_axis=True))


def reverse_sequence(steps: Sequence[Any], length: int, valid_length: Any = None) -> Any:
    """The steps in reverse; with valid lengths, only the valid ones of each sequence, the rest stays behind."""
    if valid_length is None:
        return list(reversed(steps))
    F = namespace_of(steps)
    stacked = F.stack(*steps, axis=0)
    turned = F.SequenceReverse(stacked, sequence_length=valid_length, use_sequence_length=True)
    if length > 1 or F is gluax.symbol:
        return F.split(turned, axis=0, num_outputs=length, squeeze_axis=True)
    return [turned[0]]


def initial_states(cell: Any, F: Any, begin_state: Any, inputs: Any, batch_size: int) -> Any:
    """`begin_state`, or the cell's own of zeros, where the inputs live."""
    if begin_state is not None:
        return begin_state
    if F is gluax.symbol:
        return cell.begin_state(func=F.zeros, batch_size=batch_size)
    with (inputs if isinstance(inputs, NDArray) else inputs[0]).context:
        return cell.begin_state(func=F.zeros, batch_size=batch_size)


def last_valid_states(F: Any, states: Sequence[Sequence[Any]], valid_length: Any) -> list[Any]:
    """The states after each sequence's last valid step, from those after every step."""
    return [
        F.SequenceLast(F.stack(*each, axis=0), sequence_length=valid_length, use_sequence_length=True, axis=0)
        for each in zip(*states)
    ]
