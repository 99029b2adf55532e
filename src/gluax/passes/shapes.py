"""Shapes for passes: forwards only, by the operators' rules, without tracing anything.

`gluax.lowering.infer` knows more and takes longer. A pass that chooses between forms of the same value only wants to
know what is likely, and does nothing where a shape is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from gluax.errors import GluaxError
from gluax.ir.attributes import Shape
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import PartialShape


class ShapesOf:
    """Shapes of a graph's entries as far as they are known: call it with an entry.

    Args:
      graph: the graph.
      shapes: shapes of its variables by name.
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self._known: dict[tuple[int, int], PartialShape] = {}
        for node in graph.nodes:
            found = [shapes.get(node.name)] if node.is_variable else self._outputs(node)
            self._known.update({(id(node), index): shape for index, shape in enumerate(found)})

    def __call__(self, entry: Entry) -> Shape | None:
        """The entry's shape, or None unless it is known whole."""
        shape = self._known.get((id(entry.node), entry.index))
        return None if shape is None or -1 in shape else shape

    def _outputs(self, node: Node) -> list[PartialShape]:
        call = registry.resolve(node)
        if call.operator.shapes is None:
            return []
        count = call.operator.num_outputs(call.attrs)
        inputs = [self._known.get((id(entry.node), entry.index)) for entry in node.inputs]
        try:
            return call.operator.shapes(inputs, [None] * count, call.attrs)[1]
        except GluaxError:  # running the graph will say what is wrong
            return []
