"""RNN with its packed parameters cut into matrices, turned once at bind time."""

from __future__ import annotations

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.passes.rewrite import rewrite_nodes

_SHARED = ("state_size", "num_layers", "bidirectional", "mode", "projection_size")


def rnn_weights(graph: Graph) -> Graph:
    """Rewrite every RNN; sequence lengths, which it takes no notice of, are no longer read."""
    return rewrite_nodes(graph, _bind)


def _bind(node: Node, inputs: tuple[Entry, ...]) -> Node | None:
    call = registry.resolve(node)
    if call.operator.name != "RNN":
        return None
    attrs = {name: str(call.attrs[name]) for name in _SHARED}
    data, parameters, *states = inputs[: 4 if call.attrs.mode == "lstm" else 3]
    cut = Node("_gluax_rnn_weights", f"{node.name}_weights", (parameters,), attrs)
    count = registry.resolve(cut)
    weights = [Entry(cut, index) for index in range(count.operator.num_outputs(count.attrs))]
    given = {**attrs, "state_outputs": str(call.attrs.state_outputs)}
    return Node("_gluax_rnn", node.name, (data, *states, *weights), given)
