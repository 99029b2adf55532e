"""Running numpy operators: at once on arrays, as graph nodes on symbols."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from numbers import Number
from typing import Any

import numpy as np

from gluax.ndarray.invoke import invoke
from gluax.symbol import Symbol
from gluax.symbol.factory import create


class _Face(threading.local):
    symbolic = False


_face = _Face()


def symbolic(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function for `mx.sym.np`: where it has no array to go by, it makes symbols."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        before, _face.symbolic = _face.symbolic, True
        try:
            return function(*args, **kwargs)
        finally:
            _face.symbolic = before

    return wrapper


def makes_symbols(inputs: Sequence[Any]) -> bool:
    """Whether an operator on these inputs is to become a node of a graph."""
    return any(isinstance(value, Symbol) for value in inputs) if inputs else _face.symbolic


def call(op: str, inputs: Sequence[Any] = (), attrs: Mapping[str, Any] | None = None, out: Any = None) -> Any:
    """Run an operator of mx.np.

    Args:
      op: the operator's name.
      inputs: `ndarray`s, or numpy symbols for a symbol.
      attrs: attributes as Python values, None for what is not given; ``ctx`` says where the result of an operator
        without inputs lives.
      out: an array to write to.

    Returns:
      An array or a symbol; a list of them for several outputs.

    Raises:
      TypeError: for other inputs, the classic NDArray and numpy's arrays among them, as in MXNet.
    """
    from gluax.numpy.array import ndarray

    for value in (*inputs, *([] if out is None else [out])):
        require(value)
    given = {key: value for key, value in (attrs or {}).items() if value is not None}
    if makes_symbols(inputs):
        return separate(create(op, node_stem(op), inputs=inputs, attrs=given))
    if inputs:
        given.pop("ctx", None)  # results live where the inputs do
    result = invoke(op, inputs, given, out)
    return result if inputs or out is not None else result._seen_as(ndarray)


def node_stem(op: str) -> str:
    """What automatic names of an operator's nodes begin with."""
    for prefix in ("_npi_", "_npx_", "_np_"):
        op = op.removeprefix(prefix)
    return op


def separate(symbol: Symbol) -> Any:
    """A symbol with one output as a numpy symbol, one with several as a list of them."""
    from gluax.numpy.symbols import _Symbol

    parts = [_Symbol([entry]) for entry in symbol._entries]
    return parts if len(parts) > 1 else parts[0]


def is_operand(value: Any) -> bool:
    """Whether a value is an array or a symbol of mx.np."""
    return getattr(type(value), "_numpy_shapes", False)


def is_number(value: Any) -> bool:
    """Whether a value is a number as mx.np takes it beside an array."""
    return isinstance(value, (Number, np.generic))


def require(value: Any) -> None:
    """Raise TypeError for anything but an array or a symbol of mx.np."""
    if is_operand(value):
        return
    kind = type(value)
    advice = "as_np_ndarray() makes one" if hasattr(value, "as_np_ndarray") else "mx.np.array() makes one"
    raise TypeError(f"mx.np works on mx.np.ndarray, not on {kind.__module__}.{kind.__name__}: {advice}")
