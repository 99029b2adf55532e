"""``gluax params``: what a parameter file holds, and its conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gluax.cli.common import AsJson, console, print_json, table
from gluax.errors import ArgumentError, MissingExtraError
from gluax.ir.atomic import atomic_write
from gluax.ir.params_reader import read_params
from gluax.ir.params_writer import write_npz, write_params


def params(
    param_file: Annotated[Path, typer.Argument(help="A *.params or .npz file.", show_default=False)],
    to: Annotated[Path | None, typer.Option(help="Convert to this .npz, .safetensors or .params file.")] = None,
    as_json: AsJson = False,
):
    """List the arrays of a parameter file, or convert it. Sparse arrays become dense."""
    found = read_params(param_file)
    if isinstance(found.arrays, dict):
        arrays = found.arrays
    else:
        arrays = {str(number): array for number, array in enumerate(found.arrays)}
    if to is not None:
        convert(arrays, to)
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
        console.print(f"written to {to}", highlight=False)


def convert(arrays: dict[str, np.ndarray], to: Path) -> None:
    """Write arrays in the format that the file's ending names; whole, or not at all.

    Raises:
      ArgumentError: for an unknown ending.
      MissingExtraError: when safetensors is not installed.
    """
    if to.suffix == ".npz":
        write_npz(to, arrays)
    elif to.suffix == ".params":
        write_params(to, arrays)
    elif to.suffix == ".safetensors":
        try:
            from safetensors.numpy import save
        except ImportError:
            raise MissingExtraError("writing safetensors needs an extra: pip install 'gluax[safetensors]'") from None
        with atomic_write(to) as file:
            file.write(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
    else:
        raise ArgumentError(f"{to}: unknown format; use .npz, .safetensors or .params")
