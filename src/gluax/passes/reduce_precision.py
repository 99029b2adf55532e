"""Mixed precision: products in 16 bits, sums over them and everything delicate in float32.

Operators are sorted as MXNet's automatic mixed precision sorts them: those that gain run in the low type, those that
are as exact in it run in the type of their data, those with several inputs in the widest of these, all others in
float32. Where parameters are bound, weights are cast once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from gluax.errors import ArgumentError
from gluax.ir.graph import Entry, Graph, Node
from gluax.lowering.infer import infer
from gluax.ops import registry
from gluax.ops.operator import Call

LowType = Literal["bfloat16", "float16"]

LOW = {"Convolution", "Deconvolution", "FullyConnected", "RNN", "dot", "batch_dot"}

# They round once at most; batch normalization and averages are computed wide, whatever their data are.
FOLLOWING = {
    "BatchNorm", "_copy", "_div_scalar", "_gluax_scale_shift", "_minus_scalar", "_mul_scalar", "_plus_scalar", "abs",
    "BlockGrad", "broadcast_axis", "broadcast_like", "broadcast_to", "clip", "Crop", "depth_to_space", "Dropout",
    "expand_dims", "Flatten", "hard_sigmoid", "max", "min", "negative", "Pad", "Pooling", "relu", "repeat", "Reshape",
    "reshape_like", "reverse", "sigmoid", "slice", "slice_axis", "slice_like", "SliceChannel", "space_to_depth",
    "_split_v2", "squeeze", "SwapAxis", "tanh", "tile", "transpose", "UpSampling",
}  # fmt: skip
WIDEST = {
    "add_n", "broadcast_add", "broadcast_maximum", "broadcast_minimum", "broadcast_mul", "broadcast_sub", "Concat",
    "elemwise_add", "elemwise_mul", "elemwise_sub", "stack",
}  # fmt: skip
_DATA_ALONE = {"BatchNorm", "_gluax_scale_shift"}  # follow: their vectors, and BatchNorm's statistics, stay in float32
_FOLLOWING_IF = {"Activation": ("relu", "sigmoid", "tanh"), "LeakyReLU": ("leaky", "prelu", "gelu")}  # by act_type


def reduce_precision(graph: Graph, dtype: LowType, types: Mapping[str, str]) -> Graph:
    """Rewrite `graph`; what is not float32 stays as it is, and the outputs' dtypes are what they were.

    Args:
      graph: the graph.
      dtype: the low type.
      types: dtypes of the variables by name, as far as they are known.
    """
    return _Caster(graph, dtype, types).run()


def check_low_type(dtype: Any) -> None:
    """Raise `ArgumentError` for what is neither a `LowType` nor None."""
    if dtype not in (None, *get_args(LowType)):
        raise ArgumentError(f"dtype must be 'bfloat16' or 'float16', or None for the model's own, got {dtype!r}")


class _Caster:
    def __init__(self, graph: Graph, dtype: LowType, types: Mapping[str, str]) -> None:
        self.graph = graph
        self.dtype = dtype
        self.types = infer(graph, types=types, only_types=True)
        self.copies: dict[int, Node] = {}
        self.low: set[tuple[int, int]] = set()  # entries of the old graph whose copies are in the low type
        self.casts: dict[tuple[int, int], Entry] = {}

    def run(self) -> Graph:
        for node in self.graph.nodes:
            if not node.is_variable:
                self._visit(node, registry.resolve(node))
        return Graph([self._as(entry, low=False) for entry in self.graph.heads], self.graph.meta)

    def _visit(self, node: Node, call: Call) -> None:
        floats = [entry for entry in node.inputs if self.types.dtype(entry) == "float32"]
        low = bool(floats) and self._runs_low(call, floats)
        data_alone = call.operator.name in _DATA_ALONE
        inputs = [
            self._as(entry, low and not (data_alone and place)) if entry in floats else self._copy(entry)
            for place, entry in enumerate(node.inputs)
        ]
        copy = Node(node.op, node.name, inputs, node.attrs, node.subgraphs, node.control_deps)
        if call.operator.is_open(call.attrs):
            copy.call = node.call
        self.copies[id(node)] = copy
        if low:
            count = 1 if data_alone else call.operator.num_outputs(call.attrs)
            outputs = [Entry(node, index) for index in range(count)]
            self.low.update((id(node), e.index) for e in outputs if self.types.dtype(e) == "float32")

    def _runs_low(self, call: Call, floats: list[Entry]) -> bool:
        name = call.operator.name
        if name in LOW:
            return True
        are_low = [self._is_low(entry) for entry in floats]
        if name in WIDEST:
            return all(are_low)
        allowed = _FOLLOWING_IF.get(name)
        following = name in FOLLOWING if allowed is None else call.attrs.act_type in allowed
        return following and are_low[0]

    def _is_low(self, entry: Entry) -> bool:
        return (id(entry.node), entry.index) in self.low

    def _copy(self, entry: Entry) -> Entry:
        return entry._replace(node=self.copies.get(id(entry.node), entry.node))

    def _as(self, entry: Entry, low: bool) -> Entry:
        if self.types.dtype(entry) != "float32" or self._is_low(entry) == low:
            return self._copy(entry)
        key = id(entry.node), entry.index
        if key not in self.casts:
            wanted = self.dtype if low else "float32"
            cast = Node("amp_cast", f"{entry.node.name}_{wanted}", (self._copy(entry),), {"dtype": wanted})
            self.casts[key] = Entry(cast)
        return self.casts[key]
