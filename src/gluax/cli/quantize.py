"""``gluax quantize``: a float model to one in 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.text import Text

from gluax.cli.common import AsJson, ParamFile, SymbolFile, console, print_json, table
from gluax.contrib.quantization import CalibrationMode, Mode, quantize_symbol
from gluax.errors import ArgumentError, ModelFormatError
from gluax.gluon import SymbolBlock
from gluax.ir.params_reader import join_prefixes, read_params
from gluax.lowering.parameters import fit_parameters, read_named, require_complete
from gluax.passes.quantize import QuantizedType
from gluax.symbol import Symbol, load
from gluax.symbol.model_files import write_model

_BATCH = 32


def quantize(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    output: Annotated[str, typer.Option("--output", "-o", help="PREFIX of the files to write.")] = "quantized",
    data: Annotated[Path | None, typer.Option(help="An .npz file of inputs by name, to calibrate with.")] = None,
    mode: Annotated[CalibrationMode, typer.Option(help="Where the ranges of values come from.")] = "entropy",
    dtype: Annotated[QuantizedType, typer.Option(help="auto: uint8 where nothing is negative.")] = "auto",
    exclude: Annotated[list[str] | None, typer.Option(help="A node that stays in float.")] = None,
    exclude_op: Annotated[list[str] | None, typer.Option(help="An operator that stays in float.")] = None,
    reach: Annotated[Mode, typer.Option(help="full: pooling and the like before the first layer too.")] = "smart",
    examples: Annotated[int | None, typer.Option(min=1, help="Calibrate with the first so many.")] = None,
    as_json: AsJson = False,
):
    """Quantize a model to 8 bits and write PREFIX-symbol.json and PREFIX-0000.params.

    Reports which layers run in 8 bits, which stay in float and why, and how far the outputs are from the float
    model's on the calibration data.
    """
    symbol, arrays = load(symbol_file), read_named(param_file) if param_file is not None else {}
    fit = fit_parameters(symbol.graph, arrays)
    require_complete(fit, param_file)
    batches = None if data is None else _batches(data, fit.inputs, examples)
    found = quantize_symbol(
        symbol, fit.params, fit.aux, fit.inputs, exclude, exclude_op, mode, batches, None, dtype, reach
    )  # fmt: skip
    files = write_model(output, found.symbol, join_prefixes(found.arg_params, found.aux_params))
    report: dict[str, Any] = {
        "files": files,
        "quantized": [{"name": name, "operator": op} for name, op in found.layers],
        "float": [{"name": name, "operator": op, "why": why} for name, op, why in found.left],
        "differences": None if batches is None else _compare(symbol_file, param_file, files, fit.inputs, batches),
    }
    if as_json:
        print_json(report)
    else:
        _show(report)


def _batches(path: Path, names: tuple[str, ...], examples: int | None) -> list[dict[str, np.ndarray]]:
    arrays = read_params(path).arrays
    if not isinstance(arrays, dict):
        raise ModelFormatError(f"{path}: expected an .npz file of arrays by name")
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ArgumentError(f"{path} lacks the inputs {missing}; it holds {sorted(arrays)}")
    count = min([len(arrays[name]) for name in names] + ([] if examples is None else [examples]))
    starts = range(0, count, _BATCH)
    return [{name: arrays[name][start : min(start + _BATCH, count)] for name in names} for start in starts]


def _compare(
    symbol_file: Path, param_file: Path | None, files: list[str], names: tuple[str, ...], batches: list[Any]
) -> list[dict[str, Any]]:
    """Of each output the largest difference between the models, and the largest magnitude in float."""
    blocks = [SymbolBlock.imports(*pair) for pair in ((symbol_file, names, param_file), (files[0], names, files[1]))]
    outputs: list[list[np.ndarray]] = []
    for block in blocks:
        block.hybridize(static_alloc=True)
        results = [block(*(batch[name] for name in names)) for batch in batches]
        listed = [result if isinstance(result, list) else [result] for result in results]
        outputs.append([np.concatenate(list(map(np.asarray, each))) for each in zip(*listed)])
    symbol: Symbol = blocks[0].symbol
    return [
        {"output": name, "difference": float(np.abs(ours - theirs).max()), "magnitude": float(np.abs(theirs).max())}
        for name, theirs, ours in zip(symbol.list_outputs(), *outputs)
    ]


def _show(report: dict[str, Any]) -> None:
    rows = [(row["name"], row["operator"], "yes", "") for row in report["quantized"]]
    rows += [(row["name"], row["operator"], Text("no", "yellow"), row["why"]) for row in report["float"]]
    count = len(report["quantized"])
    console.print(table(f"{count} of {len(rows)} nodes in 8 bits", ("node", "operator", "8 bits", "why not"), rows))
    for row in report["differences"] or ():
        console.print(
            f"{row['output']}: at most {row['difference']:.4g} from the float model's, whose largest magnitude is "
            f"{row['magnitude']:.4g}",
        )
    console.print(f"written to {' and '.join(report['files'])}")
