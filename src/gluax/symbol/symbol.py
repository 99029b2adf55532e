"""`Symbol`: some outputs of a graph."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from gluax.errors import ArgumentError, NameLookupError
from gluax.ir.atomic import atomic_write
from gluax.ir.graph import Entry, Graph, Node
from gluax.ir.np_shape import is_np_shape
from gluax.lowering.files import graph_to_json, parse_graph
from gluax.lowering.program import auxiliary_names, check_operators
from gluax.ops import registry
from gluax.ops.operator import HIDDEN_KEYS
from gluax.symbol import listing
from gluax.symbol.composition import copy_heads, replace_variables
from gluax.symbol.factory import single_entry
from gluax.symbol.fluent import Fluent
from gluax.symbol.inference import Inference
from gluax.symbol.operators import Operators
from gluax.symbol.partitioning import Partitioning


class Symbol(Operators, Fluent, Inference, Partitioning):
    """A tuple of outputs of graph nodes. Made by `var`, by operators, by `Group` and by `load`.

    Symbols that share nodes share them for good: composition (calling a symbol) works on a copy.
    """

    __slots__ = ("_cached_graph", "_entries")
    _numpy_shapes: ClassVar[bool] = False  # whether it is one of `mx.sym.np`

    # `gluax.executor`, which stands above arrays, adds these.
    bind: ClassVar[Callable[..., Any]]
    simple_bind: ClassVar[Callable[..., Any]]
    eval: ClassVar[Callable[..., Any]]
    # And `gluax.numpy` this: the same outputs as a numpy symbol.
    as_np_ndarray: ClassVar[Callable[..., Any]]

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._cached_graph: Graph | None = None

    @property
    def graph(self) -> Graph:
        """The graph whose heads these outputs are."""
        if self._cached_graph is None:
            self._cached_graph = Graph(self._entries)
        return self._cached_graph

    @property
    def name(self) -> str | None:
        """The node's name; None for a group of several nodes."""
        node = self._single_node()
        return None if node is None else node.name

    def _single_node(self) -> Node | None:
        node = self._entries[0].node
        return node if all(entry.node is node for entry in self._entries) else None

    def __repr__(self) -> str:
        if len(self._entries) > 1 and self._single_node() is None:
            return f"<Symbol group [{', '.join(entry.node.name for entry in self._entries)}]>"
        return f"<Symbol {self.name}>"

    # --- outputs

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Symbol]:
        return (type(self)([entry]) for entry in self._entries)

    def __getitem__(self, index: int | str | slice) -> Symbol:
        """Pick an output by number or by its name in `list_outputs`, or several by a slice.

        Raises:
          ValueError: when no output, or more than one, has the name.
          IndexError: when there are fewer outputs.
          TypeError: for an index of another type, and for an empty slice, as in MXNet.
        """
        if isinstance(index, slice):
            picked = self._entries[index]
            if not picked:
                raise TypeError(f"{index} picks none of the {len(self)} outputs")
            return type(self)(picked)
        if isinstance(index, str):
            return type(self)([self._entries[self._position(index)]])
        if not isinstance(index, int):
            raise TypeError(f"Symbol only supports an integer, a string or a slice as index, not {index!r}")
        if index >= len(self):
            raise IndexError(f"index {index} is out of range: the symbol has {len(self)} outputs")
        if index < 0:
            raise ArgumentError(f"Symbol only accepts a nonnegative index, not {index}")
        return type(self)([self._entries[index]])

    def _position(self, name: str) -> int:
        names = self.list_outputs()
        count = names.count(name)
        if count > 1:
            raise NameLookupError(f'There are multiple outputs with name "{name}"')
        if not count:
            shown = f"{names[:10]}{' ...' if len(names) > 10 else ''}"
            raise NameLookupError(f'Cannot find output that matches name "{name}" among {shown}')
        return names.index(name)

    def list_outputs(self) -> list[str]:
        """Names of the outputs: ``<node>_output``, ``<node>_output0`` ...; a variable's is its own name."""
        return [listing.output_name(entry) for entry in self._entries]

    # --- inputs

    def list_arguments(self) -> list[str]:
        """Names of the variables that are not auxiliary states, in graph order."""
        aux = set(auxiliary_names(self.graph))
        return [node.name for node in self.graph.variables if node.name not in aux]

    def list_auxiliary_states(self) -> list[str]:
        """Names of the variables that operators update in place (BatchNorm's statistics, say)."""
        return list(auxiliary_names(self.graph))

    def list_inputs(self) -> list[str]:
        """Names of all variables, auxiliary states included, in graph order."""
        return [node.name for node in self.graph.variables]

    # --- neighbours

    def get_internals(self) -> Symbol:
        """A group of every visible output in the graph, in graph order."""
        return type(self)(listing.internal_entries(self.graph))

    def get_children(self) -> Symbol | None:
        """A group of the direct inputs of these nodes, with repetitions; None for variables."""
        nodes = {id(entry.node): entry.node for entry in self._entries}
        children = [child for node in nodes.values() for child in node.inputs]
        return type(self)(children) if children else None

    # --- attributes

    def attr(self, key: str) -> str | None:
        """An attribute of the node as a string; None when it has none of this name, or for a group.

        The hidden keys ``lr_mult``, ``wd_mult`` ... are found with and without their underscores.
        """
        node = self._single_node()
        if node is None:
            return None
        if key == "name":
            return node.name
        if key == "_value_index":
            return str(self._entries[0].index)
        hidden = node.attrs.get(f"__{key}__") if key in HIDDEN_KEYS else None
        return node.attrs.get(key, hidden)

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """All attributes of the (first) node; hidden keys with and without their underscores."""
        if recursive:
            raise DeprecationWarning("list_attr(recursive=True) has been deprecated; use attr_dict instead")
        return listing.shown_attributes(self._entries[0].node)

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """The attributes of every node that has any, by node name."""
        found: dict[str, dict[str, str]] = {}
        for node in self.graph.nodes:
            if node.attrs:
                found.setdefault(node.name, {}).update(listing.shown_attributes(node))
        return found

    def _set_attr(self, **attrs: str) -> None:
        """Set attributes of the node in place, for everything that shares it.

        Raises:
          ValueError: when a value is not a string.
          ArgumentError: for a group.
          AttributeParseError: for what the operator does not know.
        """
        node = self._single_node()
        for value in attrs.values():
            if not isinstance(value, str):
                raise ValueError("Set Attr only accepts string values")
        if node is None:
            raise ArgumentError("attributes can be set on a single symbol, not on a group")
        hidden = {f"__{key}__" if key in HIDDEN_KEYS else key: value for key, value in attrs.items()}
        updated = {**node.attrs, **hidden}
        if node.op is not None:
            call = registry.resolve(Node(node.op, node.name, attrs=updated))
            node.call = call
        node.attrs = updated

    # --- composition

    def __call__(self, *args: Symbol, **kwargs: Any) -> Symbol:
        """Return a copy in which variables, given by keyword, are replaced by symbols. See `compose`."""
        copy = self.__copy__()
        copy.compose(*args, **kwargs)
        return copy

    def compose(self, *args: Symbol, name: str | None = None, **kwargs: Symbol) -> None:
        """Replace variables by symbols in place, and rename the first node when `name` is given.

        Raises:
          TypeError: for inputs that are no symbols, or both positional and by keyword.
          ArgumentError: for positional inputs (as in MXNet, only a plain variable takes and ignores them),
            for names that are no variables of the graph, and for groups.
        """
        if args and kwargs:
            raise TypeError("compose only accepts input Symbols either as positional or keyword arguments, not both")
        for value in (*args, *kwargs.values()):
            if not isinstance(value, Symbol):
                raise TypeError(f"Compose expects `Symbol` as arguments, not {value!r}")
        node = self._single_node()
        is_variable = node is not None and node.is_variable
        if args and not is_variable:
            raise ArgumentError(f"name the variables to replace, {self.list_inputs()}, by keyword: name=symbol")
        if kwargs and is_variable:
            raise ArgumentError(f"variable {self.name!r} has no inputs to replace, but {sorted(kwargs)} were given")
        replacements = {key: single_entry(value, f"argument {key!r}") for key, value in kwargs.items()}
        if name:
            self._entries[0].node.name = name
        self._entries = replace_variables(self._entries, replacements)
        self._cached_graph = None

    _compose = compose

    def as_nd_ndarray(self) -> Symbol:
        """Itself: a classic symbol."""
        return self

    def __copy__(self) -> Symbol:
        return type(self)(copy_heads(self._entries))

    def __deepcopy__(self, memo: dict[int, Any]) -> Symbol:
        return self.__copy__()

    # --- files

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """The text of the symbol's JSON, as MXNet 1.9.1 writes it.

        Args:
          remove_amp_cast: leave out the casts that automatic mixed precision put in.
        """
        heads = listing.without_amp_casts(self.graph) if remove_amp_cast else self._entries
        return graph_to_json(Graph(heads), numpy_shape=is_np_shape())

    def save(self, fname: str | os.PathLike[str], remove_amp_cast: bool = True) -> None:
        """Write `tojson` to a file, which readers see old or new, never half."""
        if not isinstance(fname, (str, os.PathLike)):
            raise TypeError(f"fname needs to be a string, not {fname!r}")
        text = self.tojson(remove_amp_cast)
        with atomic_write(fname) as stream:
            stream.write(text.encode())

    def debug_str(self) -> str:
        """A readable listing of the graph."""
        return listing.describe(self.graph)

    def __getstate__(self) -> dict[str, str]:
        return {"json": self.tojson(remove_amp_cast=False)}

    def __setstate__(self, state: dict[str, str]) -> None:
        self.__init__(load_entries(state["json"]))


def load_entries(text: str, source: str = "<string>") -> tuple[Entry, ...]:
    """Read Symbol JSON and check every node's operator and attributes, as MXNet does on loading.

    Raises:
      ModelFormatError, UnsupportedOperatorError, AttributeParseError
    """
    return checked_entries(parse_graph(text, source))


def checked_entries(graph: Graph) -> tuple[Entry, ...]:
    """Return the heads of `graph` after checking every node's operator and attributes."""
    check_operators(graph)
    for node in graph.nodes:
        if not node.is_variable:
            registry.resolve(node)
    return graph.heads
