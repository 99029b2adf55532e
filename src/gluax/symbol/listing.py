"""Reading a graph for its symbol: names of outputs, internals, attributes, a listing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from gluax.errors import ArgumentError
from gluax.ir.graph import Entry, Graph, Node
from gluax.lowering.program import Program
from gluax.ops import registry
from gluax.ops.operator import HIDDEN_KEYS
from gluax.patterns import name_pattern
from gluax.symbol.composition import copy_heads
from gluax.symbol.factory import visible_entries

_HIDDEN = {f"__{key}__": key for key in HIDDEN_KEYS}


def output_name(entry: Entry) -> str:
    """The name of an output as `list_outputs` shows it."""
    node = entry.node
    if node.is_variable:
        return node.name
    call = registry.resolve(node)
    suffix = call.operator.names_of_outputs(call.attrs)[entry.index]
    return f"{node.name}_{suffix}" if node.name else suffix


def internal_entries(graph: Graph) -> list[Entry]:
    """Every visible output of the graph."""
    for node in graph.nodes:
        if not node.is_variable:
            registry.resolve(node)
    return [entry for node in graph.nodes for entry in visible_entries(node)]


def named_internals(program: Program) -> dict[str, Entry]:
    """What a program's operators put out, by name, in graph order.

    Where nodes share a name, which graphs may, the second one's output is called ``name#2``, and so on.
    """
    found: dict[str, Entry] = {}
    counts: dict[str, int] = {}
    for step in program.steps:
        for entry in visible_entries(step.node):
            name = output_name(entry)
            counts[name] = counts.get(name, 0) + 1
            found[name if counts[name] == 1 else f"{name}#{counts[name]}"] = entry
    return found


def matching(internals: Mapping[str, Entry], pattern: str) -> dict[str, Entry]:
    """Those whose name a regular expression matches from its beginning on, as MXNet's `Monitor` and `collect_params`.

    Raises:
      ArgumentError: when it is malformed, or matches none; the message suggests names.
    """
    matcher = name_pattern(pattern)
    found = {name: entry for name, entry in internals.items() if matcher.match(name)}
    if not found:
        raise ArgumentError(
            f"{pattern!r} matches the beginning of no name inside the model{suggestion(pattern, internals)}"
        )
    return found


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a message that a name is unknown: names close to it, or else the first and the last few."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    return f"; there are {', '.join(names if len(names) <= 6 else [*names[:3], '...', *names[-3:]])}"


def shown_attributes(node: Node) -> dict[str, str]:
    """A node's attributes, hidden keys both with and without underscores."""
    shown = dict(node.attrs)
    shown.update({key: node.attrs[hidden] for hidden, key in _HIDDEN.items() if hidden in node.attrs})
    return shown


def without_amp_casts(graph: Graph) -> tuple[Entry, ...]:
    """The graph without ``amp_cast`` and ``amp_multicast``, a copy when there are any. As in MXNet, heads stay."""
    if not any(node.op in ("amp_cast", "amp_multicast") for node in graph.nodes):
        return graph.heads
    copy = Graph(copy_heads(graph.heads))
    through: dict[tuple[int, int], Entry] = {}

    def source(entry: Entry) -> Entry:
        return through.get((id(entry.node), entry.index), entry)

    for node in copy.nodes:
        node.inputs = tuple(map(source, node.inputs))
        if node.op in ("amp_cast", "amp_multicast"):
            through.update({(id(node), index): entry for index, entry in enumerate(node.inputs)})
    return copy.heads


def describe(graph: Graph) -> str:
    """A readable listing of the nodes of a graph."""
    heads = enumerate(graph.heads)
    lines = ["Symbol Outputs:", *(f"\toutput[{i}]={entry.node.name}({entry.index})" for i, entry in heads)]
    for node in graph.nodes:
        if node.is_variable:
            lines.append(f"Variable:{node.name}")
        else:
            lines.extend(["-" * 20, f"Op:{node.op}, Name={node.name}", "Inputs:", *_inputs(node.inputs)])
            if node.attrs:
                lines.extend(["Attrs:", *(f"\t{key}={value}" for key, value in sorted(node.attrs.items()))])
    return "\n".join(lines) + "\n"


def _inputs(entries: Iterable[Entry]) -> list[str]:
    lines = []
    for number, entry in enumerate(entries):
        version = f" version={entry.version}" if entry.node.is_variable else ""
        lines.append(f"\targ[{number}]={entry.node.name}({entry.index}){version}")
    return lines
