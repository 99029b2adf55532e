"""The operator registry: one entry per MXNet operator, shared by every face of gluax.

An operator is a function. Its positional parameters are the inputs, with MXNet's names and in
MXNet's order; a ``*data`` parameter makes it variadic. Its keyword-only parameters are the
attributes, parsed by their annotations. Three keyword-only names are reserved and supplied by
whoever runs the operator, so that nothing is read from a global:

    training: bool        whether the graph runs in training mode
    key: jax.Array        a random key of this node's own
    subgraphs: tuple      one callable per subgraph, ``sub(inputs, key) -> list of outputs``

The function returns one array or a tuple of arrays. An operator with auxiliary states returns
their new values after its outputs (unchanged ones outside training).
"""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from gluax.errors import AttributeParseError, UnsupportedOperatorError
from gluax.ir.attributes import parse_attribute
from gluax.ir.graph import Node

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
    aux: tuple[str, ...]
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
        for name, text in attrs.items():
            where = f"attribute {name!r} of operator {self.name!r} (node {node!r})"
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
            raise AttributeParseError(f"operator {self.name!r} (node {node!r}) needs the attributes {missing}")
        return Attrs(values)

    def input_names(self, attrs: Attrs, count: int | None = None) -> tuple[str, ...]:
        """Names of the inputs under these attributes; `count` is the actual number for a variadic one."""
        if self.inputs is not None:
            return tuple(self.inputs(attrs, count) if self.variadic else self.inputs(attrs))
        if self.variadic:
            extra = attrs.get("num_args", 0) if count is None else count
            return self.parameters + tuple(f"arg{i}" for i in range(extra - len(self.parameters)))
        return self.parameters

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
        self, inputs: Sequence[Any], *, training: bool = False, key: Any = None, subgraphs: Sequence[Any] = ()
    ) -> tuple[Any, ...]:
        """Run on arrays; return all outputs followed by the new auxiliary states."""
        reserved = {"training": training, "key": key, "subgraphs": tuple(subgraphs)}
        given = {name: reserved[name] for name in self.operator.reserved}
        result = self.operator.function(*inputs, **self.attrs, **given)
        return tuple(result) if isinstance(result, (tuple, list)) else (result,)


_OPERATORS: dict[str, Operator] = {}


def operator(
    name: str,
    *,
    aliases: Iterable[str] = (),
    aux: Iterable[str] = (),
    labels: Iterable[str] = (),
    inputs: Callable[..., Sequence[str]] | None = None,
    outputs: int | Callable[[Attrs], int] = 1,
    visible: int | Callable[[Attrs], int] | None = None,
    output_names: Sequence[str] | Callable[[Attrs], Sequence[str]] | None = None,
    shapes: ShapeRule | None = None,
    types: TypeRule | None = None,
    hints: Iterable[str] = (),
    hint: str | None = None,
    random: Callable[[Attrs, bool], bool] | None = None,
    complete: Callable[[Attrs, tuple[int, ...]], Attrs] | None = None,
    elementwise: bool = False,
    wiring: Callable[[Attrs], Sequence[Sequence[Feed]]] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as operator `name`.

    Args:
      name: MXNet's name of the operator.
      aliases: other names MXNet registers for it.
      aux: inputs that are auxiliary states; the function returns their new values last.
      labels: inputs that matter only to the gradient; absent ones are passed as None in inference.
      inputs: the names of the inputs as a function of the attributes, when it depends on them; for a
        variadic operator of the attributes and the number of inputs (None when it is not known).
      outputs: number of outputs, hidden ones included.
      visible: number of outputs a user sees, when some are hidden.
      output_names: suffixes of the outputs' names, when MXNet gives them its own.
      shapes: partial shape inference ``(ins, outs, attrs) -> (ins, outs)``: shapes of parameters from
        that of the data, and backwards. Outputs of fully known inputs need no rule.
      types: dtype inference ``(ins, attrs) -> (ins, outs)``; by default all are of one type.
      hints: attributes accepted and dropped because they cannot change a result.
      hint: the lower-case stem MXNet uses for automatic node names, when it is not `name` in lower case.
      random: for a function that takes `key`: ``(attrs, training) -> bool``, whether it draws. By default
        it always does, or only in training when it takes `training` too.
      complete: for an operator without inputs that may leave its shape to the graph: its attributes with
        the inferred shape of its output filled in.
      elementwise: each position is computed alone, so data may be in any layout.
      wiring: for an operator with subgraphs: for each of them, what feeds each of its variables.

    Raises:
      ValueError: when a name is registered twice.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        entry = Operator(
            name=name, function=function, aliases=tuple(aliases), hints=frozenset(hints), aux=tuple(aux),
            labels=frozenset(labels), inputs=inputs, outputs=outputs, visible=visible, output_names=output_names,
            shapes=shapes, types=types, hint=hint, random=random, complete=complete, wiring=wiring,
            elementwise=elementwise,
        )  # fmt: skip
        for key in (name, *entry.aliases):
            if key in _OPERATORS:
                raise ValueError(f"operator {key!r} is registered twice")
            _OPERATORS[key] = entry
        return function

    return register


def find(name: str) -> Operator | None:
    """Return the operator registered under `name` or an alias, or None."""
    return _OPERATORS.get(name)


def registered_name(op: str, attrs: Mapping[str, str]) -> str:
    """The name under which a node's operator is registered: its `op`, but ``Custom:<op_type>`` for Custom.

    The code of MXNet's Custom operator was the user's own, so every op_type is an operator of its own.
    """
    return f"Custom:{attrs.get('op_type', '')}" if op in ("Custom", "_npi_Custom") else op


def custom_advice(name: str) -> str:
    """The way out when `name` is that of a Custom operator nobody registered; else empty."""
    if not name.startswith("Custom:"):
        return ""
    return "; its code is not in the model: write it as a JAX function with @gluax.ops.custom.register_op(op_type)"


def get(name: str) -> Operator:
    """Return the operator registered under `name` or an alias.

    Raises:
      UnsupportedOperatorError: when there is none; the message suggests close names.
    """
    found = _OPERATORS.get(name)
    if found is None:
        close = [] if name.startswith("Custom:") else difflib.get_close_matches(name, _OPERATORS, n=3)
        advice = f"; did you mean {' or '.join(map(repr, close))}?" if close else custom_advice(name)
        raise UnsupportedOperatorError(f"operator {name!r} is not implemented{advice}")
    return found


def operators() -> dict[str, Operator]:
    """Every registered name and alias, with its operator."""
    return dict(_OPERATORS)


def resolve(node: Node) -> Call:
    """Return the operator call of a node, parsing its attributes on first use.

    Raises:
      UnsupportedOperatorError, AttributeParseError
    """
    if node.call is None:
        assert node.op is not None
        entry = get(registered_name(node.op, node.attrs))
        node.call = Call(entry, entry.parse(node.attrs, node.name))
    return node.call
