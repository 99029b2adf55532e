"""Operators that return their first input at inference: dropout, gradient stops, and loss heads."""

from __future__ import annotations

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.passes.rewrite import count_uses, rewrite_nodes

_IDENTITIES = {
    "_copy",
    "BlockGrad",
    "make_loss",
    "MakeLoss",
    "LinearRegressionOutput",
    "MAERegressionOutput",
    "SVMOutput",
    "IdentityAttachKLSparseReg",
}


def drop_identities(graph: Graph) -> Graph:
    """Let every reader of such a node read its input; with a loss head its label goes too."""
    uses = count_uses(graph)

    def replace(node: Node, inputs: tuple[Entry, ...]) -> Entry | None:
        call = registry.resolve(node)
        name = call.operator.name
        dropout = name == "Dropout" and call.attrs.mode == "training" and not uses[id(node), 1]
        return inputs[0] if dropout or name in _IDENTITIES else None

    return rewrite_nodes(graph, replace)
