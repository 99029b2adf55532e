"""Symbol JSON of every MXNet era, read into a `Graph` and brought to what MXNet 1.9.1 would make of it.

A file is one object: ``nodes``, ``arg_nodes``, ``heads``, ``attrs`` (typed: ``{"mxnet_version": ["int", 10901]}``).
A node is ``op`` ("null" for a variable), ``name``, ``inputs`` and attributes as strings, under ``attrs`` (1.x),
``attr`` (0.9 to 0.12) or ``param`` (before 0.9, beside ``attr``). As in MXNet, nodes may refer to later ones,
nodes that no head needs are dropped, and of a repeated key the last counts. Unlike MXNet, keys it does not know
are skipped. Files come from anywhere: nothing in them is believed unchecked.
"""

from __future__ import annotations

import json
import os
import reprlib
from typing import Any, NoReturn

from gluax.errors import ModelFileNotFoundError, ModelFormatError
from gluax.ir.foreign import foreign_hint
from gluax.ir.graph import Entry, Graph, Node
from gluax.ir.json_upgrades import OLDEST_VERSION, InputNames, upgrade

MAX_SUBGRAPH_DEPTH = 64
"""How deep subgraphs may nest. Real models nest two or three loops."""

# A plain repr of something from the file may be huge, or nested too deeply to be made at all.
_SHORT = reprlib.Repr()
_SHORT.maxstring = 80

_MAX_INDEX = 2**32  # node and output numbers are unsigned 32-bit integers in MXNet


def read_symbol(
    text: str | bytes,
    *,
    input_names: InputNames | None = None,
    source: str = "<string>",
) -> Graph:
    """Read Symbol JSON.

    Args:
      text: the content of a ``-symbol.json`` file; bytes are UTF-8.
      input_names: tells (all input names, auxiliary state names) of an operator call, None for an unknown
        operator. Only files older than 1.9.1 need it, to find what those versions left out.
      source: what to call the file in error messages.

    Raises:
      ModelFormatError: it is not a symbol file, or a broken one.
    """
    document = _parse(text, source)
    version, meta = _read_meta(document, source)
    graph = _GraphReader(source).read(document)
    upgrade((entry.node for entry in graph.heads), version, input_names)
    return Graph(graph.heads, meta)


def read_symbol_file(path: str | os.PathLike[str], *, input_names: InputNames | None = None) -> Graph:
    """Read a ``-symbol.json`` file; see `read_symbol`."""
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        raise ModelFileNotFoundError(f"symbol file {os.fspath(path)!r} does not exist") from None
    except OSError as error:
        raise ModelFormatError(f"symbol file {os.fspath(path)!r} cannot be read: {error.strerror}") from error
    return read_symbol(content, input_names=input_names, source=os.fspath(path))


def _parse(text: str | bytes, source: str) -> dict[str, Any]:
    try:
        decoded = text if isinstance(text, str) else str(text, "utf-8-sig")
        # MXNet writes control characters as they are, which strict JSON forbids.
        document = json.loads(decoded.removeprefix("\ufeff"), strict=False)
        if "\\u" in decoded:
            # Half of a surrogate pair passes as JSON, but is no text and could not be written again.
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise ModelFormatError(f"{source}: is not a symbol file: its JSON is nested too deeply") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        raise ModelFormatError(f"{source}: is not a symbol file: {_explain(text, error)}") from None
    if not isinstance(document, dict) or "nodes" not in document:
        found = f"keys {sorted(document)[:8]}" if isinstance(document, dict) else f"a JSON {_kind(document)}"
        raise ModelFormatError(f"{source}: is not a symbol file: expected an object with 'nodes', found {found}")
    return document


def _explain(text: str | bytes, error: ValueError) -> str:
    head = text[:512].encode("utf-8", "replace") if isinstance(text, str) else bytes(text[:512])
    if head.lstrip()[:1] != b"{":
        return foreign_hint(head) or f"not JSON text ({error})"
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON at line {error.lineno}, column {error.colno}: {error.msg} (is the file truncated?)"
    return f"broken JSON: {error}"


def _read_meta(document: dict[str, Any], source: str) -> tuple[int, dict[str, Any]]:
    """Return the MXNet version and the top-level attributes, unwrapped from their ``[type, value]`` pairs."""
    raw = document.get("attrs", {})
    if not isinstance(raw, dict):
        raise ModelFormatError(f"{source}: top-level 'attrs' must be an object, not a {_kind(raw)}")
    meta: dict[str, Any] = {}
    for key, typed in raw.items():
        if not isinstance(typed, list) or len(typed) != 2 or not isinstance(typed[0], str):
            raise ModelFormatError(f"{source}: top-level attribute {key!r} must be a [type, value] pair")
        meta[key] = typed[1]
    for key in ("mxnet_version", "is_np_shape"):
        if key in meta and not _is_index(meta[key]):
            raise ModelFormatError(f"{source}: top-level attribute {key!r} must be an integer, not {_short(meta[key])}")
    return meta.get("mxnet_version", OLDEST_VERSION), meta


class _GraphReader:
    """Reads one graph; subgraphs are read by readers of their own, whose `place` says where they sit."""

    def __init__(self, source: str, place: str = "", depth: int = 0) -> None:
        self.source = source
        self.place = place
        self.depth = depth
        self.nodes: list[Node] = []

    def read(self, document: dict[str, Any]) -> Graph:
        raw_nodes = self._array(document.get("nodes"), "'nodes'")
        self.nodes = [self._node(raw, number) for number, raw in enumerate(raw_nodes)]
        in_order = True
        for number, (raw, node) in enumerate(zip(raw_nodes, self.nodes, strict=True)):
            in_order &= self._connect(raw, node, number)
        if not in_order:
            self._refuse_cycles()
        for number in self._array(document.get("arg_nodes", []), "'arg_nodes'"):
            if not self._node_at(number, "'arg_nodes'").is_variable:
                self._fail(f"'arg_nodes' lists node {number}, which is not a variable")
        return Graph([self._entry(raw, "'heads'") for raw in self._array(document.get("heads"), "'heads'")])

    def _node(self, raw: Any, number: int) -> Node:
        if not isinstance(raw, dict):
            self._fail(f"node {number} must be an object, not a {_kind(raw)}")
        op, name = raw.get("op"), raw.get("name")
        if not isinstance(op, str) or not isinstance(name, str):
            key, value = ("op", op) if not isinstance(op, str) else ("name", name)
            self._fail(f"node {number} ({_short(name)}): '{key}' must be a string, not a {_kind(value)}")
        attrs = self._attributes(raw, f"node {number} ({_short(name)})")
        return Node(None if op == "null" else op, name, attrs=attrs)

    def _attributes(self, raw: dict[str, Any], place: str) -> dict[str, str]:
        # As in MXNet: of 'attr' and 'attrs' the later one replaces the other; 'param' only adds to it.
        attrs: dict[str, str] = {}
        for key, value in raw.items():
            if key in ("attrs", "attr"):
                attrs = self._strings(value, f"{place}: '{key}'")
        if "param" in raw:
            attrs = self._strings(raw["param"], f"{place}: 'param'") | attrs
        return attrs

    def _strings(self, value: Any, place: str) -> dict[str, str]:
        if not isinstance(value, dict):
            self._fail(f"{place} must be an object, not a {_kind(value)}")
        for key, item in value.items():
            if not isinstance(item, str):
                self._fail(f"{place}: attribute {_short(key)} must be a string, not a {_kind(item)}")
        return value

    def _connect(self, raw: dict[str, Any], node: Node, number: int) -> bool:
        """Fill in what refers to other nodes. Return whether all of them come earlier in the file."""
        place = f"node {number} ({_short(node.name)})"
        raw_inputs = self._array(raw.get("inputs"), f"{place}: 'inputs'")
        if raw_inputs and node.is_variable:
            self._fail(f"{place}: a variable cannot have inputs")
        node.inputs = tuple([self._entry(entry, place) for entry in raw_inputs])
        in_order = all(entry[0] < number for entry in raw_inputs)
        if "control_deps" in raw:
            dependencies = self._array(raw["control_deps"], f"{place}: 'control_deps'")
            node.control_deps = tuple([self._node_at(index, f"{place}: 'control_deps'") for index in dependencies])
            in_order &= all(index < number for index in dependencies)
        if "subgraphs" in raw:
            subgraphs = self._array(raw["subgraphs"], f"{place}: 'subgraphs'")
            node.subgraphs = tuple([self._subgraph(sub, f"{place}, subgraph {i}") for i, sub in enumerate(subgraphs)])
        return in_order

    def _subgraph(self, raw: Any, place: str) -> Graph:
        if not isinstance(raw, dict):
            self._fail(f"{place} must be an object, not a {_kind(raw)}")
        if self.depth == MAX_SUBGRAPH_DEPTH:
            self._fail(f"{place}: subgraphs are nested more than {MAX_SUBGRAPH_DEPTH} deep")
        # Only the innermost place is named: the outer ones would make the message grow with the depth.
        return _GraphReader(self.source, f"in {place} of the graph around it: ", self.depth + 1).read(raw)

    def _entry(self, raw: Any, place: str) -> Entry:
        if not isinstance(raw, list) or not 2 <= len(raw) <= 3 or not all(map(_is_index, raw)):
            self._fail(f"{place}: an entry must be [node, output] or [node, output, version], not {_short(raw)}")
        node = self._node_at(raw[0], place)
        if raw[1] and node.is_variable:
            self._fail(f"{place}: asks for output {raw[1]} of variable {_short(node.name)}, which has only output 0")
        return Entry(node, *raw[1:])

    def _node_at(self, index: Any, place: str) -> Node:
        if not _is_index(index) or index >= len(self.nodes):
            self._fail(f"{place}: refers to node {_short(index)}, but the file has nodes 0 to {len(self.nodes) - 1}")
        return self.nodes[index]

    def _array(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            self._fail(f"{place} must be a list, {'it is missing' if value is None else f'not a {_kind(value)}'}")
        return value

    def _refuse_cycles(self) -> None:
        """Take away, again and again, the nodes whose predecessors are all gone; a cycle is what stays."""
        position = {id(node): number for number, node in enumerate(self.nodes)}
        predecessors = [
            {position[id(p)] for p in [entry.node for entry in node.inputs] + list(node.control_deps)}
            for node in self.nodes
        ]
        readers: list[list[int]] = [[] for _ in self.nodes]
        for number, before in enumerate(predecessors):
            for index in before:
                readers[index].append(number)
        waiting = [len(before) for before in predecessors]
        ready = [number for number, count in enumerate(waiting) if not count]
        while ready:
            for reader in readers[ready.pop()]:
                waiting[reader] -= 1
                if not waiting[reader]:
                    ready.append(reader)
        for number, count in enumerate(waiting):
            if count:
                self._fail(f"node {number} ({_short(self.nodes[number].name)}) depends on itself through its inputs")

    def _fail(self, message: str) -> NoReturn:
        raise ModelFormatError(f"{self.source}: {self.place}{message}")


def _is_index(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MAX_INDEX  # not bool, which is an int to isinstance


def _short(value: Any) -> str:
    return _SHORT.repr(value)


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "list", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
