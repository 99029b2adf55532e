"""``gluax run``: one forward pass from files to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import jax
import numpy as np
import typer

from gluax.cli.common import (
    AsJson,
    InputSpecs,
    ParamFile,
    Seed,
    SymbolFile,
    console,
    make_inputs,
    print_json,
    split_specs,
    table,
)  # fmt: skip
from gluax.cli.distributed import Coordinator, Distributed, Processes, ProcessId, join, run_on_all
from gluax.errors import ArgumentError
from gluax.gluon import SymbolBlock
from gluax.ir.params_writer import write_npz


def run(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    inputs: InputSpecs = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the outputs to this .npz.")] = None,
    seed: Seed = 0,
    distributed: Distributed = False,
    coordinator: Coordinator = None,
    processes: Processes = None,
    process_id: ProcessId = None,
    as_json: AsJson = False,
):
    """Run a model once and write its outputs, by name, to an .npz file."""
    if distributed:
        join(coordinator, processes, process_id)
    elif (coordinator, processes, process_id) != (None, None, None):
        raise ArgumentError("--coordinator, --processes and --process-id go with --distributed")
    specs = split_specs(inputs)
    block = SymbolBlock.imports(symbol_file, list(specs), param_file)
    arrays = make_inputs(block, specs, seed)
    block.hybridize()
    if distributed:
        results = run_on_all(block, arrays)
    else:
        results = block(*arrays)
        results = results if isinstance(results, list) else [results]
    if jax.process_index() > 0:
        return
    names = block.symbol.list_outputs()
    found = {name: np.asarray(result) for name, result in zip(names, results)}
    if output is not None:
        write_npz(output, found)
    rows = [
        (n, str(a.dtype), str(a.shape), f"{a.min():.6g}", f"{a.mean():.6g}", f"{a.max():.6g}") for n, a in found.items()
    ]
    columns = ("output", "dtype", "shape", "min", "mean", "max")
    if as_json:
        print_json([dict(zip(columns, row)) for row in rows])
    else:
        console.print(table(f"written to {output}" if output else "outputs", columns, rows))
