"""Loops and branches in graphs: `foreach`, `while_loop`, `cond`.

Each body is traced once on variables named ``<node>-<output>``. What it makes is marked with the attribute
``__subgraph_name__``; results that reach into the body from outside are cut off and become variables named as the
output (``fc_output``) inside, and further inputs of the loop outside. Variables of the surrounding graph are inputs
on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gluax.ir.attributes import attribute_text
from gluax.ir.graph import Entry, Graph, Node
from gluax.structure import Format, flatten, regroup
from gluax.symbol import listing
from gluax.symbol.composition import call_operator
from gluax.symbol.factory import create, single_entry, visible_entries
from gluax.symbol.naming import AttrScope, next_name, scoped_attributes
from gluax.symbol.symbol import Symbol
from gluax.symbol.variables import Group, var

_MARK = "__subgraph_name__"


def foreach(
    body: Callable[[Any, Any], tuple[Any, Any]], data: Any, init_states: Any, name: str = "foreach"
) -> tuple[Any, Any]:
    """Run `body` over the leading axis of `data`, carrying states along.

    Args:
      body: ``(slices, states) -> (outputs, states)``, called once, on symbols.
      data: a symbol or nested lists of them; `body` must use each.
      init_states: a symbol or nested lists of them; `body` must use each and return the like.
      name: the stem of the subgraph's name.

    Returns:
      The outputs of all iterations, stacked, and the last states.

    Raises:
      AssertionError: when data or states are no symbols, are not used, or the states change structure.
    """
    arrays, array_format = _flatten(data, "foreach input")
    states, state_format = _flatten(init_states, "foreach states")
    with _Body(name) as scope:
        slices = regroup([scope.variable(symbol) for symbol in arrays], array_format)
        current = regroup([scope.variable(symbol) for symbol in states], state_format)
        outputs, following = body(slices, current)
        outputs, output_format = _flatten(outputs, "foreach output")
        following, following_format = _flatten(following, "foreach loop_vars")
        assert following_format == state_format, "The input and output loop_vars have different format"
        heads = scope.own(outputs) + scope.own(following, {symbol.name for symbol in outputs}, (*outputs, *following))
    outside = _cut(heads, scope.name)
    names = _input_names(heads)
    data_names, state_names = [_unique_name(symbol) for symbol in arrays], [_unique_name(symbol) for symbol in states]
    for wanted, kind in ((data_names, "data"), (state_names, "state")):
        assert set(wanted) <= set(names), f"the {kind} arrays have to be used in the loop body"
    rest = [number for number, inner in enumerate(names) if inner not in {*data_names, *state_names}]
    entries = [single_entry(symbol, "input") for symbol in (*arrays, *states)] + [outside[names[i]] for i in rest]
    results = _call(
        "_foreach",
        [heads],
        entries,
        num_outputs=len(heads),
        num_out_data=len(outputs),
        in_state_locs=[names.index(inner) for inner in state_names],
        in_data_locs=[names.index(inner) for inner in data_names],
        remain_locs=rest,
    )
    stacked, last = results[: len(outputs)], results[len(outputs) :]
    return regroup(stacked, output_format), regroup(last, following_format)


def while_loop(
    cond: Callable[..., Symbol],
    func: Callable[..., tuple[Any, Any]],
    loop_vars: Any,
    max_iterations: int | None = None,
    name: str = "while_loop",
) -> tuple[Any, Any]:
    """Run `func` while `cond` gives true, at most `max_iterations` times.

    Args:
      cond: ``(*loop_vars) -> Symbol``, a single value.
      func: ``(*loop_vars) -> (outputs, loop_vars)``.
      loop_vars: symbols, or nested lists of them; `func` must use each.
      max_iterations: the length of the stacked outputs.
      name: the stem of the subgraphs' names.

    Returns:
      The outputs of all iterations, stacked, and the last loop variables.

    Raises:
      ValueError: for missing iterations or variables, a `cond` that gives no symbol, or when `func` leaves a loop
        variable unused or returns another number of them.
    """
    if max_iterations is None:
        raise ValueError("max_iterations should be specified")
    if len(loop_vars) == 0:
        raise ValueError("loop_vars should contain at least one element")
    variables, variable_format = _flatten(loop_vars, "while loop_vars")
    with _Body(f"{name}_cond") as cond_scope:
        met = cond(*regroup([cond_scope.variable(symbol) for symbol in variables], variable_format))
        if not isinstance(met, Symbol):
            raise ValueError("Return of cond must be a Symbol")
        condition = cond_scope.own([met])
    with _Body(f"{name}_func") as func_scope:
        outputs, following = func(*regroup([func_scope.variable(symbol) for symbol in variables], variable_format))
        outputs, output_format = _flatten(_as_list(outputs), "while output")
        following, _ = _flatten(_as_list(following), "while loop_vars")
        if len(following) != len(variables):
            raise ValueError("The number of loop_vars should be consistent during the loop")
        function = func_scope.own((*outputs, *following))
    by_name = {_unique_name(symbol): single_entry(symbol, "loop variable") for symbol in variables}
    inputs: list[Entry] = []
    cond_locs = _gather(condition, _cut(condition, cond_scope.name), inputs, by_name)
    func_locs = _gather(function, _cut(function, func_scope.name), inputs, by_name)
    names = _input_names(function)
    for number, inner in enumerate(by_name, 1):
        if inner not in names:
            raise ValueError(f"The {number}-th loop_var doesn't involve into the computation")
    results = _call(
        "_while_loop",
        [condition, function],
        inputs,
        max_iterations=int(max_iterations),
        cond_input_locs=cond_locs,
        func_input_locs=func_locs,
        func_var_locs=[names.index(_unique_name(symbol)) for symbol in variables],
        num_out_data=len(outputs),
        num_outputs=len(function),
    )
    stacked, last = results[: len(outputs)], results[len(outputs) :]
    return regroup(stacked, output_format), regroup(last, variable_format)


def cond(pred: Symbol, then_func: Callable[[], Any], else_func: Callable[[], Any], name: str = "cond") -> Any:
    """Run one of two functions without arguments, by the truth of a single value.

    Raises:
      ValueError: when `pred` is several symbols, or the branches give different numbers of outputs.
    """
    graphs, scopes, formats = [], [], []
    for make, suffix in ((lambda: pred, "pred"), (then_func, "then"), (else_func, "else")):
        with _Body(f"{name}_{suffix}") as scope:
            outputs, output_format = _flatten(make(), "cond outputs")
            graphs.append(scope.own(outputs))
        scopes.append(scope)
        formats.append(output_format)
    if len(graphs[0]) != 1:
        raise ValueError("pred should always be a single output")
    if len(graphs[1]) != len(graphs[2]):
        raise ValueError("Number of outputs differs between then-branch and else-branch")
    inputs: list[Entry] = []
    locations = []
    for heads, scope in zip(graphs, scopes):
        # Shared between the branches are variables only; a cut result comes in once for each that reads it.
        shared = {entry.node.name: entry for entry in inputs}
        locations.append(_gather(heads, _cut(heads, scope.name), inputs, shared))
    results = _call(
        "_cond",
        graphs,
        inputs,
        cond_input_locs=locations[0],
        then_input_locs=locations[1],
        else_input_locs=locations[2],
        num_outputs=len(graphs[1]),
    )
    return regroup(results, formats[1])


class _Body:
    """The scope in which a body is traced: marks what is made in it with the subgraph's unique name."""

    def __init__(self, stem: str) -> None:
        outer = scoped_attributes(None).get(_MARK, "")
        stem = f"{outer}${stem}" if outer else stem
        self.name = f"{stem}{AttrScope._subgraph_names[stem]}"
        AttrScope._subgraph_names[stem] += 1
        self._scope = AttrScope(**{_MARK: self.name})

    def __enter__(self) -> _Body:
        self._scope.__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        self._scope.__exit__(*details)

    def variable(self, symbol: Symbol) -> Symbol:
        """The body's own variable for an input."""
        return var(_unique_name(symbol))

    def own(
        self, outputs: Iterable[Symbol], taken: Iterable[str | None] = (), everything: Sequence[Symbol] = ()
    ) -> list[Entry]:
        """Return the outputs, with an identity over those that are inputs, not made in the body, or `taken`."""
        outputs = list(outputs)
        if not outputs:
            return []
        excluded = {*Group(everything or outputs).list_inputs(), *taken}
        heads = []
        for symbol in outputs:
            if symbol.name in excluded or symbol.list_attr().get(_MARK) != self.name:
                symbol = create("_copy", "identity", inputs=(symbol,))
            heads.append(single_entry(symbol, "output"))
        return heads


def _cut(heads: Sequence[Entry], subgraph_name: str) -> dict[str, Entry]:
    """Make variables of what the body reads from outside; return the outer entry of each of its inputs."""
    variables: dict[tuple[int, int], Entry] = {}
    outside: dict[str, Entry] = {}
    for node in Graph(heads).nodes:
        if node.is_variable or node.attrs.get(_MARK) != subgraph_name:
            continue
        entries = list(node.inputs)
        for number, entry in enumerate(entries):
            if entry.node.is_variable or entry.node.attrs.get(_MARK) == subgraph_name:
                continue
            key = id(entry.node), entry.index
            if key not in variables:
                name = listing.output_name(entry)
                variables[key] = Entry(Node(None, name))
                outside[name] = entry
            entries[number] = variables[key]
        node.inputs = tuple(entries)
    return {node.name: Entry(node) for node in Graph(heads).variables} | outside


def _input_names(heads: Sequence[Entry]) -> list[str]:
    names = [node.name for node in Graph(heads).variables]
    assert len(set(names)) == len(names), f"The inputs of the subgraph don't have unique names: {names}"
    return names


def _gather(
    heads: Sequence[Entry], outside: Mapping[str, Entry], inputs: list[Entry], shared: Mapping[str, Entry]
) -> list[int]:
    """Add the inputs of a body to those of the operator; return where each one is. `shared` ones come in once."""
    locations = []
    for name in _input_names(heads):
        entry = shared.get(name)
        if entry is not None and entry in inputs:
            locations.append(inputs.index(entry))
            continue
        locations.append(len(inputs))
        inputs.append(outside[name] if entry is None else entry)
    return locations


def _call(op: str, graphs: Sequence[Sequence[Entry]], inputs: Sequence[Entry], **attrs: Any) -> list[Symbol]:
    """Make the operator's node. The subgraphs count as its first arguments, as in MXNet."""
    attrs["num_args"] = len(graphs) + len(inputs)
    texts = {key: attribute_text(key, value) for key, value in attrs.items()}
    texts.update(scoped_attributes(None))
    node = call_operator(op, next_name(None, op), texts, inputs, subgraphs=[Graph(heads) for heads in graphs])
    return [Symbol([entry]) for entry in visible_entries(node)]


def _unique_name(symbol: Symbol) -> str:
    return f"{symbol.name}-{symbol.attr('_value_index')}"


def _as_list(value: Any) -> Any:
    if value is None:
        return []
    return list(value) if isinstance(value, tuple) else value


def _flatten(value: Any, what: str) -> tuple[list[Symbol], Format]:
    """Flatten nested lists of symbols."""
    return flatten(
        value,
        symbol_format,
        lambda value: AssertionError(f"{what} must be (nested) list of Symbol, but got {value} of type {type(value)}"),
    )


def symbol_format(value: Any) -> int | None:
    """The format of a symbol for `gluax.structure`; None for anything else."""
    if not isinstance(value, Symbol):
        return None
    count = len(value._entries)
    return count if count > 1 else 0
