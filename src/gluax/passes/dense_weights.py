"""Dense layers with weights (inputs, outputs), turned once at bind time.

MXNet keeps them as (outputs, inputs). CPU kernels multiply by that up to ten times slower for few rows.
"""

from __future__ import annotations

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.passes.rewrite import rewrite_nodes


def dense_weights(graph: Graph) -> Graph:
    """Rewrite every FullyConnected."""
    return rewrite_nodes(graph, _turn)


def _turn(node: Node, inputs: tuple[Entry, ...]) -> Node | None:
    call = registry.resolve(node)
    if call.operator.name != "FullyConnected":
        return None
    data, weight, *bias = inputs
    turned = Node("transpose", f"{node.name}_weight_turned", (weight,), {"axes": "(1, 0)"})
    attrs = {key: str(call.attrs[key]) for key in ("num_hidden", "flatten")}
    return Node("_gluax_dense", node.name, (data, Entry(turned), *bias), attrs)
