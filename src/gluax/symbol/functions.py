"""Every registered operator as a function that builds symbols.

The functions take what MXNet's take: inputs in order or by name, then the operator's attributes in order or by
name, then `name` and `attr`; other keywords are further inputs or attributes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from gluax.ops import registry
from gluax.ops.registry import Operator
from gluax.symbol.factory import create

if TYPE_CHECKING:
    from gluax.symbol.symbol import Symbol

# Where MXNet's signatures have attributes that cannot change a result: before the first of these.
_HINT_PLACES = {
    "workspace": ("no_bias",),
    "cudnn_tune": ("layout",),
    "cudnn_off": ("pooling_convention", "layout"),
    "ctx": ("dtype", "axis"),
    "copy": ("nan",),
}
_TAIL = ("name", "attr", "out")  # `out` is taken and ignored, as in MXNet


class _Null:
    """Stands in signatures for an attribute that is not given: it does not appear in the graph."""

    def __repr__(self) -> str:
        return "_Null"

    def __bool__(self) -> bool:
        return False


NULL = _Null()


@cache
def function_for(op: str, public_name: str | None = None) -> Callable[..., Symbol]:
    """Return the function for a registered name.

    Args:
      op: the operator's name or an alias.
      public_name: what the function is called where it is found, `op` by default; in lower case it is the
        stem of automatic names.

    Raises:
      UnsupportedOperatorError: when the operator is not registered.
    """
    operator = registry.get(op)
    public_name = public_name or op
    function = _variadic(operator, public_name) if operator.variadic else _fixed(operator, public_name)
    function.__name__ = function.__qualname__ = public_name
    function.__doc__ = inspect.getdoc(operator.function) or f"The operator {operator.name}."
    return function


def attribute_order(operator: Operator) -> list[str]:
    """The operator's attributes, hints included, in the order of MXNet's positional arguments."""
    order = list(operator.attributes)
    for hint, places in _HINT_PLACES.items():
        place = next((place for place in places if place in order), None)
        if hint in operator.hints and place is not None:
            order.insert(order.index(place), hint)
    return [*order, *sorted(operator.hints - set(order))]


def _is_symbol(value: Any) -> bool:
    return hasattr(value, "_entries")


def _fixed(operator: Operator, public_name: str) -> Callable[..., Symbol]:
    inputs = operator.parameters
    positions = (*inputs, *attribute_order(operator), *_TAIL)
    hint = public_name.lower()

    def function(*args: Any, **kwargs: Any) -> Symbol:
        if len(args) > len(positions):
            raise TypeError(f"{public_name}() takes {len(positions)} positional arguments but {len(args)} were given")
        for name, value in zip(positions, args):
            if name in kwargs:
                raise TypeError(f"{public_name}() got multiple values for argument {name!r}")
            kwargs[name] = value
        name, attr, _ = (kwargs.pop(key, None) for key in _TAIL)
        for key in inputs:
            value = kwargs.get(key, NULL)
            if value is None:
                del kwargs[key]
            elif value is not NULL and not _is_symbol(value):
                raise AssertionError(f"Argument {key} must be Symbol instances, but got {value}")
        named, attrs = _sort(kwargs)
        return create(operator.name, hint, named=named, attrs=attrs, name=name, attr=attr)

    vars(function)["__signature__"] = _signature(
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None) for name in inputs],
        [(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in attribute_order(operator)],
    )
    return function


def _variadic(operator: Operator, public_name: str) -> Callable[..., Symbol]:
    hint = public_name.lower()

    def function(*args: Any, **kwargs: Any) -> Symbol:
        for value in args:
            if not _is_symbol(value):
                raise AssertionError(f"Positional arguments must be Symbol instances, but got {value}")
        name, attr, _ = (kwargs.pop(key, None) for key in _TAIL)
        named, attrs = _sort(kwargs)
        if "num_args" in operator.attributes and "num_args" not in attrs:
            attrs["num_args"] = len(args) + len(named)
        return create(operator.name, hint, inputs=args, named=named, attrs=attrs, name=name, attr=attr)

    vars(function)["__signature__"] = _signature(
        [inspect.Parameter("data", inspect.Parameter.VAR_POSITIONAL)],
        [(name, inspect.Parameter.KEYWORD_ONLY) for name in attribute_order(operator)],
    )
    return function


def _sort(kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part keyword arguments into inputs and attributes."""
    named = {key: value for key, value in kwargs.items() if _is_symbol(value)}
    attrs = {key: value for key, value in kwargs.items() if not _is_symbol(value) and value is not NULL}
    return named, attrs


def _signature(inputs: list[inspect.Parameter], attributes: list[tuple[str, Any]]) -> inspect.Signature:
    kind = attributes[0][1] if attributes else inspect.Parameter.KEYWORD_ONLY
    given = [inspect.Parameter(name, kind, default=NULL) for name, kind in attributes if name not in _TAIL]
    tail = [inspect.Parameter(name, kind, default=None) for name in _TAIL]
    rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([*inputs, *given, *tail, rest])
