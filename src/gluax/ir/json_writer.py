"""Symbol JSON as MXNet 1.9.1 writes it, character for character.

Its layout: two spaces per level; ``", "`` before a line break too; lists of more than ten numbers or entries and
objects of more than one attribute go on lines of their own; attributes are sorted by name; nodes stand in
depth-first post-order; ``node_row_ptr`` is the running sum of the nodes' output counts, hidden outputs included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gluax.ir.graph import Entry, Graph, Node
from gluax.ir.json_upgrades import CURRENT_VERSION

# MXNet escapes these and nothing else; other control characters stay as they are. It leaves them bare in the names of
# attributes, where its own reader then stumbles over them: there this writer escapes too.
_ESCAPES = str.maketrans({"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\", '"': '\\"'})
_LONGEST_LINE = 10


def _one_output(node: Node) -> int:
    return 1


def _same_name(op: str) -> str:
    return op


def write_symbol(
    graph: Graph,
    num_outputs: Callable[[Node], int] = _one_output,
    *,
    op_name: Callable[[str], str] = _same_name,
    numpy_shape: bool | None = None,
) -> str:
    """Return the text that ``sym.tojson()`` of MXNet 1.9.1 gives for `graph`.

    Args:
      graph: what to write.
      num_outputs: how many outputs a node has, counting hidden ones (3 for BatchNorm, 2 for Dropout, 2 for
        max Pooling outside NHWC). MXNet keeps these counts in the file but does not use them when it loads one.
      op_name: turns an alias of an operator into the name MXNet registers it under, the one it writes.
      numpy_shape: whether the graph is to be read under numpy semantics; by default as its file was.
    """
    lines = _GraphWriter(num_outputs, op_name).lines(graph, 0)
    is_numpy = graph.meta.get("is_np_shape", 0) if numpy_shape is None else numpy_shape
    attrs = ['"is_np_shape": ["int", 1]'] if is_numpy else []
    attrs.append(f'"mxnet_version": ["int", {CURRENT_VERSION}]')
    return _braces([*lines, f'"attrs": {_braces(attrs, 1, multi_line=len(attrs) > 1)}'], 0)


class _GraphWriter:
    def __init__(self, num_outputs: Callable[[Node], int], op_name: Callable[[str], str]) -> None:
        self.num_outputs = num_outputs
        self.op_name = op_name

    def lines(self, graph: Graph, depth: int) -> list[str]:
        """Return the members of the graph's object, whose braces stand at `depth`."""
        number = {id(node): index for index, node in enumerate(graph.nodes)}
        nodes = [self._node(node, number, depth + 2) for node in graph.nodes]
        variables = [str(number[id(node)]) for node in graph.variables]
        row_ptr = [0]
        for node in graph.nodes:
            row_ptr.append(row_ptr[-1] + (1 if node.is_variable else self.num_outputs(node)))
        return [
            f'"nodes": {_brackets(nodes, depth + 1, multi_line=True)}',
            f'"arg_nodes": {_brackets(variables, depth + 1)}',
            f'"node_row_ptr": {_brackets([str(count) for count in row_ptr], depth + 1)}',
            f'"heads": {_brackets(_entries(graph.heads, number), depth + 1)}',
        ]

    def _node(self, node: Node, number: dict[int, int], depth: int) -> str:
        op = "null" if node.op is None else self.op_name(node.op)
        lines = [f'"op": {_quote(op)}', f'"name": {_quote(node.name)}']
        if node.attrs:
            attrs = [f"{_quote(key)}: {_quote(value)}" for key, value in sorted(node.attrs.items())]
            lines.append(f'"attrs": {_braces(attrs, depth + 1, multi_line=len(attrs) > 1)}')
        lines.append(f'"inputs": {_brackets(_entries(node.inputs, number), depth + 1)}')
        if node.control_deps:
            dependencies = [str(number[id(dependency)]) for dependency in node.control_deps]
            lines.append(f'"control_deps": {_brackets(dependencies, depth + 1)}')
        if node.subgraphs:
            subgraphs = [_braces(self.lines(subgraph, depth + 2), depth + 2) for subgraph in node.subgraphs]
            lines.append(f'"subgraphs": {_brackets(subgraphs, depth + 1, multi_line=True)}')
        return _braces(lines, depth)


def _entries(entries: Iterable[Entry], number: dict[int, int]) -> list[str]:
    return [f"[{number[id(entry.node)]}, {entry.index}, {entry.version}]" for entry in entries]


def _quote(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _braces(items: list[str], depth: int, *, multi_line: bool = True) -> str:
    return "{" + _join(items, depth, multi_line) + "}"


def _brackets(items: list[str], depth: int, *, multi_line: bool = False) -> str:
    return "[" + _join(items, depth, multi_line or len(items) > _LONGEST_LINE) + "]"


def _join(items: list[str], depth: int, multi_line: bool) -> str:
    if not multi_line or not items:
        return ", ".join(items)
    inner = "\n" + "  " * (depth + 1)
    return inner + f", {inner}".join(items) + "\n" + "  " * depth
