"""Which nodes of a float graph can be quantized operators, and which are worth it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Call
from gluax.passes.rewrite import count_uses

# Layers multiply and are worth quantizing; they and sums come out in 32 bits. The others keep what they get.
LAYERS = {"Convolution", "FullyConnected"}
ACTIVATIONS = {"Activation", "relu", "clip"}
_WIDE = {*LAYERS, "elemwise_add"}
_FOLLOWERS = {"Pooling", "Flatten", "Concat", "elemwise_add", *ACTIVATIONS}


@dataclass(frozen=True)
class Selection:
    """Which nodes of a graph become quantized operators.

    Attributes:
      graph: the graph.
      chosen: those nodes.
      left: the other operators' nodes, and why they stay in float.
      merged: for a layer or sum whose result only an activation reads: the activation, by the id of its node.
    """

    graph: Graph
    chosen: list[Node] = field(default_factory=list)
    left: list[tuple[Node, str]] = field(default_factory=list)
    merged: dict[int, Node] = field(default_factory=dict)

    def calibrated(self) -> list[Entry]:
        """The entries whose ranges `quantize` asks for."""
        inside = set(map(id, self.chosen))
        wide = [node for node in self.chosen if registry.resolve(node).operator.name in _WIDE]
        found = {id(node): Entry(node) for node in (self.merged.get(id(node), node) for node in wide)}
        outer = [entry for node in self.chosen for entry in data_of(node) if id(entry.node) not in inside]
        return [*{(id(entry.node), entry.index): entry for entry in outer}.values(), *found.values()]


def data_of(node: Node) -> tuple[Entry, ...]:
    """The inputs of a node to be quantized that are not its weights."""
    return node.inputs[:1] if registry.resolve(node).operator.name in LAYERS else node.inputs


def select(
    graph: Graph,
    parameters: Collection[str],
    *,
    excluded_names: Collection[str] = (),
    excluded_operators: Collection[str] = (),
    everywhere: bool = False,
    calibrated: bool = True,
) -> Selection:
    """Choose what to quantize: convolutions and dense layers, and what can run in 8 bits on their results.

    Args:
      graph: the graph, with BatchNorm folded.
      parameters: names of the variables with known float32 values.
      excluded_names: nodes that stay in float.
      excluded_operators: operators that stay in float, by their registered names.
      everywhere: quantize pooling, concatenation and the like on float values too, not only between layers.
      calibrated: whether there will be ranges.
    """
    selection, uses, inside = Selection(graph), count_uses(graph), set[int]()
    for node in graph.nodes:
        if node.is_variable:
            continue
        call = registry.resolve(node)
        name = call.operator.name
        source = node.inputs[0].node if node.inputs else node
        merges = id(source) in inside and registry.resolve(source).operator.name in _WIDE and uses[id(source), 0] == 1
        if node.name in excluded_names or name in excluded_operators:
            reason = "excluded"
        elif name in LAYERS:
            reason = _layer_obstacle(node, call, parameters)
        elif name in _FOLLOWERS:
            reason = _follower_obstacle(call, merges and calibrated)
            if reason is None and not everywhere and not all(id(entry.node) in inside for entry in node.inputs):
                reason = "its input is not in 8 bits"
        else:
            reason = "has no 8-bit form"
        if reason is not None:
            selection.left.append((node, reason))
            continue
        inside.add(id(node))
        selection.chosen.append(node)
        if merges and name in ACTIVATIONS:
            selection.merged[id(source)] = node
    return selection


def _layer_obstacle(node: Node, call: Call, parameters: Collection[str]) -> str | None:
    if not all(entry.node.is_variable and entry.node.name in parameters for entry in node.inputs[1:]):
        return "its weight is not a float32 parameter"
    if call.operator.name == "Convolution" and call.attrs.layout == "NWC":
        return "layout NWC has no 8-bit form"
    return None


def _follower_obstacle(call: Call, clips: bool) -> str | None:
    """Why a node that is no layer cannot run in 8 bits. `clips`: a calibrated range ends where it clips."""
    attrs = call.attrs
    if call.operator.name == "Activation" and attrs.act_type != "relu":
        return f"{attrs.act_type} has no 8-bit form"
    if call.operator.name == "clip" and not (clips and attrs.a_min == 0):
        return "clip has an 8-bit form only from 0 and as part of a calibrated layer"
    if call.operator.name == "Pooling":
        if attrs.pool_type not in ("max", "avg"):
            return f"{attrs.pool_type} pooling has no 8-bit form"
        # The quantized operator divides by the whole kernel even where it reaches past the padding.
        reaches = attrs.pooling_convention != "valid" and not attrs.global_pool
        if attrs.pool_type == "avg" and reaches and attrs.count_include_pad is not False:
            return "8-bit means count what lies past the padding"
    return None
