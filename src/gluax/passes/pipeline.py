"""Which rewrites a graph gets before it is compiled for inference, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from gluax.ir.attributes import Shape
from gluax.ir.graph import Graph
from gluax.passes.channels_last import channels_last
from gluax.passes.dense_weights import dense_weights
from gluax.passes.drop_identities import drop_identities
from gluax.passes.fold_batchnorm import fold_batchnorm
from gluax.passes.merge_dense import merge_dense
from gluax.passes.reduce_precision import LowType, reduce_precision
from gluax.passes.rnn_weights import rnn_weights
from gluax.passes.split_concat import split_concat
from gluax.passes.winograd import winograd

Pass = Callable[[Graph], Graph]


@dataclass(frozen=True)
class Options:
    """What the rewrites may rely on.

    Attributes:
      target: where the program will run: ``cpu``, ``gpu`` or ``tpu``.
      shapes: of the graph's variables, as far as they are known: forms are chosen by them, results do not depend on it.
      types: dtypes of the variables, as far as they are known; `precision` asks for them.
      precision: the type that products of float32 run in; None for float32.
      winograd: whether 3x3 convolutions may become Winograd's, faster on CPU, slower to compile, and less exact.
    """

    target: str
    shapes: Mapping[str, Shape]
    types: Mapping[str, str] = field(default_factory=dict)
    precision: LowType | None = None
    winograd: bool = True


def pipeline(options: Options) -> dict[str, Pass]:
    """The passes in their order, by name. Each takes a graph and returns one that computes the same at inference."""
    passes: dict[str, Pass] = {
        "drop_identities": drop_identities,
        "fold_batchnorm": fold_batchnorm,
        "merge_dense": merge_dense,
    }
    if options.precision is not None:
        passes["reduce_precision"] = partial(reduce_precision, dtype=options.precision, types=options.types)
    passes["rnn_weights"] = rnn_weights
    passes["channels_last"] = partial(channels_last, target=options.target)
    if options.target == "cpu":  # accelerators' libraries choose forms and layouts of weights by themselves
        passes["split_concat"] = partial(split_concat, shapes=options.shapes)
        if options.winograd and options.precision is None:  # its rounding would be too much for 16 bits
            passes["winograd"] = partial(winograd, shapes=options.shapes)
        passes["dense_weights"] = dense_weights
    return passes


def run_passes(graph: Graph, options: Options) -> Graph:
    """Apply the pipeline."""
    for rewrite in pipeline(options).values():
        graph = rewrite(graph)
    return graph
