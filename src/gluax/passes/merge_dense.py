"""Dense layers that read the same data become one, as the query, key and value projections of attention.

One large product packs the data once and keeps all cores busy, where several small ones do not.
"""

from __future__ import annotations

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Attrs
from gluax.passes.rewrite import rewrite_nodes

Key = tuple[int, int, bool, bool]


def merge_dense(graph: Graph) -> Graph:
    """Rewrite FullyConnected layers with variables as weights; their outputs become slices of the common one."""
    groups: dict[Key, list[Node]] = {}
    for node in graph.nodes:
        key = _key(node)
        if key is not None:
            groups.setdefault(key, []).append(node)
    merged: dict[int, Node] = {}
    starts: dict[int, int] = {}

    def replace(node: Node, inputs: tuple[Entry, ...]) -> Node | None:
        key = _key(node)
        if key is None or len(groups[key]) < 2:
            return None
        group = groups[key]
        if id(node) not in merged:
            joint, start = _join(inputs[0], group), 0
            for member in group:
                merged[id(member)], starts[id(member)] = joint, start
                start += _attrs(member).num_hidden
        begin = starts[id(node)]
        ends = {"axis": "-1", "begin": str(begin), "end": str(begin + _attrs(node).num_hidden)}
        return Node("slice_axis", node.name, (Entry(merged[id(node)]),), ends)

    return rewrite_nodes(graph, replace)


def _attrs(node: Node) -> Attrs:
    return registry.resolve(node).attrs


def _key(node: Node) -> Key | None:
    """What layers must have in common; None for other nodes."""
    if node.is_variable:
        return None
    call = registry.resolve(node)
    if call.operator.name != "FullyConnected" or not all(entry.node.is_variable for entry in node.inputs[1:]):
        return None
    data = node.inputs[0]
    return id(data.node), data.index, call.attrs.flatten, call.attrs.no_bias


def _join(data: Entry, group: list[Node]) -> Node:
    name = f"{group[0].name}_merged"
    joined = [
        Entry(Node("Concat", f"{name}_{kind}", parts, {"num_args": str(len(parts)), "dim": "0"}))
        for kind, parts in zip(("weight", "bias"), zip(*(member.inputs[1:] for member in group)))
    ]
    attrs = _attrs(group[0])
    total = sum(_attrs(member).num_hidden for member in group)
    given = {"num_hidden": str(total), "flatten": str(attrs.flatten), "no_bias": str(attrs.no_bias)}
    return Node("FullyConnected", name, (data, *joined), given)
