"""Pictures and summaries of symbols, as ``mx.viz``."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluax.errors import ArgumentError, MissingExtraError, ShapeError
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.symbol.listing import without_amp_casts
from gluax.symbol.symbol import Symbol

if TYPE_CHECKING:
    import graphviz  # pyright: ignore[reportMissingImports]

_COLUMNS = ("Layer (type)", "Output Shape", "Param #", "Previous Layer")

_WEIGHTS = (
    "_weight", "_bias", "_beta", "_gamma", "_moving_var", "_moving_mean", "_running_var", "_running_mean",
)  # fmt: skip
_INPUT, _LAYER, _ACTIVATION, _NORM, _POOLING, _SHAPE, _SOFTMAX, _OTHER = (
    "#8dd3c7", "#fb8072", "#ffffb3", "#bebada", "#80b1d3", "#fdb462", "#b3de69", "#fccde5",
)  # fmt: skip
_COLORS = {
    "Convolution": _LAYER, "FullyConnected": _LAYER, "BatchNorm": _NORM, "Activation": _ACTIVATION,
    "LeakyReLU": _ACTIVATION, "Pooling": _POOLING, "Concat": _SHAPE, "Flatten": _SHAPE, "Reshape": _SHAPE,
    "Softmax": _SOFTMAX,
}  # fmt: skip
_BOX = {"shape": "box", "fixedsize": "true", "width": "1.3", "height": "0.8034", "style": "filled"}


# --- the summary


def print_summary(
    symbol: Symbol,
    shape: Mapping[str, tuple[int, ...]] | None = None,
    line_length: int = 120,
    positions: Sequence[float] = (0.44, 0.64, 0.74, 1.0),
) -> None:
    """Print a table of the symbol's operators: output shapes, parameters, and what each reads. The text is MXNet's.

    Args:
      symbol: the symbol.
      shape: shapes of the inputs by name; without it output shapes are left out, and parameters that depend on them
        count as 0. Parameters of Convolution, FullyConnected, BatchNorm and Embedding are counted, as in MXNet.
      line_length: how wide the table is.
      positions: where the columns end, as parts of the line or in characters.

    Raises:
      TypeError: when `symbol` is no Symbol.
      ValueError: when the shapes do not suffice.
      ShapeError: when they contradict the graph.
    """
    if not isinstance(symbol, Symbol):
        raise TypeError("symbol must be Symbol")
    ends = [int(line_length * part) for part in positions] if positions[-1] <= 1 else [int(end) for end in positions]
    summary = _Summary(symbol, {} if shape is None else _shapes_by_name(symbol, shape))
    print("_" * line_length)
    print(_row(_COLUMNS, ends))
    print("=" * line_length)
    total = 0
    for fields, others, count, last in summary.layers():
        total += count
        print(_row(fields, ends))
        for other in others:
            print(_row(("", "", "", other), ends))
        print(("=" if last else "_") * line_length)
    print(f"Total params: {total}")
    print("_" * line_length)


def _row(fields: Sequence[Any], ends: Sequence[int]) -> str:
    line = ""
    for field, end in zip(fields, ends):
        line = (line + str(field))[:end].ljust(end)
    return line


def _shapes_by_name(symbol: Symbol, shape: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    internals = symbol.get_internals()
    _, shapes, _ = internals.infer_shape(**shape)
    if shapes is None:
        raise ShapeError("Input shape is incomplete: give the shapes of all inputs")
    return {name: found or () for name, found in zip(internals.list_outputs(), shapes)}


class _Summary:
    def __init__(self, symbol: Symbol, shapes: Mapping[str, tuple[int, ...]]) -> None:
        graph = Graph(without_amp_casts(symbol.graph))
        self.nodes = graph.nodes
        self.shapes = shapes
        number = {id(node): index for index, node in enumerate(graph.nodes)}
        first = graph.heads[0]
        # MXNet takes all three numbers of the first head for nodes, so that the first node, the data, counts as one.
        heads = {number[id(first.node)], first.index, first.version}
        self.shown = {id(graph.nodes[index]) for index in heads if index < len(graph.nodes)}

    def layers(self) -> Iterator[tuple[tuple[Any, ...], list[str], int, bool]]:
        """For each line: its fields, further inputs, the number of parameters, whether it is the graph's last."""
        for index, node in enumerate(self.nodes):
            if node.is_variable and index > 0:
                continue
            names, channels = self._inputs(node)
            count = self._parameters(node, channels)
            visible = not node.is_variable or id(node) in self.shown
            shape = self._shape(node) if visible else ()
            fields = (f"{node.name}({_op(node)})", "x".join(map(str, shape)), count, names[0] if names else "")
            yield fields, names[1:], count, index == len(self.nodes) - 1

    def _inputs(self, node: Node) -> tuple[list[str], int]:
        """Names of the inputs that are no parameters, and the sum of their channels where they are known."""
        sources = [e.node for e in node.inputs if not e.node.is_variable or id(e.node) in self.shown]
        return [source.name for source in sources], sum(size for source in sources for size in self._shape(source)[:1])

    def _key(self, node: Node) -> str:
        return node.name if node.is_variable else f"{node.name}_output"

    def _shape(self, node: Node) -> tuple[int, ...]:
        """The shape of the node's output without the batch; empty when it has several, or nothing is known."""
        return self.shapes.get(self._key(node), ())[1:]

    def _parameters(self, node: Node, channels: int) -> int:
        attrs = node.attrs
        bias = attrs.get("no_bias") != "True"
        match _op(node):
            case "Convolution":
                filters = int(attrs["num_filter"])
                count = channels * filters // int(attrs.get("num_group", "1"))
                for size in _numbers(attrs["kernel"]):
                    count *= int(size)
                return count + filters * bias
            case "FullyConnected":
                return (channels + bias) * int(attrs["num_hidden"])
            case "BatchNorm":
                return int(self._shape(node)[0]) * 2 if self.shapes else 0
            case "Embedding":
                return int(attrs["input_dim"]) * int(attrs["output_dim"])
            case _:
                return 0


# --- the picture


@dataclass(frozen=True)
class DrawnNode:
    """A node of a picture: what graphviz is to know of it; `attrs` without its label."""

    name: str
    label: str
    attrs: dict[str, str]


@dataclass(frozen=True)
class DrawnEdge:
    """An edge of a picture, from the node that reads to the one that is read; `label` is the shape and dtype."""

    reader: str
    source: str
    label: str


def plot_network(
    symbol: Symbol,
    title: str = "plot",
    save_format: str = "pdf",
    shape: Mapping[str, tuple[int, ...]] | None = None,
    dtype: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, str] | None = None,
    hide_weights: bool = True,
) -> graphviz.Digraph:
    """Return the symbol's graph as a `graphviz.Digraph` with MXNet's look; ``.render()`` writes it to a file.

    Args:
      symbol: the symbol.
      title: the picture's name, and the file's when it is rendered.
      save_format: the format `render` writes.
      shape: shapes of the inputs by name; puts shapes, without the batch, on the edges.
      dtype: dtypes of the inputs by name; puts dtypes on the edges.
      node_attrs: graphviz attributes for all nodes.
      hide_weights: leave out variables with names of weights (``_weight``, ``_bias``, ``_gamma`` ...).

    Raises:
      MissingExtraError: (an `ImportError`) without the graphviz package, the extra `viz`.
      TypeError: when `symbol` is no Symbol.
      ValueError: when the shapes or dtypes do not suffice.
      ShapeError, DTypeError: when they contradict the graph.
    Warns:
      RuntimeWarning: once, when nodes share a name and become one in the picture.
    """
    try:
        from graphviz import Digraph  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MissingExtraError(
            "Draw network requires graphviz library: pip install 'gluax[viz]' (and the dot program of "
            "https://graphviz.org to render)"
        ) from None
    nodes, edges = draw(symbol, shape, dtype, node_attrs, hide_weights)
    dot = Digraph(name=title, format=save_format)
    for node in nodes:
        dot.node(name=node.name, label=node.label, **node.attrs)
    for edge in edges:
        dot.edge(tail_name=edge.reader, head_name=edge.source, dir="back", arrowtail="open", label=edge.label)
    return dot


def draw(
    symbol: Symbol,
    shape: Mapping[str, tuple[int, ...]] | None = None,
    dtype: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, str] | None = None,
    hide_weights: bool = True,
) -> tuple[list[DrawnNode], list[DrawnEdge]]:
    """The nodes and edges of `plot_network`, in graph order; arguments and errors are the same."""
    if not isinstance(symbol, Symbol):
        raise TypeError("symbol must be a Symbol")
    label = _edge_labels(symbol, shape, dtype)
    graph = Graph(without_amp_casts(symbol.graph))
    _warn_of_repeated(graph.nodes)
    weights = {node.name for node in graph.nodes if node.is_variable and node.name.endswith(_WEIGHTS)}
    hidden = weights if hide_weights else set()
    nodes = [_drawn(node, node_attrs or {}) for node in graph.nodes if not (node.is_variable and node.name in weights)]
    edges = [
        DrawnEdge(node.name, entry.node.name, label(entry))
        for node in graph.nodes
        # The other input only lends its shape.
        for entry in (node.inputs[:1] if _op(node) == "_contrib_BilinearResize2D" else node.inputs)
        if entry.node.name not in hidden
    ]
    return nodes, edges


def _edge_labels(symbol: Symbol, shape: Mapping[str, Any] | None, dtype: Mapping[str, Any] | None) -> Callable:
    if shape is None and dtype is None:  # operators that are not implemented can be drawn too
        return lambda entry: ""
    internals = symbol.get_internals()
    labels = dict.fromkeys(internals.list_outputs(), "")
    if shape is not None:
        labels.update((name, "x".join(map(str, s[1:]))) for name, s in _shapes_by_name(symbol, shape).items())
    if dtype is not None:
        _, types, _ = internals.infer_type(**dtype)
        if types is None:
            raise ArgumentError("Input type is incomplete: give the dtypes of all inputs")
        labels.update((name, f"{labels[name]}({t.__name__})") for name, t in zip(internals.list_outputs(), types))

    def label(entry: Entry) -> str:
        return labels[Symbol([entry]).list_outputs()[0]]

    return label


def _warn_of_repeated(nodes: Sequence[Node]) -> None:
    repeated = sorted(name for name, count in Counter(node.name for node in nodes).items() if count > 1)
    if repeated:
        warnings.warn(
            "There are multiple variables with the same name in your graph, this may result in cyclic graph. "
            f"Repeated names: {','.join(repeated)}",
            RuntimeWarning,
            stacklevel=4,
        )


def _drawn(node: Node, node_attrs: Mapping[str, str]) -> DrawnNode:
    attrs = {**_BOX, **node_attrs}
    if node.is_variable:
        return DrawnNode(node.name, node.name, {**attrs, "shape": "oval", "fillcolor": _INPUT})
    return DrawnNode(node.name, _label(node), {**attrs, "fillcolor": _COLORS.get(_op(node), _OTHER)})


def _label(node: Node) -> str:
    attrs = node.attrs
    kernel = "x".join(_numbers(attrs["kernel"])) if "kernel" in attrs else "[]"
    stride = "x".join(_numbers(attrs["stride"])) if "stride" in attrs else "1"
    match _op(node):
        case "Convolution":
            return f"Convolution\n{kernel}/{stride}, {attrs['num_filter']}"
        case "FullyConnected":
            return f"FullyConnected\n{attrs['num_hidden']}"
        case "Activation":
            return f"Activation\n{attrs['act_type']}"
        case "LeakyReLU":
            return f"LeakyReLU\n{attrs.get('act_type', 'Leaky')}"
        case "Pooling":
            return f"Pooling\n{attrs.get('pool_type', 'max')}, {kernel}/{stride}"
        case "Custom":
            return attrs["op_type"]
        case _:
            return node.name


def _op(node: Node) -> str:
    """The operator's name as in Symbol JSON, where aliases do not appear and a variable's is null."""
    if node.op is None:
        return "null"
    found = registry.find(node.op)
    return node.op if found is None else found.name


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)
