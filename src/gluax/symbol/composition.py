"""Graph building on nodes: calling an operator, and replacing variables in a copy of a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gluax.errors import ArgumentError
from gluax.ir.graph import Entry, Graph, Node
from gluax.ir.json_upgrades import INITIALIZERS
from gluax.ops import registry
from gluax.ops.operator import HIDDEN_KEYS


def call_operator(
    op: str,
    name: str,
    attrs: Mapping[str, str],
    args: Sequence[Entry] = (),
    kwargs: Mapping[str, Entry] | None = None,
    subgraphs: Sequence[Graph] = (),
) -> Node:
    """Make a node that calls operator `op`.

    Inputs that are not given become variables ``<name>_<input>`` with the attributes of the call, as in
    MXNet 1.9.1, and with the initializer MXNet foresees for that input.

    Args:
      op: the operator's name or an alias.
      name: the node's name.
      attrs: attributes as strings; MXNet's hidden keys (``lr_mult`` ...) may stand bare.
      args: inputs by position.
      kwargs: inputs by name.
      subgraphs: the bodies of a control-flow operator; ``num_args`` counts them too.

    Raises:
      UnsupportedOperatorError, AttributeParseError
      ArgumentError: for inputs that the operator does not have under these attributes.
    """
    node = Node(registry.get(op).name, name, attrs=_hide_keys(attrs), subgraphs=subgraphs)
    registry.resolve(node)
    node.inputs = _bind(node, args, dict(kwargs or {}))
    _set_initializers(node)
    count_updates(node)
    return node


def _hide_keys(attrs: Mapping[str, str]) -> dict[str, str]:
    hidden = {}
    for key, value in attrs.items():
        if key.startswith(HIDDEN_KEYS):
            hidden[f"__{key}__"] = value
            continue
        stem = next((stem for stem in HIDDEN_KEYS if key.endswith(f"_{stem}")), None)
        if stem is not None:
            variable = key[: -len(stem) - 1]
            raise ArgumentError(
                f"setting variable attributes with {key!r} is deprecated; make the variable yourself: "
                f"{variable}=Variable(..., {stem}={value})"
            )
        hidden[key] = value
    return hidden


def _bind(node: Node, args: Sequence[Entry], kwargs: dict[str, Entry]) -> tuple[Entry, ...]:
    operator, attrs = node.call.operator, node.call.attrs
    # A variadic operator told its number of inputs gets variables for those that are missing.
    count = attrs["num_args"] - len(node.subgraphs) if "num_args" in operator.attributes else len(args)
    names = operator.input_names(attrs, count)
    if len(args) > len(names):
        raise ArgumentError(f"operator {node.op!r} (node {node.name!r}) takes {len(names)} inputs, got {len(args)}")
    entries = list(args)
    for name in names[len(args) :]:
        given = kwargs.pop(name, None)
        if given is None:
            full_name = f"{node.name}_{name}" if node.name else name
            given = Entry(Node(None, full_name, attrs=node.attrs))
        entries.append(given)
    if kwargs:
        raise ArgumentError(
            f"operator {node.op!r} (node {node.name!r}) has no inputs {sorted(kwargs)} under these attributes; "
            f"its inputs are {list(names)}, its attributes {sorted(operator.attributes)}"
        )
    return tuple(entries)


def _set_initializers(node: Node) -> None:
    for index, initializer in INITIALIZERS.get(node.op or "", {}).items():
        if index < len(node.inputs) and node.inputs[index].node.is_variable:
            node.inputs[index].node.attrs.setdefault("__init__", initializer)


def count_updates(node: Node) -> None:
    """Give the inputs of `node` that are variables the version they have there.

    An operator that updates a variable in place reads its next version; later readers see that one.

    Raises:
      ArgumentError: when an auxiliary state is not a variable.
    """
    operator, attrs = node.call.operator, node.call.attrs
    aux = operator.aux_names(attrs)
    names = operator.input_names(attrs, len(node.inputs)) if aux else ()
    entries = list(node.inputs)
    for index, entry in enumerate(entries):
        mutated = index < len(names) and names[index] in aux
        if entry.node.is_variable:
            entry.node.updates += mutated
            entries[index] = entry._replace(version=entry.node.updates)
        elif mutated:
            raise ArgumentError(
                f"operator {node.op!r} (node {node.name!r}) updates {names[index]!r} in place, so it must be a "
                f"variable, not {entry.node!r}"
            )
    node.inputs = tuple(entries)


def copy_heads(heads: Iterable[Entry]) -> tuple[Entry, ...]:
    """Copy everything reachable from `heads`; subgraphs, which nothing changes, are shared."""
    heads = tuple(heads)
    copies: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        return entry._replace(node=copies[id(entry.node)])

    for node in Graph(heads).nodes:
        copy = Node(node.op, node.name, map(moved, node.inputs), node.attrs, node.subgraphs)
        copy.control_deps = tuple(copies[id(dependency)] for dependency in node.control_deps)
        copy.updates, copy.call = node.updates, node.call
        copies[id(node)] = copy
    return tuple(map(moved, heads))


def replace_variables(heads: Sequence[Entry], replacements: Mapping[str, Entry]) -> tuple[Entry, ...]:
    """Replace variables by name, changing the graph of `heads` in place; return the new heads.

    Raises:
      ArgumentError: when there is no variable of a name.
    """
    graph = Graph(heads)
    found = {node.name for node in graph.variables}
    unknown = sorted(set(replacements) - found)
    if unknown:
        raise ArgumentError(f"the symbol has no variables {unknown}; its variables are {sorted(found)}")

    def replaced(entry: Entry) -> Entry:
        return replacements.get(entry.node.name, entry) if entry.node.is_variable else entry

    for node in graph.nodes:
        inputs = tuple(map(replaced, node.inputs))
        if inputs != node.inputs:
            node.inputs = inputs
            registry.resolve(node)
            count_updates(node)
    return tuple(map(replaced, heads))
