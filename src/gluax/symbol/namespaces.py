"""The namespaces of `mx.sym`: operators by the prefix of their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax.ops import signatures
from gluax.symbol.functions import function_for


def namespace(module: str, prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a module's ``__getattr__`` and ``__dir__`` for the operators of `prefix`, as functions on symbols."""
    return signatures.namespace(module, prefix, function_for)
