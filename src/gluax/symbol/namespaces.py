"""Which operator stands in which namespace, by MXNet's rules on the prefix of its name.

``_contrib_X`` is ``contrib.X``, ``_linalg_X`` ``linalg.X``, ``_image_X`` ``image.X``, ``_random_X_like``
``random.X_like``; other names with a leading underscore are in ``_internal``, the rest in ``op``
and at the top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax.ops import registry
from gluax.symbol.functions import function_for

PREFIXES = ("_contrib_", "_linalg_", "_sparse_", "_image_", "_random_")


def _belongs(op: str, prefix: str) -> bool:
    """Whether registered name `op` is found in the namespace of `prefix` ("" is op, "_" is _internal)."""
    if prefix == "":
        return not op.startswith("_")
    if prefix == "_":
        return op.startswith("_") and not any(_belongs(op, other) for other in PREFIXES)
    if prefix == "_random_" and not op.endswith("_like"):
        return False
    return op.startswith(prefix)


def namespace(module: str, prefix: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a module's ``__getattr__`` and ``__dir__`` for the operators of `prefix`."""
    cut = len(prefix) if prefix in PREFIXES else 0

    def get(name: str) -> Any:
        op = prefix + name if cut else name
        if registry.find(op) is None or not _belongs(op, prefix):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return function_for(op, name)

    def names() -> list[str]:
        return sorted(op[cut:] for op in registry.operators() if _belongs(op, prefix))

    return get, names
