"""What the audit of the interface looks at, and how a member is described. Alike in MXNet and in gluax."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

# Namespaces all of whose classes and functions are looked at, by their name in the package.
NAMESPACES = (
    "gluon.nn", "gluon.rnn", "gluon.loss", "gluon.contrib.nn", "gluon.contrib.rnn", "gluon.contrib.cnn",
    "gluon.model_zoo.vision", "gluon.utils", "initializer", "visualization",
    "optimizer", "optimizer.contrib", "lr_scheduler", "metric", "callback",
    "io", "gluon.data", "gluon.data.vision", "gluon.data.vision.transforms", "gluon.contrib.data",
    "nd", "sym", "nd.random", "sym.random", "random", "autograd", "executor", "context", "util", "attribute", "name",
    "module", "model", "monitor", "rnn", "recordio", "image", "image.detection", "test_utils",
    "np", "np.random", "np.linalg", "npx", "npx.random",
)  # fmt: skip
# Single classes.
CLASSES = (
    "gluon.Block", "gluon.HybridBlock", "gluon.SymbolBlock", "gluon.Parameter", "gluon.ParameterDict",
    "gluon.Constant", "gluon.Trainer", "sym.Symbol", "nd.NDArray", "np.ndarray",
)  # fmt: skip

# Special methods that a user's code reaches; the others are Python's or each package's own business.
_SPECIAL = [
    "__init__",
    "__call__",
    "__repr__",
    "__str__",
    "__len__",
    "__iter__",
    "__contains__",
    "__getitem__",
    "__setitem__",
    "__bool__",
    "__nonzero__",
    "__add__",
    "__radd__",
    "__iadd__",
    "__sub__",
    "__rsub__",
    "__isub__",
    "__mul__",
    "__rmul__",
    "__imul__",
    "__matmul__",
    "__rmatmul__",
    "__imatmul__",
    "__truediv__",
    "__rtruediv__",
    "__itruediv__",
    "__div__",
    "__rdiv__",
    "__idiv__",
    "__floordiv__",
    "__mod__",
    "__rmod__",
    "__imod__",
    "__pow__",
    "__rpow__",
    "__neg__",
    "__abs__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__int__",
    "__float__",
    "__index__",
    "__hash__",
    "__copy__",
    "__deepcopy__",
    "__getstate__",
    "__setstate__",
    "__reduce__",
    "__array__",
]

Described = list[Any]


def find(package: Any, path: str) -> Any:
    """The object at a dotted path, or None."""
    for name in path.split("."):
        package = getattr(package, name, None)
    return package


def public(name: str) -> bool:
    return name in _SPECIAL or not name.startswith("_")


def describe(member: Any) -> Described:
    """["property"], ["value"], or ["function", parameters], each parameter a list of name, kind and default."""
    if isinstance(member, (staticmethod, classmethod)):
        member = member.__func__
    if isinstance(member, property) or inspect.isdatadescriptor(member):
        return ["property"]
    if not callable(member):
        return ["value"]
    if inspect.isclass(member):
        member = member.__init__
    try:
        parameters = list(inspect.signature(member).parameters.values())
    except (TypeError, ValueError):
        return ["function", [["args", "*", None], ["kwargs", "**", None]]]
    return ["function", [_parameter(parameter) for parameter in parameters if parameter.name not in ("self", "cls")]]


def _parameter(parameter: inspect.Parameter) -> list[Any]:
    kinds = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**", parameter.KEYWORD_ONLY: "keyword"}
    default = None if parameter.default is parameter.empty else _text(parameter.default)
    return [parameter.name, kinds.get(parameter.kind, ""), default]


def _text(value: Any) -> str:
    """A default: literals as written, below the home folder with `~`; functions, types and objects by name."""
    if isinstance(value, str):
        return repr(value.replace(os.path.expanduser("~"), "~"))
    if isinstance(value, (bool, int, float, tuple, list, dict, type(None))):
        return repr(value)
    if isinstance(value, np.dtype):
        return value.name
    if type(value).__name__ in ("_NullType", "_Null"):  # what stands for an attribute that is not given
        return "_Null"
    return getattr(value, "__name__", type(value).__name__ + "()")


def signature(described: Described) -> str:
    """The parameters as Python writes them."""
    if described[0] != "function":
        return described[0]
    parts = [f"{'' if kind == 'keyword' else kind}{name}" + (f"={default}" if default is not None else "")
             for name, kind, default in described[1]]  # fmt: skip
    return f"({', '.join(parts)})"


def members(kind: type, known: frozenset[type]) -> Iterator[tuple[str, Any]]:
    """Public members of a class and of its bases, short of `known` bases, which have entries of their own."""
    seen = set()
    for base in kind.__mro__:
        if base is not kind and (base in known or base.__module__ in ("builtins", "collections", "abc")):
            continue
        for name, member in vars(base).items():
            if public(name) and name not in seen:
                seen.add(name)
                yield name, member
