"""Subgraph backends: parts of a graph run by a function of the user's.

A backend selects nodes; connected groups of them become one node each, an operator that holds the group as its
subgraph and runs the user's function. Such a node is written to Symbol JSON and read back like any other.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import jax

from gluax.ir.attributes import format_attribute
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Attrs, Feed
from gluax.passes.backends import Arrays, backend_names, register_pass, unregister_pass
from gluax.passes.groups import convex_groups
from gluax.passes.rewrite import fresh_name

Select = Callable[[Node], bool]

_PREFIX = "_sg_"
_COUNTS = {"num_args": int, "num_outputs": int}


def register_subgraph(
    name: str, *, select: Select | Collection[str], accept: Callable[[Graph], bool] | None = None, replace: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register backend `name`, which hands parts of a graph to the decorated JAX function.

    The function takes the part, which it may call on arrays and look at (``part.graph``), and the arrays that the
    part reads; it returns what the part would: one array or a tuple. Its keywords, typed by annotations, are the
    backend's options, which are kept as attributes of the new nodes::

        @gluax.register_subgraph("low_precision", select={"Convolution", "FullyConnected"})
        def low_precision(part, *arrays, dtype: str = "bfloat16"):
            return part(*(array.astype(dtype) for array in arrays)).astype(arrays[0].dtype)

        net.optimize_for(x, backend="low_precision", dtype="float16")

    Args:
      name: what `optimize_for` calls it. The operator in the new graph is ``_sg_<name>``: a program that loads an
        exported graph registers the function first.
      select: names of operators, or a predicate on nodes.
      accept: a last word on each group, given as a graph; refused ones stay as they are.
      replace: take the place of an earlier registration, as when a notebook's cell runs again.

    Raises:
      ValueError: when the name is taken and `replace` is False.
    """
    selected = select if callable(select) else _one_of(frozenset(select))

    def backend(graph: Graph, arrays: Arrays, **options: Any) -> Graph:
        return partition(graph, selected, name, accept=accept, options=options)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        taken = registry.find(_PREFIX + name) is not None
        if taken and name not in backend_names():
            raise ValueError(f"{_PREFIX + name!r} is an operator of MXNet's: choose another name than {name!r}")
        entry = registry.operator(
            _PREFIX + name, outputs=lambda attrs: attrs.num_outputs, wiring=_wiring, random=_never
        )  # fmt: skip
        register_pass(name, replace=replace)(backend)
        if taken:
            registry.unregister(_PREFIX + name)
        entry(_as_operator(function))
        return function

    return register


def unregister_subgraph(name: str) -> None:
    """Forget what `register_subgraph` registered.

    Raises:
      NameLookupError: when there is no such backend.
    """
    unregister_pass(name)
    registry.unregister(_PREFIX + name)


def partition(
    graph: Graph,
    select: Select,
    name: str,
    *,
    accept: Callable[[Graph], bool] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Graph:
    """Replace groups of selected nodes by nodes that run the function registered for `name`.

    Args:
      graph: the graph.
      select: which nodes; it is not asked about variables.
      name: a name given to `register_subgraph`.
      accept: whether to replace a group, given as a graph whose variables are the group's inputs.
      options: the function's keywords, for all groups.

    Raises:
      AttributeParseError: for options that the function does not have.
    """
    texts = {key: format_attribute(value) for key, value in (options or {}).items()}
    registry.get(_PREFIX + name).parse({"num_args": "0", "num_outputs": "0", **texts}, name)
    groups = convex_groups(graph, select)
    cuts = [_Cut(group, outputs) for group, outputs in zip(groups, _outputs(graph, groups))]
    accepted = [cut for cut in cuts if accept is None or accept(cut.graph)]
    return _replace(graph, accepted, _PREFIX + name, texts) if accepted else graph


class Part:
    """A part of a graph, as the function that runs instead of it gets it.

    Attributes:
      graph: its nodes; the variables are its inputs, in order.
    """

    def __init__(self, run: Callable[..., Sequence[Any]], graph: Graph, key: jax.Array | None) -> None:
        self.graph = graph
        self._run = run
        self._key = key

    def __call__(self, *arrays: jax.Array) -> Any:
        """What the part computes: one array, or a tuple of its outputs."""
        outputs = self._run(list(arrays), self._key)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


def _as_operator(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the user's function the signature of an operator: the counts, then its own keywords."""

    def run(*data: Any, num_args: int, num_outputs: int, key: Any, subgraphs: Sequence[Any], **attributes: Any) -> Any:
        return function(Part(subgraphs[0], subgraphs[0].graph, key), *data, **attributes)

    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [p for p in inspect.signature(function).parameters.values() if p.kind is keyword]
    supplied = [inspect.Parameter(name, keyword, default=None) for name in ("key", "subgraphs")]
    counts = [inspect.Parameter(name, keyword) for name in _COUNTS]
    data = inspect.Parameter("data", inspect.Parameter.VAR_POSITIONAL)
    vars(run)["__signature__"] = inspect.Signature([data, *counts, *own, *supplied])
    run.__annotations__ = {**typing.get_type_hints(function), **_COUNTS}
    run.__doc__ = function.__doc__
    return run


def _one_of(names: frozenset[str]) -> Select:
    return lambda node: node.op in names or registry.resolve(node).operator.name in names


def _wiring(attrs: Attrs) -> list[list[Feed]]:
    return [[Feed(number) for number in range(attrs.num_args - 1)]]  # as in MXNet, the subgraph counts too


def _never(attrs: Attrs, training: bool) -> bool:
    return False


class _Cut:
    """A group of nodes cut out of its graph.

    Attributes:
      nodes: the group.
      graph: its copy, whose variables stand for what the group reads.
      inputs: the entries of the outer graph that these stand for, in their order.
      outputs: the group's entries that others read or that are heads; the copy's heads.
    """

    def __init__(self, nodes: list[Node], outputs: list[Entry]) -> None:
        self.nodes = nodes
        self.outputs = outputs
        inside = {id(node) for node in nodes}
        copies: dict[int, Node] = {}
        sources: dict[tuple[int, int], tuple[Node, Entry]] = {}
        taken: set[str] = set()

        def follow(entry: Entry) -> Entry:
            if id(entry.node) in inside:
                return entry._replace(node=copies[id(entry.node)])
            key = (id(entry.node), entry.index)
            if key not in sources:
                sources[key] = Node(None, fresh_name(entry, taken)), entry
            return Entry(sources[key][0], 0, entry.version)

        for node in nodes:
            copies[id(node)] = Node(node.op, node.name, map(follow, node.inputs), node.attrs, node.subgraphs)
        self.graph = Graph(map(follow, self.outputs))
        by_variable = {id(variable): entry for variable, entry in sources.values()}
        self.inputs = [by_variable[id(variable)] for variable in self.graph.variables]


def _outputs(graph: Graph, groups: list[list[Node]]) -> list[list[Entry]]:
    """For each group its entries that other nodes read or that are heads."""
    group_of = {id(node): number for number, group in enumerate(groups) for node in group}
    found: list[dict[tuple[int, int], Entry]] = [{} for _ in groups]
    read = [(entry, group_of.get(id(node))) for node in graph.nodes for entry in node.inputs]
    for entry, reader in (*read, *((head, None) for head in graph.heads)):
        group = group_of.get(id(entry.node))
        if group is not None and group != reader:
            found[group].setdefault((id(entry.node), entry.index), entry)
    return [list(entries.values()) for entries in found]


def _replace(graph: Graph, cuts: list[_Cut], op: str, attrs: Mapping[str, str]) -> Graph:
    cut_of = {id(node): cut for cut in cuts for node in cut.nodes}
    numbers = {id(cut): number for number, cut in enumerate(cuts)}
    moved: dict[tuple[int, int], Entry] = {}

    def follow(entry: Entry) -> Entry:
        return moved.get((id(entry.node), entry.index), entry)

    for unit in _units_in_order(graph, cut_of):
        if isinstance(unit, _Cut):
            counts = {"num_args": str(len(unit.inputs) + 1), "num_outputs": str(len(unit.outputs))}
            inputs = map(follow, unit.inputs)
            stand_in = Node(op, f"{op.lstrip('_')}_{numbers[id(unit)]}", inputs, {**attrs, **counts}, [unit.graph])
            moved.update({(id(e.node), e.index): Entry(stand_in, i) for i, e in enumerate(unit.outputs)})
        elif any(follow(entry) is not entry for entry in unit.inputs):
            copy = Node(unit.op, unit.name, map(follow, unit.inputs), unit.attrs, unit.subgraphs)
            outputs = registry.resolve(unit).operator.num_outputs(unit.call.attrs)
            moved.update({(id(unit), index): Entry(copy, index) for index in range(outputs)})
    return Graph(map(follow, graph.heads), graph.meta)


def _units_in_order(graph: Graph, cut_of: Mapping[int, _Cut]) -> list[Any]:
    """Operator nodes and cuts, each after what it reads."""
    before: dict[Any, list[Any]] = {}
    for node in graph.nodes:
        if not node.is_variable:
            unit = cut_of.get(id(node), node)
            sources = [cut_of.get(id(e.node), e.node) for e in node.inputs if not e.node.is_variable]
            before.setdefault(unit, []).extend(source for source in sources if source is not unit)
    return list(TopologicalSorter(before).static_order())
