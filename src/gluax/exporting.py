"""A `Model` in formats that others read: an artifact that runs without gluax's operators, variables alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.export

from gluax.compile.artifact import Artifact
from gluax.errors import ArgumentError
from gluax.ir.params_reader import join_prefixes
from gluax.jax_model import Model, Variables, dtypes_of
from gluax.lowering.parameter_files import write_parameters

PLATFORMS = ("cpu", "cuda", "tpu")
_KNOWN_PLATFORMS = (*PLATFORMS, "rocm")


def export(
    model: Model,
    shapes: Mapping[str, Sequence[int | str]],
    *,
    dtypes: Mapping[str, Any] | None = None,
    platforms: Sequence[str] = PLATFORMS,
    constraints: Sequence[str] = (),
) -> Artifact:
    """Trace a model for inference and lower it to StableHLO, with its variables as arguments.

    The graph is exported as it is, and its variables under MXNet's names, so that they can be replaced and trained.
    `HybridBlock.save_compiled` is the other way: rewritten for one platform's inference, with parameters bound.

    Args:
      model: what `gluax.load` returns.
      shapes: for each input its sizes; a string is a symbolic size, ``{"data": ("batch", 3, 224, 224)}``, which takes
        any number from 1 up, the same in all inputs. Sums and products of names may stand in later inputs.
      dtypes: of inputs whose type does not follow from the graph; float32 without.
      platforms: where the program may run, among "cpu", "cuda", "rocm" and "tpu". None of them need be present: an
        artifact is mostly for another machine, and what is for all takes hardly longer to make.
      constraints: what may be taken for granted of symbolic sizes: ``["batch <= 64", "mod(length, 8) == 0"]``.

    Returns:
      An `Artifact`, to call or to `save`. Its calls need ``rng=`` where the model draws random numbers.

    Raises:
      ArgumentError: when the shapes are not those of all inputs, or cannot be understood; for an unknown platform.
      ShapeError, OperatorError: when an operator cannot run on such inputs; names the node. A size that an attribute
        fixes, say in a Reshape that names the batch, cannot be symbolic.
    """
    unknown = [platform for platform in platforms if platform not in _KNOWN_PLATFORMS]
    if unknown or not platforms:
        raise ArgumentError(f"unknown platforms {unknown}; name some of {list(_KNOWN_PLATFORMS)}")
    inputs = input_structs(model, shapes, dtypes, constraints)
    key = {"rng": jax.random.key(0)} if model.draws(False) else {}
    program = jax.export.export(jax.jit(model.apply), platforms=platforms)(model.variables, *inputs, **key)
    return Artifact(model.input_names, model.variables, [program])


def save_variables(path: str | os.PathLike[str], variables: Variables) -> None:
    """Write variables alone, whole or not at all, for `gluax.load` and for others.

    Args:
      path: the ending says the format: ``.safetensors``, ``.npz`` or ``.params``, where names have MXNet's prefixes
        ``arg:`` and ``aux:``, or none, a new folder with an orbax checkpoint of `variables` as they are (gluax[train]).
      variables: a pytree like `Model.variables`.

    Raises:
      ArgumentError: for an unknown ending, or a folder that is there already.
      DTypeError, ShapeError: for what MXNet's files cannot hold.
      MissingExtraError: for a folder, without orbax.
    """
    write_parameters(path, join_prefixes(variables["params"], variables["aux"]))


def input_structs(
    model: Model,
    shapes: Mapping[str, Sequence[int | str]],
    dtypes: Mapping[str, Any] | None = None,
    constraints: Sequence[str] = (),
) -> list[jax.ShapeDtypeStruct]:
    """Shape and dtype of each input, in the model's order: see `export`.

    Raises:
      ArgumentError: when the shapes are not those of all inputs, or cannot be understood.
    """
    given, names = {*shapes, *(dtypes or {})}, model.input_names
    if given != set(names):
        raise ArgumentError(f"shapes are for {sorted(given)}; the model has the inputs {list(names)}")
    types = {**dtypes_of(model.graph, model.variables), **(dtypes or {})}
    try:
        scope = jax.export.SymbolicScope(constraints)
        sizes = [jax.export.symbolic_shape(",".join(map(str, shapes[name])), scope=scope) for name in names]
    except ValueError as error:
        raise ArgumentError(f"shapes {dict(shapes)} cannot be understood: {error}") from error
    return [jax.ShapeDtypeStruct(shape, types[name]) for name, shape in zip(names, sizes)]
