"""Gradients of recorded computations, backwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import jax.numpy as jnp

from gluax import modes
from gluax.compile.gradients import pull_back
from gluax.compile.numbers import mxnet_numbers
from gluax.errors import ArgumentError, GluaxError, ShapeError
from gluax.ndarray.handle import Handle
from gluax.ndarray.invoke import invoke, run
from gluax.ndarray.tape import Entry, Operation, Result, Variable, is_live

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray

Grads = dict[Entry, Any]


def backward(heads: Any, head_grads: Any = None, retain_graph: bool = False, train_mode: bool = True) -> None:
    """Compute gradients of recorded arrays, and write them where variables ask for them.

    Values that variables got since they were recorded do not count. Gradients of integers are 0.

    Args:
      heads: the array or arrays to start from.
      head_grads: the gradients with respect to them, None for ones.
      retain_graph: keep what was recorded, to go backwards again.
      train_mode: whether auxiliary states, BatchNorm's moving statistics, get their new values now, as in MXNet.

    Raises:
      GluaxError: for a head that was not recorded, or no longer is.
      ShapeError: for a gradient of another shape than its head.
    """
    heads, grads = _pairs(heads, head_grads)
    operations = _reachable(heads)
    variables = {entry for entry in _entries(heads, operations) if isinstance(entry, Variable)}
    if not variables:
        raise GluaxError("nothing that the heads come from asks for a gradient any more: see retain_graph")
    with modes.scope(False, None):
        found = _pull(heads, grads, operations, variables, create_graph=False)
        for variable, grad in found.items():
            _deliver(variable, grad)
        if train_mode:
            _move_states(operations)
    if not retain_graph:
        for operation in operations:
            operation.release()


def gradients(
    heads: Any,
    variables: Sequence[NDArray],
    head_grads: Any = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[NDArray]:
    """Gradients of recorded arrays with respect to variables, as new arrays.

    Args:
      heads, head_grads, retain_graph, train_mode: see `backward`.
      variables: arrays that `attach_grad` was called on.
      create_graph: record the computation of the gradients, so that they can be differentiated.

    Raises:
      GluaxError: as `backward`; and for an array that is no variable, or that no head depends on.
    """
    heads, grads = _pairs(heads, head_grads)
    operations = _reachable(heads)
    wanted = [_variable(array, number) for number, array in enumerate(variables, 1)]
    with modes.scope(create_graph, None):
        found = _pull(heads, grads, operations, set(wanted), create_graph)
    with modes.scope(False, None):
        if train_mode:
            _move_states(operations)
    for number, variable in enumerate(wanted, 1):
        if variable not in found:
            raise GluaxError(f"no head depends on variable {number}: nothing to differentiate with respect to it")
    if not retain_graph:
        for operation in operations:
            operation.release()
    return [found[variable]._seen_as(type(variable.grad)) for variable in wanted]


def _variable(array: NDArray, number: int) -> Variable:
    if not isinstance(array._entry, Variable):
        raise GluaxError(f"variable {number} is none: call attach_grad() on it before the computation is recorded")
    return array._entry


def _pairs(heads: Any, head_grads: Any) -> tuple[list[NDArray], list[NDArray]]:
    heads = cast("list[NDArray]", [heads] if isinstance(heads, Handle) else list(heads))
    grads: list[Any] = [head_grads] if isinstance(head_grads, Handle) else list(head_grads or [None] * len(heads))
    if len(heads) != len(grads):
        raise ArgumentError(f"{len(heads)} heads, and {len(grads)} gradients of heads: give as many, None for ones")
    found = []
    for head, grad in zip(heads, grads):
        if not is_live(head._entry):
            raise GluaxError(
                "an array to differentiate is not part of a recorded computation: compute it from arrays with "
                "attach_grad() within autograd.record(), and go backwards once, or with retain_graph=True"
            )
        if grad is None:
            with modes.scope(False, None):
                grad = invoke("ones_like", (head,))
        elif grad.shape != head.shape:
            raise ShapeError(f"a head of shape {head.shape} was given a gradient of shape {grad.shape}")
        found.append(grad if grad.dtype is head.dtype else grad.astype(head.dtype))
    return heads, found


def _reachable(heads: Iterable[NDArray]) -> list[Operation]:
    """The operations that the heads come from, the last one first."""
    found: set[Operation] = set()
    pending = [head._entry for head in heads]
    while pending:
        entry = pending.pop()
        if isinstance(entry, Result) and entry.operation not in found and entry.operation.inputs is not None:
            found.add(entry.operation)
            pending += [read.entry for read in entry.operation.inputs]
    return sorted(found, key=lambda operation: -operation.number)


def _entries(heads: Iterable[NDArray], operations: Iterable[Operation]) -> Iterable[Entry | None]:
    yield from (head._entry for head in heads)
    for operation in operations:
        yield from (read.entry for read in operation.inputs or ())


def _pull(
    heads: Sequence[NDArray],
    head_grads: Sequence[NDArray],
    operations: Sequence[Operation],
    variables: set[Variable],
    create_graph: bool,
) -> dict[Variable, NDArray]:
    """The gradients of those of the variables that the heads depend on."""
    useful: set[Operation] = set()
    for operation in reversed(operations):
        if any(_leads(read.entry, useful, variables) for read in operation.inputs or ()):
            useful.add(operation)
    grads: Grads = {}
    for head, grad in zip(heads, head_grads):
        _add(grads, head._entry, grad)
    for operation in operations:
        cotangents = [grads.pop(Result(operation, index), None) for index in range(len(operation.results))]
        if operation not in useful or not any(cotangent is not None for cotangent in cotangents):
            continue
        wanted = tuple(
            number
            for number, read in enumerate(operation.inputs or ())
            if _leads(read.entry, useful, variables) and jnp.issubdtype(read.array.dtype, jnp.inexact)
        )
        if wanted:
            results = _pull_one(operation, cotangents, wanted, create_graph)
            for number, result in zip(wanted, results):
                _add(grads, operation.inputs[number].entry, result)  # type: ignore[index]
    return {entry: grad for entry, grad in grads.items() if isinstance(entry, Variable) and entry in variables}


def _leads(entry: Entry | None, useful: set[Operation], variables: set[Variable]) -> bool:
    return entry.operation in useful if isinstance(entry, Result) else entry in variables


def _add(grads: Grads, entry: Entry | None, grad: NDArray) -> None:
    if entry is None or (isinstance(entry, Result) and not _is_inexact(entry)):
        return
    before = grads.get(entry)
    grads[entry] = grad if before is None else invoke("elemwise_add", (before, grad.as_in_context(before.context)))


def _is_inexact(entry: Result) -> bool:
    return jnp.issubdtype(entry.operation.results[entry.number].dtype, jnp.inexact)


def _pull_one(
    operation: Operation, cotangents: Sequence[NDArray | None], wanted: tuple[int, ...], create_graph: bool
) -> list[NDArray]:
    """One operation backwards, as a computation on arrays, which is recorded when the thread records."""
    given = [cotangent for cotangent in cotangents if cotangent is not None]
    inputs = []
    for read in operation.inputs or ():
        handle = type(given[0])(read.array, read.ctx)
        handle._entry = read.entry
        inputs.append(handle)

    def function(arrays: list[Any]) -> Sequence[Any]:
        rest = iter(arrays[len(inputs) :])
        full = [None if cotangent is None else next(rest) for cotangent in cotangents]
        if operation.pull_back is None or create_graph:  # which may hold on to values, not to how they came about
            return pull_back(operation.function, arrays[: len(inputs)], full, wanted)
        return operation.pull_back(arrays[: len(inputs)], full, wanted)

    results = run(function, [*inputs, *given])
    for number, result in zip(wanted, results):
        result._ctx = inputs[number]._ctx
    return results


def _deliver(variable: Variable, grad: NDArray) -> None:
    target = variable.grad
    array = target.context.place(grad._data)
    with mxnet_numbers():
        target._assign(array + target._data if variable.request == "add" else array)
    variable.fresh = True


def _move_states(operations: Iterable[Operation]) -> None:
    """Give auxiliary states their new values, those of the last operation first, as MXNet's backward pass does."""
    for operation in operations:
        if not operation.states or operation.inputs is None:
            continue
        results = operation.results
        arrays = [read.array for read in operation.inputs]
        if any(state.handle._data is not arrays[state.position] for state in operation.states):
            for state in operation.states:  # moved since, by an operation that shares them
                arrays[state.position] = state.handle._data
            with mxnet_numbers():
                results = operation.function(arrays)
        for state in operation.states:
            state.handle._assign(state.handle.context.place(results[state.result]))
