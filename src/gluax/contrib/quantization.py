"""Quantization after training, as ``mx.contrib.quantization``: float models become 8-bit models for MXNet too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np

from gluax.compile.numbers import mxnet_numbers
from gluax.errors import ArgumentError, NameLookupError
from gluax.ir.graph import Entry, Graph
from gluax.lowering.parameters import label_names
from gluax.lowering.program import Program, auxiliary_names
from gluax.ndarray import NDArray
from gluax.ops import registry
from gluax.passes.backends import apply_backend
from gluax.passes.calibrate import Histogram, Range, best_range
from gluax.passes.quantizable import select
from gluax.passes.quantize import QuantizedType, quantize
from gluax.symbol import Symbol

CalibrationMode = Literal["none", "naive", "entropy"]
Mode = Literal["full", "smart"]


@dataclass(frozen=True)
class Quantized:
    """A quantized model.

    Attributes:
      symbol: its graph.
      arg_params, aux_params: its parameters and auxiliary states.
      layers: name and operator of the nodes that run in 8 bits.
      left: name and operator of the nodes that stay in float, and why.
    """

    symbol: Symbol
    arg_params: dict[str, NDArray]
    aux_params: dict[str, NDArray]
    layers: list[tuple[str, str]]
    left: list[tuple[str, str, str]]


def quantize_model(
    sym: Symbol,
    arg_params: Mapping[str, Any],
    aux_params: Mapping[str, Any],
    data_names: Sequence[str] = ("data",),
    excluded_sym_names: Sequence[str] | None = None,
    excluded_op_names: Sequence[str] | None = None,
    calib_mode: CalibrationMode = "entropy",
    calib_data: Any = None,
    num_calib_examples: int | None = None,
    quantized_dtype: QuantizedType = "int8",
    quantize_mode: Mode = "smart",
) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
    """Quantize a model, with MXNet's names of arguments; `quantize_symbol` also says what became of each layer.

    Returns:
      The quantized symbol, its parameters and its auxiliary states.
    """
    found = quantize_symbol(
        sym, arg_params, aux_params, data_names, excluded_sym_names, excluded_op_names, calib_mode, calib_data,
        num_calib_examples, quantized_dtype, quantize_mode,
    )  # fmt: skip
    return found.symbol, found.arg_params, found.aux_params


def quantize_symbol(
    sym: Symbol,
    arg_params: Mapping[str, Any],
    aux_params: Mapping[str, Any],
    data_names: Sequence[str] = ("data",),
    excluded_sym_names: Sequence[str] | None = None,
    excluded_op_names: Sequence[str] | None = None,
    calib_mode: CalibrationMode = "entropy",
    calib_data: Any = None,
    num_calib_examples: int | None = None,
    quantized_dtype: QuantizedType = "int8",
    quantize_mode: Mode = "smart",
) -> Quantized:
    """Quantize a model for inference: BatchNorm is folded first, unlike in MXNet, where it is quantized.

    Args:
      sym: the float model.
      arg_params, aux_params: its arrays by name: NDArrays, JAX or numpy arrays.
      data_names: its inputs, in the order in which batches hold them.
      excluded_sym_names: nodes that stay in float.
      excluded_op_names: operators that stay in float.
      calib_mode: where ranges come from: "naive" takes the ends that occur in the data, "entropy" those that keep
        most information, "none" the ends of every single batch when the model runs.
      calib_data: batches: arrays, lists of arrays in the order of `data_names` (what follows is ignored), or
        dictionaries of arrays by name; a single array or dictionary counts as one batch.
      num_calib_examples: stop after this many examples; by default all of the data count.
      quantized_dtype: "auto" is uint8 for ranges without negative values.
      quantize_mode: "smart" quantizes pooling, concatenation and the like only where their inputs are in 8 bits
        already, "full" everywhere.

    Raises:
      ArgumentError: for a wrong mode or type, calibration without data, and data that do not fit `data_names`.
      NameLookupError: for excluded names that are no nodes, and `data_names` that are no variables.
      UnsupportedOperatorError: for excluded operators that do not exist.
    """
    _require("calib_mode", calib_mode, get_args(CalibrationMode))
    _require("quantized_dtype", quantized_dtype, get_args(QuantizedType))
    _require("quantize_mode", quantize_mode, get_args(Mode))
    if calib_mode != "none" and calib_data is None:
        raise ArgumentError(f"calib_mode={calib_mode!r} needs calib_data: batches to run the float model on")
    _require_names("nodes", excluded_sym_names or (), (node.name for node in sym.graph.nodes))
    _require_names("variables", data_names, (node.name for node in sym.graph.variables))
    operators = {registry.get(name).name for name in excluded_op_names or ()}
    with mxnet_numbers():
        arrays = {
            name: jnp.asarray(getattr(array, "_data", array)) for name, array in {**arg_params, **aux_params}.items()
        }
        graph, arrays = apply_backend("inference", sym.graph, arrays)
        weights = {name for name, array in arrays.items() if array.dtype == jnp.float32}
        selection = select(
            graph, weights, excluded_names=excluded_sym_names or (), excluded_operators=operators,
            everywhere=quantize_mode == "full", calibrated=calib_mode != "none",
        )  # fmt: skip
        ranges: dict[tuple[int, int], Range] = {}
        if calib_mode != "none":
            batches = _batches(calib_data, data_names, num_calib_examples)
            ranges = _calibrate(graph, arrays, selection.calibrated(), batches, calib_mode, quantized_dtype == "int8")
        graph, found = quantize(selection, arrays, ranges, quantized_dtype)
        wrapped = {name: NDArray(jnp.asarray(array)) for name, array in found.items()}
    aux = set(auxiliary_names(graph))
    return Quantized(
        Symbol(graph.heads),
        {name: array for name, array in wrapped.items() if name not in aux},
        {name: array for name, array in wrapped.items() if name in aux},
        [(node.name, registry.resolve(node).operator.name) for node in selection.chosen],
        [(node.name, registry.resolve(node).operator.name, why) for node, why in selection.left],
    )


def _require(argument: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ArgumentError(f"unknown {argument} {value!r}; expected {' or '.join(map(repr, allowed))}")


def _require_names(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    if isinstance(names, str):
        raise ArgumentError(f"expected a list of names of {kind}, not {names!r}")
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise NameLookupError(f"the graph has no {kind} {unknown}")


def _batches(data: Any, names: Sequence[str], limit: int | None) -> Iterator[dict[str, jax.Array]]:
    """The batches' arrays by name, until there were `limit` examples."""
    examples = 0
    for batch in [data] if isinstance(data, Mapping) or hasattr(data, "shape") else data:
        if not isinstance(batch, Mapping):
            listed = batch if isinstance(batch, (list, tuple)) else [batch]
            batch = dict(zip(names, listed))
        missing = [name for name in names if name not in batch]
        if missing:
            raise ArgumentError(f"a batch of calib_data lacks {missing}; the inputs are {list(names)}")
        found = {name: jnp.asarray(getattr(batch[name], "_data", batch[name])) for name in names}
        yield found
        examples += len(found[names[0]])
        if limit is not None and examples >= limit:
            return
    if not examples:
        raise ArgumentError("calib_data holds no batch")


def _calibrate(
    graph: Graph,
    arrays: Mapping[str, jax.Array],
    entries: Sequence[Entry],
    batches: Iterable[Mapping[str, jax.Array]],
    mode: CalibrationMode,
    signed: bool,
) -> dict[tuple[int, int], Range]:
    """The range of each entry, by (id(node), index), from runs of the float graph."""
    watched = Graph(entries)
    labels = label_names(watched, [node.name for node in watched.variables if node.name not in arrays])
    program = Program(watched, {node.name for node in watched.variables} - labels)
    ends = lambda array: (jnp.min(array), jnp.max(array))  # noqa: E731
    run = jax.jit(lambda values: [array if mode == "entropy" else ends(array) for array in program(values)[0]])
    histograms: list[Histogram] = []
    lows, highs = [], []
    for batch in batches:
        found = jax.device_get(run({**arrays, **batch}))
        for entry, values in zip(entries, found):
            if not np.isfinite(values).all():
                raise ArgumentError(f"node {entry.node.name!r} has values that are not finite on the calibration data")
        if mode == "entropy":
            new = zip(histograms, found) if histograms else None
            histograms = [h.add(array) for h, array in new] if new else [Histogram.of(array) for array in found]
        else:
            lows.append([low for low, _ in found])
            highs.append([high for _, high in found])
    if mode == "entropy":
        ranges = [best_range(histogram, signed) for histogram in histograms]
    else:
        ranges = list(zip(np.min(lows, 0).tolist(), np.max(highs, 0).tolist()))
    return {(id(entry.node), entry.index): each for entry, each in zip(entries, ranges)}
