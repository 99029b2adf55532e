"""The case table of Gluon blocks: how to build each one, and what to call it on. Standard library and numpy only.

A case names a block, a function that builds it from a package with MXNet's interface, and its arguments. Weights are
drawn from their names and shapes, so that both packages get the same ones and no file has to hold them.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.oracle.case import In

LAYERS = ("activations", "basic", "convolution", "pooling", "layers_rnn", "cells", "losses", "contrib", "compositions")
ZOO = ("zoo",)


@dataclass(frozen=True)
class GluonCase:
    """One block to check against MXNet.

    Attributes:
      name: `family/label`, unique; it seeds the inputs.
      build: the package -> the block.
      inputs: the arguments: `In` or a shape (float32 in [-1, 1)), None, or lists of these.
      call: (package, block, arguments) -> outputs, where that is more than calling the block.
      hybrid: a HybridBlock, so that it runs hybridized.
      export: it exports; cells that override the call itself cannot.
      rtol, atol: override the tolerance of the dtype, with the reason in `why`.
    """

    name: str
    build: Callable[[Any], Any]
    inputs: tuple[Any, ...]
    call: Callable[[Any, Any, list[Any]], Any] | None = None
    hybrid: bool = True
    export: bool = True
    rtol: float | None = None
    atol: float | None = None
    why: str = ""

    def arrays(self) -> list[Any]:
        """The arguments as numpy arrays, nested as `inputs` is."""
        return _make(list(self.inputs), np.random.RandomState(zlib.crc32(self.name.encode())))


def _make(value: Any, random: np.random.RandomState) -> Any:
    if isinstance(value, list):
        return [_make(item, random) for item in value]
    if isinstance(value, tuple):
        value = In(value)
    return value.make(random) if isinstance(value, In) else value


def draw_parameter(name: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Values that keep signals at their size: by fan-in, and around one for scales and variances."""
    random = np.random.RandomState(zlib.crc32(f"{name}{tuple(int(size) for size in shape)}".encode()))
    if name.endswith(("gamma", "var", "alpha")):
        return random.uniform(0.5, 1.5, shape).astype(dtype)
    scale = 0.3 if len(shape) < 2 else np.sqrt(3 / np.prod(shape[1:]))
    return random.uniform(-scale, scale, shape).astype(dtype)


_CASES: dict[str, GluonCase] = {}


class Family:
    """Adds cases under a common name; `namespace` picks what their builders get from the package."""

    def __init__(self, name: str, namespace: Callable[[Any], Any] = lambda mx: mx) -> None:
        self.name, self.namespace = name, namespace

    def __call__(self, label: str, build: Callable[[Any], Any], *inputs: Any, **options: Any) -> None:
        name = f"{self.name}/{label}"
        assert name not in _CASES, name
        _CASES[name] = GluonCase(name, lambda mx: build(self.namespace(mx)), inputs, **options)


def load(modules: tuple[str, ...]) -> dict[str, GluonCase]:
    """The cases of these modules by name."""
    names = [importlib.import_module(f"{__name__}.{module}").case.name for module in modules]
    return {name: case for name, case in _CASES.items() if name.split("/")[0] in names}
