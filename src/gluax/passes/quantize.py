"""Quantization after training: a float graph becomes one of MXNet's quantized operators.

Between quantized layers everything stays in 8 bits; what stays in float reads dequantized values. MXNet's operators
count the quanta of a range in several ways, 127 or 127.5 of them, and `_contrib_quantized_conv` takes uint8 data for
int8. The ranges of weights in the new parameters make up for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from gluax.errors import ArgumentError
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops._int8 import FULL, INT32, WHOLE
from gluax.ops.operator import Call
from gluax.passes.calibrate import Range
from gluax.passes.quantizable import ACTIVATIONS, LAYERS, Selection, data_of

QuantizedType = Literal["int8", "uint8", "auto"]
Arrays = dict[str, np.ndarray]

_OPERATORS = {
    "Convolution": "_contrib_quantized_conv",
    "FullyConnected": "_contrib_quantized_fully_connected",
    "Flatten": "_contrib_quantized_flatten",
    "Pooling": "_contrib_quantized_pooling",
}
_ENDS = ("min", "max")


def quantize(
    selection: Selection, arrays: Mapping[str, Any], ranges: Mapping[tuple[int, int], Range], dtype: QuantizedType
) -> tuple[Graph, Arrays]:
    """Rewrite the chosen nodes.

    Args:
      selection: the graph and the nodes.
      arrays: the parameters by name.
      ranges: of the selection's calibrated entries, by (id(node), index); none at all for ranges taken at run time.
      dtype: the type of quantized values; "auto" is uint8 for a range without negative values.

    Returns:
      The graph and the arrays that it reads: X_quantize, X_quantize_min and X_quantize_max for weights X. The bias of
      a convolution is int32 in quanta of its sums, since the operator adds it as it is; MXNet's takes int8 only, and
      adds that as it is too.

    Raises:
      ArgumentError: when `dtype` is uint8 and a range has negative values.
    """
    graph, found = _Quantizer(selection, arrays, ranges, dtype).run()
    return graph, {node.name: found[node.name] for node in graph.variables if node.name in found}


class _Value(NamedTuple):
    """A quantized array of the new graph and the ends of its range.

    The larger end is worth `steps` quanta, and is `span` if that is known.
    """

    data: Entry
    low: Entry
    high: Entry
    dtype: str
    steps: float
    span: float | None

    @property
    def ends(self) -> tuple[Entry, Entry]:
        return self.low, self.high


class _Quantizer:
    def __init__(
        self,
        selection: Selection,
        arrays: Mapping[str, Any],
        ranges: Mapping[tuple[int, int], Range],
        dtype: QuantizedType,
    ) -> None:
        self.selection = selection
        self.arrays = {name: np.asarray(array) for name, array in arrays.items()}
        self.ranges = {key: each if any(each) else (0.0, 1.0) for key, each in ranges.items()}  # as for weights
        self.dtype = dtype
        self.inside = set(map(id, selection.chosen))
        self.floats: dict[tuple[int, int], Entry] = {}
        self.values: dict[tuple[int, int], _Value] = {}
        self.variables: dict[str, Entry] = {}

    def run(self) -> tuple[Graph, Arrays]:
        for node in self.selection.graph.nodes:
            if node.is_variable:
                self.floats[id(node), 0] = Entry(node)
            elif id(node) in self.inside:
                self.values[id(node), 0] = self._visit(node, registry.resolve(node))
            else:
                copy = Node(node.op, node.name, map(self._float, node.inputs), node.attrs, node.subgraphs)
                copy.call = node.call
                count = node.call.operator.num_outputs(node.call.attrs)
                self.floats.update({(id(node), index): Entry(copy, index) for index in range(count)})
        graph = self.selection.graph
        return Graph(map(self._float, graph.heads), graph.meta), self.arrays

    def _visit(self, node: Node, call: Call) -> _Value:
        name = call.operator.name
        values = [self._value(entry) for entry in data_of(node)]
        if name in LAYERS:
            return self._layer(node, call, values[0])
        if name == "elemwise_add":
            inputs = (values[0].data, values[1].data, *values[0].ends, *values[1].ends)
            return self._narrow(node, Node("_contrib_quantized_elemwise_add", f"quantized_{node.name}", inputs))
        if name == "Concat":
            return self._concat(node, values)
        (value,) = values
        if name in ACTIVATIONS:
            # Nothing is below zero in uint8, and what clip cuts off above lies outside of the calibrated range.
            if value.dtype == "uint8":
                return value
            return _replace(value, _node("_contrib_quantized_act", node, value, {"act_type": "relu"}))
        return _replace(value, _node(_OPERATORS[name], node, value, node.attrs))

    def _layer(self, node: Node, call: Call, value: _Value) -> _Value:
        weight, *bias = [entry.node.name for entry in node.inputs[1:]]
        convolves = call.operator.name == "Convolution"
        # How many quanta of data the operator takes for the end of their range.
        counted = WHOLE["int8"] if convolves else WHOLE[value.dtype]
        span, kernel, weight_ends = self._weight(weight, counted / value.steps)
        inputs, ends = [value.data, kernel], [*value.ends, *weight_ends]
        if bias:
            if convolves:
                added, bias_ends = self._wide_bias(node, bias[0], value, WHOLE["int8"] / span)
            else:
                _, added, bias_ends = self._weight(bias[0], WHOLE[value.dtype] / FULL[value.dtype])
            inputs, ends = [*inputs, added], [*ends, *bias_ends]
        attrs = {**node.attrs, "no_bias": str(not bias)}
        return self._narrow(node, Node(_OPERATORS[call.operator.name], f"quantized_{node.name}", inputs + ends, attrs))

    def _weight(self, name: str, factor: float) -> tuple[float, Entry, list[Entry]]:
        """A parameter in int8: the larger end of its range, its variable, and those of its range times `factor`."""
        array = self.arrays[name]
        span = float(np.abs(array).max()) or 1.0  # any range will do for zeros, but 0, which the bias would be lost in
        whole = np.rint(array * (np.float32(WHOLE["int8"]) / np.float32(span))).astype(np.int8)
        ends = [self._variable(f"{name}_quantize_{which}", s * span * factor) for which, s in zip(_ENDS, (-1, 1))]
        return span, self._variable(f"{name}_quantize", whole), ends

    def _wide_bias(self, node: Node, name: str, value: _Value, weight_quanta: float) -> tuple[Entry, list[Entry]]:
        """A convolution's bias in quanta of its sums, int32, and the ends of that range."""
        bias, per_span = self.arrays[name], np.float32(value.steps * weight_quanta)
        if value.span is not None:
            per_unit = float(per_span) / value.span
            whole = np.clip(np.rint(bias * np.float64(per_unit)), -INT32 // 2, INT32 // 2).astype(np.int32)
            end = INT32 / per_unit
            ends = [self._variable(f"{name}_quantize_{which}", s * end) for which, s in zip(_ENDS, (-1, 1))]
            return self._variable(f"{name}_quantize", whole), ends
        # The data's range is known at run time only.
        stem = f"{node.name}_bias"
        parts = [Entry(Node("abs", f"{stem}_{end}", (entry,))) for end, entry in zip(_ENDS, value.ends)]
        span = Entry(Node("broadcast_maximum", f"{stem}_span", parts))
        scaled = self._variable(f"{name}_scaled", bias * per_span)
        moved = Entry(Node("broadcast_div", f"{stem}_quanta", (scaled, span)))
        limits = {"a_min": repr(-INT32 / 2), "a_max": repr(INT32 / 2)}
        held = Entry(Node("clip", f"{stem}_held", (Entry(Node("rint", f"{stem}_round", (moved,))),), limits))
        return Entry(Node("Cast", f"{stem}_quantize", (held,), {"dtype": "int32"})), list(value.ends)

    def _variable(self, name: str, value: np.ndarray | float) -> Entry:
        """A new parameter; a number is the end of a range.

        Layers that share a parameter share what is made of it as long as that is the same.
        """
        array = value if isinstance(value, np.ndarray) else np.full(1, value, np.float32)
        stem, number = name, 0
        while name in self.variables and not np.array_equal(self.arrays[name], array):
            number += 1
            name = f"{stem}_{number}"
        self.arrays[name] = array
        return self.variables.setdefault(name, Entry(Node(None, name)))

    def _narrow(self, node: Node, wide: Node) -> _Value:
        """Bring a result in 32 bits to 8, in the range it has after the activation that alone reads it."""
        found = self.ranges.get((id(self.selection.merged.get(id(node), node)), 0))
        dtype, attrs = self._attributes(node, found)
        outer = Node("_contrib_requantize", f"requantize_{node.name}", _outputs(wide), attrs)
        return _Value(*_outputs(outer), dtype, WHOLE[dtype], _span(found))

    def _attributes(self, node: Node, found: Range | None) -> tuple[str, dict[str, str]]:
        """The type for a range, and the attributes that say so."""
        if found is None:
            return "int8", {"out_type": "int8"}
        if self.dtype == "uint8" and found[0] < 0:
            raise ArgumentError(f"uint8 would cut off the negative values of {node.name!r}; choose 'auto' or 'int8'")
        dtype = "int8" if self.dtype == "int8" or found[0] < 0 else "uint8"
        return dtype, {"out_type": dtype, "min_calib_range": repr(found[0]), "max_calib_range": repr(found[1])}

    def _concat(self, node: Node, values: list[_Value]) -> _Value:
        inputs = [value.data for value in values] + [end for value in values for end in value.ends]
        outer = Node("_contrib_quantized_concat", f"quantized_{node.name}", inputs, node.attrs)
        dtype = "int8" if any(value.dtype == "int8" for value in values) else "uint8"
        spans = [value.span for value in values if value.span is not None]
        return _Value(*_outputs(outer), dtype, FULL[dtype], max(spans) if len(spans) == len(values) else None)

    def _value(self, entry: Entry) -> _Value:
        key = id(entry.node), entry.index
        if key not in self.values:
            dtype, attrs = self._attributes(entry.node, self.ranges.get(key))
            outer = Node("_contrib_quantize_v2", f"{_name(entry)}_quantize", (self._float(entry),), attrs)
            self.values[key] = _Value(*_outputs(outer), dtype, FULL[dtype], _span(self.ranges.get(key)))
        return self.values[key]

    def _float(self, entry: Entry) -> Entry:
        key = id(entry.node), entry.index
        if key not in self.floats:
            value = self.values[key]
            outer = Node("_contrib_dequantize", f"{_name(entry)}_dequantize", (value.data, *value.ends))
            self.floats[key] = Entry(outer)
        return self.floats[key]._replace(version=entry.version)


def _name(entry: Entry) -> str:
    return f"{entry.node.name}{entry.index or ''}"


def _span(found: Range | None) -> float | None:
    return None if found is None else max(map(abs, found))


def _outputs(node: Node) -> tuple[Entry, Entry, Entry]:
    return Entry(node, 0), Entry(node, 1), Entry(node, 2)


def _node(op: str, node: Node, value: _Value, attrs: Mapping[str, str]) -> Node:
    return Node(op, f"quantized_{node.name}", (value.data, *value.ends), attrs)


def _replace(value: _Value, node: Node) -> _Value:
    """The value after a node that keeps its range."""
    data, low, high = _outputs(node)
    return value._replace(data=data, low=low, high=high)
