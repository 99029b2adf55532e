"""Shape and dtype inference over a graph, forwards and backwards, without running it.

Outputs of nodes whose inputs are fully known come from `jax.eval_shape` on the operator itself;
the rest (shapes of parameters, knowledge flowing backwards) comes from the operators' rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from gluax.errors import DTypeError, DynamicShapeError, GluaxError, ShapeError
from gluax.ir.attributes import DType, Shape, parse_attribute
from gluax.ir.graph import Entry, Graph, Node
from gluax.lowering.program import OPERATOR_FAILURES, Program, Subgraph, reason
from gluax.ops import registry
from gluax.ops.operator import Attrs, Call, PartialShape, TypeRule
from gluax.ops.rules import merge_shapes, one_type, same_shape, same_type

MAX_SWEEPS = 16  # forward-backward sweeps; each settles at least one more hop of backward knowledge

_DEFAULT_TYPES = ("float32", "int32", "int8", "bool")  # of data of unknown type: the first that the operator takes

_PROBES = (840, 1260)  # with many divisors, so that most groupings and strides fit


@dataclass
class Inferred:
    """What is known of each entry: shapes (None: unknown rank, -1: unknown dimension) and dtype names."""

    shapes: dict[tuple[int, int], PartialShape]
    types: dict[tuple[int, int], str | None]

    def shape(self, entry: Entry) -> PartialShape:
        """What is known of an entry's shape."""
        return self.shapes.get((id(entry.node), entry.index))

    def dtype(self, entry: Entry) -> str | None:
        """The name of an entry's dtype, if known."""
        return self.types.get((id(entry.node), entry.index))


def infer(
    graph: Graph,
    shapes: Mapping[str, PartialShape] | None = None,
    types: Mapping[str, str] | None = None,
    *,
    numpy_shape: bool = False,
    only_types: bool = False,
) -> Inferred:
    """Infer shapes and dtypes of every entry from those of some variables.

    Args:
      graph: the graph.
      shapes: known shapes of variables by name; -1 for unknown dimensions. A variable's `__shape__`
        attribute (where 0 means unknown) fills in what is not given.
      types: known dtypes of variables by name; a variable's `__dtype__` fills in.
      numpy_shape: whether variables' `__shape__` is under numpy semantics: -1 means unknown, and 0 a size.
      only_types: leave the shapes alone, which is much faster.

    Raises:
      ShapeError, DTypeError: on a contradiction; the message names the node.
    """
    state = _Sweeper(graph, dict(shapes or {}), dict(types or {}), numpy_shape)
    state.infer_types()
    if not only_types:
        state.infer_shapes()
    return Inferred(state.shapes, state.types)


def variable_types(graph: Graph, types: Mapping[str, str]) -> dict[str, str]:
    """The dtype of every variable, from those of some; float32 where nothing says."""
    found = infer(graph, types=types, only_types=True)
    return {node.name: found.dtype(Entry(node)) or "float32" for node in graph.variables}


def known(shape: PartialShape) -> bool:
    """Whether every dimension of a shape is known."""
    return shape is not None and -1 not in shape


class _Sweeper:
    def __init__(self, graph: Graph, shapes: dict[str, PartialShape], types: dict[str, str], numpy_shape: bool) -> None:
        self.graph = graph
        self.calls = [(node, registry.resolve(node)) for node in graph.nodes if not node.is_variable]
        self.shapes: dict[tuple[int, int], PartialShape] = {}
        self.types: dict[tuple[int, int], str | None] = {}
        self.cache: dict[Any, list[tuple[Shape, str]]] = {}
        self.settled: set[int] = set()
        self.probed: dict[int, list[PartialShape]] = {}
        self.descended: dict[int, Any] = {}
        self.numpy_shape = numpy_shape
        for node in graph.variables:
            where = f"variable {node.name!r}"
            shape, dtype = shapes.get(node.name), types.get(node.name)
            if shape is None and "__shape__" in node.attrs:
                declared = parse_attribute(node.attrs["__shape__"], Shape, f"{where}: __shape__")
                shape = declared if numpy_shape else tuple(-1 if dim <= 0 else dim for dim in declared) or None
            if dtype is None and "__dtype__" in node.attrs:
                dtype = _declared_type(node)
            self.shapes[id(node), 0], self.types[id(node), 0] = shape, dtype

    def infer_types(self) -> None:
        for sweep in range(MAX_SWEEPS):
            before = dict(self.types)
            for node, call in self.calls if sweep % 2 == 0 else self.calls[::-1]:
                try:
                    self._visit_types(node, call)
                except (DTypeError, ShapeError) as error:
                    raise self._explain(error, node, call, self.types) from error
            if self.types == before and sweep:
                return

    def _visit_types(self, node: Node, call: Call) -> None:
        if call.operator.wiring is not None:
            self._descend(node, call, only_types=True)
            return
        # Elementwise operators do not mix types; of the others, those without a rule have one type at best.
        rule = call.operator.types or (one_type if call.operator.shapes is same_shape else same_type)
        count = call.operator.num_outputs(call.attrs)
        ins = [self.types.get(_key(e)) for e in node.inputs]
        found = [self.types.get((id(node), index)) for index in range(count)]
        if rule in (one_type, same_type):  # what is known of the outputs holds for the inputs too
            ins, outs = rule([*ins, *found[:1]], call.attrs)
        else:
            ins, outs = rule(_with_types_of_output(rule, ins, found[0], call.attrs), call.attrs)
        outs = (outs + [outs[-1]] * count)[:count] if outs else []
        for entry, dtype in zip(node.inputs, ins):
            if self.types.get(_key(entry)) is None:
                self.types[_key(entry)] = dtype
        for index, dtype in enumerate(outs):
            if dtype is not None:
                self.types[id(node), index] = dtype

    def infer_shapes(self) -> None:
        for sweep in range(MAX_SWEEPS):
            before = dict(self.shapes)
            order = self.calls if sweep % 2 == 0 else self.calls[::-1]
            for node, call in order:
                self._visit(node, call)
            if self.shapes == before and sweep:
                return

    def _visit(self, node: Node, call: Call) -> None:
        if id(node) in self.settled:
            return
        count = call.operator.num_outputs(call.attrs)
        ins = [self.shapes.get(_key(entry)) for entry in node.inputs]
        outs = [self.shapes.get((id(node), index)) for index in range(count)]
        try:
            if call.operator.shapes is not None and not (all(map(known, ins)) and all(map(known, outs))):
                ins, outs = call.operator.shapes(ins, outs, call.attrs)
                self._learn(node, ins, outs)
                ins = [self.shapes.get(_key(entry)) for entry in node.inputs]
            if call.operator.wiring is not None and not all(map(known, ins)):
                self._descend(node, call)
                ins = [self.shapes.get(_key(entry)) for entry in node.inputs]
            if call.operator.is_open(call.attrs):  # running it tells nothing: its shape is for others to say
                return
            if all(map(known, ins)):
                for index, (shape, dtype) in enumerate(self._evaluate(node, call, ins)):
                    self._set((id(node), index), shape)
                    self.types[id(node), index] = dtype
                self.settled.add(id(node))
            elif None not in ins and not all(map(known, outs)):
                self._probe(node, call, ins)
        except ShapeError as error:
            raise self._explain(error, node, call, self.shapes) from error

    def _descend(self, node: Node, call: Call, only_types: bool = False) -> None:
        """Carry what is known of a node's inputs into its subgraphs, and what follows there back."""
        assert call.operator.wiring is not None
        state = [(self.shapes.get(_key(entry)), self.types.get(_key(entry))) for entry in node.inputs]
        if self.descended.get(id(node)) == (state, only_types):
            return
        self.descended[id(node)] = (state, only_types)
        for graph, feeds in zip(node.subgraphs, call.operator.wiring(call.attrs)):
            if len(feeds) != len(graph.variables) or any(feed.input >= len(state) for feed in feeds):
                raise ShapeError("the attributes that say what feeds the subgraphs do not fit them")
            given = [(variable, *state[feed.input], feed) for variable, feed in zip(graph.variables, feeds)]
            shapes = {v.name: shape[1:] if feed.sliced else shape for v, shape, _, feed in given if shape is not None}
            types = {v.name: dtype for v, _, dtype, _ in given if dtype is not None}
            found = infer(graph, shapes, types, numpy_shape=self.numpy_shape, only_types=only_types)
            for variable, feed in zip(graph.variables, feeds):
                key, shape = _key(node.inputs[feed.input]), found.shape(Entry(variable))
                self.types[key] = self.types.get(key) or found.dtype(Entry(variable))
                if shape is not None:
                    self._set(key, (-1, *shape) if feed.sliced else shape)
            if graph is node.subgraphs[-1]:  # the body, or a branch: its heads are the outputs
                for index, head in enumerate(graph.heads):
                    self.types[id(node), index] = self.types.get((id(node), index)) or found.dtype(head)

    def _probe(self, node: Node, call: Call, ins: list[PartialShape]) -> None:
        """Learn what does not depend on the unknown dimensions: whatever is the same for two sizes of them."""
        if self.probed.get(id(node)) == ins:
            return
        self.probed[id(node)] = ins
        results = []
        for size in _PROBES:
            try:
                results.append(self._evaluate(node, call, [_filled(shape, size) for shape in ins]))
            except ShapeError:  # the unknown dimensions are not free: nothing can be said
                return
        ranks = self._ranks_at_one(node, call, ins)
        for index, ((one, _), (other, _)) in enumerate(zip(*results)):
            if len(one) == len(other) and ranks.get(index, len(one)) == len(one):
                self._set((id(node), index), tuple(a if a == b else -1 for a, b in zip(one, other)))

    def _ranks_at_one(self, node: Node, call: Call, ins: list[PartialShape]) -> dict[int, int]:
        """The outputs' ranks if the unknown dimensions were 1: squeezing drops those."""
        try:
            return {i: len(s) for i, (s, _) in enumerate(self._evaluate(node, call, [_filled(s, 1) for s in ins]))}
        except ShapeError:  # they are not 1
            return {}

    def _explain(self, error: GluaxError, node: Node, call: Call, found: Mapping[tuple[int, int], Any]) -> GluaxError:
        if getattr(error, "node", None):
            return error
        names = call.operator.input_names(call.attrs, len(node.inputs))
        shown = ", ".join(f"{name} {e.node.name!r} {found.get(_key(e))}" for name, e in zip(names, node.inputs))
        explained = type(error)(f"operator {call.operator.name!r} (node {node.name!r}) with {shown}: {error}")
        explained.node = node.name  # type: ignore[attr-defined]
        return explained

    def _learn(self, node: Node, ins: list[PartialShape], outs: list[PartialShape]) -> None:
        for entry, shape in zip(node.inputs, ins):
            self._set(_key(entry), shape)
        for index, shape in enumerate(outs):
            self._set((id(node), index), shape)

    def _set(self, key: tuple[int, int], shape: PartialShape) -> None:
        self.shapes[key] = merge_shapes(self.shapes.get(key), shape)

    def _evaluate(self, node: Node, call: Call, ins: list[PartialShape]) -> list[tuple[Shape, str]]:
        known_types = [self.types.get(_key(entry)) for entry in node.inputs]
        refusals = []
        for default in _DEFAULT_TYPES if None in known_types else _DEFAULT_TYPES[:1]:
            try:
                return self._outputs(node, call, ins, [dtype or default for dtype in known_types])
            except DTypeError as error:
                refusals.append(error)
        raise ShapeError(str(refusals[0])) from refusals[0]

    def _outputs(self, node: Node, call: Call, ins: list[PartialShape], types: list[str]) -> list[tuple[Shape, str]]:
        key = None if node.subgraphs else (call.operator.name, call.attrs, tuple(ins), tuple(types))
        if key is not None and key in self.cache:
            return self.cache[key]
        runners = [Subgraph(Program(subgraph)) for subgraph in node.subgraphs]

        def run(values: list[Any], rng: Any) -> tuple[Any, ...]:
            return call(values, key=rng, subgraphs=runners)[: call.operator.num_outputs(call.attrs)]

        try:
            with jax.enable_x64(True):  # 64-bit types are real in MXNet; JAX would make them 32-bit ones, from 0.11 on
                arrays = [jax.ShapeDtypeStruct(shape or (), np.dtype(dtype)) for shape, dtype in zip(ins, types)]
                results = jax.eval_shape(run, arrays, jax.eval_shape(lambda: jax.random.key(0)))
        except (jax.errors.JAXTypeError, DynamicShapeError):  # the output's shape depends on data
            return []
        except DTypeError:
            raise
        except (GluaxError, *OPERATOR_FAILURES) as error:
            raise ShapeError(reason(error)) from error
        found = [(tuple(result.shape), result.dtype.name) for result in results]
        if key is not None:
            self.cache[key] = found
        return found


def _with_types_of_output(rule: TypeRule, ins: list[str | None], wanted: str | None, attrs: Attrs) -> list[str | None]:
    """Fill in each unknown input type that must be the first output's, because with another one the rule fails."""
    if wanted is None or None not in ins:
        return ins

    def fits(types: list[str | None]) -> bool:
        try:
            return rule(types, attrs)[1][:1] == [wanted]
        except (DTypeError, ShapeError):
            return False

    filled: list[str | None] = [wanted if dtype is None else dtype for dtype in ins]
    if not fits(filled):
        return ins
    other = "float64" if wanted == "float16" else "float16"
    free = [fits([*filled[:place], other, *filled[place + 1 :]]) for place in range(len(ins))]
    return [known if known is not None or unbound else wanted for known, unbound in zip(ins, free)]


def _key(entry: Entry) -> tuple[int, int]:
    return id(entry.node), entry.index


def _filled(shape: PartialShape, size: int) -> PartialShape:
    return None if shape is None else tuple(size if dimension == -1 else dimension for dimension in shape)


def _declared_type(node: Node) -> str | None:
    text = node.attrs["__dtype__"]
    if text == "-1":
        return None
    try:
        return parse_attribute(text, DType, f"variable {node.name!r}: __dtype__")
    except GluaxError as error:
        raise DTypeError(str(error)) from error
