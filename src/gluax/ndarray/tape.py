"""What was recorded: the operations that arrays came from, to be differentiated backwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from gluax import modes
from gluax.context import Context

if TYPE_CHECKING:
    from gluax.ndarray.handle import Handle
    from gluax.ndarray.ndarray import NDArray
    from gluax.ops.operator import Call

Function = Callable[[list[Any]], Sequence[Any]]
PullBack = Callable[[list[Any], Sequence[Any], tuple[int, ...]], Sequence[Any]]

_numbers = itertools.count()
_Kind = TypeVar("_Kind", bound="Handle")


class Variable:
    """An array that a gradient was asked for: where it goes, and how ("write", "add" or "null")."""

    __slots__ = ("fresh", "grad", "request")

    def __init__(self, grad: NDArray, request: str) -> None:
        self.grad = grad
        self.request = request
        self.fresh = False


class Input(NamedTuple):
    """What an operation read: the array of that moment, where it came from, and its context."""

    array: Any
    entry: Entry | None
    ctx: Context | None


class State(NamedTuple):
    """An auxiliary state: its handle, which input it is, and which result is its new value."""

    handle: Handle
    position: int
    result: int


def _released(arrays: list[Any]) -> Sequence[Any]:
    raise AssertionError("a released operation was asked for its value")


class Operation:
    """A recorded operation. They are numbered in their order.

    Attributes:
      function: pure; of the inputs' arrays as a list, gives the results.
      pull_back: of the arrays, a cotangent or None for each result, and the positions wanted, gives those inputs'
        cotangents; None to differentiate `function`.
      inputs: what it read; None once a backward pass has let it go.
      results: the arrays it gave.
      states: the auxiliary states, which get their new values in the backward pass.
      call: the operator, if it is one.
    """

    __slots__ = ("call", "function", "inputs", "number", "pull_back", "results", "states")

    def __init__(
        self,
        function: Function,
        inputs: Sequence[Input],
        results: Sequence[Any],
        pull_back: PullBack | None = None,
        states: Sequence[State] = (),
        call: Call | None = None,
    ) -> None:
        self.number = next(_numbers)
        self.function = function
        self.pull_back = pull_back
        self.inputs: tuple[Input, ...] | None = tuple(inputs)
        self.results = tuple(results)
        self.states = tuple(states)
        self.call = call

    def release(self) -> None:
        """Let go of what it read and gave; what comes from it counts as a constant from now on."""
        self.inputs = self.pull_back = None
        self.function = _released
        self.results = ()
        self.states = ()


class Result(NamedTuple):
    """One result of an operation."""

    operation: Operation
    number: int


Entry = Variable | Result


def is_live(entry: Entry | None) -> bool:
    """Whether gradients can flow to where an array came from."""
    if isinstance(entry, Result):
        return entry.operation.inputs is not None
    return entry is not None and entry.request != "null"


def record(
    function: Function,
    arrays: Sequence[Any],
    inputs: Sequence[Handle],
    outputs: Sequence[Handle],
    pull_back: PullBack | None = None,
    states: Sequence[State] = (),
    call: Call | None = None,
) -> None:
    """Note that `outputs` hold what `function` gives on `arrays`, those of `inputs`, if a gradient flows to any.

    Does nothing when the thread does not record. The other arguments are those of `Operation`.
    """
    if not modes.is_recording() or not any(is_live(handle._entry) for handle in inputs):
        return
    read = [
        Input(array, handle._entry if is_live(handle._entry) else None, handle._ctx)
        for array, handle in zip(arrays, inputs)
    ]
    operation = Operation(function, read, [output._data for output in outputs], pull_back, states, call)
    for index, output in enumerate(outputs):
        output._entry = Result(operation, index)


def record_one(function: Callable[[Any], Any], source: Handle, target: _Kind) -> _Kind:
    """Note that `target` holds what `function` gives on the array of `source`; returns `target`."""
    record(lambda arrays: [function(arrays[0])], [source._data], [source], [target])
    return target
