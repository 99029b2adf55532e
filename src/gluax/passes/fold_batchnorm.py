"""BatchNorm at inference is an affine map per channel: fold it into the layer before, or keep a multiply-add.

The new weights are ordinary nodes over the old ones, so `gluax.passes.hoist` computes them once.
"""

from __future__ import annotations

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Attrs
from gluax.passes.rewrite import count_uses, rewrite_nodes

_FOLDABLE = {"Convolution", "FullyConnected"}
_BATCHNORM = {"BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm"}


def fold_batchnorm(graph: Graph, *, layers_only: bool = False) -> Graph:
    """Rewrite every BatchNorm whose statistics are not themselves outputs.

    With `layers_only` those that fold into no layer stay, and with them a graph that MXNet can run.
    """
    uses = count_uses(graph)

    def replace(node: Node, inputs: tuple[Entry, ...]) -> Node | None:
        call = registry.resolve(node)
        if call.operator.name not in _BATCHNORM or any(uses[id(node), hidden] for hidden in (1, 2)):
            return None
        layer, original = inputs[0].node, node.inputs[0]
        foldable = uses[id(original.node), original.index] == 1 and _can_fold(layer, call.attrs)
        if layers_only and not foldable:
            return None
        scale, shift = _affine(node, inputs, call.attrs)
        if foldable:
            return _fold(layer, node.name, scale, shift)
        axis = str(call.attrs.get("axis", 1))
        return Node("_gluax_scale_shift", node.name, (inputs[0], scale, shift), {"axis": axis})

    return rewrite_nodes(graph, replace)


def _affine(node: Node, inputs: tuple[Entry, ...], attrs: Attrs) -> tuple[Entry, Entry]:
    given = {"eps": repr(attrs.eps), "fix_gamma": str(attrs.fix_gamma)}
    affine = Node("_gluax_batchnorm_affine", f"{node.name}_affine", inputs[1:], given)
    return Entry(affine, 0), Entry(affine, 1)


def _can_fold(layer: Node, batchnorm: Attrs) -> bool:
    """Whether the layer's output channels are the axis that is normalised."""
    if layer.is_variable:
        return False
    call = registry.resolve(layer)
    if call.operator.name not in _FOLDABLE:
        return False
    if call.operator.name == "FullyConnected":
        # Without flatten the output's rank is unknown here, and axis 1 may not be the last.
        return call.attrs.flatten and batchnorm.get("axis", 1) in (1, -1)
    layout = call.attrs.layout or "NC"
    axis = batchnorm.get("axis", 1)
    return axis == layout.index("C") or (axis == -1 and layout.endswith("C"))


def _fold(layer: Node, name: str, scale: Entry, shift: Entry) -> Node:
    data, weight, *bias = layer.inputs
    scaled = Node("_gluax_scale_rows", f"{name}_weight", (weight, scale))
    moved = Node("_gluax_fold_bias", f"{name}_bias", (weight, scale, shift, *bias))
    attrs = {**layer.attrs, "no_bias": "False"}
    return Node(layer.op, layer.name, (data, Entry(scaled), Entry(moved)), attrs)
