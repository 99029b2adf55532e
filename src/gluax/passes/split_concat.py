"""A channels-last 1x1 convolution of a concatenation is the sum of 1x1 convolutions of its parts: nothing is copied."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from gluax.ir.attributes import Shape
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.passes.rewrite import count_uses, rewrite_nodes
from gluax.passes.shapes import ShapesOf

# Products of few channels are slow, and every one more adds a pass over the outputs.
_PARTS = 2


def split_concat(graph: Graph, shapes: Mapping[str, Shape]) -> Graph:
    """Rewrite a graph that `channels_last` made, for variables of these shapes."""
    shape_of, uses = ShapesOf(graph, shapes), count_uses(graph)

    def replace(node: Node, inputs: tuple[Entry, ...]) -> Node | None:
        if not _is_pointwise(node):
            return None
        joined = node.inputs[0].node
        if joined.is_variable or uses[id(joined), 0] > 1:
            return None
        call = registry.resolve(joined)
        if call.operator.name != "Concat" or call.attrs.dim != 3 or len(joined.inputs) > _PARTS:
            return None
        parts = [shape_of(entry) for entry in joined.inputs]
        if None in parts:
            return None
        ends = list(accumulate(part[3] for part in parts))  # type: ignore[index]
        return _sum(node, inputs, ends)

    return rewrite_nodes(graph, replace)


def _is_pointwise(node: Node) -> bool:
    call = registry.resolve(node)
    attrs = call.attrs
    return (
        call.operator.name == "_gluax_convolution"
        and attrs.kernel == (1, 1)
        and attrs.num_group == 1
        and not any(attrs.pad)
    )


def _sum(node: Node, inputs: tuple[Entry, ...], ends: list[int]) -> Node:
    weight, bias = inputs[1], inputs[2:]
    total: Node | None = None
    for number, (part, start, end) in enumerate(zip(inputs[0].node.inputs, [0, *ends], ends)):
        piece = {"axis": "2", "begin": str(start), "end": str(end)}
        own = Entry(Node("slice_axis", f"{node.name}_weight{number}", (weight,), piece))
        product = Node("_gluax_convolution", f"{node.name}_part{number}", (part, own, *bias), node.attrs)
        bias = ()
        total = product if total is None else Node("elemwise_add", node.name, (Entry(total), Entry(product)))
    assert total is not None
    return total
