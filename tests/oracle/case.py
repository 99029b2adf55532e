"""The case table's vocabulary: what to run, on which data. Standard library and numpy only.

A `Case` names one operator call. Its data come from a random stream seeded by the case itself,
so adding a case does not change the others, and the same arrays appear in MXNet's environment
and in the tests. `RandomState` is numpy's frozen generator: the same numbers in every version.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class In:
    """An input: uniform floats in [low, high), integers in [low, high), or explicit `values`.

    `distinct` makes all elements differ (for sorting and max, where ties would make answers ambiguous).
    """

    shape: tuple[int, ...] = ()
    dtype: str = "float32"
    low: float = -1.0
    high: float = 1.0
    distinct: bool = False
    values: Any = None

    def __post_init__(self) -> None:  # numpy's integers print differently in numpy 1 and 2, and names hold the shape
        object.__setattr__(self, "shape", tuple(int(size) for size in self.shape))

    def make(self, random: np.random.RandomState) -> np.ndarray:
        if self.values is not None:
            return np.asarray(self.values, dtype=self.dtype)
        size = int(np.prod(self.shape))
        if self.distinct:
            flat = (random.permutation(size) + 0.5) / max(size, 1) * (self.high - self.low) + self.low
        elif np.dtype(self.dtype).kind in "iub":
            flat = random.randint(int(self.low), max(int(self.high), int(self.low) + 1), size)
        else:
            flat = random.uniform(self.low, self.high, size)
        return flat.reshape(self.shape).astype(self.dtype)


@dataclass(frozen=True)
class Case:
    """One operator call to check against MXNet.

    Attributes:
      op: the operator's name or alias, as in Symbol JSON.
      inputs: a tuple of `In` or plain shapes (float32 in [-1, 1)), auxiliary states included.
      attrs: attributes as Python values (or strings).
      outputs: how many outputs to compare (the visible ones).
      grad: indices of inputs whose gradients are compared, under random head gradients; True: every float input.
      training: run in training mode.
      aux: indices of inputs that are auxiliary states (compared after a backward pass when training).
      numpy: run under MXNet's numpy shape semantics (scalars and zero-size arrays exist).
      rtol, atol: override the tolerance of the dtype, with the reason in `why`.
      subgraph: the nodes that a fused operator replaces, as Symbol JSON holds them; see `subgraph_of`.
      seed: changes the data; set by the live comparison.
    """

    op: str
    inputs: tuple[Any, ...] = ()
    attrs: dict[str, Any] = field(default_factory=dict)
    outputs: int = 1
    grad: bool | tuple[int, ...] = False
    training: bool = False
    aux: tuple[int, ...] = ()
    numpy: bool = False
    rtol: float | None = None
    atol: float | None = None
    why: str = ""
    subgraph: dict[str, Any] | None = None
    seed: int = 0

    @property
    def specs(self) -> tuple[In, ...]:
        return tuple(spec if isinstance(spec, In) else In(tuple(spec)) for spec in self.inputs)

    @property
    def id(self) -> str:
        """A stable name: operator, a readable hint, and a checksum of everything that defines the case."""
        described = repr((self.op, self.specs, sorted(self.attrs.items()), self.outputs, self.grad, self.training))
        if self.subgraph is not None:
            described += json.dumps(self.subgraph, sort_keys=True)
        hint = "-".join("x".join(map(str, spec.shape)) or "s" for spec in self.specs[:2])
        return f"{self.op}[{hint}]{zlib.crc32(described.encode()):08x}"

    def arrays(self) -> list[np.ndarray]:
        random = np.random.RandomState((zlib.crc32(self.id.encode()) + self.seed) % 2**32)
        return [spec.make(random) for spec in self.specs]

    def head_gradient(self, index: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        random = np.random.RandomState((zlib.crc32(self.id.encode()) + 7919 * (index + 1) + self.seed) % 2**32)
        return random.uniform(-1, 1, shape).astype(dtype)

    def gradient_inputs(self) -> tuple[int, ...]:
        if self.grad is True:
            return tuple(i for i, s in enumerate(self.specs) if np.dtype(s.dtype).kind == "f" and i not in self.aux)
        return tuple(self.grad or ())

    def symbol_json(self) -> str:
        """A one-operator graph in MXNet 1.9.1's format: both sides read the very same text."""
        nodes = [{"op": "null", "name": f"in{i}", "inputs": []} for i in range(len(self.inputs))]
        attrs = {name: spell(value) for name, value in self.attrs.items()}
        inputs = [[i, 0, 0] for i in range(len(self.inputs))]
        nodes.append({"op": self.op, "name": "node", "attrs": attrs, "inputs": inputs})
        if self.subgraph is not None:
            nodes[-1]["subgraphs"] = [self.subgraph]
        last = len(self.inputs)
        graph = {
            "nodes": nodes,
            "arg_nodes": list(range(last)),
            "heads": [[last, i, 0] for i in range(self.outputs)],
            "attrs": {"mxnet_version": ["int", 10901]},
        }
        return json.dumps(graph)

    def with_seed(self, seed: int) -> Case:
        return replace(self, seed=seed)


def subgraph_of(*nodes: tuple[str, dict[str, Any], list[str]]) -> dict[str, Any]:
    """A subgraph for `Case`: nodes as (operator, attributes, names of inputs), each named after its place (n0, n1, ...).

    Other names are variables, made in the order of their use. The last node is the output.
    """
    places: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    for number, (op, attrs, inputs) in enumerate(nodes):
        for name in inputs:
            if name not in places:
                places[name] = len(found)
                found.append({"op": "null", "name": name, "inputs": []})
        places[f"n{number}"] = len(found)
        texts = {name: spell(value) for name, value in attrs.items()}
        sources = [[places[name], 0, 0] for name in inputs]
        found.append({"op": op, "name": f"n{number}", "attrs": texts, "inputs": sources})
    variables = [place for place, node in enumerate(found) if node["op"] == "null"]
    return {
        "nodes": found,
        "arg_nodes": variables,
        "node_row_ptr": list(range(len(found) + 1)),
        "heads": [[len(found) - 1, 0, 0]],
    }


def spell(value: Any) -> str:
    """The string MXNet stores for an attribute."""
    if isinstance(value, (list, tuple)):
        items = [spell(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    return str(value)
