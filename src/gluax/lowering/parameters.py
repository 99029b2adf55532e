"""Fitting a parameter file to a graph: what is an input, what is missing, what does not fit."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gluax.errors import ModelFormatError, NameLookupError, ParameterError
from gluax.ir.graph import Graph
from gluax.lowering.infer import infer
from gluax.lowering.parameter_files import read_parameters
from gluax.lowering.program import auxiliary_names, check_operators
from gluax.ops import registry


@dataclass(frozen=True)
class Fit:
    """How a parameter file fits a graph.

    Attributes:
      inputs: variables that the caller feeds, in graph order (or in the order asked for).
      labels: variables that only the gradient of a loss head needs; optional.
      params, aux: the arrays of the file that the graph reads, by variable name.
      missing: variables that are neither inputs, labels nor in the file.
      extra: names in the file that the graph does not read.
    """

    inputs: tuple[str, ...]
    labels: tuple[str, ...]
    params: dict[str, np.ndarray]
    aux: dict[str, np.ndarray]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def read_named(param_file: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read parameters (see `read_parameters`) into arrays by name, without their ``arg:`` and ``aux:`` prefixes.

    Raises:
      ModelFileNotFoundError, ModelFormatError: also for a file whose arrays have no names.
    Warns:
      UserWarning: naming the sparse arrays, which become dense here.
    """
    params = read_parameters(param_file)
    if isinstance(params.arrays, list):
        if params.arrays:
            raise ModelFormatError(f"{param_file}: the arrays have no names, so they fit no graph")
        return {}
    if params.storage:
        warnings.warn(f"{param_file}: sparse arrays are loaded as dense ones: {params.storage}", stacklevel=3)
    return {strip_prefix(name): array for name, array in params.arrays.items()}


def fit_parameters(graph: Graph, arrays: Mapping[str, np.ndarray], inputs: Sequence[str] | None = None) -> Fit:
    """Sort the variables of `graph` into inputs, labels, parameters and auxiliary states.

    Args:
      graph: the graph.
      arrays: the parameters by variable name, as from `read_named`.
      inputs: names of the inputs; by default every variable that the file lacks and that is not a label.

    Raises:
      NameLookupError: when an input name is not a variable of the graph.
      UnsupportedOperatorError: for operators without an implementation.
      ShapeError: when a parameter's shape contradicts the graph; names the node and its inputs.
    """
    check_operators(graph)
    names = list(dict.fromkeys(node.name for node in graph.variables))
    unknown = [name for name in inputs or () if name not in names]
    if unknown:
        candidates = [name for name in names if name not in arrays]
        raise NameLookupError(f"the graph has no input {unknown}; variables without a parameter: {candidates}")
    aux_names = set(auxiliary_names(graph))
    optional = label_names(graph, [name for name in names if name not in arrays])
    free = [name for name in names if name not in arrays and name not in aux_names and name not in optional]
    chosen = tuple(inputs) if inputs is not None else tuple(free)
    stored = {name: arrays[name] for name in names if name in arrays and name not in chosen}
    infer(graph, {name: array.shape for name, array in stored.items()}, {n: a.dtype.name for n, a in stored.items()})
    return Fit(
        inputs=chosen,
        labels=tuple(name for name in names if name in optional and name not in chosen),
        params={name: array for name, array in stored.items() if name not in aux_names},
        aux={name: array for name, array in stored.items() if name in aux_names},
        missing=tuple(n for n in names if n not in arrays and n not in chosen and n not in optional),
        extra=tuple(name for name in arrays if name not in names),
    )


def strip_prefix(name: str) -> str:
    """Remove the ``arg:`` or ``aux:`` of an exported checkpoint's names."""
    return name[4:] if name.startswith(("arg:", "aux:")) else name


def label_names(graph: Graph, candidates: Collection[str]) -> frozenset[str]:
    """Those of the candidate variables that can be left out: only labels of loss heads depend on them.

    Each candidate is tried together with the others, so a label that passes through a Reshape counts.
    """
    needed: set[int] = set()  # nodes whose value an output needs
    stack = [entry.node for entry in graph.heads]
    while stack:
        node = stack.pop()
        if id(node) in needed:
            continue
        needed.add(id(node))
        if node.is_variable:
            continue
        call = registry.resolve(node)
        names = call.operator.input_names(call.attrs, len(node.inputs))
        stack.extend(e.node for name, e in zip(names, node.inputs) if name not in call.operator.labels)
        stack.extend(e.node for e in node.inputs[len(names) :])
    required = {node.name for node in graph.variables if id(node) in needed}
    return frozenset(name for name in candidates if name not in required)


def require_complete(
    fit: Fit, source: str | os.PathLike[str] | None, *, allow_missing: bool = False, ignore_extra: bool = False
) -> None:
    """Raise `ParameterError` for missing or superfluous parameters, listing all of them, to readers at every door."""
    if fit.missing and not allow_missing:
        place = "are missing: no file of them is given" if source is None else f"are missing in {source}"
        raise ParameterError(
            f"{len(fit.missing)} parameters {place}: {_some(fit.missing)}. If one of them is an input, name it "
            f"among the inputs, which are now {list(fit.inputs)} (on the command line by --input); in Python "
            "SymbolBlock.imports loads an incomplete file with allow_missing=True"
        )
    if fit.extra and not ignore_extra:
        raise ParameterError(
            f"{len(fit.extra)} parameters of {source} are not used by the graph: {_some(fit.extra)}. "
            "In Python SymbolBlock.imports leaves them out with ignore_extra=True"
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
