"""What a script written for MXNet uses that gluax lacks, or does otherwise: found in its syntax, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib import import_module
from typing import Any, Literal

from gluax.errors import ArgumentError

# By patterns of dotted names after ``mxnet.``: the first that fits counts.
ABSENT = {
    "kv*": "no kvstore: several devices share arrays by sharding, see docs/many-devices.md",
    "nd.sparse.*": "arrays are dense",
    "ndarray.sparse.*": "arrays are dense",
    "sym.sparse.*": "arrays are dense",
    "operator.*": "`mx.register_op` with a JAX function",
    "profiler*": "`gluax profile`, or `jax.profiler`",
    "engine*": "nothing to do: XLA schedules",
    "runtime*": "nothing to ask: there is one build",
    "rtc*": "Pallas kernels of JAX",
    "contrib.amp*": '`hybridize(dtype="bfloat16")` or `gluax.load(..., dtype="bfloat16")`',
    "contrib.onnx*": "`gluax export -o model.onnx`",
    "io.ImageRecordIter_v1": "`mx.io.ImageRecordIter`",
    "io.ImageRecord*Int8Iter*": "`mx.io.ImageRecordIter(..., dtype=...)`",
    "io.ImageDetRecordIter": "`mx.image.ImageDetIter`",
    "io.LibSVMIter": "arrays are dense",
    "gluon.contrib.estimator*": "a loop with `autograd.record` and `gluon.Trainer`, or `mx.mod.Module.fit`",
}
OTHERWISE = {
    "np.random.*": "the same seed gives other numbers of the same distributions",
    "numpy.random.*": "the same seed gives other numbers of the same distributions",
    "random.seed": "the same seed gives other numbers of the same distributions",
    "random.*": "the same seed gives other numbers of the same distributions",
    "nd.random.*": "the same seed gives other numbers of the same distributions",
    "gluon.data.DataLoader": "workers are threads: nothing is pickled, and Python code in them shares one core",
    "gluon.nn.Dropout": "drops other elements than MXNet for the same seed",
    "optimizer.get_updater": "its states are bytes of another kind: MXNet's are pickles, which are never read",
}
# Attributes of what a script computed: whose they are cannot be seen, so only telling names are here.
METHODS = {
    "tostype": "arrays are dense: only 'default' works",
    "row_sparse_data": "arrays are dense",
    "asnumpy_sparse": "arrays are dense",
}


@dataclass(frozen=True, order=True)
class Finding:
    """Something to look at.

    Attributes:
      line: where, from 1.
      name: what the script calls it.
      kind: whether gluax lacks it, or does it otherwise.
      advice: what to do.
    """

    line: int
    name: str
    kind: Literal["absent", "otherwise"]
    advice: str


def findings(source: str, filename: str = "<script>") -> list[Finding]:
    """What a script uses of MXNet that gluax lacks or does otherwise, in the order of its lines.

    Args:
      source: the text of the script.
      filename: for messages.

    Raises:
      ArgumentError: when it is no Python 3.
    """
    try:
        tree = ast.parse(source, filename)
    except SyntaxError as error:
        raise ArgumentError(f"{filename}, line {error.lineno}: not Python 3: {error.msg}") from None
    names = dict(_imported(tree))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_mxnet(node.module):
            base = (node.module or "").removeprefix("mxnet").lstrip(".")
            for alias in node.names:
                found.update(_about(node.lineno, f"{base}.{alias.name}".lstrip("."), alias.name))
        elif isinstance(node, ast.Attribute):
            found.update(_about_attribute(node, names))
    return sorted(_outermost(found))


def _is_mxnet(module: str | None) -> bool:
    return module is not None and (module == "mxnet" or module.startswith("mxnet."))


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The script's names for parts of MXNet, and the parts, "" for the whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_mxnet(alias.name):
                    part = alias.name.removeprefix("mxnet").lstrip(".") if alias.asname else ""
                    yield alias.asname or "mxnet", part
        elif isinstance(node, ast.ImportFrom) and _is_mxnet(node.module):
            base = (node.module or "").removeprefix("mxnet").lstrip(".")
            for alias in node.names:
                yield alias.asname or alias.name, f"{base}.{alias.name}".lstrip(".")


def _about_attribute(node: ast.Attribute, names: dict[str, str]) -> Iterator[Finding]:
    parts: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name) and inner.id in names:
        dotted = ".".join([names[inner.id], *reversed(parts)]).lstrip(".")
        yield from _about(node.lineno, dotted, ".".join([inner.id, *reversed(parts)]))
    elif node.attr in METHODS:
        yield Finding(node.lineno, f".{node.attr}", "otherwise", METHODS[node.attr])


def _about(line: int, dotted: str, shown: str) -> Iterator[Finding]:
    if dotted == "*":
        return
    absent = _advice(ABSENT, dotted) or _missing(dotted)
    if absent is not None:
        yield Finding(line, shown, "absent", absent)
        return
    otherwise = _advice(OTHERWISE, dotted)
    if otherwise is not None:
        yield Finding(line, shown, "otherwise", otherwise)


def _advice(table: dict[str, str], dotted: str) -> str | None:
    return next((advice for pattern, advice in table.items() if fnmatch(dotted, pattern)), None)


def _missing(dotted: str) -> str | None:
    """Why gluax has no such thing; None when it has, or when it is an attribute of something other than a module."""
    import gluax

    found: Any = gluax
    for number, part in enumerate(dotted.split(".")):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            try:
                found = import_module(f"gluax.{'.'.join(dotted.split('.')[: number + 1])}")
            except ImportError:
                return str(error)
        if not hasattr(found, "__path__") and not hasattr(found, "__file__"):
            return None
    return None


def _outermost(found: set[Finding]) -> Iterator[Finding]:
    """Without those about the beginning of a longer name in the same line."""
    for each in found:
        longer = (other for other in found if other.line == each.line and other.name.startswith(f"{each.name}."))
        if not any(other.advice == each.advice for other in longer):
            yield each
