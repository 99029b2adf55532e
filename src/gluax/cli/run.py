"""``gluax run``: one forward pass from files to a file."""

from __future__ import annotations

import jax
import numpy as np

from gluax.cli.common import (
    AsJson,
    InputSpecs,
    OutputFile,
    ParamFile,
    Seed,
    SymbolFile,
    make_inputs,
    split_specs,
    write_outputs,
)  # fmt: skip
from gluax.cli.distributed import Coordinator, Distributed, Processes, ProcessId, join, run_on_all
from gluax.errors import ArgumentError
from gluax.gluon import SymbolBlock


def run(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    inputs: InputSpecs = None,
    output: OutputFile = None,
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
    write_outputs({name: np.asarray(result) for name, result in zip(names, results)}, output, as_json)
