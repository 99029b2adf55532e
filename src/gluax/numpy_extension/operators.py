"""The operators of mx.npx: MXNet's own, for numpy arrays and symbols."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gluax.ndarray.functions import given
from gluax.numpy.call import call, makes_symbols, node_stem, require, separate
from gluax.ops import registry
from gluax.ops.operator import Operator
from gluax.ops.signatures import attribute_order, by_name, dress
from gluax.symbol.factory import create

_TAIL = ("out", "name")


def namespace(module: str, prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """A module's ``__getattr__`` and ``__dir__`` for the operators whose registered names begin with `prefix`."""

    def get(name: str) -> Any:
        operator = registry.find(prefix + name)
        if operator is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return _function(operator, prefix + name, name)

    def names() -> list[str]:
        return sorted(op.removeprefix(prefix) for op in registry.operators() if op.startswith(prefix))

    return get, names


@cache
def _function(operator: Operator, op: str, public_name: str) -> Callable[..., Any]:
    inputs = operator.parameters
    positions = (*inputs, *attribute_order(operator), *_TAIL)

    def function(*args: Any, **kwargs: Any) -> Any:
        kwargs = by_name(public_name, positions, args, kwargs)
        out, name = kwargs.pop("out", None), kwargs.pop("name", None)
        taken = {key: kwargs.pop(key, None) for key in inputs}
        arrays = {key: value for key, value in taken.items() if value is not None}
        if not makes_symbols(tuple(arrays.values())):
            return call(op, tuple(arrays.values()), given(kwargs), out)
        for value in arrays.values():
            require(value)
        return separate(create(op, node_stem(op), named=arrays, attrs=given(kwargs), name=name))

    return dress(function, operator, public_name, _TAIL)
