"""Lowering: from a graph to a pure function.

`Program` is a graph flattened into steps over numbered slots. Calling it runs every step in
order on whatever arrays it is given: concrete ones, or tracers of `jit`, `grad`, `vmap` and
`export`. It holds no arrays itself, so no weight can end up as a constant of a compiled program.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jax

from gluax.errors import ArgumentError, GluaxError, OperatorError, ParameterError, UnsupportedOperatorError
from gluax.ir.graph import Graph, Node
from gluax.ops import registry
from gluax.ops.operator import Call

# What running an operator on unfit inputs may raise; `explain` turns it into an error about the operator.
OPERATOR_FAILURES = (
    ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError,
    jax.errors.InconclusiveDimensionOperation,
)  # fmt: skip

ABSENT = -1  # the slot number of a value that does not exist (a label in inference)


@dataclass(frozen=True, eq=False)
class Step:
    """One operator call: read `sources`, write `targets`, then forget `dead` slots."""

    node: Node
    call: Call
    sources: tuple[int, ...]
    targets: range
    aux: tuple[str | None, ...]
    subprograms: tuple[Program, ...]
    dead: tuple[int, ...]

    def draws(self, training: bool) -> bool:
        """Whether the step, or a subgraph of it, draws random numbers."""
        own = self.call.operator.draws(self.call.attrs, training)
        return own or any(program.draws(training) for program in self.subprograms)


Execute = Callable[[Step, list[Any], bool, Any, tuple[Any, ...]], tuple[Any, ...]]


def run_step(step: Step, inputs: list[Any], training: bool, key: Any, subgraphs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Run one step as part of the surrounding trace."""
    with jax.named_scope(step.node.name or step.call.operator.name):
        return step.call(inputs, training=training, key=key, subgraphs=subgraphs)


class Program:
    """A graph as a callable.

    Attributes:
      variables: the variables' names in the order of MXNet's `list_inputs` (auxiliary states included).
      aux_names: those of them that are auxiliary states.
      absent: variables that are not needed: labels of loss heads that nobody will pass.
    """

    def __init__(self, graph: Graph, available: Collection[str] | None = None) -> None:
        """Flatten `graph`.

        Args:
          graph: the graph to run.
          available: names of the variables that will have values; all of them by default. Nodes that
            would read a missing variable are left out where only a label input reads their result.

        Raises:
          UnsupportedOperatorError: listing every unsupported operator of the graph, subgraphs included.
          AttributeParseError: for an attribute an operator does not know or cannot parse.
          ParameterError: when an output depends on a variable that is not available.
        """
        check_operators(graph)
        self.graph = graph
        self.variables = tuple(node.name for node in graph.variables)
        self.aux_names = auxiliary_names(graph)
        self._flatten(available)

    def _flatten(self, available: Collection[str] | None) -> None:
        slots: dict[tuple[int, int], int] = {}
        size = len(self.variables)
        for slot, node in enumerate(self.graph.variables):
            present = available is None or node.name in available
            slots[id(node), 0] = slot if present else ABSENT
        self.absent = frozenset(n.name for n in self.graph.variables if slots[id(n), 0] == ABSENT)
        missing_at: dict[int, str] = {}
        pending: list[tuple[Node, Call, tuple[int, ...], range]] = []
        for node in self.graph.nodes:
            if node.is_variable:
                if node.name in self.absent:
                    missing_at[id(node)] = node.name
                continue
            call = registry.resolve(node)
            sources = tuple(slots[id(entry.node), entry.index] for entry in node.inputs)
            count = call.operator.num_outputs(call.attrs)
            lost = self._first_missing(node, call, sources, missing_at)
            if lost is not None:
                missing_at[id(node)] = lost
                slots.update({(id(node), i): ABSENT for i in range(count)})
                continue
            targets = range(size, size + count)
            slots.update({(id(node), i): slot for i, slot in enumerate(targets)})
            size += count
            pending.append((node, call, sources, targets))
        self.heads = tuple(slots[id(entry.node), entry.index] for entry in self.graph.heads)
        lost_heads = sorted({missing_at[id(e.node)] for e, s in zip(self.graph.heads, self.heads) if s == ABSENT})
        if lost_heads:
            raise ParameterError(
                f"the outputs need the variables {lost_heads}, which are neither inputs nor parameters"
            )
        self.steps = self._steps(pending)
        self._open = any(call.operator.is_open(call.attrs) for _, call, _, _ in pending)
        self._completed = lru_cache(maxsize=16)(self._complete)

    @staticmethod
    def _first_missing(node: Node, call: Call, sources: Sequence[int], missing_at: Mapping[int, str]) -> str | None:
        names = call.operator.input_names(call.attrs, len(sources))
        for name, source, entry in zip(names, sources, node.inputs):
            if source == ABSENT and name not in call.operator.labels:
                return missing_at[id(entry.node)]
        return None

    def _steps(self, pending: list[tuple[Node, Call, tuple[int, ...], range]]) -> tuple[Step, ...]:
        alive = set(self.heads)
        steps = []
        for node, call, sources, targets in reversed(pending):
            dead = tuple({slot for slot in (*sources, *targets) if slot not in alive and slot != ABSENT})
            alive.update(sources)
            aux = _aux_variables(node, call)
            subprograms = tuple(Program(subgraph) for subgraph in node.subgraphs)
            steps.append(Step(node, call, sources, targets, aux, subprograms, dead))
        return tuple(reversed(steps))

    def _complete(self, shapes: tuple[tuple[int, ...] | None, ...]) -> tuple[Step, ...]:
        """The steps with the shapes filled in that the graph leaves to inference, given those of the variables."""
        from gluax.lowering.infer import infer, known  # inference runs programs

        inferred = infer(self.graph, dict(zip(self.variables, shapes)))
        steps = list(self.steps)
        for number, step in enumerate(steps):
            operator, attrs = step.call.operator, step.call.attrs
            shape = inferred.shapes.get((id(step.node), 0))
            if operator.complete is not None and operator.is_open(attrs) and shape is not None and known(shape):
                steps[number] = replace(step, call=Call(operator, operator.complete(attrs, shape)))
        return tuple(steps)

    def __call__(
        self, values: Mapping[str, Any], *, training: bool = False, key: Any = None, execute: Execute = run_step
    ) -> tuple[list[Any], dict[str, Any]]:
        """Run on named values.

        Args:
          values: an array for every variable that is not absent.
          training: MXNet's training mode.
          key: a JAX random key, for operators that draw random numbers.
          execute: how to run one step; the eager executor passes its own.

        Returns:
          The outputs in head order, and the new values of the auxiliary states.

        Raises:
          OperatorError: when an operator cannot run on its inputs; names the node.
        """
        return self.run([values.get(name) for name in self.variables], training=training, key=key, execute=execute)

    def run(
        self, values: Sequence[Any], *, training: bool = False, key: Any = None, execute: Execute = run_step
    ) -> tuple[list[Any], dict[str, Any]]:
        """Run on values in the order of `variables`; otherwise as `__call__`."""
        slots: dict[int, Any] = dict(enumerate(values))
        aux: dict[str, Any] = {}
        steps = self._completed(tuple(getattr(v, "shape", None) for v in values)) if self._open else self.steps
        draws = itertools.count()
        for step in steps:
            inputs = [None if source == ABSENT else slots[source] for source in step.sources]
            step_key = self._key_of(step, draws, training, key)
            subgraphs = tuple(Subgraph(program, training) for program in step.subprograms)
            try:
                results = execute(step, inputs, training, step_key, subgraphs)
            except OPERATOR_FAILURES as error:
                raise explain(error, step.call, inputs, step.node.name) from error
            slots.update(zip(step.targets, results))
            updates = results[len(step.targets) :]
            aux.update({name: value for name, value in zip(step.aux, updates) if name is not None})
            for slot in step.dead:
                del slots[slot]
        return [slots[head] for head in self.heads], aux

    def draws(self, training: bool) -> bool:
        """Whether running needs a random key."""
        return any(step.draws(training) for step in self.steps)

    @staticmethod
    def _key_of(step: Step, draws: Iterator[int], training: bool, key: Any) -> Any:
        # Counting only what draws, so that passes which take away or add other steps do not change the numbers.
        if not step.draws(training):
            return None
        if key is None:
            raise ArgumentError(
                f"operator {step.call.operator.name!r} (node {step.node.name!r}) draws random numbers: "
                "pass a random key, rng=jax.random.key(seed)"
            )
        return jax.random.fold_in(key, next(draws))


@dataclass(frozen=True, eq=False)
class Subgraph:
    """A node's subgraph as its operator gets it: to run, or to look at."""

    program: Program
    training: bool = False

    @property
    def graph(self) -> Graph:
        """The subgraph, for operators that look before they run."""
        return self.program.graph

    def __call__(self, inputs: Sequence[Any], key: Any = None) -> list[Any]:
        """Run on inputs in the order of the subgraph's variables; auxiliary states stay as they are."""
        return self.program.run(inputs, training=self.training, key=key)[0]


def explain(error: Exception, call: Call, inputs: Sequence[Any], node: str = "") -> Exception:
    """Say which operator failed on what, unless the error already speaks for itself.

    Args:
      error: what running the operator raised.
      call: the operator.
      inputs: its arrays.
      node: the name of its node, "" for a call outside any graph.
    """
    if isinstance(error, (jax.errors.JAXTypeError, jax.errors.JAXIndexError)) or (
        isinstance(error, GluaxError) and getattr(error, "node", None)
    ):
        return error
    names = call.operator.input_names(call.attrs, len(inputs))
    shown = ", ".join(f"{name} {_describe(value)}" for name, value in zip(names, inputs))
    where = f" (node {node!r})" if node else ""
    message = f"operator {call.operator.name!r}{where} cannot run on {shown}: {reason(error)}"
    explained = type(error)(message) if isinstance(error, GluaxError) else OperatorError(message)
    explained.node = node  # type: ignore[attr-defined]
    return explained


def reason(error: Exception) -> str:
    """What an error says; of one about a symbolic size, which JAX explains at length, what was asked about which."""
    if isinstance(error, jax.errors.InconclusiveDimensionOperation):
        asked = str(error).partition("\n")[0].rstrip(".")
        return f"{asked}: fix that size, or say by a constraint of the export what holds for it"
    return str(error)


def _describe(value: Any) -> str:
    return "absent" if value is None else f"{value.dtype}{list(value.shape)}"


def _aux_variables(node: Node, call: Call) -> tuple[str | None, ...]:
    """For each auxiliary state of the call, the variable that holds it (None when it is not a variable)."""
    names = call.operator.input_names(call.attrs, len(node.inputs))
    by_name = dict(zip(names, node.inputs))
    entries = [by_name.get(name) for name in call.operator.aux_names(call.attrs)]
    return tuple(e.node.name if e is not None and e.node.is_variable else None for e in entries)


def auxiliary_names(graph: Graph) -> tuple[str, ...]:
    """Names of the variables that operators use as auxiliary states, in graph order.

    Which variables these are is not in the file; it follows from the operators.
    """
    names = set()
    for node in graph.nodes:
        found = None if node.op is None else registry.find(registry.registered_name(node.op, node.attrs))
        if found is not None and found.aux:
            names.update(_aux_variables(node, registry.resolve(node)))
    return tuple(node.name for node in graph.variables if node.name in names)


def check_operators(graph: Graph) -> None:
    """Raise one error for all unsupported operators of a graph and its subgraphs, with counts and node names."""
    unknown: dict[str, list[str]] = {}
    pending = [graph]
    while pending:
        for node in pending.pop().nodes:
            pending.extend(node.subgraphs)
            name = None if node.op is None else registry.registered_name(node.op, node.attrs)
            if name is not None and registry.find(name) is None:
                unknown.setdefault(name, []).append(node.name)
    if not unknown:
        return
    counts = Counter({name: len(nodes) for name, nodes in unknown.items()})
    lines = [
        f"  {name}: {count} ({', '.join(unknown[name][:5])}{', ...' if count > 5 else ''}){registry.advice(name)}"
        for name, count in counts.most_common()
    ]
    raise UnsupportedOperatorError(
        f"{len(unknown)} operators of this graph are not implemented (operator: count (nodes)):\n" + "\n".join(lines)
    )
