"""The JAX door: a model as a pure function and a pytree of variables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh

from gluax.errors import ArgumentError, ParameterError
from gluax.ir.graph import Graph
from gluax.ir.mapped_file import own_copy
from gluax.ir.np_shape import np_shape
from gluax.ir.params_reader import join_prefixes
from gluax.lowering.files import load_graph
from gluax.lowering.infer import variable_types
from gluax.lowering.parameters import fit_parameters, read_named, require_complete
from gluax.lowering.program import Program
from gluax.passes.reduce_precision import LowType, check_low_type, reduce_precision
from gluax.patterns import name_pattern
from gluax.sharding import Rules, place, shardings
from gluax.symbol import Symbol
from gluax.symbol.listing import matching, named_internals
from gluax.symbol.model_files import write_model

Variables = dict[str, dict[str, jax.Array]]


class Model:
    """An MXNet graph as a pure function.

    Attributes:
      graph: the graph.
      input_names: names of the inputs, in the order `apply` takes them.
      label_names: optional inputs that only loss heads read; `apply` takes them by keyword.
      variables: ``{"params": {name: array}, "aux": {name: array}}``, the values from the file.
        Pass these, or your own of the same structure, to `apply`.
    """

    def __init__(self, graph: Graph, variables: Variables, input_names: Sequence[str], label_names: Sequence[str] = ()):
        self.graph = graph
        self.variables = variables
        self.input_names = tuple(input_names)
        self.label_names = tuple(label_names)
        self._program = lru_cache(maxsize=8)(lambda available, taps: _tapped(graph, available, taps))

    def apply(
        self,
        variables: Variables,
        *inputs: Any,
        rng: jax.Array | None = None,
        taps: str | None = None,
        **named: Any,
    ) -> Any:
        """Run in inference mode; pure, so `jit`, `grad`, `vmap`, `export` and sharding all work on it.

        Args:
          variables: a pytree like `self.variables`.
          *inputs: arrays in the order of `input_names`.
          rng: a JAX random key; only models that draw random numbers in inference need it.
          taps: return values inside the graph too: those whose name this regular expression matches from its beginning
            on. Names are those of ``symbol.get_internals().list_outputs()``, such as ``conv0_output``, variables
            aside. Under `jax.jit` it is a static argument.
          **named: inputs or labels by name.

        Returns:
          The output array, or a tuple of them when the graph has several heads; with `taps`, a pair of that and
          ``{name: array}``.

        Raises:
          ArgumentError: for missing, unknown or doubled inputs, and when nothing matches `taps`.
          OperatorError: when an operator cannot run on its inputs; names the node.
        """
        outputs, _, tapped = self._run(variables, inputs, named, False, rng, taps)
        return outputs if taps is None else (outputs, tapped)

    def apply_train(
        self,
        variables: Variables,
        *inputs: Any,
        rng: jax.Array | None = None,
        taps: str | None = None,
        **named: Any,
    ) -> tuple[Any, ...]:
        """Run in training mode: dropout drops, BatchNorm normalises by the batch.

        Args: as `apply`; `rng` is needed by dropout and other random operators.

        Returns:
          The outputs as `apply`, and `variables` with the auxiliary states replaced: BatchNorm's
          ``moving = moving * momentum + batch * (1 - momentum)``, with the biased batch variance. With `taps`,
          ``{name: array}`` of the values inside as a third.
        """
        outputs, aux, tapped = self._run(variables, inputs, named, True, rng, taps)
        updated = {**variables, "aux": {**variables["aux"], **aux}}
        return (outputs, updated) if taps is None else (outputs, updated, tapped)

    def draws(self, training: bool) -> bool:
        """Whether running needs a random key: `apply_train` with ``training=True``, else `apply`."""
        names = (*self.input_names, *self.variables["params"], *self.variables["aux"])
        return self._program(frozenset(names), None)[0].draws(training)

    @property
    def symbol(self) -> Symbol:
        """The outputs as a symbol, to build on and to look into: ``model.symbol.get_internals().list_outputs()``."""
        return Symbol(self.graph.heads)

    def with_outputs(self, *outputs: str | Symbol, params: Mapping[str, Any] | None = None) -> Model:
        """The model with other outputs: features from inside it, or a new head.

        Args:
          *outputs: names among ``symbol.get_internals()``, or symbols that build on it.
          params: arrays for variables that the model lacks, or other values; names as in `variables`, which the graph
            sorts into parameters and auxiliary states.

        Returns:
          A `Model` with the inputs and variables that the outputs still need.

        Raises:
          NameLookupError: for a name that no output, or more than one, has.
          ParameterError, ShapeError: when parameters are missing, superfluous or do not fit.
        """
        internals = self.symbol.get_internals()
        symbols = [internals[output] if isinstance(output, str) else output for output in outputs]
        graph = Graph((entry for symbol in symbols for entry in symbol._entries), self.graph.meta)
        read = {node.name for node in graph.variables}
        held = {**self.variables["params"], **self.variables["aux"]}
        arrays = {**{name: held[name] for name in held if name in read}, **(params or {})}
        fit = fit_parameters(graph, arrays, [name for name in self.input_names if name in read])
        require_complete(fit, "params=")
        variables = jax.tree.map(jnp.asarray, {"params": fit.params, "aux": fit.aux})
        return Model(graph, variables, fit.inputs, fit.labels)

    def shard(self, mesh: Mesh, rules: Rules = ()) -> Model:
        """The model with its variables on the devices of a mesh: whole on each, or cut over axes of the mesh.

        What is cut changes memory and speed, never results but for rounding. Call ``jax.jit(model.apply)`` with inputs
        on the same mesh, their rows cut for data parallelism: ``jax.device_put(x, NamedSharding(mesh, P("data")))``.
        The batch stays one batch: in training BatchNorm normalises by all of it, as MXNet's SyncBatchNorm does, while
        MXNet's BatchNorm looks at each device's part alone.

        Args:
          mesh: devices with named axes of type Auto, as `jax.sharding.Mesh` makes them; they may belong to several
            processes, each of which holds the same values.
          rules: pairs of a regular expression, which must match the beginning of a name as in `param_mask`, and the
            `PartitionSpec` of variables with such names; the first match counts. Other variables are cut over the axis
            "model", where the mesh has it, as their first reader suggests: dense layers (attention's projections are
            such), convolutions and BatchNorm by outputs, or by inputs after a layer cut by outputs; embeddings by
            features. They are whole where it suggests nothing or the size is no multiple of the axis's.

        Raises:
          ArgumentError, NameLookupError, ShapeError: for axes of another type or a malformed rule, a rule that matches
            nothing, and one that cannot cut a variable that it matches.
        """
        where = shardings(self.graph, self.variables, mesh, rules)
        return Model(self.graph, jax.tree.map(place, self.variables, where), self.input_names, self.label_names)

    def save(self, prefix: str | os.PathLike[str], variables: Variables | None = None, *, epoch: int = 0) -> None:
        """Write ``prefix-symbol.json`` and ``prefix-0000.params`` (the number is `epoch`), which MXNet loads.

        The casts of mixed precision are left out, as MXNet's `export` does, and weights held in 16 bits for them are
        written in float32.

        Args:
          prefix: the path the names of the files begin with.
          variables: the values to write, a pytree like `self.variables`, which is the default.
          epoch: the number in the name of the parameter file.

        Raises:
          ParameterError: when names or shapes are not those of `self.variables`; nothing is written.
        """
        given = self.variables if variables is None else variables
        shapes, expected = (
            {name: array.shape for name, array in join_prefixes(each["params"], each["aux"]).items()}
            for each in (given, self.variables)
        )
        if shapes != expected:
            wrong = sorted(dict(shapes.items() ^ expected.items()))
            raise ParameterError(f"these variables are missing, superfluous or of another shape: {wrong[:10]}")
        cast = {node.inputs[0].node.name for node in self.graph.nodes if node.op == "amp_cast"}
        widened = {name: jnp.asarray(given["params"][name], jnp.float32) for name in cast & given["params"].keys()}
        with np_shape(bool(self.graph.meta.get("is_np_shape"))):
            stored = join_prefixes({**given["params"], **widened}, given["aux"])
            write_model(prefix, self.symbol, stored, epoch=epoch)

    def _run(
        self,
        variables: Variables,
        inputs: Sequence[Any],
        named: Mapping[str, Any],
        training: bool,
        rng: Any,
        taps: str | None,
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        given = self._bind_inputs(inputs, named)
        values = {**variables["params"], **variables["aux"], **{name: jnp.asarray(v) for name, v in given.items()}}
        program, tapped = self._program(frozenset(values), taps)
        found, aux = program(values, training=training, key=rng)
        count = len(self.graph.heads)
        return (found[0] if count == 1 else tuple(found[:count])), aux, dict(zip(tapped, found[count:]))

    def _bind_inputs(self, inputs: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        names = self.input_names
        if len(inputs) > len(names):
            raise ArgumentError(f"{len(inputs)} inputs were passed; the model has {len(names)}: {list(names)}")
        given = dict(zip(names, inputs))
        doubled = sorted(given.keys() & named.keys())
        unknown = sorted(named.keys() - set(names) - set(self.label_names))
        missing = [name for name in names if name not in given and name not in named]
        if doubled or unknown or missing:
            raise ArgumentError(
                f"inputs do not match: given twice {doubled}, unknown {unknown}, missing {missing}; "
                f"the model has the inputs {list(names)} and the optional labels {list(self.label_names)}"
            )
        return {**given, **named}

    def __repr__(self) -> str:
        counts = {kind: len(arrays) for kind, arrays in self.variables.items()}
        return f"<Model of {len(self.graph.nodes)} nodes, inputs {list(self.input_names)}, {counts}>"


def _tapped(graph: Graph, available: frozenset[str], taps: str | None) -> tuple[Program, tuple[str, ...]]:
    """A graph's program, and the names of what it puts out beside the graph's heads: all that `taps` matches."""
    program = Program(graph, available)
    if taps is None:
        return program, ()
    found = matching(named_internals(program), taps)
    return Program(Graph([*graph.heads, *found.values()], graph.meta), available), tuple(found)


def dtypes_of(graph: Graph, variables: Variables) -> dict[str, str]:
    """The dtype of every variable of a graph, inputs among them, as the arrays decide; float32 where nothing says."""
    held = {name: array.dtype.name for group in variables.values() for name, array in group.items()}
    return variable_types(graph, held)


def param_mask(params: Any, pattern: str) -> Any:
    """Mark parameters by name, to freeze some of them or to treat some differently; optax takes such masks.

    Args:
      params: parameters in dictionaries, also nested ones: ``variables["params"]``, or gradients of its structure.
      pattern: a regular expression that the beginning of the name (the innermost key) must match, as in Gluon's
        `collect_params`: ``".*weight"``, ``"conv0_|conv1_"``.

    Returns:
      A pytree of the structure of `params`, True where the name matches.

    Raises:
      ArgumentError: when `pattern` is malformed.
    """
    matches = name_pattern(pattern).match
    return jax.tree.map_with_path(lambda path, _: matches(path[-1].key) is not None, params)


def load(
    symbol_file: str | os.PathLike[str],
    param_file: str | os.PathLike[str] | None = None,
    inputs: Sequence[str] | None = None,
    *,
    dtype: LowType | None = None,
) -> Model:
    """Load an MXNet model for the JAX door.

    Args:
      symbol_file: a ``*-symbol.json`` of any MXNet version.
      param_file: its ``*.params`` (any version), ``.npz`` or ``.safetensors``, or the folder of an orbax checkpoint;
        may be None for a graph without parameters.
      inputs: names of the inputs; by default the variables that the parameter file does not hold.
      dtype: "bfloat16" or "float16" runs what gains from it in that type, in inference and in training: convolutions,
        dense layers, RNN and products, as MXNet's automatic mixed precision does; reductions and BatchNorm are computed
        in float32, and outputs stay float32. Parameters that nothing reads in float32 are held in that type; to train,
        pass float32 ones to `apply_train`, which casts them. Inputs of unknown type count as float32.

    Returns:
      A `Model`; its `variables` are JAX arrays on the default device, of the dtypes that the user's JAX
      configuration allows.

    Raises:
      ModelFileNotFoundError, ModelFormatError: for a missing, broken or foreign file.
      UnsupportedOperatorError: listing every operator that has no implementation.
      ParameterError, ShapeError: when parameters are missing, superfluous or do not fit.
      ArgumentError: for another `dtype`.
    """
    check_low_type(dtype)
    graph = load_graph(symbol_file)
    arrays = {} if param_file is None else read_named(param_file)
    fit = fit_parameters(graph, arrays, inputs)
    require_complete(fit, param_file)
    to_jax = lambda group: {name: jax.device_put(own_copy(array)) for name, array in group.items()}  # noqa: E731
    variables = {"params": to_jax(fit.params), "aux": to_jax(fit.aux)}
    if dtype is not None:
        graph, variables = _in_low_type(graph, variables, dtype)
    return Model(graph, variables, fit.inputs, fit.labels)


def _in_low_type(graph: Graph, variables: Variables, dtype: LowType) -> tuple[Graph, Variables]:
    """The graph in mixed precision, and the float32 parameters cast that it reads in the low type alone."""
    reduced = reduce_precision(graph, dtype, dtypes_of(graph, variables))
    read_wide = {head.node.name for head in reduced.heads}
    for node in reduced.nodes:
        if node.op != "amp_cast" or node.attrs["dtype"] != dtype:
            read_wide.update(entry.node.name for entry in node.inputs)
    params = {
        name: array if name in read_wide or array.dtype != jnp.float32 else array.astype(dtype)
        for name, array in variables["params"].items()
    }
    return reduced, {**variables, "params": params}
