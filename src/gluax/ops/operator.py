"""What an operator is: its function, its attributes, its inputs and outputs. `gluax.ops.registry` has the contract."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from gluax.errors import AttributeParseError
from gluax.ir.attributes import parse_attribute

RESERVED = ("training", "key", "subgraphs")

# MXNet's "hidden keys": attributes of the node, not of the operator, even without underscores.
HIDDEN_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")

PartialShape = tuple[int, ...] | None  # None: unknown rank; -1: unknown dimension


class Attrs(Mapping[str, Any]):
    """Parsed attributes: read as a mapping or as attributes; immutable and hashable."""

    __slots__ = ("_hash", "_values")

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self._hash = hash(tuple(sorted((name, repr(value)) for name, value in values.items())))

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def with_values(self, **values: Any) -> Attrs:
        """Return a copy with some values replaced."""
        return Attrs({**self._values, **values})

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attrs) and self._hash == other._hash and self._values == other._values


ShapeRule = Callable[[list[PartialShape], list[PartialShape], Attrs], tuple[list[PartialShape], list[PartialShape]]]
TypeRule = Callable[[list[str | None], Attrs], tuple[list[str | None], list[str | None]]]


class Feed(NamedTuple):
    """Where a subgraph's variable comes from: an input of the operator, or slices of it along its first axis."""

    input: int
    sliced: bool = False


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator; built by the `operator` decorator, found by `get`."""

    name: str
    function: Callable[..., Any]
    aliases: tuple[str, ...]
    hints: frozenset[str]
    aux: Sequence[str] | Callable[[Attrs], Sequence[str]]
    mutates: bool
    labels: frozenset[str]
    inputs: Callable[..., Sequence[str]] | None
    outputs: int | Callable[[Attrs], int]
    visible: int | Callable[[Attrs], int] | None
    output_names: Sequence[str] | Callable[[Attrs], Sequence[str]] | None
    shapes: ShapeRule | None
    types: TypeRule | None
    hint: str | None
    random: Callable[[Attrs, bool], bool] | None
    complete: Callable[[Attrs, tuple[int, ...]], Attrs] | None
    wiring: Callable[[Attrs], Sequence[Sequence[Feed]]] | None
    elementwise: bool
    traced: tuple[str, ...]
    looks: Callable[[Attrs], bool] | None

    # The signature is read on first use: hundreds of operators are registered, a model uses a dozen.

    @cached_property
    def _signature(self) -> tuple[inspect.Parameter, ...]:
        return tuple(inspect.signature(self.function).parameters.values())

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the inputs, a variadic one apart."""
        inputs = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return tuple(parameter.name for parameter in self._signature if parameter.kind in inputs)

    @cached_property
    def attributes(self) -> dict[str, tuple[Any, Any]]:
        """Annotation and default (`inspect.Parameter.empty` for none) of each attribute."""
        annotations = typing.get_type_hints(self.function)
        keywords = [p for p in self._signature if p.kind is p.KEYWORD_ONLY and p.name not in RESERVED]
        return {parameter.name: (annotations[parameter.name], parameter.default) for parameter in keywords}

    @cached_property
    def required(self) -> frozenset[str]:
        """Names of the attributes without a default."""
        return frozenset(name for name, (_, default) in self.attributes.items() if default is inspect.Parameter.empty)

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Which of `RESERVED` the function takes."""
        return frozenset(p.name for p in self._signature if p.kind is p.KEYWORD_ONLY and p.name in RESERVED)

    @cached_property
    def variadic(self) -> bool:
        """Whether the operator takes any number of inputs."""
        return any(parameter.kind is parameter.VAR_POSITIONAL for parameter in self._signature)

    @cached_property
    def open_attributes(self) -> bool:
        """Whether the operator takes attributes of any name."""
        return any(parameter.kind is parameter.VAR_KEYWORD for parameter in self._signature)

    def is_open(self, attrs: Attrs) -> bool:
        """Whether the attributes leave the output's shape to the rest of the graph (``_zeros`` of shape (0, 16))."""
        if self.complete is None or self.shapes is None:
            return False
        (shape,) = self.shapes([], [None], attrs)[1]
        return shape is None or -1 in shape

    def draws(self, attrs: Attrs, training: bool) -> bool:
        """Whether a call draws random numbers, and therefore needs a key."""
        if "key" not in self.reserved:
            return False
        if self.random is not None:
            return self.random(attrs, training)
        return training or "training" not in self.reserved

    def parse(self, attrs: Mapping[str, str], node: str) -> Attrs:
        """Parse the strings of a node.

        Raises:
          AttributeParseError: for an unknown or missing attribute or a malformed value.
        """
        values = {name: default for name, (_, default) in self.attributes.items()}
        whose = f"operator {self.name!r}" + (f" (node {node!r})" if node else "")
        for name, text in attrs.items():
            where = f"attribute {name!r} of {whose}"
            if name in self.attributes:
                values[name] = parse_attribute(text, self.attributes[name][0], where)
            elif name in self.hints or name in HIDDEN_KEYS or (name.startswith("__") and name.endswith("__")):
                continue
            elif self.open_attributes:
                values[name] = text
            elif self.attributes:  # MXNet checks the names only of operators that have attributes at all
                known = sorted(set(self.attributes) | self.hints)
                raise AttributeParseError(f"unknown {where}; the operator knows {known}")
        missing = [name for name, value in values.items() if value is inspect.Parameter.empty]
        if missing:
            raise AttributeParseError(f"{whose} needs the attributes {missing}")
        return Attrs(values)

    def input_names(self, attrs: Attrs, count: int | None = None) -> tuple[str, ...]:
        """Names of the inputs under these attributes; `count` is the actual number for a variadic one."""
        if self.inputs is not None:
            return tuple(self.inputs(attrs, count) if self.variadic else self.inputs(attrs))
        if self.variadic:
            extra = attrs.get("num_args", 0) if count is None else count
            return self.parameters + tuple(f"arg{i}" for i in range(extra - len(self.parameters)))
        return self.parameters

    def aux_names(self, attrs: Attrs) -> tuple[str, ...]:
        """Names of the inputs that are auxiliary states, in the order of their new values after the outputs."""
        return tuple(self.aux(attrs) if callable(self.aux) else self.aux)

    def num_outputs(self, attrs: Attrs) -> int:
        """Number of outputs, hidden ones included."""
        return self.outputs(attrs) if callable(self.outputs) else self.outputs

    def num_visible(self, attrs: Attrs) -> int:
        """Number of outputs a user sees; hidden ones (BatchNorm's statistics, say) come after them."""
        if self.visible is None:
            return self.num_outputs(attrs)
        return self.visible(attrs) if callable(self.visible) else self.visible

    def names_of_outputs(self, attrs: Attrs) -> tuple[str, ...]:
        """Suffixes of the output names: ``output``, or ``output0``, ``output1``, ..., or the operator's own."""
        count = self.num_outputs(attrs)
        names = self.output_names(attrs) if callable(self.output_names) else self.output_names
        if names is not None:
            return tuple(names)[:count]
        return ("output",) if count == 1 else tuple(f"output{i}" for i in range(count))


@dataclass(frozen=True)
class Call:
    """An operator with its attributes parsed: what a node does, ready to run."""

    operator: Operator
    attrs: Attrs

    def __call__(
        self,
        inputs: Sequence[Any],
        *,
        training: bool = False,
        key: Any = None,
        subgraphs: Sequence[Any] = (),
        numbers: Mapping[str, Any] | None = None,
    ) -> tuple[Any, ...]:
        """Run on arrays; return all outputs followed by the new auxiliary states.

        `numbers` are values for the operator's `traced` attributes, in place of the call's own.
        """
        reserved = {"training": training, "key": key, "subgraphs": tuple(subgraphs)}
        given = {name: reserved[name] for name in self.operator.reserved}
        result = self.operator.function(*inputs, **{**self.attrs, **(numbers or {})}, **given)
        return tuple(result) if isinstance(result, (tuple, list)) else (result,)
