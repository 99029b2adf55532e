"""Builders of small whole networks, by subject. They need MXNet; `tests.oracle.make_networks` runs them.

A builder makes its network with MXNet's own Gluon blocks or symbols; weights and inputs are drawn by whoever runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Built:
    """A network and its data.

    Attributes:
      net: a Gluon HybridBlock, which is exported, or a Symbol, which is saved.
      inputs: in the order of the call: shapes (values are drawn from [-1, 1)) or arrays. An exported block calls a
        single input ``data`` and several ``data0``, ``data1`` ...
      params: the parameter file's arrays, or shapes to draw, by name with prefix; None: found by inference, drawn.
      gradients: also store a training step: gradients, new auxiliary states, outputs.
      rewrite: changes the exported JSON, to make it that of an older MXNet.
      runnable: changes the JSON for the run alone, where MXNet's CPU build lacks a kernel.
    """

    net: Any
    inputs: dict[str, Any]
    params: dict[str, Any] | None = None
    gradients: bool = False
    rewrite: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    runnable: Callable[[dict[str, Any]], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Builder:
    """A registered builder, and whether it works under numpy semantics."""

    build: Callable[[], Built]
    numpy: bool


NETWORKS: dict[str, Builder] = {}


def network(*, numpy: bool = False) -> Callable[[Callable[[], Built]], Callable[[], Built]]:
    """Register a builder under its name."""

    def register(build: Callable[[], Built]) -> Callable[[], Built]:
        NETWORKS[build.__name__] = Builder(build, numpy)
        return build

    return register
