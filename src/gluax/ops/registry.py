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
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gluax.errors import UnsupportedOperatorError
from gluax.ir.graph import Node
from gluax.ops._excluded import EXCLUDED
from gluax.ops.operator import Attrs, Call, Feed, Operator, ShapeRule, TypeRule

_OPERATORS: dict[str, Operator] = {}


def operator(
    name: str,
    *,
    aliases: Iterable[str] = (),
    aux: Sequence[str] | Callable[[Attrs], Sequence[str]] = (),
    mutates: bool = False,
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
    traced: Iterable[str] = (),
    looks: Callable[[Attrs], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as operator `name`.

    Args:
      name: MXNet's name of the operator.
      aliases: other names MXNet registers for it.
      aux: inputs that are auxiliary states, when need be as a function of the attributes; the function returns their
        new values last.
      mutates: auxiliary states change whenever the operator runs on arrays (optimizers' states), not in the backward
        pass of training (moving statistics).
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
      traced: optional numbers among the attributes that may also come as float64 arrays of shape (), so that eager
        calls that differ in them only share a compiled function.
      looks: ``attrs -> bool``, whether the function refuses some values of its inputs where they are at hand; eager
        calls then run uncompiled.

    Raises:
      ValueError: when a name is registered twice.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        entry = Operator(
            name=name, function=function, aliases=tuple(aliases), hints=frozenset(hints), aux=aux, mutates=mutates,
            labels=frozenset(labels), inputs=inputs, outputs=outputs, visible=visible, output_names=output_names,
            shapes=shapes, types=types, hint=hint, random=random, complete=complete, wiring=wiring,
            elementwise=elementwise, traced=tuple(traced), looks=looks,
        )  # fmt: skip
        for key in (name, *entry.aliases):
            if key in _OPERATORS:
                raise ValueError(f"operator {key!r} is registered twice")
            _OPERATORS[key] = entry
        return function

    return register


def unregister(name: str) -> None:
    """Forget an operator of the user's, its aliases included. Graphs that already resolved it keep it."""
    entry = _OPERATORS[name]
    for key in (entry.name, *entry.aliases):
        del _OPERATORS[key]


def find(name: str) -> Operator | None:
    """Return the operator registered under `name` or an alias, or None."""
    return _OPERATORS.get(name)


def registered_name(op: str, attrs: Mapping[str, str]) -> str:
    """The name under which a node's operator is registered: its `op`, but ``Custom:<op_type>`` for Custom.

    The code of MXNet's Custom operator was the user's own, so every op_type is an operator of its own.
    """
    return f"Custom:{attrs.get('op_type', '')}" if op in ("Custom", "_npi_Custom") else op


def advice(name: str) -> str:
    """The way out when no operator `name` is registered: its code is the user's, or gluax leaves it out; else empty."""
    if name in EXCLUDED:
        return f"; gluax leaves it out: {EXCLUDED[name]}"
    if name.startswith("Custom:"):
        op_type = name.removeprefix("Custom:")
        target = name if op_type in _OPERATORS else op_type
        return f"; its code is not in the model: write it as a JAX function with @gluax.register_op({target!r})"
    if name.startswith("_sg_"):
        backend = name.removeprefix("_sg_")
        return f"; a backend put it there: register that with @gluax.register_subgraph({backend!r}, ...)"
    return ""


def get(name: str) -> Operator:
    """Return the operator registered under `name` or an alias.

    Raises:
      UnsupportedOperatorError: when there is none; the message suggests close names.
    """
    found = _OPERATORS.get(name)
    if found is None:
        instead = advice(name)
        close = [] if instead else difflib.get_close_matches(name, _OPERATORS, n=3)
        instead = f"; did you mean {' or '.join(map(repr, close))}?" if close else instead
        raise UnsupportedOperatorError(f"operator {name!r} is not implemented{instead}")
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
