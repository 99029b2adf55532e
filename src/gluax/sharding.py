"""Arrays over a mesh of devices: parameters cut by rules on their names, or by what the graph does with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gluax.errors import ArgumentError, NameLookupError, ShapeError
from gluax.ir.graph import Entry, Graph, Node
from gluax.ops import registry
from gluax.patterns import name_pattern

Rules = Sequence[tuple[str, PartitionSpec]]
Shardings = dict[str, dict[str, NamedSharding]]

_AXIS = "model"  # the axis of a mesh that the defaults cut parameters over

# What keeps features apart that are apart in its first input, operators that compute by position aside.
_BY_FEATURE = {
    "BatchNorm", "Dropout", "Flatten", "LeakyReLU", "Pooling", "_contrib_interleaved_matmul_encdec_valatt",
    "_contrib_interleaved_matmul_selfatt_valatt",
}  # fmt: skip


def shardings(graph: Graph, variables: Mapping[str, Mapping[str, Any]], mesh: Mesh, rules: Rules = ()) -> Shardings:
    """Where each variable belongs; `Model.shard` says how rules and defaults decide.

    Args:
      graph: the graph, whose operators decide the defaults.
      variables: arrays, or anything with a shape, by name within each group.
      mesh: the devices.
      rules: pairs of a regular expression and a specification.

    Returns:
      A pytree of the structure of `variables`.

    Raises:
      ArgumentError: for a mesh with axes that are not of type Auto, and a malformed rule.
      NameLookupError: for a rule that matches no variable.
      ShapeError: for a rule that cannot cut a variable: an unknown axis, too many dimensions, or a size that is no
        multiple.
    """
    if not mesh.are_all_axes_auto:
        raise ArgumentError(
            f"the axes of the mesh must be of type Auto, got {mesh.axis_types}: make it by jax.sharding.Mesh, or give "
            "jax.make_mesh axis_types=(jax.sharding.AxisType.Auto, ...)"
        )
    names = [name for group in variables.values() for name in group]
    patterns = [(name_pattern(pattern), spec) for pattern, spec in rules]
    for pattern, _ in patterns:
        if not any(map(pattern.match, names)):
            raise NameLookupError(f"the rule {pattern.pattern!r} matches no variable; there are {names[:10]}, ...")
    dims = _default_dims(graph)

    def choose(name: str, shape: tuple[int, ...]) -> NamedSharding:
        for pattern, spec in patterns:
            if pattern.match(name):
                return _by_rule(mesh, spec, name, shape, pattern.pattern)
        return _by_default(mesh, shape, dims.get(name))

    return {
        kind: {name: choose(name, array.shape) for name, array in group.items()} for kind, group in variables.items()
    }


def place(array: jax.Array, sharding: NamedSharding) -> jax.Array:
    """Put an array on the devices of a sharding; where they belong to several processes, each passes equal values."""
    if sharding.is_fully_addressable:
        return jax.device_put(array, sharding)
    return jax.make_array_from_process_local_data(sharding, np.asarray(array), array.shape)


def mesh_of(arrays: Sequence[Any]) -> Mesh | None:
    """The mesh of the first array that lies on several devices; None when each lies on one, or is a tracer."""
    for array in arrays:
        sharding = getattr(array, "sharding", None)
        if isinstance(sharding, NamedSharding) and sharding.num_devices > 1:
            return sharding.mesh  # pyright: ignore[reportReturnType]  an array's mesh has devices
    return None


def _by_rule(mesh: Mesh, spec: PartitionSpec, name: str, shape: tuple[int, ...], pattern: str) -> NamedSharding:
    try:
        sharding = NamedSharding(mesh, spec)
        sharding.check_compatible_aval(shape)
        sharding.shard_shape(shape)
    except ValueError as error:
        raise ShapeError(
            f"the rule {pattern!r} cannot cut {name!r} of shape {shape} by {spec} over the mesh {dict(mesh.shape)}: "
            f"{error}"
        ) from None
    return sharding


def _by_default(mesh: Mesh, shape: tuple[int, ...], dim: int | None) -> NamedSharding:
    if dim is None or _AXIS not in mesh.shape or shape[dim] % mesh.shape[_AXIS]:
        return NamedSharding(mesh, PartitionSpec())
    return NamedSharding(mesh, PartitionSpec(*[None] * dim, _AXIS))


def _default_dims(graph: Graph) -> dict[str, int]:
    """Which dimension of a parameter to cut, by its first reader; parameters without one stay whole.

    A layer on whole features makes a part of its outputs on each device. One on features that are cut multiplies its
    part of them, and the devices sum up: so only every second layer of a chain has them wait for each other.
    """
    dims: dict[str, int] = {}
    cut: dict[int, bool] = {}  # by node: whether the features of its first output are cut
    for node in graph.nodes:
        if node.is_variable:
            cut[id(node)] = False
            continue
        call = registry.resolve(node)
        name, sources = call.operator.name, [cut[id(entry.node)] for entry in node.inputs]
        found: dict[str, int] = {}
        if name in ("FullyConnected", "Convolution"):
            sums = sources[0] and call.attrs.get("num_group", 1) == 1
            found = {"weight": 1} if sums else {"weight": 0, "bias": 0}
            cut[id(node)] = not sums
        elif name == "Embedding":
            found, cut[id(node)] = {"weight": 1}, True
        else:
            by_position = call.operator.elementwise and bool(sources) and all(sources)
            cut[id(node)] = by_position or (name in _BY_FEATURE and sources[0])
            if name == "BatchNorm" and cut[id(node)]:
                found = dict.fromkeys(call.operator.parameters[1:], 0)
        for parameter, entry in zip(call.operator.input_names(call.attrs, len(node.inputs)), node.inputs):
            if parameter in found:
                dims.setdefault(_variable(entry).name, found[parameter])
    return dims


def _variable(entry: Entry) -> Node:
    """The variable that an input is, casts of mixed precision aside."""
    node = entry.node
    while node.op == "amp_cast":
        node = node.inputs[0].node
    return node
