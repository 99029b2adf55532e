"""ONNX files of models, by jax2onnx (an extra), which converts what JAX traces but for forms undone here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.extend.core
from jax import lax

from gluax.errors import GluaxError, MissingExtraError, OperatorError
from gluax.exporting import input_structs
from gluax.ir.atomic import atomic_write
from gluax.jax_model import Model

_CALLS = ("jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call")


def save_onnx(
    path: str | os.PathLike[str],
    model: Model,
    shapes: Mapping[str, Sequence[int | str]],
    *,
    dtypes: Mapping[str, Any] | None = None,
) -> None:
    """Write a model for inference as ONNX, weights included, whole or not at all; see `atomic_write`.

    Inputs and outputs have MXNet's names (``data``, ``softmax_output``). Not every model converts: of those tried,
    8-bit ones and detection heads do not load in ONNX Runtime, and RNN and BERT convert with fixed sizes only.

    Args:
      path: the file to write or replace, ``model.onnx`` by custom.
      model, shapes, dtypes: as in `export`.

    Raises:
      MissingExtraError: without jax2onnx.
      ArgumentError, ShapeError, OperatorError: as `export`; also for what jax2onnx cannot convert.
    """
    try:
        from jax2onnx import to_onnx  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise MissingExtraError("ONNX files need an extra: pip install 'gluax[onnx]'") from None
    inputs = input_structs(model, shapes, dtypes)
    names = {"input_names": model.input_names, "output_names": model.symbol.list_outputs()}
    try:
        made = to_onnx(in_simple_forms(lambda *arrays: model.apply(model.variables, *arrays)), inputs, **names)
    except GluaxError:
        raise
    except Exception as error:  # what jax2onnx raises is not documented
        raise OperatorError(f"jax2onnx cannot convert the model: {error}") from error
    with atomic_write(path) as stream:
        stream.write(made.SerializeToString())


def in_simple_forms(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function without forms that converters do not know.

    Choices by platform take that for CPU, scans run forwards, calls are inlined.
    """

    def simple(*arrays: Any) -> Any:
        traced, result = jax.make_jaxpr(function, return_shape=True)(*arrays)
        return jax.tree.unflatten(jax.tree.structure(result), _run(traced, jax.tree.leaves(arrays)))

    return simple


def _run(traced: jax.extend.core.ClosedJaxpr, arrays: Sequence[Any]) -> list[Any]:
    jaxpr = traced.jaxpr
    values: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*traced.consts, *arrays)))

    def read(atom: Any) -> Any:
        return atom.val if isinstance(atom, jax.extend.core.Literal) else values[atom]

    for equation in jaxpr.eqns:
        results = _step(equation.primitive, equation.params, [read(atom) for atom in equation.invars])
        values.update(zip(equation.outvars, results))
    return [read(atom) for atom in jaxpr.outvars]


def _step(primitive: jax.extend.core.Primitive, params: dict[str, Any], inputs: list[Any]) -> Sequence[Any]:
    if primitive.name in _CALLS:
        return _run(params["jaxpr"] if "jaxpr" in params else params["call_jaxpr"], inputs)
    if primitive.name == "platform_index":
        return [None]  # read by the choice alone, which does without
    if primitive.name == "cond" and params.get("branches_platforms"):
        # That for CPU, else the last: it pools by slices, while ONNX Runtime lacks what reduce_window is converted to.
        platforms = params["branches_platforms"]
        chosen = next((n for n, names in enumerate(platforms) if names and "cpu" in names), -1)
        return _run(params["branches"][chosen], inputs[1:])
    if primitive.name == "scan" and params["reverse"]:
        body = params["jaxpr"]
        turned = primitive.bind(*_turn_stacked(inputs, body.in_avals), **{**params, "reverse": False})
        return _turn_stacked(turned, body.out_avals)
    results = primitive.bind(*inputs, **params)
    return results if primitive.multiple_results else [results]


def _turn_stacked(arrays: Sequence[Any], inside: Sequence[Any]) -> list[Any]:
    """What a scan goes through, turned round: it has one axis more than what the scan's body sees of it."""
    return [lax.rev(a, (0,)) if a.ndim > len(seen.shape) else a for a, seen in zip(arrays, inside)]
