"""Channels-last layout for the convolutional parts of a graph.

XLA's CPU convolutions are several times faster on (N, H, W, C) than on MXNet's (N, C, H, W), and tensor cores prefer
it too. The pass turns 2-D convolutions and what follows them (pooling, BatchNorm, folded or not, activations, residual
additions, concatenations) to channels-last. Transposes remain only where such a part begins and ends; those of weights
depend on parameters alone, so `gluax.passes.hoist` moves them to bind time.
"""

from __future__ import annotations

from collections.abc import Callable

from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Attrs, Call
from gluax.passes.rewrite import count_uses

_TO_LAST = "(0, 2, 3, 1)"
_TO_FIRST = "(0, 3, 1, 2)"
# Weights (O, I, h, w) as the compiler wants them: (h, w, I, O), but on GPU (O, h, w, I), which cuDNN takes.
_KERNEL_FIRST, _FILTERS_FIRST = "(2, 3, 1, 0)", _TO_LAST


def channels_last(graph: Graph, target: str = "cpu") -> Graph:
    """Rewrite `graph` for ``cpu``, ``gpu`` or ``tpu``; one without 2-D convolutions comes back as it is."""
    if not any(_is_convolution(node) for node in graph.nodes):
        return graph
    return _Rewriter(graph, filters_first=target == "gpu").run()


def channels_last_nodes(graph: Graph) -> set[int]:
    """Ids of the nodes whose outputs are channels-last, in a graph that this pass rewrote and perhaps others after it.

    Whatever reads such a value works in that layout, but for the transposes back.
    """
    found: set[int] = set()
    for node in graph.nodes:
        turned = node.op == "transpose" and node.attrs.get("axes")
        begins = node.op in ("_gluax_convolution", "_gluax_winograd") or (
            turned == _TO_LAST and node.name == _turned_name(node.inputs[0].node, _TO_LAST)
        )
        if begins or (turned != _TO_FIRST and any(id(entry.node) in found for entry in node.inputs)):
            found.add(id(node))
    return found


def _turned_name(node: Node, axes: str) -> str:
    return f"{node.name}_{'first' if axes == _TO_FIRST else 'last'}"


def _is_convolution(node: Node) -> bool:
    if node.is_variable:
        return False
    call = registry.resolve(node)
    attrs = call.attrs
    return call.operator.name == "Convolution" and len(attrs.kernel) == 2 and attrs.layout in (None, "NCHW")


class _Rewriter:
    """Keeps up to two forms of every entry of the old graph; `last` holds the channels-last one."""

    def __init__(self, graph: Graph, filters_first: bool) -> None:
        self.graph = graph
        self.filters_first = filters_first
        self.uses = count_uses(graph)
        self.first: dict[tuple[int, int], Entry] = {}
        self.last: dict[tuple[int, int], Entry] = {}

    def run(self) -> Graph:
        for node in self.graph.nodes:
            if node.is_variable:
                self.first[id(node), 0] = Entry(node)
                continue
            call = registry.resolve(node)
            rule = self._rule(node, call)
            if rule is not None and not any(self.uses[id(node), i] for i in range(1, _count(call))):
                self.last[id(node), 0] = Entry(rule(node, call.attrs))
            else:
                self._keep(node, call)
        return Graph(map(self._as_first, self.graph.heads), self.graph.meta)

    def _keep(self, node: Node, call: Call) -> None:
        inputs = tuple(map(self._as_first, node.inputs))
        kept = node
        if inputs != node.inputs:
            kept = Node(node.op, node.name, inputs, node.attrs, node.subgraphs, node.control_deps)
            kept.call = call
        self.first.update({(id(node), index): Entry(kept, index) for index in range(_count(call))})

    def _rule(self, node: Node, call: Call) -> Callable[[Node, Attrs], Node] | None:
        """How to compute the node channels-last; None when that is impossible or its data are not in that layout."""
        if _is_convolution(node):
            return self._convolution
        native = [(id(entry.node), entry.index) in self.last for entry in node.inputs]
        if not any(native):
            return None
        name, attrs = call.operator.name, call.attrs
        if call.operator.elementwise or (name == "LeakyReLU" and attrs.act_type not in ("prelu", "rrelu")):
            return self._elementwise
        if name == "Dropout" and attrs.mode == "training" and not attrs.axes:
            return self._elementwise
        if name == "BatchNorm" and native[0] and attrs.axis in (1, -3):
            return self._along_channels
        if name == "Pooling" and attrs.layout in (None, "NCHW"):
            return lambda node, attrs: self._call(node, node.inputs, layout="NHWC")
        if name == "_gluax_scale_shift" and native[0] and attrs.axis in (1, -3):
            return self._along_channels
        if name == "Concat" and attrs.dim in (1, -3):
            return lambda node, attrs: self._call(node, node.inputs, dim="3")
        # Two channels-last arrays have the same rank, so broadcasting pairs the same axes.
        return self._elementwise if name.startswith("broadcast_") and len(native) == 2 and all(native) else None

    def _call(self, node: Node, data: tuple[Entry, ...], *others: Entry, **changes: str) -> Node:
        inputs = (*map(self._as_last, data), *others)
        return Node(node.op, node.name, inputs, {**node.attrs, **changes}, node.subgraphs)

    def _elementwise(self, node: Node, attrs: Attrs) -> Node:
        return self._call(node, node.inputs)

    def _along_channels(self, node: Node, attrs: Attrs) -> Node:
        data, *vectors = node.inputs
        return self._call(node, (data,), *map(self._as_first, vectors), axis="3")

    def _convolution(self, node: Node, attrs: Attrs) -> Node:
        data, weight, *bias = node.inputs
        first = self._as_first(weight)
        order = _FILTERS_FIRST if self.filters_first else _KERNEL_FIRST
        turned = Node("transpose", f"{node.name}_weight_turned", (first,), {"axes": order})
        inputs = (self._as_last(data), Entry(turned), *map(self._as_first, bias))
        kept = {key: str(attrs[key]) for key in ("kernel", "stride", "dilate", "pad", "num_filter", "num_group")}
        if self.filters_first:
            kept["filters_first"] = "True"
        return Node("_gluax_convolution", node.name, inputs, kept)

    def _as_first(self, entry: Entry) -> Entry:
        return self._form(entry, self.first, self.last, _TO_FIRST)

    def _as_last(self, entry: Entry) -> Entry:
        return self._form(entry, self.last, self.first, _TO_LAST)

    @staticmethod
    def _form(
        entry: Entry, wanted: dict[tuple[int, int], Entry], other: dict[tuple[int, int], Entry], axes: str
    ) -> Entry:
        key = (id(entry.node), entry.index)
        if key not in wanted:
            wanted[key] = Entry(Node("transpose", _turned_name(entry.node, axes), (other[key],), {"axes": axes}))
        return wanted[key]._replace(version=entry.version)


def _count(call: Call) -> int:
    return call.operator.num_outputs(call.attrs)
