"""From Python arguments to symbols: formatting attributes, naming, and wrapping nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluax.errors import ArgumentError
from gluax.ir.attributes import attribute_text
from gluax.ir.graph import Entry, Node
from gluax.symbol.composition import call_operator
from gluax.symbol.naming import next_name, scoped_attributes

if TYPE_CHECKING:
    from gluax.symbol.symbol import Symbol


def create(
    op: str,
    hint: str,
    *,
    inputs: Sequence[Any] = (),
    named: Mapping[str, Any] | None = None,
    attrs: Mapping[str, Any] | None = None,
    name: str | None = None,
    attr: Mapping[str, str] | None = None,
) -> Symbol:
    """Return a symbol that calls an operator, of the first input's class.

    Args:
      op: the operator's name or an alias.
      hint: the stem of the automatic name.
      inputs: symbols, by position.
      named: symbols, by input name.
      attrs: attributes as Python values; only those given end up in the graph.
      name: the name, None for an automatic one.
      attr: further attributes, as strings; those of the attribute scope are added.
    """
    from gluax.symbol.symbol import Symbol

    texts = {key: attribute_text(key, value) for key, value in (attrs or {}).items()}
    texts.update(scoped_attributes(attr))
    args = [single_entry(symbol, f"argument {number}") for number, symbol in enumerate(inputs)]
    kwargs = {key: single_entry(symbol, f"argument {key!r}") for key, symbol in (named or {}).items()}
    node = call_operator(op, next_name(name, hint), texts, args, kwargs)
    kind = next((type(symbol) for symbol in (*inputs, *(named or {}).values())), Symbol)
    return kind(visible_entries(node))


def visible_entries(node: Node) -> tuple[Entry, ...]:
    """The outputs a user sees of an operator call, or the variable itself."""
    if node.is_variable:
        return (Entry(node, 0, node.updates),)
    operator, attrs = node.call.operator, node.call.attrs
    return tuple(Entry(node, index) for index in range(operator.num_visible(attrs)))


def single_entry(symbol: Any, what: str) -> Entry:
    """Return the only output of a symbol.

    Raises:
      ArgumentError: when it has several.
    """
    entries = symbol._entries
    if len(entries) != 1:
        raise ArgumentError(f"{what} is a group of {len(entries)} outputs {symbol.list_outputs()}; pick one of them")
    return entries[0]
