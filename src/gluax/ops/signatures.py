"""MXNet's call signatures and namespaces of the operators, shared by `mx.sym` and `mx.nd`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gluax.ops import registry
from gluax.ops.operator import Operator

# Where MXNet's signatures have attributes that cannot change a result: before the first of these.
_HINT_PLACES = {
    "workspace": ("no_bias",),
    "cudnn_tune": ("layout",),
    "cudnn_off": ("pooling_convention", "layout", "min_calib_range"),
    "momentum": ("axis",),
    "fix_gamma": ("axis",),
    "use_global_stats": ("axis",),
    "output_mean_var": ("axis",),
    "p": ("state_outputs",),
    "infer_range": ("dtype",),
    "ctx": ("dtype", "axis", "replace"),
    "copy": ("nan",),
}
_PREFIXES = ("_contrib_", "_linalg_", "_sparse_", "_image_", "_random_")


class _Null:
    """Stands in signatures for an attribute that is not given: it does not appear in the call."""

    def __repr__(self) -> str:
        return "_Null"

    def __bool__(self) -> bool:
        return False


NULL = _Null()


def attribute_order(operator: Operator) -> list[str]:
    """The operator's attributes, hints included, in the order of MXNet's positional arguments."""
    order = list(operator.attributes)
    for hint, places in _HINT_PLACES.items():
        place = next((place for place in places if place in order), None)
        if hint in operator.hints and place is not None:
            order.insert(order.index(place), hint)
    return [*order, *sorted(operator.hints - set(order))]


def signature(operator: Operator, tail: Sequence[str]) -> inspect.Signature:
    """The signature MXNet's function for the operator has; `tail` are the arguments after its attributes."""
    names = [name for name in attribute_order(operator) if name not in tail]
    if operator.variadic:
        inputs, kind = [inspect.Parameter("data", inspect.Parameter.VAR_POSITIONAL)], inspect.Parameter.KEYWORD_ONLY
    else:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        inputs = [inspect.Parameter(name, kind, default=None) for name in operator.parameters]
    given = [inspect.Parameter(name, kind, default=NULL) for name in names]
    last = [inspect.Parameter(name, kind, default=None) for name in tail]
    return inspect.Signature([*inputs, *given, *last, inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)])


def dress(function: Callable[..., Any], operator: Operator, name: str, tail: Sequence[str]) -> Callable[..., Any]:
    """Give an operator's function its name, signature and docstring; returns it."""
    function.__name__ = function.__qualname__ = name
    vars(function)["__signature__"] = signature(operator, tail)
    function.__doc__ = inspect.getdoc(operator.function) or f"The operator {operator.name}."
    return function


def by_name(function: str, positions: Sequence[str], args: Iterable[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Give the positional arguments of a call their names; returns `kwargs`, changed.

    Raises:
      TypeError: for too many arguments, or one given twice.
    """
    args = tuple(args)
    if len(args) > len(positions):
        raise TypeError(f"{function}() takes {len(positions)} positional arguments but {len(args)} were given")
    for name, value in zip(positions, args):
        if name in kwargs:
            raise TypeError(f"{function}() got multiple values for argument {name!r}")
        kwargs[name] = value
    return kwargs


def _belongs(op: str, prefix: str) -> bool:
    """Whether registered name `op` is found in the namespace of `prefix` ("" is op, "_" is _internal)."""
    if prefix == "":
        return not op.startswith(("_", "Custom:"))  # the latter are what Custom nodes call, not functions
    if prefix == "_":
        return op.startswith("_") and not any(_belongs(op, other) for other in _PREFIXES)
    if prefix == "_random_" and not op.endswith("_like"):
        return False
    return op.startswith(prefix)


def namespace(
    module: str, prefix: str, function_for: Callable[[str, str], Any]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a module's ``__getattr__`` and ``__dir__`` for the operators of `prefix`.

    By MXNet's rules ``_contrib_X`` is ``contrib.X``, ``_linalg_X`` ``linalg.X``, ``_image_X`` ``image.X`` and
    ``_random_X_like`` ``random.X_like``; other names with a leading underscore are in ``_internal``, the rest in
    ``op`` and at the top.

    Args:
      module: the module's name, for messages.
      prefix: the prefix of the registered names; "" stands for ``op``, "_" for ``_internal``.
      function_for: makes the function of a registered name and the name it has in the module.
    """
    cut = len(prefix) if prefix in _PREFIXES else 0

    def get(name: str) -> Any:
        op = prefix + name if cut else name
        if registry.find(op) is None or not _belongs(op, prefix):
            raise AttributeError(f"module {module!r} has no attribute {name!r}{registry.advice(op)}")
        return function_for(op, name)

    def names() -> list[str]:
        return sorted(op[cut:] for op in registry.operators() if _belongs(op, prefix))

    return get, names
