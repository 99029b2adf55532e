"""Backends: named ways to rewrite a model, which `optimize_for` and `hybridize(backend=...)` look up.

A backend is a pass: a function of a graph and its parameters' arrays that returns a graph and arrays. A pipeline is
a pass that calls others. `register_pass` names one; `gluax.passes.partition.register_subgraph` names one that
replaces parts of the graph by a function of the user's. "default" leaves everything as it is; "inference" folds
what is constant once training is over, and answers to MXNet's "MKLDNN" too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

import jax

from gluax.errors import ArgumentError, NameLookupError, ParameterError
from gluax.ir.graph import Graph
from gluax.lowering.program import Program
from gluax.passes.channels_last import channels_last
from gluax.passes.drop_identities import drop_identities
from gluax.passes.fold_batchnorm import fold_batchnorm
from gluax.passes.hoist import hoist

Arrays = dict[str, jax.Array]
Backend = Callable[..., "Graph | tuple[Graph, Arrays]"]

_BACKENDS: dict[str, Backend] = {}
_GIVEN = ("graph", "arrays", "inputs")  # what a pass gets from us; its other parameters are options


def register_pass(name: str, *, replace: bool = False) -> Callable[[Backend], Backend]:
    """Register the decorated function as backend `name`.

    The function takes the graph and a dictionary of the parameters' arrays by variable name (those that are known:
    it may be empty), and options as keywords. It returns the new graph, or the graph and the new arrays; it changes
    neither argument. A keyword ``inputs`` gets what is known of the variables, ``{name: jax.ShapeDtypeStruct}``::

        @gluax.register_pass("without_dropout")
        def without_dropout(graph, arrays):
            return rewrite_nodes(graph, lambda node, inputs: inputs[0] if node.op == "Dropout" else None)

    Args:
      name: what `optimize_for` calls it.
      replace: take the place of an earlier registration under this name, as when a notebook's cell runs again.

    Raises:
      ValueError: when the name is taken and `replace` is False.
    """

    def register(function: Backend) -> Backend:
        if name in _BACKENDS and not replace:
            raise ValueError(f"backend {name!r} is registered twice; replace=True takes the place of the first")
        _BACKENDS[name] = function
        return function

    return register


def unregister_pass(name: str) -> None:
    """Forget backend `name`.

    Raises:
      NameLookupError: when there is none.
    """
    find_backend(name)
    del _BACKENDS[name]


def backend_names() -> tuple[str, ...]:
    """The registered names, sorted."""
    return tuple(sorted(_BACKENDS))


def find_backend(name: str) -> Backend:
    """Return the pass registered under `name`.

    Raises:
      NameLookupError: when there is none; the message lists the known names.
    """
    if name not in _BACKENDS:
        raise NameLookupError(
            f"there is no backend {name!r}; the known ones are {', '.join(map(repr, backend_names()))}. "
            "@gluax.register_pass and @gluax.register_subgraph register more"
        )
    return _BACKENDS[name]


def apply_backend(
    name: str,
    graph: Graph,
    arrays: Mapping[str, jax.Array] | None = None,
    options: Mapping[str, Any] | None = None,
    inputs: Mapping[str, jax.ShapeDtypeStruct] | None = None,
) -> tuple[Graph, Arrays]:
    """Rewrite a model by a backend.

    Args:
      name: the backend.
      graph: the graph; it is not changed.
      arrays: values of parameters and auxiliary states by variable name. What is not given stays a variable.
      options: the backend's options.
      inputs: what is known of the variables' shapes and dtypes.

    Returns:
      The new graph and the arrays it reads. A new or changed parameter has a new name there unless the backend says
      otherwise; variables that the graph no longer has are gone from the arrays. What was an auxiliary state may be
      a plain argument in the new graph.

    Raises:
      NameLookupError: for an unknown backend.
      ArgumentError: for an option that the backend does not have, or a backend that breaks its contract.
      ParameterError: when the new graph has variables that neither the old one nor the arrays have.
    """
    backend = find_backend(name)
    known = dict(arrays or {})
    keywords = dict(options or {})
    _check_options(name, backend, keywords)
    if "inputs" in inspect.signature(backend).parameters:
        keywords["inputs"] = dict(inputs or {})
    result = backend(graph, dict(known), **keywords)
    new_graph, new_arrays = result if isinstance(result, tuple) else (result, known)
    if not isinstance(new_graph, Graph) or len(new_graph.heads) != len(graph.heads):
        raise ArgumentError(
            f"backend {name!r} must return a graph with as many outputs as it got, {len(graph.heads)}, or (graph, "
            f"arrays); it returned {new_graph!r}"
        )
    old = {node.name for node in graph.variables}
    names = dict.fromkeys(node.name for node in new_graph.variables)
    unknown = [name for name in names if name not in old and name not in new_arrays]
    if unknown:
        raise ParameterError(f"backend {name!r} added the variables {unknown} to the graph without giving their arrays")
    return new_graph, {name: new_arrays[name] for name in names if name in new_arrays}


def _check_options(name: str, backend: Backend, options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(backend).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    own = [parameter.name for parameter in list(parameters)[2:] if parameter.name not in _GIVEN]
    unknown = sorted(set(options) - set(own))
    if unknown:
        raise ArgumentError(f"backend {name!r} has no options {unknown}; it knows {own}")


def compute_constants(graph: Graph, arrays: Mapping[str, jax.Array]) -> tuple[Graph, Arrays]:
    """Replace everything that depends on `arrays` alone by new parameters.

    Args:
      graph: the graph.
      arrays: the parameters with known values, by variable name.

    Returns:
      The graph, in which such values are variables named after the nodes that made them, and the arrays it reads.
    """
    split = hoist(graph, arrays.keys())
    prelude = Program(Graph(entry for entry in split.prelude.heads if not entry.node.is_variable))
    computed = iter(jax.jit(lambda given: prelude(given)[0])({name: arrays[name] for name in prelude.variables}))
    bound = zip(split.bound, split.prelude.heads)
    return split.main, {name: arrays[name] if e.node.is_variable else next(computed) for name, e in bound}


@register_pass("default")
def default(graph: Graph, arrays: Arrays) -> Graph:
    """Leave the model as it is."""
    return graph


@register_pass("inference")
def inference(
    graph: Graph, arrays: Arrays, *, layout: Literal["keep", "channels_last"] = "keep"
) -> tuple[Graph, Arrays]:
    """Drop what does nothing, fold BatchNorm, and compute what depends on parameters alone; not for training.

    Args:
      graph: the graph.
      arrays: the parameters; weights not among them are folded anew in every run.
      layout: "keep" gives a graph that MXNet can run too. "channels_last" turns convolutions to (N, H, W, C), which
        `hybridize(static_alloc=True)` does by itself.

    Raises:
      ArgumentError: for another layout.
    """
    if layout not in ("keep", "channels_last"):
        raise ArgumentError(f"layout must be 'keep' or 'channels_last', not {layout!r}")
    graph = drop_identities(graph)
    if layout == "keep":
        rewritten = fold_batchnorm(graph, layers_only=True)
    else:
        rewritten = channels_last(fold_batchnorm(graph))
    return compute_constants(rewritten, arrays)


# MXNet's own name on CPUs: its backend that fuses BatchNorm and activations for inference. XLA fuses the rest.
register_pass("MKLDNN")(inference)
