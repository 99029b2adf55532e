"""What was recorded, as a symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluax.errors import ArgumentError, GluaxError
from gluax.ir.attributes import attribute_text
from gluax.ir.graph import Entry, Node
from gluax.ndarray.tape import Entry as Recorded
from gluax.ndarray.tape import Input, Operation, Result, is_live
from gluax.symbol import Symbol

if TYPE_CHECKING:
    from gluax.ndarray.ndarray import NDArray


def get_symbol(x: NDArray) -> Symbol:
    """The recorded computation of an array as a symbol, with variables ``var0``, ``var1`` ... for what it started from.

    Raises:
      GluaxError: for an array that was not recorded.
      ArgumentError: for a computation with steps that are no operators: views, calls of compiled blocks, functions with
        a gradient of their own.
    """
    if not isinstance(x._entry, Result) or not is_live(x._entry):
        raise GluaxError("the array is not part of a recorded computation")
    nodes: dict[Operation, Node] = {}
    variables: dict[Recorded | int, Node] = {}

    def entry_of(read: Input) -> Entry:
        if isinstance(read.entry, Result):
            return Entry(nodes[read.entry.operation], read.entry.number)
        key = read.entry if read.entry is not None else id(read.array)
        return Entry(variables.setdefault(key, Node(None, f"var{len(variables)}")))

    for operation in _in_order(x._entry.operation):
        call = operation.call
        if call is None:
            raise ArgumentError("a symbol can hold operators only; a view, a compiled block or a Function was recorded")
        given = {
            name: attribute_text(name, call.attrs[name])
            for name, (_, default) in call.operator.attributes.items()
            if call.attrs[name] != default
        }
        inputs = [entry_of(read) for read in operation.inputs or ()]
        nodes[operation] = Node(call.operator.name, f"node_{len(nodes)}", inputs, given)
    return Symbol([Entry(nodes[x._entry.operation], x._entry.number)])


def _in_order(last: Operation) -> list[Operation]:
    found = {last}
    pending = [last]
    while pending:
        for read in pending.pop().inputs or ():
            if isinstance(read.entry, Result) and read.entry.operation not in found:
                found.add(read.entry.operation)
                pending.append(read.entry.operation)
    return sorted(found, key=lambda operation: operation.number)
