"""Winograd convolutions in the place of channels-last 3x3 ones, where the data are large enough to gain from them.

The choice depends on shapes; the result does not: what was chosen for one shape computes the same for every other.
"""

from __future__ import annotations

from collections.abc import Mapping

from gluax.ir.attributes import Shape
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops._winograd import pick_tile
from gluax.passes.rewrite import rewrite_nodes
from gluax.passes.shapes import ShapesOf


def winograd(graph: Graph, shapes: Mapping[str, Shape]) -> Graph:
    """Rewrite a graph that `channels_last` made, for variables of these shapes."""
    shape_of = ShapesOf(graph, shapes)

    def replace(node: Node, inputs: tuple[Entry, ...]) -> Node | None:
        call = registry.resolve(node)
        if call.operator.name != "_gluax_convolution":
            return None
        attrs = call.attrs
        if attrs.kernel != (3, 3) or attrs.num_group != 1 or any(s != 1 for s in (*attrs.stride, *attrs.dilate)):
            return None
        data, out = shape_of(node.inputs[0]), shape_of(Entry(node))
        if data is None or out is None:
            return None
        batch, height, width, filters = out
        tile = pick_tile(batch, height, width, data[3], filters)
        if tile is None:
            return None
        kept = {"tile": str(tile), "pad": str(attrs.pad), "num_filter": str(attrs.num_filter)}
        weight = Node("_gluax_winograd_weight", f"{node.name}_weight_winograd", inputs[1:2], {"tile": kept["tile"]})
        return Node("_gluax_winograd", node.name, (inputs[0], Entry(weight), *inputs[2:]), kept)

    return rewrite_nodes(graph, replace)
