"""``gluax load``: what an artifact holds, and one run of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
import typer

from gluax.cli.common import (
    AsJson,
    InputSpecs,
    OutputFile,
    Seed,
    console,
    print_json,
    random_or_loaded,
    split_specs,
    table,
    write_outputs,
)  # fmt: skip
from gluax.compile.artifact import Artifact, load_compiled, show_signature, signature_of
from gluax.errors import ArgumentError


def load(
    artifact_file: Annotated[Path, typer.Argument(help="A .gluax file.", show_default=False)],
    inputs: InputSpecs = None,
    output: OutputFile = None,
    seed: Seed = 0,
    as_json: AsJson = False,
):
    """Show the signatures, platforms and variables of an artifact; with inputs, run it once.

    Files of variables are listed by `gluax params` and run with their symbol by `gluax run`.
    """
    artifact = load_compiled(artifact_file)
    if inputs or output:
        write_outputs(_run(artifact, split_specs(inputs), seed), output, as_json)
        return
    report = _report(artifact)
    if as_json:
        print_json(report)
    else:
        _show(report)


def _run(artifact: Artifact, specs: dict[str, str], seed: int) -> dict[str, np.ndarray]:
    if set(specs) != set(artifact.input_names):
        raise ArgumentError(f"inputs for {sorted(specs)}; the artifact has the inputs {list(artifact.input_names)}")
    dtypes = {name: dtype for name, (_, dtype) in zip(artifact.input_names, artifact.signatures[0])}
    arrays = random_or_loaded(specs, dtypes, artifact.input_names, seed)
    results = artifact(*arrays, rng=jax.random.key(seed))
    results = results if isinstance(results, tuple) else (results,)
    return {f"output{number}": np.asarray(result) for number, result in enumerate(results)}


def _report(artifact: Artifact) -> dict[str, Any]:
    arrays = jax.tree.leaves(artifact.variables)
    return {
        "inputs": artifact.input_names,
        "programs": [
            {
                "inputs": show_signature(signature),
                "outputs": show_signature(signature_of(program.out_avals)),
                "platforms": program.platforms,
                "differentiable": program.has_vjp(),
            }
            for signature, program in zip(artifact.signatures, artifact.programs)
        ],
        "random": artifact.draws,
        "variables": len(arrays),
        "bytes": sum(array.nbytes for array in arrays),
    }


def _show(report: dict[str, Any]) -> None:
    rows = [
        (row["inputs"], row["outputs"], ", ".join(row["platforms"]), str(row["differentiable"]))
        for row in report["programs"]
    ]
    columns = ("inputs", "outputs", "platforms", "differentiable")
    console.print(table(f"programs of {', '.join(report['inputs'])}", columns, rows))
    console.print(f"variables: {report['variables']} in {report['bytes'] / 1e6:,.2f} MB")
    if report["random"]:
        console.print("draws random numbers")
