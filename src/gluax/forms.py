"""A model in other forms: after the rewrites for inference, and in float64."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax

from gluax.errors import ArgumentError
from gluax.ir.graph import Entry, Node
from gluax.jax_model import Model
from gluax.ops import registry
from gluax.passes import Options, rewrite_nodes, run_passes
from gluax.passes.backends import compute_constants
from gluax.passes.reduce_precision import LowType


def rewritten(
    model: Model, inputs: Mapping[str, Any], *, target: str | None = None, precision: LowType | None = None
) -> Model:
    """The model as the passes for inference make it: what a block runs under `static_alloc` and `static_shape`.

    Nodes that are left keep the names of those whose values they compute, perhaps channels-last
    (`gluax.passes.channels_last.channels_last_nodes`). The variables are the bound ones.

    Args:
      model: the model.
      inputs: arrays by name, whose shapes decide what is chosen by shapes.
      target: ``cpu``, ``gpu`` or ``tpu``; by default where JAX runs.
      precision: the type that products of float32 run in; None for float32.
    """
    stored = {**model.variables["params"], **model.variables["aux"]}
    arrays = {**stored, **inputs}
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    types = {name: array.dtype.name for name, array in arrays.items()}
    winograd = set(types.values()) == {"float32"}
    options = Options(target or jax.default_backend(), shapes, types, precision, winograd)
    graph, bound = compute_constants(run_passes(model.graph, options), stored)
    return Model(graph, {"params": bound, "aux": {}}, model.input_names, model.label_names)


def doubled(model: Model, inputs: Mapping[str, Any]) -> tuple[Model, dict[str, Any]]:
    """The model and its inputs with float64 in the place of float32, in operators' ``dtype`` too.

    Raises:
      ArgumentError: unless JAX has 64-bit types turned on, ``with jax.enable_x64(True)`` or for good.
    """
    if not jax.config.read("jax_enable_x64"):
        raise ArgumentError("float64 needs JAX's 64-bit types: with jax.enable_x64(True)")

    def widen(node: Node, given: tuple[Entry, ...]) -> Node | None:
        if registry.resolve(node).attrs.get("dtype") != "float32":
            return None
        return Node(node.op, node.name, given, {**node.attrs, "dtype": "float64"}, node.subgraphs, node.control_deps)

    def cast(array: Any) -> Any:
        return array.astype("float64") if array.dtype == "float32" else array

    variables = {kind: {n: cast(a) for n, a in group.items()} for kind, group in model.variables.items()}
    wide = Model(rewrite_nodes(model.graph, widen), variables, model.input_names, model.label_names)
    return wide, {name: cast(array) for name, array in inputs.items()}
