"""Which nodes of a graph can become one: connected groups that leave the graph without cycles."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gluax.ir.graph import Graph, Node


def convex_groups(graph: Graph, select: Callable[[Node], bool]) -> list[list[Node]]:
    """Group the selected nodes.

    Args:
      graph: the graph.
      select: which nodes; it is not asked about variables.

    Returns:
      Disjoint groups, each in graph order. Two selected nodes, one of which reads the other, are in one group
      unless a path between them leaves it: replacing every group by one node makes no cycle.
    """
    grouper = _Grouper()
    for node in graph.nodes:
        if not node.is_variable and select(node):
            grouper.add(node)
    position = {id(node): number for number, node in enumerate(graph.nodes)}
    distinct = {id(group): group for group in grouper.group_of.values()}
    groups = [sorted(group, key=lambda node: position[id(node)]) for group in distinct.values()]
    return sorted(groups, key=lambda group: position[id(group[0])])


class _Grouper:
    """Takes nodes in graph order; each joins the groups it reads from where that makes no cycle."""

    def __init__(self) -> None:
        self.group_of: dict[int, list[Node]] = {}

    def add(self, node: Node) -> None:
        read = {id(group): group for group in map(self._group, _sources(node)) if group is not None}
        attempts = [list(read.values()), *([group] for group in read.values())]
        joined = next((groups for groups in attempts if groups and not self._makes_cycle(groups, node)), [[]])
        merged, *others = sorted(joined, key=len, reverse=True)
        for member in (*(member for group in others for member in group), node):
            merged.append(member)
            self.group_of[id(member)] = merged

    def _group(self, node: Node) -> list[Node] | None:
        return self.group_of.get(id(node))

    def _makes_cycle(self, groups: list[list[Node]], node: Node) -> bool:
        """Whether something outside reads from the groups and is read, directly or not, by them or by the node.

        A single group has no such path of its own, so only what the node reads has to be followed.
        """
        inside = set(map(id, groups))
        readers = [node] if len(groups) == 1 else [node, *(member for group in groups for member in group)]
        stack = [source for reader in readers for source in _sources(reader) if id(self._group(source)) not in inside]
        seen: set[int] = set()
        while stack:
            current = stack.pop()
            group = self._group(current)
            if group is not None and id(group) in inside:
                return True
            if id(current) not in seen:
                unit = group or [current]
                seen.update(map(id, unit))
                stack.extend(source for each in unit for source in _sources(each) if id(source) not in seen)
        return False


def _sources(node: Node) -> Iterable[Node]:
    yield from (entry.node for entry in node.inputs)
    yield from node.control_deps
