"""The graph: nodes that refer to each other, as in MXNet's own symbolic graph.

A `Node` is a variable (``op is None``) or an operator call; an `Entry` names one of its outputs;
a `Graph` is a tuple of entries, its heads. Everything reachable from the heads belongs to the
graph. Nothing here recurses per node: graphs of unrolled recurrent networks are thousands deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """Output `index` of `node`. `version` counts in-place updates of an auxiliary variable.

    The version has no meaning for execution; it is kept because Symbol JSON holds it.
    """

    node: Node
    index: int = 0  # pyright: ignore[reportIncompatibleMethodOverride]
    version: int = 0


class Node:
    """A variable or an operator call.

    Attributes:
      op: the operator's registered name or alias as found in the file; None for a variable.
      name: the node's name. Names may repeat within a graph.
      inputs: the entries the operator reads, in order.
      attrs: every attribute as a string, as in Symbol JSON: the operator's own and user
        attributes (``__lr_mult__`` and so on) together.
      subgraphs: graphs that a control-flow operator runs.
      control_deps: nodes that must run first; kept for the round trip only.
      updates: of a variable, how many in-place updates composition has counted (entry versions).
      call: the operator resolved and its attributes parsed, filled in by `gluax.ops` on first use.
    """

    __slots__ = ("attrs", "call", "control_deps", "inputs", "name", "op", "subgraphs", "updates")

    def __init__(
        self,
        op: str | None,
        name: str,
        inputs: Iterable[Entry] = (),
        attrs: Mapping[str, str] | None = None,
        subgraphs: Iterable[Graph] = (),
        control_deps: Iterable[Node] = (),
    ) -> None:
        self.op = op
        self.name = name
        self.inputs = tuple(inputs)
        self.attrs = dict(attrs or {})
        self.subgraphs = tuple(subgraphs)
        self.control_deps = tuple(control_deps)
        self.updates = 0
        self.call: Any = None

    @property
    def is_variable(self) -> bool:
        """Whether the node is a variable rather than an operator call."""
        return self.op is None

    def __repr__(self) -> str:
        return f"<{self.op or 'variable'} {self.name!r}>"


class Graph:
    """An immutable view of all nodes reachable from `heads`.

    `meta` holds the top-level ``attrs`` of the file the graph was read from: ``mxnet_version`` (10901 is
    1.9.1; missing in files before 0.9), ``is_np_shape`` where it was saved under numpy semantics.
    """

    def __init__(self, heads: Iterable[Entry], meta: Mapping[str, Any] | None = None) -> None:
        self.heads = tuple(heads)
        self.meta = dict(meta or {})

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes in depth-first post-order: inputs come before the nodes that read them.

        This is MXNet's order: it fixes the order of `list_arguments` and of nodes in Symbol JSON.
        """
        return post_order(entry.node for entry in self.heads)

    @cached_property
    def variables(self) -> tuple[Node, ...]:
        """The variables, in the order of `nodes`."""
        return tuple(node for node in self.nodes if node.is_variable)

    def __repr__(self) -> str:
        return f"<Graph of {len(self.nodes)} nodes, {len(self.heads)} heads>"


def post_order(roots: Iterable[Node]) -> tuple[Node, ...]:
    """Return the nodes reachable from `roots` in depth-first post-order, without recursion."""
    order: list[Node] = []
    seen: set[int] = set()
    for root in roots:
        if id(root) in seen:
            continue
        seen.add(id(root))
        stack = [(root, iter(_predecessors(root)))]
        while stack:
            node, rest = stack[-1]
            for child in rest:
                if id(child) not in seen:
                    seen.add(id(child))
                    stack.append((child, iter(_predecessors(child))))
                    break
            else:
                order.append(node)
                stack.pop()
    return tuple(order)


def _predecessors(node: Node) -> list[Node]:
    return [entry.node for entry in node.inputs] + list(node.control_deps)
