"""Typed operator attributes: from the strings of Symbol JSON to Python values and back.

MXNet stores every attribute as a string, in the several spellings that its writers used over
the years: ``True``/``1``/``true``, ``(2, 2)``/``[2,2]``/``(2L, 2L)``/``2``, ``None``, ``1e-05``.
The annotation of an operator's keyword-only parameter picks the parser. Supported annotations:

    bool, int, float, str, DType
    tuple[int, ...], tuple[float, ...], tuple[int | None, ...], tuple[Shape, ...]
    Literal["a", "b"]          an enumeration
    X | None                   also accepts "None"
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np

from gluax.errors import AttributeParseError
from gluax.ir.params_dtypes import DTYPE_BY_FLAG

Shape = tuple[int, ...]


class DType(str):
    """A dtype attribute: the dtype's name, as MXNet spells it ("float32", "bfloat16", "bool")."""

    __slots__ = ()


# MXNet's type flags, the integers used in parameter files and in a variable's `__dtype__`.
TYPE_FLAGS: dict[int, str] = {flag: dtype.name for flag, dtype in DTYPE_BY_FLAG.items()}
FLAG_OF: dict[str, int] = {name: flag for flag, name in TYPE_FLAGS.items()}

_TRUE = {"True", "true", "1"}
_FALSE = {"False", "false", "0"}
_INT = re.compile(r"[+-]?\d+L?")


def _parse_bool(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("a boolean (True or False)")


def _parse_int(text: str) -> int:
    # dmlc reads booleans into integer fields too: exported graphs hold is_int="False" beside "0".
    if text in ("True", "False"):
        return int(text == "True")
    if not _INT.fullmatch(text):
        raise ValueError("an integer")
    return int(text.rstrip("L"))


def _parse_float(text: str) -> float:
    if text in ("True", "False"):
        return float(text == "True")
    try:
        return float(text if text.endswith("inf") else text.rstrip("fL"))
    except ValueError:
        raise ValueError("a number") from None


def _parse_dtype(text: str) -> DType:
    if text.isdigit() and int(text) in TYPE_FLAGS:
        return DType(TYPE_FLAGS[int(text)])
    if text not in FLAG_OF:
        raise ValueError(f"a dtype, one of {sorted(FLAG_OF)}")
    return DType(text)


def _parse_tuple(element: Callable[[str], Any], what: str) -> Callable[[str], tuple[Any, ...]]:
    def parse(text: str) -> tuple[Any, ...]:
        body = text.strip()
        if body[:1] in "([":
            if len(body) < 2 or body[-1] != {"(": ")", "[": "]"}[body[0]]:
                raise ValueError(what)
            body = body[1:-1]
        parts = [part.strip() for part in body.split(",")]
        if parts[-1] == "":
            parts.pop()
        try:
            return tuple(element(part) for part in parts)
        except ValueError:
            raise ValueError(what) from None

    return parse


def _parse_shapes(text: str) -> tuple[Shape, ...]:
    parse = _parse_tuple(_parse_int, "a list of shapes")
    body = text.strip()
    if body[:1] in ("(", "[") and body[-1:] in (")", "]"):
        body = body[1:-1]
    groups = re.findall(r"[(\[]([^()\[\]]*)[)\]]", body)
    if not groups and body.strip():  # one shape without a list around it
        return (parse(body),)
    return tuple(map(parse, groups))


def _parse_enum(choices: tuple[Any, ...]) -> Callable[[str], Any]:
    by_text = {str(choice): choice for choice in choices}

    def parse(text: str) -> Any:
        if text not in by_text:
            raise ValueError(f"one of {sorted(by_text)}")
        return by_text[text]

    return parse


_PLAIN: dict[Any, Callable[[str], Any]] = {
    bool: _parse_bool,
    int: _parse_int,
    float: _parse_float,
    str: lambda text: text,
    DType: _parse_dtype,
}


@cache
def parser_for(annotation: Any) -> Callable[[str], Any]:
    """Return the function that turns an attribute's text into a value of type `annotation`.

    The function raises `ValueError` whose text names what was expected.
    """
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return _parse_enum(arguments)
    if origin in (typing.Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        if len(inner) == 1 and len(arguments) == 2:
            parse = parser_for(inner[0])
            return lambda text: None if text == "None" else parse(text)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        if arguments[0] == Shape:
            return _parse_shapes
        return _parse_tuple(parser_for(arguments[0]), f"a tuple of {_describe(arguments[0])}")
    raise TypeError(f"no attribute parser for annotation {annotation!r}")


def _describe(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation))


def parse_attribute(text: str, annotation: Any, where: str) -> Any:
    """Parse one attribute; `where` names operator, node and attribute in the error.

    Raises:
      AttributeParseError: when the text does not spell a value of that type.
    """
    try:
        return parser_for(annotation)(text.strip())
    except ValueError as error:
        raise AttributeParseError(f"{where}: expected {error}, got {text!r}") from None


def format_attribute(value: Any) -> str:
    """Return the string MXNet's Python front end stores for an attribute given as a Python value."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (list, tuple)):
        items = [repr(item) if isinstance(item, str) else format_attribute(item) for item in value]
        if isinstance(value, list):
            return f"[{', '.join(items)}]"
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, type):
        return np.dtype(value).name
    return str(value)


def attribute_text(key: str, value: Any) -> str:
    """Return the text of the attribute `key`; what is called ``dtype`` may be anything numpy takes for a dtype."""
    if key == "dtype":
        return np.dtype(value).name
    return format_attribute(value)
