"""Graph-to-graph rewrites. A pass takes a graph and returns one that computes the same in inference."""

from gluax.passes.pipeline import Options, pipeline, run_passes
from gluax.passes.rewrite import rewrite_nodes

__all__ = ["Options", "pipeline", "rewrite_nodes", "run_passes"]
