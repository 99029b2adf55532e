"""Split a graph into what depends on parameters alone, computed once at bind time, and the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.passes.rewrite import fresh_name


@dataclass(frozen=True)
class Split:
    """The two halves.

    Attributes:
      prelude: its heads are the bound values, in the order of `bound`.
      main: reads the bound values as variables.
      bound: names of those variables.
    """

    prelude: Graph
    main: Graph
    bound: tuple[str, ...]


def hoist(graph: Graph, parameters: Collection[str]) -> Split:
    """Split `graph` at the boundary of what the named variables alone determine.

    Parameters that the rest reads directly are bound values too. Values that depend on nothing at all
    (`_zeros`, `_arange`) stay where they are: the compiler folds them.
    """
    fixed = _fixed_entries(graph, parameters)
    boundary: dict[tuple[int, int], Node] = {}
    copies: dict[int, Node] = {}
    taken = {node.name for node in graph.variables}

    def follow(entry: Entry) -> Entry:
        key = (id(entry.node), entry.index)
        if id(entry.node) in fixed:
            if key not in boundary:
                boundary[key] = entry.node if entry.node.is_variable else Node(None, fresh_name(entry, taken))
                sources.append(entry)
            return Entry(boundary[key], 0, entry.version)
        return entry._replace(node=copies.get(id(entry.node), entry.node))

    sources: list[Entry] = []
    for node in graph.nodes:
        if not node.is_variable and id(node) not in fixed:
            copy = Node(node.op, node.name, map(follow, node.inputs), node.attrs, node.subgraphs)
            copy.call = node.call
            copies[id(node)] = copy
    main = Graph([follow(entry) for entry in graph.heads], graph.meta)
    return Split(Graph(sources), main, tuple(node.name for node in boundary.values()))


def _fixed_entries(graph: Graph, parameters: Collection[str]) -> set[int]:
    """Ids of nodes that depend on at least one parameter, on nothing else, and draw no random numbers."""
    fixed: set[int] = set()
    constant: set[int] = set()
    for node in graph.nodes:
        if node.is_variable:
            if node.name in parameters:
                fixed.add(id(node))
            continue
        call = registry.resolve(node)
        sources = {id(entry.node) for entry in node.inputs}
        if node.subgraphs or call.operator.aux or call.operator.draws(call.attrs, False):
            continue
        if call.operator.is_open(call.attrs):  # its shape may follow from an input's
            continue
        if sources <= constant:
            constant.add(id(node))
        elif sources <= (fixed | constant):
            fixed.add(id(node))
    return fixed
