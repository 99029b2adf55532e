"""Tracing: from `hybrid_forward` to a graph, its parameters, and what runs it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import jax

import gluax.symbol
from gluax.compile.numbers import mxnet_numbers
from gluax.errors import ArgumentError, ParameterError
from gluax.gluon.block import Block
from gluax.gluon.nested import as_family, flatten, is_numpy, wrapped
from gluax.gluon.parameter import DeferredInitializationError, Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.runner import HybridFlags, Runner
from gluax.ir.np_shape import is_np_shape, np_shape
from gluax.ndarray import NDArray
from gluax.passes.backends import apply_backend
from gluax.structure import Format, regroup
from gluax.symbol import Group, Symbol, var

# Tracing is rare and quick; one lock for all blocks lets them be copied.
_tracing = threading.RLock()


class TracedBlock(Block):
    """A block with a graph: what `HybridBlock` adds its ways of running to."""

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._cached_graph: tuple[list[Symbol], Symbol] | tuple[()] = ()
        self._in_format: Format | None = None
        self._out_format: Format | None = None
        self._graph_params: dict[str, Parameter] = {}
        self._runner: Runner | None = None
        self._active = False
        self._flags = HybridFlags()
        self._backend: str | None = None
        self._rewritten = False  # whether the backend was applied to the graph at hand
        self._backend_opts: dict[str, Any] = {}
        self._callback: Callable[..., Any] | None = None
        self._monitor_all = False

    def _clear_cached_op(self) -> None:
        """Forget the traced graph and everything compiled from it."""
        self._cached_graph = ()
        self._graph_params = {}
        self._rewritten = False
        self._runner = None

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs with the functions of `F`, which is `gluax.nd` or `gluax.sym`; subclasses define it.

        Args:
          F: the namespace of operators.
          x, *args: the inputs.
          **kwargs: the block's own parameters.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define hybrid_forward")

    def _own_variables(self, args: Any) -> dict[str, Symbol]:
        return as_family({name: parameter.var() for name, parameter in self._reg_params.items()}, args)

    def _get_graph(self, *args: Any) -> tuple[list[Symbol], Symbol]:
        """Trace `hybrid_forward` once; inputs are called data, or data0, data1 ... when there are several."""
        with _tracing:
            if not self._cached_graph:
                flat, self._in_format = flatten(args, "input")
                count = sum(value is not None for value in flat)
                if not count:
                    raise ArgumentError(f"All args are None, which a HybridBlock does not support: {args}")
                names = ["data"] if count == 1 else [f"data{number}" for number in range(count)]
                made = iter(as_family({name: var(name) for name in names}, args).values())
                inputs = [None if value is None else next(made) for value in flat]
                grouped = regroup(inputs, self._in_format)
                with self.name_scope():
                    out = self.hybrid_forward(gluax.symbol, *grouped, **self._own_variables(grouped))
                outputs, self._out_format = flatten(out, "output")
                self._cached_graph = [symbol for symbol in inputs if symbol is not None], Group(outputs)
        return self._cached_graph

    def _build(self, given: Sequence[Any]) -> Runner:
        """Trace, initialize what waited for shapes, apply the backend, and make the runner."""
        with _tracing:
            if self._runner is not None:
                return self._runner
            inputs, out = self._get_graph(*given)
            if not self._graph_params:
                parameters = self._parameters_of(inputs, out)
                self._warn_of_unused(inputs, out)
                self._finish_deferred(parameters, given)
                self._graph_params = parameters
            if self._backend and not self._rewritten:
                out = self._rewrite(self._backend, given)
                self._rewritten = True
            names = [str(symbol.name) for symbol in inputs]
            self._runner = Runner(out.graph, names, self._graph_params, self._flags, self._callback, self._monitor_all)
            return self._runner

    def _parameters_of(self, inputs: Sequence[Symbol], out: Symbol) -> dict[str, Parameter]:
        """The parameters that the graph reads, in its order."""
        known = self.collect_params()
        data = {symbol.name for symbol in inputs}
        needed = [name for name in out.list_inputs() if name not in data]
        for name in needed:
            if name not in known:
                raise ParameterError(f"Unknown input to HybridBlock: {name}")
        return {name: known[name] for name in needed}

    def _warn_of_unused(self, inputs: Sequence[Symbol], out: Symbol) -> None:
        read = set(out.list_inputs())
        unused = [f"{number}-th" for number, symbol in enumerate(inputs) if symbol.name not in read]
        idle = [name for name in self.collect_params() if name not in read]
        if unused:
            message = f"The {', '.join(unused)} input to HybridBlock is not used by any computation. Is this intended?"
            warnings.warn(message, stacklevel=6)
        if idle:
            message = f"Parameter {', '.join(idle)} is not used by any computation. Is this intended?"
            warnings.warn(message, stacklevel=6)

    def _finish_deferred(self, parameters: dict[str, Parameter], given: Sequence[Any]) -> None:
        try:
            for parameter in parameters.values():
                parameter.list_data()
        except DeferredInitializationError:
            self._deferred_infer_shape(*given)
            for parameter in parameters.values():
                parameter._finish_deferred_init()

    def _rewrite(self, backend: str, given: Sequence[Any]) -> Symbol:
        """Let the backend rewrite the traced graph; parameters that it left alone stay the same objects."""
        inputs, out = self._get_graph(*given)
        flat, _ = flatten(given, "input")
        fed = dict(zip((str(symbol.name) for symbol in inputs), (value for value in flat if value is not None)))
        arrays = {name: parameter.list_data()[0]._data for name, parameter in self._graph_params.items()}
        known = arrays | {name: value._data for name, value in fed.items() if isinstance(value, NDArray)}
        shapes = {name: jax.ShapeDtypeStruct(array.shape, array.dtype) for name, array in known.items()}
        with mxnet_numbers():
            graph, changed = apply_backend(backend, out.graph, arrays, self._backend_opts, shapes)
        rewritten = Symbol(graph.heads)
        where = next((parameter.list_ctx() for parameter in self._graph_params.values()), None)
        states = set(rewritten.list_auxiliary_states())
        parameters = {}
        for name, array in changed.items():
            if arrays.get(name) is array:
                parameters[name] = self._graph_params[name]
                continue
            parameters[name] = Parameter(name, grad_req="null" if name in states else "write", dtype=array.dtype.type)
            parameters[name]._load_init(NDArray(array), where)
        self._adopt(inputs, rewritten, parameters)
        return rewritten

    def _adopt(self, inputs: list[Symbol], out: Symbol, parameters: dict[str, Parameter]) -> None:
        self._cached_graph, self._graph_params = (inputs, out), parameters

    # --- inference

    def infer_shape(self, *args: Any) -> None:
        """Set the shapes of the parameters from those of input arrays.

        Raises:
          ValueError: when they do not follow.
        """
        self._infer("infer_shape", "shape", args)

    def infer_type(self, *args: Any) -> None:
        """Set the dtypes of the parameters from those of input arrays."""
        self._infer("infer_type", "dtype", args)

    def _infer(self, method: str, attribute: str, args: Sequence[Any]) -> None:
        given, _ = wrapped(args)
        inputs, out = self._get_graph(*given)
        flat, _ = flatten(given, "input")
        values = [value for value in flat if value is not None]
        known = {str(symbol.name): getattr(value, attribute) for symbol, value in zip(inputs, values)}
        with warnings.catch_warnings(record=True) as caught, np_shape(is_np_shape() or is_numpy(given)):
            warnings.simplefilter("always")
            arguments, _, states = getattr(out, method)(**known)
        if arguments is None:
            raise ArgumentError(str(caught[0].message) if caught else "the graph does not determine it")
        found = dict(zip(out.list_arguments(), arguments)) | dict(zip(out.list_auxiliary_states(), states))
        for parameter in self.collect_params().values():
            setattr(parameter, attribute, found[parameter.name])

    def _deferred_infer_shape(self, *args: Any) -> None:
        try:
            self.infer_shape(*args)
        except Exception as error:
            message = f"Deferred initialization failed because shape cannot be inferred. {error}"
            raise ArgumentError(message) from error
