"""The arrays of an executor: given in lists or by name, or made of inferred shapes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluax.context import Context
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray
from gluax.ndarray.creation import empty
from gluax.symbol import Symbol

_REQUESTS = ("null", "write", "add")


class ShapesUnknownError(ArgumentError, RuntimeError):
    """Shapes do not follow from those given; MXNet raises RuntimeError."""


def bound_arrays(given: Any, names: Sequence[str], what: str) -> list[NDArray]:
    """Arrays for names, from a list in their order or a dict.

    Raises:
      ArgumentError: for missing ones.
      TypeError: for what is no array.
    """
    if isinstance(given, Mapping):
        missing = [name for name in names if name not in given]
        if missing:
            raise ArgumentError(f"key `{missing[0]}` is missing in `{what}`")
        given = [given[name] for name in names]
    given = list(given)
    if len(given) != len(names):
        raise ArgumentError(f"Length of {what} does not match the number of arguments: {len(given)}, not {len(names)}")
    for array in given:
        if not isinstance(array, NDArray):
            raise TypeError(f"{what} must be NDArrays, not {type(array)}")
    return given


def requests_of(grad_req: Any, names: Sequence[str]) -> list[str]:
    """What is asked of each name's gradient.

    Raises:
      ArgumentError: for something else than "null", "write" and "add".
    """
    if isinstance(grad_req, Mapping):
        found = [grad_req.get(name, "null") for name in names]
    else:
        found = [grad_req] * len(names) if isinstance(grad_req, str) else list(grad_req)
    if any(request not in _REQUESTS for request in found) or len(found) != len(names):
        raise ArgumentError(f"grad_req must be one of {_REQUESTS}, or one for each of {list(names)}; got {grad_req!r}")
    return found


def gradient_arrays(
    given: Any, requests: Sequence[str], names: Sequence[str]
) -> tuple[list[NDArray | None], list[str]]:
    """The arrays for gradients, None where there are none, and the requests, "null" there."""
    if isinstance(given, Mapping):
        given = [given.get(name) for name in names]
    grads: list[NDArray | None] = [None] * len(names) if given is None else list(given)
    if len(grads) != len(names):
        raise ArgumentError(f"Length of args_grad does not match the number of arguments: {len(grads)}")
    return grads, ["null" if grad is None else request for grad, request in zip(grads, requests)]


def inferred_arrays(
    symbol: Symbol, ctx: Context, shapes: Mapping[str, Any], types: Mapping[str, Any]
) -> tuple[list[NDArray], list[NDArray]]:
    """Zeros for arguments and auxiliary states.

    Raises:
      ShapesUnknownError: when their shapes do not follow.
    """
    names = symbol.list_arguments()
    known = {name: shape for name, shape in shapes.items() if name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments, _, states = symbol.infer_shape(**known)
        given = {name: dtype for name, dtype in types.items() if name in names}
        dtypes, _, state_dtypes = symbol.infer_type(**given) if given else (None, None, None)
    if arguments is None:
        partial = symbol.infer_shape_partial(**known)[0] or ()
        listed = ", ".join(f"{name}: {shape}" for name, shape in zip(names, partial))
        raise ShapesUnknownError(f"the shapes of the arguments do not follow from those given: {listed}")

    def zeros(shapes: Sequence[Any], dtypes: Sequence[Any] | None) -> list[NDArray]:
        chosen = dtypes or [np.float32] * len(shapes)
        return [empty(tuple(s), ctx, np.dtype(d or np.float32)) for s, d in zip(shapes, chosen)]

    return zeros(arguments, dtypes), zeros(states or (), state_dtypes)
