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

from gluax.errors import DTypeError, GluaxError, ShapeError
from gluax.ir.attributes import DType, Shape, parse_attribute
from gluax.ir.graph import Entry, Graph, Node
from gluax.lowering.program import Program
from gluax.ops import registry
from gluax.ops.registry import Call, PartialShape
from gluax.ops.rules import merge_shapes, same_type

MAX_SWEEPS = 16  # forward-backward sweeps; each settles at least one more hop of backward knowledge

_DEFAULT_TYPE = "float32"


@dataclass
class Inferred:
    """What is known of each entry: shapes (None: unknown rank, -1: unknown dimension) and dtype names."""

    shapes: dict[tuple[int, int], PartialShape]
    types: dict[tuple[int, int], str | None]

    def shape(self, entry: Entry) -> PartialShape:
        return self.shapes.get((id(entry.node), entry.index))

    def dtype(self, entry: Entry) -> str | None:
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


def known(shape: PartialShape) -> bool:
    """Whether every dimension of a shape is known."""
    return shape is not None and -1 not in shape


class _Sweeper:
    def __init__(
        self, graph: Graph, shapes: dict[str, PartialShape], types: dict[str, str], numpy_shape: bool
    ) -> None:
        self.graph = graph
        self.calls = [(node, registry.resolve(node)) for node in graph.nodes if not node.is_variable]
        self.shapes: dict[tuple[int, int], PartialShape] = {}
        self.types: dict[tuple[int, int], str | None] = {}
        self.cache: dict[Any, list[tuple[Shape, str]]] = {}
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
        for _ in range(MAX_SWEEPS):
            before = dict(self.types)
            for node, call in self.calls:
                rule = call.operator.types or same_type
                ins, outs = rule([self.types.get(_key(e)) for e in node.inputs], call.attrs)
                count = call.operator.num_outputs(call.attrs)
                outs = (outs + [outs[-1]] * count)[:count] if outs else []
                for entry, dtype in zip(node.inputs, ins):
                    if self.types.get(_key(entry)) is None:
                        self.types[_key(entry)] = dtype
                for index, dtype in enumerate(outs):
                    if dtype is not None:
                        self.types[id(node), index] = dtype
            if self.types == before:
                return

    def infer_shapes(self) -> None:
        for sweep in range(MAX_SWEEPS):
            before = dict(self.shapes)
            order = self.calls if sweep % 2 == 0 else self.calls[::-1]
            for node, call in order:
                self._visit(node, call)
            if self.shapes == before and sweep:
                return

    def _visit(self, node: Node, call: Call) -> None:
        count = call.operator.num_outputs(call.attrs)
        ins = [self.shapes.get(_key(entry)) for entry in node.inputs]
        outs = [self.shapes.get((id(node), index)) for index in range(count)]
        try:
            if call.operator.shapes is not None and not (all(map(known, ins)) and all(map(known, outs))):
                ins, outs = call.operator.shapes(ins, outs, call.attrs)
                self._learn(node, ins, outs)
                ins = [self.shapes.get(_key(entry)) for entry in node.inputs]
            if all(map(known, ins)):
                for index, (shape, dtype) in enumerate(self._evaluate(node, call, ins)):
                    self._set((id(node), index), shape)
                    self.types[id(node), index] = dtype
        except ShapeError as error:
            raise self._explain(error, node, call) from error

    def _explain(self, error: ShapeError, node: Node, call: Call) -> ShapeError:
        if getattr(error, "node", None):
            return error
        names = call.operator.input_names(call.attrs, len(node.inputs))
        shown = ", ".join(
            f"{name} {entry.node.name!r} {self.shapes.get(_key(entry))}" for name, entry in zip(names, node.inputs)
        )
        explained = ShapeError(f"operator {call.operator.name!r} (node {node.name!r}) with {shown}: {error}")
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
        types = [self.types.get(_key(entry)) or _DEFAULT_TYPE for entry in node.inputs]
        key = None if node.subgraphs else (call.operator.name, call.attrs, tuple(ins), tuple(types))
        if key is not None and key in self.cache:
            return self.cache[key]
        arrays = [jax.ShapeDtypeStruct(shape or (), np.dtype(dtype)) for shape, dtype in zip(ins, types)]
        programs = [Program(subgraph) for subgraph in node.subgraphs]
        runners = [lambda inputs, key=None, p=program: p.run(inputs, key=key)[0] for program in programs]

        def run(values: list[Any], rng: Any) -> tuple[Any, ...]:
            return call(values, key=rng, subgraphs=runners)[: call.operator.num_outputs(call.attrs)]

        try:
            results = jax.eval_shape(run, arrays, jax.eval_shape(lambda: jax.random.key(0)))
        except jax.errors.JAXTypeError:  # the output's shape depends on data
            return []
        except (GluaxError, ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            raise ShapeError(str(error)) from error
        found = [(tuple(result.shape), result.dtype.name) for result in results]
        if key is not None:
            self.cache[key] = found
        return found


def _key(entry: Entry) -> tuple[int, int]:
    return id(entry.node), entry.index


def _declared_type(node: Node) -> str | None:
    text = node.attrs["__dtype__"]
    if text == "-1":
        return None
    try:
        return parse_attribute(text, DType, f"variable {node.name!r}: __dtype__")
    except GluaxError as error:
        raise DTypeError(str(error)) from error
