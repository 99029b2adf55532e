"""Graph-to-graph rewrites. A pass takes a graph and returns one that computes the same in inference."""

from __future__ import annotations

from collections.abc import Callable

from gluax.ir.graph import Graph
from gluax.passes.channels_last import channels_last
from gluax.passes.fold_batchnorm import fold_batchnorm
from gluax.passes.rewrite import rewrite_nodes

__all__ = ["INFERENCE", "Pass", "channels_last", "fold_batchnorm", "rewrite_nodes", "run_passes"]

Pass = Callable[[Graph], Graph]

INFERENCE: tuple[Pass, ...] = (fold_batchnorm, channels_last)


def run_passes(graph: Graph, passes: tuple[Pass, ...] = INFERENCE) -> Graph:
    """Apply passes in order."""
    for rewrite in passes:
        graph = rewrite(graph)
    return graph
