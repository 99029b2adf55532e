"""SymbolBlock: an imported graph as a Gluon block."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context
from gluax.errors import ArgumentError, DTypeError, ParameterError
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nested import family_of, flatten
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.ir.graph import Entry
from gluax.lowering.infer import infer
from gluax.lowering.parameters import fit_parameters, label_names, read_named, require_complete
from gluax.lowering.program import check_operators
from gluax.structure import regroup
from gluax.symbol import Group, Symbol, load, var

_STATISTICS_IN_FLOAT32 = ("BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm")
_ROW_SPARSE = "1"


class SymbolBlock(HybridBlock):
    """A block whose computation is a symbol.

    Calling it runs operator by operator until `hybridize` is called; see there for the compiled modes.

    Args:
      outputs: the output symbol, or several.
      inputs: variables that the caller feeds.
      params: parameters to share, by name; those not found there are created without a value. More than the graph
        needs may be there.

    Raises:
      AssertionError: when an input is not a variable, or a parameter is row-sparse.
      UnsupportedOperatorError: listing every operator without an implementation.
    """

    def __init__(
        self,
        outputs: Symbol | Sequence[Symbol],
        inputs: Symbol | Sequence[Symbol],
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix=None, params=None)
        self._prefix = ""
        self._params = ParameterDict("", params)
        if isinstance(inputs, Symbol) and len(inputs) == 1:
            inputs = [inputs]
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            outputs = outputs[0]
        symbols, self._in_format = flatten(inputs, "input")
        heads, self._out_format = flatten(outputs, "output")
        for symbol in symbols:
            variable = len(symbol.get_internals().list_outputs()) == 1
            if not variable:
                raise ArgumentError(f"Input symbols must be variable, but {symbol} is an output of operators")
        out = heads[0] if len(heads) == 1 else Group(heads)
        check_operators(out.graph)
        for node in out.graph.variables:
            if node.attrs.get("__storage_type__") == _ROW_SPARSE:
                raise ParameterError(
                    f"SymbolBlock doesn't support Parameter '{node.name}' because its storage type is 'row_sparse'."
                )
        self._cached_graph = symbols, out
        self._make_parameters({symbol.name for symbol in symbols})

    def _make_parameters(self, input_names: set[str]) -> None:
        symbols, out = self._cached_graph  # type: ignore[misc]
        arguments, states = out.list_arguments(), out.list_auxiliary_states()
        types = _parameter_types(symbols, out)
        shared = self._params._shared or {}
        free = [name for name in (*arguments, *states) if name not in input_names]
        labels = label_names(out.graph, [name for name in free if name not in shared])
        for name in free:
            if name not in labels:
                request = {"grad_req": "null"} if name in states else {}
                self.params.get(name, allow_deferred_init=True, dtype=types[name], **request)
        names = list(self.params.keys())
        cut = len(os.path.commonprefix(names))  # noqa: RUF071  MXNet cuts within words too
        self._reg_params = {name[cut:]: parameter for name, parameter in self.params.items()}

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
          ctx: where to put the parameters, one copy for each context; the current context by default.
          allow_missing: accept a file that lacks parameters.
          ignore_extra: accept a file with parameters that the graph does not use.

        Returns:
          The block. Labels of loss heads (``softmax_label``) are not demanded.

        Raises:
          ModelFileNotFoundError, ModelFormatError: for a missing, broken or foreign file.
          NameLookupError: for an input name that the graph does not have.
          UnsupportedOperatorError: listing every operator without an implementation.
          ParameterError, ShapeError: when parameters are missing, superfluous or do not fit.
          DeviceError: when a context does not exist here.
        """
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        out = load(symbol_file)
        arrays = {} if param_file is None else read_named(param_file)
        with mxnet_numbers():
            fit = fit_parameters(out.graph, arrays, names)
        if param_file is None:  # as in MXNet: without a file to tell, types follow from float32 inputs
            return SymbolBlock(out, [var(name, dtype=np.float32) for name in names])
        require_complete(fit, param_file, allow_missing=allow_missing, ignore_extra=ignore_extra)
        block = SymbolBlock(out, [var(name) for name in names])
        for name, array in {**fit.params, **fit.aux}.items():
            block.params[name]._load_init(array, ctx, cast_dtype=True, dtype_source="saved")
        return block

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in call order."""
        return tuple(symbol.name for symbol in self._cached_graph[0])  # type: ignore[misc]

    @property
    def symbol(self) -> Symbol:
        """The outputs as a symbol."""
        return self._cached_graph[1]  # type: ignore[misc]

    def _clear_cached_op(self) -> None:
        kept = self._cached_graph
        super()._clear_cached_op()
        self._cached_graph = kept

    def _parameters_of(self, inputs: Sequence[Symbol], out: Symbol) -> dict[str, Parameter]:
        data = {symbol.name for symbol in inputs}
        return {name: self.params[name] for name in out.list_inputs() if name not in data and name in self.params}

    def _adopt(self, inputs: list[Symbol], out: Symbol, parameters: dict[str, Parameter]) -> None:
        super()._adopt(inputs, out, parameters)
        self._params = ParameterDict("")
        self._params.update(parameters)
        self._reg_params = dict(parameters)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters; those of BatchNorm operators stay in float32 for float16."""
        super().cast(dtype)
        if np.dtype(dtype) != np.float16:
            return
        for node in self.symbol.graph.nodes:
            if node.op in _STATISTICS_IN_FLOAT32:
                for entry in node.inputs[1:]:
                    if entry.node.name in self.params:
                        self.params[entry.node.name].cast("float32")

    def forward(self, x: Any, *args: Any) -> Any:
        """Run on arrays, or compose with symbols.

        Raises:
          ArgumentError: for a wrong number or structure of inputs, or a mix of arrays and symbols.
          OperatorError, ShapeError, DTypeError: when the inputs do not fit the graph; names the node.
        """
        given = (x, *args)
        return self._compose(given) if family_of(given) is Symbol else self._run_graph(given)

    def _compose(self, given: Sequence[Any]) -> Any:
        flat, structure = flatten(list(given), "input")
        if structure != self._in_format:
            raise ArgumentError(f"{len(given)} inputs were passed; the block takes {list(self.input_names)}")
        composed = copy.copy(self.symbol)
        composed._compose(**dict(zip(self.input_names, flat)))
        return regroup(list(composed), self._out_format)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"SymbolBlock(\n{self.symbol!r} : {len(self.input_names)} -> {len(self.symbol)}\n)"


def _parameter_types(inputs: Sequence[Symbol], out: Symbol) -> dict[str, Any]:
    """The dtypes of the graph's variables, given those that the input variables declare; float32 where unknown.

    MXNet warns of inputs without a dtype here; they are nothing to be warned of.
    """
    declared = {str(symbol.name): infer(symbol.graph, only_types=True).dtype(symbol._entries[0]) for symbol in inputs}
    known = {name: dtype for name, dtype in declared.items() if dtype is not None}
    try:
        found = infer(out.graph, types=known, only_types=True) if len(known) == len(declared) else None
    except DTypeError:  # the declared types do not fit: MXNet falls back too
        found = None
    types = {node.name: found.dtype(Entry(node)) if found else None for node in out.graph.variables}
    return {name: np.dtype(dtype or "float32").type for name, dtype in types.items()}
