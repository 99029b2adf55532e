"""``gluax params``: what a parameter file holds, and its conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gluax.cli.common import AsJson, console, print_json, table
from gluax.lowering.parameter_files import read_parameters, write_parameters


def params(
    param_file: Annotated[
        Path, typer.Argument(help="A *.params, .npz or .safetensors file, or an orbax checkpoint.", show_default=False)
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            help="Convert to this .params, .npz or .safetensors file, or without an ending to an orbax checkpoint."
        ),
    ] = None,
    as_json: AsJson = False,
):
    """List the arrays of a parameter file, or convert it. Sparse arrays become dense."""
    found = read_parameters(param_file)
    if isinstance(found.arrays, dict):
        arrays = found.arrays
    else:
        arrays = {str(number): array for number, array in enumerate(found.arrays)}
    if to is not None:
        write_parameters(to, arrays)
    rows = [
        {
            "name": name,
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "bytes": array.nbytes,
            "storage": found.storage.get(name, "dense"),
        }
        for name, array in arrays.items()
    ]
    if as_json:
        print_json(rows)
        return
    shown = [(r["name"], r["dtype"], str(tuple(r["shape"])), r["bytes"], r["storage"]) for r in rows]
    total = sum(row["bytes"] for row in rows)
    console.print(
        table(f"{len(rows)} arrays, {total / 1e6:,.2f} MB", ("name", "dtype", "shape", "bytes", "storage"), shown)
    )
    if to is not None:
        console.print(f"written to {to}")
