"""Making symbols that are not operator calls: variables, groups, loaded graphs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gluax.errors import DTypeError
from gluax.ir.attributes import FLAG_OF, format_attribute
from gluax.ir.graph import Entry, Node
from gluax.lowering.files import load_graph
from gluax.ops.operator import HIDDEN_KEYS
from gluax.symbol.naming import scoped_attributes
from gluax.symbol.symbol import Symbol, checked_entries, load_entries

_STORAGE_FLAGS = {"undefined": -1, "default": 0, "row_sparse": 1, "csr": 2}


def var(
    name: str,
    attr: Mapping[str, str] | None = None,
    shape: tuple[int, ...] | None = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    **kwargs: Any,
) -> Symbol:
    """Make a variable.

    Args:
      name: its name; unlike operators' names, no `Prefix` scope changes it.
      attr: attributes, as strings.
      shape: its shape, 0 (-1 under numpy shape semantics) for unknown dimensions.
      lr_mult: multiplies the learning rate.
      wd_mult: multiplies the weight decay.
      dtype: its dtype.
      init: the initializer: its name or JSON text, or an object with ``dumps()``.
      stype: "default", "row_sparse" or "csr".
      **kwargs: further attributes, of the form ``__name__``.

    Raises:
      TypeError: when `name` is no string.
      ValueError: for an attribute that is no string or not between double underscores.
      KeyError: for an unknown storage type.
    """
    if not isinstance(name, str):
        raise TypeError("Expect a string for variable `name`")
    given = {
        "__shape__": shape,
        "__lr_mult__": lr_mult,
        "__wd_mult__": wd_mult,
        "__dtype__": None if dtype is None else _type_flag(dtype),
        "__init__": init if init is None or isinstance(init, str) else init.dumps(),
        "__storage_type__": None if stype is None else _STORAGE_FLAGS[stype],
    }
    for key in kwargs:
        if not (key.startswith("__") and key.endswith("__")):
            raise ValueError(
                f"Attribute name={key} is not supported. Additional attributes must start and end with double "
                "underscores, e.g, __yourattr__"
            )
    attrs = _checked(scoped_attributes(attr))
    attrs.update({key: format_attribute(value) for key, value in {**given, **kwargs}.items() if value is not None})
    return Symbol([Entry(Node(None, name, attrs=attrs))])


Variable = var


def _checked(attrs: Mapping[str, str]) -> dict[str, str]:
    for value in attrs.values():
        if not isinstance(value, str):
            raise ValueError("Set Attr only accepts string values")
    return {f"__{key}__" if key in HIDDEN_KEYS else key: value for key, value in attrs.items()}


def _type_flag(dtype: Any) -> int:
    name = np.dtype(dtype).name
    if name not in FLAG_OF:
        raise DTypeError(f"MXNet has no dtype {name}; it has {sorted(FLAG_OF)}")
    return FLAG_OF[name]


def Group(symbols: Iterable[Symbol], create_fn: Callable[[Any], Symbol] = Symbol) -> Symbol:
    """Put the outputs of several symbols side by side.

    Raises:
      TypeError: when `symbols` is empty or holds something else.
    """
    if not symbols or any(not isinstance(symbol, Symbol) for symbol in symbols):
        raise TypeError("Expected a list of symbols as input")
    return create_fn([entry for symbol in symbols for entry in symbol._entries])


def load(fname: str | os.PathLike[str]) -> Symbol:
    """Read a ``-symbol.json`` file of any MXNet version.

    Raises:
      ModelFileNotFoundError, ModelFormatError, UnsupportedOperatorError, AttributeParseError: each is an `MXNetError`.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(f"fname needs to be a string, not {fname!r}")
    return Symbol(checked_entries(load_graph(fname)))


def load_json(json_str: str) -> Symbol:
    """Read Symbol JSON from a string; see `load`."""
    if not isinstance(json_str, str):
        raise TypeError(f"the JSON needs to be a string, not {type(json_str)}")
    return Symbol(load_entries(json_str))


def fromjson(json_str: str) -> Symbol:
    """MXNet 2's name of `load_json`."""
    return load_json(json_str)
