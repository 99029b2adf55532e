"""SymbolBlock: an imported graph as a Gluon block."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gluax.compile.cached_op import CacheStatistics
from gluax.context import Context
from gluax.errors import ArgumentError, DTypeError
from gluax.gluon.parameter import Parameter, ParameterDict
from gluax.gluon.runner import HybridFlags, Runner, mxnet_numbers
from gluax.ir.graph import Entry
from gluax.lowering.files import load_graph
from gluax.lowering.infer import infer
from gluax.lowering.parameters import fit_parameters, label_names, read_named, require_complete
from gluax.lowering.program import auxiliary_names, check_operators
from gluax.symbol import Group, Symbol


class SymbolBlock:
    """A block whose computation is a symbol.

    Calling it runs node by node until `hybridize` is called; see there for the compiled modes.
    """

    def __init__(
        self,
        outputs: Symbol | Sequence[Symbol],
        inputs: Symbol | Sequence[Symbol],
        params: Mapping[str, Parameter] | None = None,
    ) -> None:
        """Make a block from symbols.

        Args:
          outputs: the output symbol, or several.
          inputs: variables that the caller feeds.
          params: parameters to share, by name; those not found there are created without a value.

        Raises:
          ArgumentError: when an input is not a variable.
          UnsupportedOperatorError: listing every operator without an implementation.
        """
        self._symbol = outputs if isinstance(outputs, Symbol) else Group(list(outputs))
        symbols = [inputs] if isinstance(inputs, Symbol) else list(inputs)
        for symbol in symbols:
            if [entry.node.is_variable for entry in symbol.graph.heads] != [True]:
                raise ArgumentError(f"inputs must be variables; {symbol!r} is the output of an operator")
        self._graph = self._symbol.graph
        self._input_names = tuple(symbol.graph.heads[0].node.name for symbol in symbols)
        check_operators(self._graph)
        self._parameters = self._collect(params or {})
        self._flags = HybridFlags()
        self._runner: Runner | None = None

    def _collect(self, shared: Mapping[str, Parameter]) -> ParameterDict:
        aux = set(auxiliary_names(self._graph))
        names = dict.fromkeys(node.name for node in self._graph.variables if node.name not in self._input_names)
        labels = label_names(self._graph, [name for name in names if name not in shared])
        inferred = infer(self._graph)
        known = {node.name: (id(node), 0) for node in self._graph.variables}
        created = []
        for name in (name for name in names if name not in labels):
            if name in shared:
                created.append(shared[name])
            else:
                shape, dtype = inferred.shapes[known[name]], inferred.types[known[name]]
                created.append(Parameter(name, shape, dtype, grad_req="null" if name in aux else "write"))
        return ParameterDict(created)

    @staticmethod
    def imports(
        symbol_file: str | os.PathLike[str],
        input_names: str | Sequence[str],
        param_file: str | os.PathLike[str] | None = None,
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> SymbolBlock:
        """Load a model that MXNet (or gluax) exported.

        Args:
          symbol_file: the ``*-symbol.json``, of any MXNet version.
          input_names: names of the inputs, in the order the block takes them.
          param_file: the ``*.params`` (any version) or ``.npz``; without it the parameters have no values yet.
          ctx: the device to put the parameters on; JAX's default device when None.
          allow_missing: accept a file that lacks parameters.
          ignore_extra: accept a file with parameters that the graph does not use.

        Returns:
          The block. Labels of loss heads (``softmax_label``) are not demanded.

        Raises:
          ModelFileNotFoundError, ModelFormatError: for a missing, broken or foreign file.
          NameLookupError: for an input name that the graph does not have.
          UnsupportedOperatorError: listing every operator without an implementation.
          ParameterError, ShapeError: when parameters are missing, superfluous or do not fit.
          DeviceError: when the context does not exist here.
        """
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        device = _single(ctx).device if ctx is not None else None
        graph = load_graph(symbol_file)
        arrays = {} if param_file is None else read_named(param_file)
        with mxnet_numbers():
            fit = fit_parameters(graph, arrays, names)
        if param_file is not None:
            require_complete(fit, str(param_file), allow_missing=allow_missing, ignore_extra=ignore_extra)
        params = {}
        for name, array in {**fit.params, **fit.aux}.items():
            params[name] = Parameter(name, grad_req="null" if name in fit.aux else "write")
            params[name].set_data(array)
            if device is not None:
                params[name].reset_ctx(_single(ctx))
        inputs = {node.name: Symbol([Entry(node)]) for node in graph.variables}
        return SymbolBlock(Symbol(graph.heads), [inputs[name] for name in names], params)

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in call order."""
        return self._input_names

    @property
    def symbol(self) -> Symbol:
        """The outputs as a symbol."""
        return self._symbol

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """The parameters (and auxiliary states), or those whose names match a regular expression."""
        return self._parameters.select(select)

    def hybridize(
        self, active: bool = True, *, static_alloc: bool = False, static_shape: bool = False, cache_size: int = 64
    ) -> None:
        """Choose how calls run.

        Args:
          active: False runs node by node. True compiles one executable per input signature; the parameters
            are its arguments, so they can change without a recompile.
          static_alloc: bind the parameters: fold BatchNorm and compute once all that depends on parameters
            alone; bound again when a parameter changes. Costs memory for the bound copies.
          static_shape: with `static_alloc`, call the first signature's executable by the shortest way;
            other shapes still work.
          cache_size: how many executables are kept; the least recently used is dropped.

        Raises:
          ArgumentError: for `static_shape` without `static_alloc`, as in MXNet.
        """
        if static_shape and not static_alloc:
            raise ArgumentError("static_shape=True needs static_alloc=True")
        if cache_size < 1:
            raise ArgumentError(f"cache_size must be at least 1, got {cache_size}")
        self._flags = HybridFlags(active, static_alloc, static_shape, cache_size)
        self._runner = None

    @property
    def cache_statistics(self) -> CacheStatistics | None:
        """Hits, misses, evictions, trace and compile seconds and reasons of recompiles; None when not hybridized."""
        return self._runner.statistics if self._runner is not None else None

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters."""
        for parameter in self._parameters.values():
            parameter.cast(dtype)
        self._runner = None

    def __call__(self, *args: Any) -> Any:
        """Run on arrays, or compose with symbols.

        Args:
          *args: one array (jax.Array, numpy array or tracer) or one Symbol per input.

        Returns:
          The output, or a list of them when there are several. Arrays give jax.Arrays, Symbols give Symbols.

        Raises:
          ArgumentError: for a wrong number or kind of inputs.
          OperatorError, ShapeError, DTypeError: when the inputs do not fit the graph; names the node.
        """
        if len(args) != len(self._input_names):
            raise ArgumentError(f"{len(args)} inputs were passed; the block takes {list(self._input_names)}")
        if any(isinstance(value, Symbol) for value in args):
            return self._compose(args)
        if self._runner is None:
            self._runner = Runner(self._graph, self._input_names, self._parameters, self._flags)
        outputs = self._runner([_to_jax(value, name) for value, name in zip(args, self._input_names)])
        return outputs[0] if len(outputs) == 1 else outputs

    forward = __call__

    def _compose(self, args: Sequence[Any]) -> Any:
        if not all(isinstance(value, Symbol) for value in args):
            raise ArgumentError("inputs must be all arrays or all Symbols")
        composed = self._symbol(**dict(zip(self._input_names, args)))
        return composed if len(composed) == 1 else list(composed)

    def __repr__(self) -> str:
        return f"SymbolBlock(\n{self._symbol!r} : {len(self._input_names)} -> {len(self._symbol)}\n)"


def _single(ctx: Context | Sequence[Context] | None) -> Context:
    contexts = [ctx] if isinstance(ctx, Context) else list(ctx or ())
    if len(contexts) != 1 or not isinstance(contexts[0], Context):
        raise ArgumentError(f"ctx must be one context, such as gluax.cpu(); got {ctx!r}")
    return contexts[0]


def _to_jax(value: Any, name: str) -> jax.Array:
    if isinstance(value, jax.Array):
        return value
    if not isinstance(value, (np.ndarray, np.generic)):
        raise DTypeError(f"input {name!r} must be a jax.Array or a numpy array, got {type(value).__name__}")
    if value.dtype.kind not in "fiub" and value.dtype.name != "bfloat16":
        raise DTypeError(f"input {name!r} has dtype {value.dtype}; numbers are needed")
    with jax.enable_x64(True):
        return jnp.asarray(value)
