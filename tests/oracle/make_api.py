"""Reflect on real MXNet 1.9.1: every public member of the classes in `tests.oracle.api`, into tests/golden/api.json.

python -m tests.oracle.make_api
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import mxnet as mx

from tests.oracle.api import CLASSES, NAMESPACES, describe, find, members

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "api.json"


def listed() -> dict[str, Any]:
    """Classes and functions by path."""
    found = {path: find(mx, path) for path in CLASSES}
    for path in NAMESPACES:
        module = find(mx, path)
        names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
        found.update({f"{path}.{name}": getattr(module, name) for name in sorted(names) if _own(module, name)})
    return found


def _own(module: Any, name: str) -> bool:
    """A class or function that the module or a module below it defines, rather than imports for its own use."""
    value = getattr(module, name)
    return (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__.startswith(module.__name__)


def entry(path: str, value: Any, classes: frozenset[type]) -> Any:
    """What the table says: an alias, a function, or a class with its members."""
    place, _, name = path.rpartition(".")
    if value.__name__ != name and find(mx, f"{place}.{value.__name__}") is value:
        return ["alias", value.__name__]
    if inspect.isclass(value):
        return {name: describe(member) for name, member in sorted(members(value, classes))}
    return describe(value)


def main() -> None:
    objects = listed()
    classes = frozenset(value for value in objects.values() if inspect.isclass(value))
    table = {path: entry(path, value, classes) for path, value in objects.items()}
    rows = []
    for path, item in table.items():
        if isinstance(item, dict):
            lines = [f"  {json.dumps(name)}: {json.dumps(member)}" for name, member in item.items()]
            rows.append(f"{json.dumps(path)}: {{\n" + ",\n".join(lines) + "\n}")
        else:
            rows.append(f"{json.dumps(path)}: {json.dumps(item)}")
    GOLDEN.write_text("{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{len(table)} entries, {sum(len(item) for item in table.values() if isinstance(item, dict))} members")


if __name__ == "__main__":
    main()
