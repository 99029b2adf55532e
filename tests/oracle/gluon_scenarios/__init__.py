"""Scenarios of Block, HybridBlock and SymbolBlock; see `tests.oracle.scenarios`."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenario, Scenarios

SCENARIOS = Scenarios("gluon_blocks")

MODULES = (
    "naming",
    "parameters",
    "files",
    "hooks",
    "hybridizing",
    "calling",
    "symbol_blocks",
    "conversions",
    "utilities",
)


def scenario(function: Scenario) -> Scenario:
    """Add a scenario under `module.name`."""
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    assert name not in SCENARIOS
    SCENARIOS[name] = function
    return function


def load() -> Scenarios:
    """All scenarios of the package."""
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
    return SCENARIOS


def counted(function: Callable[[], Any]) -> list[Any]:
    """What `function` returns, and the classes of the warnings it gives; their texts are each package's own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function()
    return [result, [warning.category.__name__ for warning in caught]]


def printed(function: Callable[[], Any]) -> str:
    """What `function` writes to standard output."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        function()
    return out.getvalue()


def values(array: Any) -> Any:
    """Nested outputs as type names and rounded numbers."""
    if isinstance(array, (list, tuple)):
        return [type(array).__name__, *[values(item) for item in array]]
    if array is None:
        return None
    return [np.dtype(array.dtype).name, np.round(array.asnumpy().astype("float64"), 4).tolist()]


def ones(mx: Any, *shape: int, **kwargs: Any) -> Any:
    return mx.nd.ones(shape, **kwargs)


def ready(block: Any, init: str = "ones") -> Any:
    """The block, initialized."""
    block.initialize(init)
    return block


def dense_net(mx: Any, *units: int, kind: str = "HybridSequential", **kwargs: Any) -> Any:
    """Dense layers in a container's scope; `activation` and others through kwargs starting with `dense_`."""
    dense = {key[6:]: kwargs.pop(key) for key in list(kwargs) if key.startswith("dense_")}
    net = getattr(mx.gluon.nn, kind)(**kwargs)
    with net.name_scope():
        for count in units:
            net.add(mx.gluon.nn.Dense(count, **dense))
    return net


def custom(mx: Any, forward: Callable[..., Any], make: Callable[[Any], None] = lambda self: None, **kwargs: Any) -> Any:
    """A HybridBlock with attributes set by `make` in its scope and this `hybrid_forward`."""

    class Custom(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__(**kwargs)
            with self.name_scope():
                make(self)

        def hybrid_forward(self, F, *args, **params):
            return forward(self, F, *args, **params)

    return Custom()


def plain(mx: Any, forward: Callable[..., Any], make: Callable[[Any], None] = lambda self: None, **kwargs: Any) -> Any:
    """The same as a Block."""

    class Plain(mx.gluon.Block):
        def __init__(self):
            super().__init__(**kwargs)
            with self.name_scope():
                make(self)

        def forward(self, *args):
            return forward(self, *args)

    return Plain()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def graph(text: str) -> list[Any]:
    """The nodes of a symbol's JSON, briefly."""
    return [[node["op"], node["name"], node.get("attrs", {})] for node in json.loads(text)["nodes"]]


def shapes(block: Any) -> list[Any]:
    """Name and shape of every parameter."""
    return [[name, list(p.shape or ())] for name, p in block.collect_params().items()]
