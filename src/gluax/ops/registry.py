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
from typing import Any

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

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attrs) and self._hash == other._hash and self._values == other._values


ShapeRule = Callable[[list[PartialShape], list[PartialShape], Attrs], tuple[list[PartialShape], list[PartialShape]]]
TypeRule = Callable[[list[str | None], Attrs], tuple[list[str | None], list[str | None]]]


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator; built by the `operator` decorator, found by `get`."""

    name: str
    function: Callable[..., Any]
    aliases: tuple[str, ...]
    parameters: tuple[str, ...]
    variadic: bool
    attributes: dict[str, tuple[Any, Any]]
    open_attributes: bool
    reserved: frozenset[str]
    hints: frozenset[str]
    aux: tuple[str, ...]
    labels: frozenset[str]
    inputs: Callable[[Attrs], Sequence[str]] | None
    outputs: int | Callable[[Attrs], int]
    visible: int | Callable[[Attrs], int] | None
    output_names: Sequence[str] | Callable[[Attrs], Sequence[str]] | None
    shapes: ShapeRule | None
    types: TypeRule | None
    hint: str | None
    random: Callable[[Attrs, bool], bool] | None

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
            else:
                known = sorted(set(self.attributes) | self.hints)
                raise AttributeParseError(f"unknown {where}; the operator knows {known}")
        missing = [name for name, value in values.items() if value is inspect.Parameter.empty]
        if missing:
            raise AttributeParseError(f"operator {self.name!r} (node {node!r}) needs the attributes {missing}")
        return Attrs(values)

    def input_names(self, attrs: Attrs, count: int | None = None) -> tuple[str, ...]:
        """Names of the inputs under these attributes; `count` is the actual number for a variadic one."""
        if self.inputs is not None:
            return tuple(self.inputs(attrs))
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
    inputs: Callable[[Attrs], Sequence[str]] | None = None,
    outputs: int | Callable[[Attrs], int] = 1,
    visible: int | Callable[[Attrs], int] | None = None,
    output_names: Sequence[str] | Callable[[Attrs], Sequence[str]] | None = None,
    shapes: ShapeRule | None = None,
    types: TypeRule | None = None,
    hints: Iterable[str] = (),
    hint: str | None = None,
    random: Callable[[Attrs, bool], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as operator `name`.

    Args:
      name: MXNet's name of the operator.
      aliases: other names MXNet registers for it.
      aux: inputs that are auxiliary states; the function returns their new values last.
      labels: inputs that matter only to the gradient; absent ones are passed as None in inference.
      inputs: the names of the inputs as a function of the attributes, when it depends on them.
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

    Raises:
      ValueError: when a name is registered twice.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        entry = Operator(
            name=name, function=function, aliases=tuple(aliases), hints=frozenset(hints), aux=tuple(aux),
            labels=frozenset(labels), inputs=inputs, outputs=outputs, visible=visible, output_names=output_names,
            shapes=shapes, types=types, hint=hint, random=random, **_read_signature(function),
        )  # fmt: skip
        for key in (name, *entry.aliases):
            if key in _OPERATORS:
                raise ValueError(f"operator {key!r} is registered twice")
            _OPERATORS[key] = entry
        return function

    return register


def _read_signature(function: Callable[..., Any]) -> dict[str, Any]:
    annotations = typing.get_type_hints(function)
    parameters, attributes, reserved, variadic, open_attributes = [], {}, set(), False, False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            variadic = True
        elif parameter.kind is parameter.VAR_KEYWORD:
            open_attributes = True
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            parameters.append(parameter.name)
        elif parameter.name in RESERVED:
            reserved.add(parameter.name)
        else:
            attributes[parameter.name] = (annotations[parameter.name], parameter.default)
    return {
        "parameters": tuple(parameters), "variadic": variadic, "attributes": attributes,
        "open_attributes": open_attributes, "reserved": frozenset(reserved),
    }  # fmt: skip


def find(name: str) -> Operator | None:
    """Return the operator registered under `name` or an alias, or None."""
    return _OPERATORS.get(name)


def get(name: str) -> Operator:
    """Return the operator registered under `name` or an alias.

    Raises:
      UnsupportedOperatorError: when there is none; the message suggests close names.
    """
    found = _OPERATORS.get(name)
    if found is None:
        close = difflib.get_close_matches(name, _OPERATORS, n=3)
        advice = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
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
        entry = get(node.op)
        node.call = Call(entry, entry.parse(node.attrs, node.name))
    return node.call
