"""Every registered operator as a function on arrays.

The functions take what MXNet's take: inputs in order or by name, then the operator's attributes in order or by
name, then `out` and `name`, which is ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gluax.ndarray.invoke import invoke
from gluax.ndarray.ndarray import NDArray
from gluax.ops import registry, signatures
from gluax.ops.operator import Operator
from gluax.ops.signatures import NULL, attribute_order, by_name, dress

_TAIL = ("out", "name")


def function_for(op: str, public_name: str | None = None) -> Callable[..., Any]:
    """Return the function for a registered name.

    Args:
      op: the operator's name or an alias.
      public_name: what the function is called where it is found, `op` by default.

    Raises:
      UnsupportedOperatorError: when the operator is not registered.
    """
    return _function_of(registry.get(op), public_name or op)


@cache
def _function_of(operator: Operator, public_name: str) -> Callable[..., Any]:
    function = _variadic(operator, public_name) if operator.variadic else _fixed(operator, public_name)
    return dress(function, operator, public_name, _TAIL)


def _fixed(operator: Operator, public_name: str) -> Callable[..., Any]:
    inputs = operator.parameters
    positions = (*inputs, *attribute_order(operator), *_TAIL)

    def function(*args: Any, **kwargs: Any) -> Any:
        kwargs = by_name(public_name, positions, args, kwargs)
        out, _ = kwargs.pop("out", None), kwargs.pop("name", None)
        arrays = []
        for key in inputs:
            value = kwargs.pop(key, None)
            if isinstance(value, NDArray):
                arrays.append(value)
            elif value is not None:
                raise AssertionError(f"Argument {key} must have NDArray type, but got {value}")
        return invoke(operator.name, arrays, given(kwargs), out)

    return function


def _variadic(operator: Operator, public_name: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        for value in args:
            if not isinstance(value, NDArray):
                raise AssertionError(f"Positional arguments must have NDArray type, but got {value}")
        out, _ = kwargs.pop("out", None), kwargs.pop("name", None)
        return invoke(operator.name, args, given(kwargs), out)

    return function


def given(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Without the attributes that stand in signatures only."""
    return {key: value for key, value in kwargs.items() if value is not NULL}


def namespace(module: str, prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a module's ``__getattr__`` and ``__dir__`` for the operators of `prefix`, as functions on arrays."""
    return signatures.namespace(module, prefix, function_for)
