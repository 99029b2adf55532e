"""The one way passes rebuild a graph: visit nodes in order, replace some, keep sharing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain, count

from gluax.ir.graph import Entry, Graph, Node

Replace = Callable[[Node, tuple[Entry, ...]], Node | Entry | None]


def rewrite_nodes(graph: Graph, replace: Replace) -> Graph:
    """Rebuild `graph` with some nodes replaced.

    Args:
      graph: the graph; it is not changed.
      replace: called on each operator node in order with its already rewritten inputs. It returns None to
        keep the node, a `Node` that stands in for it (output by output), or an `Entry` that stands in
        for its first output.

    Returns:
      The new graph. Nodes whose inputs did not change are shared with the old one.
    """
    replaced: dict[int, Node | Entry] = {}

    def follow(entry: Entry) -> Entry:
        stand_in = replaced.get(id(entry.node), entry.node)
        if isinstance(stand_in, Entry):
            assert entry.index == 0, f"output {entry.index} of {entry.node!r} was replaced by a single value"
            return stand_in
        return Entry(stand_in, entry.index, entry.version)

    for node in graph.nodes:
        if node.is_variable:
            continue
        inputs = tuple(map(follow, node.inputs))
        stand_in = replace(node, inputs)
        if stand_in is not None:
            replaced[id(node)] = stand_in
        elif inputs != node.inputs:
            copy = Node(node.op, node.name, inputs, node.attrs, node.subgraphs, node.control_deps)
            copy.call = node.call
            replaced[id(node)] = copy
    return Graph(map(follow, graph.heads), graph.meta)


def count_uses(graph: Graph) -> Counter[tuple[int, int]]:
    """How often each entry, as (id(node), index), is read by a node or is a head."""
    uses = Counter((id(entry.node), entry.index) for node in graph.nodes for entry in node.inputs)
    uses.update((id(entry.node), entry.index) for entry in graph.heads)
    return uses


def fresh_name(entry: Entry, taken: set[str]) -> str:
    """Name a variable after the entry it stands for, unlike those in `taken`, which then has it too."""
    stem = f"{entry.node.name}{entry.index or ''}"
    name = next(name for name in chain([stem], (f"{stem}_{i}" for i in count(1))) if name not in taken)
    taken.add(name)
    return name
