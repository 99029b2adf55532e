"""BatchNorm at inference is an affine map per channel: fold it into the layer before, or keep a multiply-add.

Through a sum or a concatenation of layers that nothing else reads it is folded into each of them.

The new weights are ordinary nodes over the old ones, so `gluax.passes.hoist` computes them once. The layer takes
BatchNorm's name, since it computes what that did; not in a graph for users, who know it by its own.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Attrs
from gluax.passes.rewrite import count_uses, rewrite_nodes

# Layers, with the attribute that says how many channels they put out.
_CHANNELS = {"Convolution": "num_filter", "FullyConnected": "num_hidden"}
_BATCHNORM = {"BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm"}


def fold_batchnorm(graph: Graph, *, layers_only: bool = False) -> Graph:
    """Rewrite every BatchNorm whose statistics are not themselves outputs.

    With `layers_only` those that fold into no layer stay, and with them a graph that MXNet can run; layers keep their
    names.
    """
    uses = count_uses(graph)

    def replace(node: Node, inputs: tuple[Entry, ...]) -> Node | Entry | None:
        call = registry.resolve(node)
        if call.operator.name not in _BATCHNORM or any(uses[id(node), hidden] for hidden in (1, 2)):
            return None
        axis = call.attrs.get("axis", 1)
        affine = _affine(node, inputs, call.attrs)
        if _can_absorb(node.inputs[0], inputs[0], axis, uses):
            return _absorb(inputs[0], node.name, *affine, rename=not layers_only)
        if layers_only:
            return None
        return Node("_gluax_scale_shift", node.name, (inputs[0], *affine), {"axis": str(axis)})

    return rewrite_nodes(graph, replace)


def _affine(node: Node, inputs: tuple[Entry, ...], attrs: Attrs) -> tuple[Entry, Entry]:
    given = {"eps": repr(attrs.eps), "fix_gamma": str(attrs.fix_gamma)}
    affine = Node("_gluax_batchnorm_affine", f"{node.name}_affine", inputs[1:], given)
    return Entry(affine, 0), Entry(affine, 1)


def _can_absorb(original: Entry, entry: Entry, axis: int, uses: Counter[tuple[int, int]]) -> bool:
    """Whether layers make an entry, read once, so that an affine map along `axis` can become part of them.

    `original` is the entry in the graph before the rewrite, whose uses are counted.
    """
    node = entry.node
    if node.is_variable or uses[id(original.node), original.index] != 1:
        return False
    call = registry.resolve(node)
    name, attrs = call.operator.name, call.attrs
    if name in _CHANNELS:
        return _makes_channels(name, attrs, axis)
    if name == "elemwise_add" or (name == "Concat" and attrs.dim == axis == 1):
        same = len(original.node.inputs) == len(node.inputs)  # what was rewritten already may have others
        return same and all(_can_absorb(old, new, axis, uses) for old, new in zip(original.node.inputs, node.inputs))
    return False


def _makes_channels(name: str, attrs: Attrs, axis: int) -> bool:
    """Whether a layer's output channels lie along `axis`."""
    if name == "FullyConnected":
        # Without flatten the output's rank is unknown here, and axis 1 may not be the last.
        return attrs.flatten and axis in (1, -1)
    layout = attrs.layout or "NC"
    return axis == layout.index("C") or (axis == -1 and layout.endswith("C"))


def _absorb(entry: Entry, name: str, scale: Entry, shift: Entry, rename: bool) -> Entry:
    node = entry.node
    call = registry.resolve(node)
    if call.operator.name in _CHANNELS:
        return Entry(_fold(node, name, scale, shift, rename))
    if call.operator.name == "elemwise_add":
        nothing = Entry(Node("zeros_like", f"{name}_no_shift", (shift,)))
        shifts = (shift, nothing)
        inputs = [_absorb(e, f"{name}_{i}", scale, shifts[i], rename) for i, e in enumerate(node.inputs)]
    else:
        ends = list(accumulate(_channels(part.node) for part in node.inputs))
        inputs = [
            _absorb(
                e, f"{name}_{i}", _cut(scale, f"{name}_scale{i}", *span), _cut(shift, f"{name}_shift{i}", *span), rename
            )
            for i, (e, span) in enumerate(zip(node.inputs, zip([0, *ends], ends)))
        ]
    return Entry(Node(node.op, name if rename else node.name, inputs, node.attrs))


def _channels(node: Node) -> int:
    """How many channels an absorbing node puts out."""
    call = registry.resolve(node)
    if call.operator.name in _CHANNELS:
        return call.attrs[_CHANNELS[call.operator.name]]
    if call.operator.name == "Concat":
        return sum(_channels(entry.node) for entry in node.inputs)
    return _channels(node.inputs[0].node)


def _cut(vector: Entry, name: str, begin: int, end: int) -> Entry:
    return Entry(Node("slice_axis", name, (vector,), {"axis": "0", "begin": str(begin), "end": str(end)}))


def _fold(layer: Node, name: str, scale: Entry, shift: Entry, rename: bool) -> Node:
    data, weight, *bias = layer.inputs
    scaled = Node("_gluax_scale_rows", f"{name}_weight", (weight, scale))
    moved = Node("_gluax_fold_bias", f"{name}_bias", (weight, scale, shift, *bias))
    attrs = {**layer.attrs, "no_bias": "False"}
    return Node(layer.op, name if rename else layer.name, (data, Entry(scaled), Entry(moved)), attrs)
