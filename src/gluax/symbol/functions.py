"""Every registered operator as a function that builds symbols.

The functions take what MXNet's take: inputs in order or by name, then the operator's attributes in order or by
name, then `name` and `attr`; other keywords are further inputs or attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from gluax.ops import registry
from gluax.ops.operator import Operator
from gluax.ops.signatures import NULL, attribute_order, by_name, dress
from gluax.symbol.factory import create

if TYPE_CHECKING:
    from gluax.symbol.symbol import Symbol

_TAIL = ("name", "attr", "out")  # `out` is taken and ignored, as in MXNet


def function_for(op: str, public_name: str | None = None) -> Callable[..., Symbol]:
    """Return the function for a registered name.

    Args:
      op: the operator's name or an alias.
      public_name: what the function is called where it is found, `op` by default; in lower case it is the
        stem of automatic names.

    Raises:
      UnsupportedOperatorError: when the operator is not registered.
    """
    return _function_of(registry.get(op), public_name or op)


@cache
def _function_of(operator: Operator, public_name: str) -> Callable[..., Symbol]:
    function = _variadic(operator, public_name) if operator.variadic else _fixed(operator, public_name)
    return dress(function, operator, public_name, _TAIL)


def _is_symbol(value: Any) -> bool:
    return hasattr(value, "_entries")


def _fixed(operator: Operator, public_name: str) -> Callable[..., Symbol]:
    inputs = operator.parameters
    positions = (*inputs, *attribute_order(operator), *_TAIL)
    hint = public_name.lower()

    def function(*args: Any, **kwargs: Any) -> Symbol:
        kwargs = by_name(public_name, positions, args, kwargs)
        name, attr, _ = (kwargs.pop(key, None) for key in _TAIL)
        for key in inputs:
            value = kwargs.get(key, NULL)
            if value is None:
                del kwargs[key]
            elif value is not NULL and not _is_symbol(value):
                raise AssertionError(f"Argument {key} must be Symbol instances, but got {value}")
        named, attrs = _sort(kwargs)
        return create(operator.name, hint, named=named, attrs=attrs, name=name, attr=attr)

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

    return function


def _sort(kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part keyword arguments into inputs and attributes."""
    named = {key: value for key, value in kwargs.items() if _is_symbol(value)}
    attrs = {key: value for key, value in kwargs.items() if not _is_symbol(value) and value is not NULL}
    return named, attrs
