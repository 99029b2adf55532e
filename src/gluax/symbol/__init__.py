"""Symbols: building, composing and inspecting MXNet graphs, as ``mx.sym``.

Every registered operator is a function here: ``gluax.symbol.FullyConnected(data, num_hidden=10)``.
"""

from __future__ import annotations

from typing import Any

import gluax.ops  # registers the operators  # noqa: F401
from gluax.symbol import _internal, contrib, image, linalg, naming, op, random, sparse
from gluax.symbol.creation import (
    arange,
    eye,
    full,
    histogram,
    hypot,
    linspace,
    maximum,
    minimum,
    ones,
    power,
    split_v2,
    zeros,
)
from gluax.symbol.symbol import Symbol
from gluax.symbol.variables import Group, Variable, fromjson, load, load_json, var

pow = power  # MXNet has both names

__all__ = [
    "Group", "Symbol", "Variable", "_internal", "arange", "contrib", "eye", "fromjson", "full", "histogram", "hypot",
    "image", "linalg", "linspace", "load", "load_json", "maximum", "minimum", "naming", "ones", "op", "pow", "power",
    "random", "sparse", "split_v2", "var", "zeros",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    try:
        return op.__getattr__(name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*__all__, *op.__dir__()})
