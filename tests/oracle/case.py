"""The case table's vocabulary: what to run, on which data. Standard library and numpy only.

A `Case` names one operator call. Its data come from a random stream seeded by the case itself,
so adding a case does not change the others, and the same arrays appear in MXNet's environment
and in the tests. `RandomState` is numpy's frozen generator: the same numbers in every version.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class In:
    """An input: uniform floats in [low, high), integers in [low, high), or explicit `values`.

    `distinct` makes all elements differ (for sorting and max, where ties would make answers ambiguous). `parts` are
    inputs that stand side by side in the last axis, each drawn in its own way (class, score and box, say).

    The differential tester also draws other kinds of data, those that `also` names:

        ties       few levels between low and high, the bounds and their middle among them
        nonfinite  here and there nan, inf or -inf (floats only)
        extreme    here and there 0, -0, and the dtype's smallest and largest numbers
    """

    shape: tuple[int, ...] = ()
    dtype: str = "float32"
    low: float = -1.0
    high: float = 1.0
    distinct: bool = False
    values: Any = None
    also: tuple[str, ...] = field(default=(), repr=False)
    kind: str = field(default="uniform", repr=False)
    parts: tuple[In, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:  # numpy's integers print differently in numpy 1 and 2, and names hold the shape
        object.__setattr__(self, "shape", tuple(int(size) for size in self.shape))
        if self.parts:
            parts = tuple(In(**part) if isinstance(part, dict) else part for part in self.parts)
            object.__setattr__(self, "parts", parts)
            object.__setattr__(self, "shape", (*parts[0].shape[:-1], sum(part.shape[-1] for part in parts)))

    def make(self, random: np.random.RandomState) -> np.ndarray:
        if self.parts:
            return np.concatenate([part.make(random).astype(self.dtype) for part in self.parts], -1)
        if self.values is not None:
            values = np.asarray(self.values, dtype=self.dtype)
            return values.reshape(self.shape) if 0 in self.shape else values  # empty lists do not tell their shape
        size = int(np.prod(self.shape))
        if self.distinct:
            flat = (random.permutation(size) + 0.5) / max(size, 1) * (self.high - self.low) + self.low
        elif np.dtype(self.dtype).kind in "iub":
            flat = random.randint(int(self.low), max(int(self.high), int(self.low) + 1), size)
        else:
            flat = random.uniform(self.low, self.high, size)
        with np.errstate(over="ignore", invalid="ignore"):
            return _of_kind(self, flat, random).reshape(self.shape).astype(self.dtype)


def _of_kind(spec: In, flat: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """Turn uniform data into the kind of data that the spec asks for."""
    if spec.kind == "uniform" or not flat.size:
        return flat
    if spec.kind == "ties":
        levels = np.linspace(spec.low, spec.high, 5)
        return levels[random.randint(0, 5, flat.size)].astype(flat.dtype)
    dtype = np.dtype(spec.dtype)
    if spec.kind == "nonfinite":
        choices: list[Any] = [np.nan, np.inf, -np.inf] if dtype.kind == "f" else []
    elif spec.kind == "extreme":
        limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
        tiny = [-0.0, float(limits.tiny)] if isinstance(limits, np.finfo) else []
        choices = [0, limits.min, limits.max, *tiny]
    else:
        raise ValueError(f"unknown kind of data: {spec.kind!r}")
    if choices:
        places = random.uniform(size=flat.size) < 0.3
        chosen = random.randint(0, len(choices), flat.size)
        wide = flat.astype(np.float64 if dtype.kind == "f" else dtype)
        flat = np.where(places, np.array(choices, wide.dtype)[chosen], wide)
    return flat


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
      aux: indices of inputs that are auxiliary states (compared after a backward pass when training, or when inplace).
      numpy: run under MXNet's numpy shape semantics (scalars and zero-size arrays exist).
      rtol, atol: override the tolerance of the dtype, with the reason in `why`.
      subgraphs: those of the operator, as Symbol JSON holds them; see `subgraph_of`.
      rows: for the first outputs, how many leading rows mean something (None: all); MXNet does not write the rest.
      onednn: MXNet runs it right, or at all, with oneDNN's kernels only; else its own are the reference.
      stochastic: outputs are random: shapes and dtypes are compared, and large outputs as distributions.
      eager: MXNet runs the operator at once: its graphs do not hold outputs whose shapes depend on data.
      inplace: as `eager`, for an operator that MXNet runs only with inputs as its outputs: their indices, or True: the
        first.
      seed: changes the data; set by the live comparison.
      name: the `id` of the case that this one is a copy of; it fixes the data.
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
    subgraphs: tuple[dict[str, Any], ...] = ()
    rows: tuple[int | None, ...] = ()
    onednn: bool = False
    stochastic: bool = False
    eager: bool = False
    inplace: bool | tuple[int, ...] = False
    seed: int = 0
    name: str = field(default="", repr=False)

    @property
    def specs(self) -> tuple[In, ...]:
        return tuple(spec if isinstance(spec, In) else In(tuple(spec)) for spec in self.inputs)

    @property
    def id(self) -> str:
        """A stable name: operator, a readable hint, and a checksum of everything that defines the case."""
        if self.name:
            return self.name
        described = repr((self.op, self.specs, sorted(self.attrs.items()), self.outputs, self.grad, self.training))
        described += "".join(repr(part) for spec in self.specs for part in spec.parts)
        described += "".join(json.dumps(subgraph, sort_keys=True) for subgraph in self.subgraphs)
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

    def targets(self) -> tuple[int, ...]:
        """Indices of the inputs that the outputs overwrite."""
        return (0,) if self.inplace is True else tuple(self.inplace or ())

    def symbol_json(self) -> str:
        """A one-operator graph in MXNet 1.9.1's format: both sides read the very same text."""
        nodes = [{"op": "null", "name": f"in{i}", "inputs": []} for i in range(len(self.inputs))]
        attrs = {name: spell(value) for name, value in self.attrs.items()}
        inputs = [[i, 0, 0] for i in range(len(self.inputs))]
        nodes.append({"op": self.op, "name": "node", "attrs": attrs, "inputs": inputs})
        if self.subgraphs:
            nodes[-1]["subgraphs"] = list(self.subgraphs)
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

    def with_kind(self, kind: str) -> Case:
        """The case with data of another kind in the inputs for which that is defined."""
        return replace(self, inputs=tuple(replace(s, kind=kind) if kind in s.also else s for s in self.specs))

    def to_json(self) -> str:
        """The case as text, for another process."""
        return json.dumps(asdict(replace(self, inputs=self.specs, name=self.id)), default=_plain)

    @staticmethod
    def from_json(text: str) -> Case:
        """The case of such a text. Lists become tuples, but the `id` stays, so both processes see the same data."""
        fields = _tupled(json.loads(text))
        return Case(**{**fields, "inputs": tuple(In(**spec) for spec in fields["inputs"])})


def _plain(value: Any) -> Any:
    """Numpy's numbers and arrays as Python's."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{value!r} is no part of a case")


def _tupled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tupled(item) for name, item in value.items()}
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def subgraph_of(*nodes: tuple[str, dict[str, Any], list[str]], heads: Sequence[str] = ()) -> dict[str, Any]:
    """A subgraph for `Case`: nodes as (operator, attributes, names of inputs), each named after its place (n0, n1, ...).

    Other names are variables, made in the order of their use. The outputs are `heads`, or else the last node.
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
        "heads": [[places[name], 0, 0] for name in heads or (f"n{len(nodes) - 1}",)],
    }


def spell(value: Any) -> str:
    """The string MXNet stores for an attribute."""
    if isinstance(value, (list, tuple)):
        items = [spell(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    return str(value)
