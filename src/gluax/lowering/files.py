"""Symbol files and graphs: the JSON reader and writer, told what the operator registry knows."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gluax.errors import GluaxError
from gluax.ir.graph import Graph, Node
from gluax.ir.json_reader import read_symbol, read_symbol_file
from gluax.ir.json_writer import write_symbol
from gluax.ops import registry


def load_graph(path: str | os.PathLike[str]) -> Graph:
    """Read a ``-symbol.json`` file of any MXNet version. Unknown operators pass: see `check_operators`.

    Raises:
      ModelFileNotFoundError, ModelFormatError
    """
    return read_symbol_file(path, input_names=_input_names)


def parse_graph(text: str | bytes, source: str = "<string>") -> Graph:
    """Read Symbol JSON from a string; `source` is what error messages call it. See `load_graph`."""
    return read_symbol(text, input_names=_input_names, source=source)


def graph_to_json(graph: Graph, numpy_shape: bool | None = None) -> str:
    """Return the text MXNet 1.9.1 writes for `graph`.

    Args:
      graph: what to write; unknown operators count as having one output.
      numpy_shape: whether to mark it as made under numpy shape semantics; by default as it was read.
    """
    return write_symbol(graph, _num_outputs, op_name=_registered_name, numpy_shape=numpy_shape)


def _input_names(op: str, attrs: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    found = registry.find(registry.registered_name(op, attrs))
    if found is None:
        return None
    try:
        parsed = found.parse(attrs, "")
        return found.input_names(parsed), found.aux_names(parsed)
    except GluaxError:  # whoever runs the graph says so, with the node's name
        return None


def _num_outputs(node: Node) -> int:
    if node.op is None or registry.find(registry.registered_name(node.op, node.attrs)) is None:
        return 1
    call = registry.resolve(node)
    return call.operator.num_outputs(call.attrs)


def _registered_name(op: str) -> str:
    found = registry.find(op)
    return op if found is None else found.name
