"""What the verbs share: input specifications, JSON output, tables."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gluax.errors import ArgumentError, ModelFileNotFoundError, ModelFormatError
from gluax.gluon import SymbolBlock
from gluax.ir.params_writer import write_npz
from gluax.jax_model import Model, dtypes_of
from gluax.lowering.infer import variable_types

SymbolFile = Annotated[Path, typer.Argument(help="The model's *-symbol.json.", show_default=False)]
ParamFile = Annotated[
    Path | None,
    typer.Argument(help="Its *.params, .npz or .safetensors file, or orbax checkpoint.", show_default=False),
]
InputSpecs = Annotated[
    list[str] | None,
    typer.Option("--input", "-i", help="An input as NAME=FILE.npy, or NAME=SHAPE (1,3,224,224) for random data."),
]
OutputFile = Annotated[Path | None, typer.Option("--output", "-o", help="Write the outputs to this .npz.")]
Seed = Annotated[int, typer.Option(help="Seed of random inputs.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

console = Console(markup=False, emoji=False, highlight=False)  # names and messages are printed as they are


def print_json(value: Any) -> None:
    """Print a JSON document on standard output."""
    print(json.dumps(value, indent=2, default=str))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """A table whose columns are right-aligned where every cell begins as a number does, or is "-".

    A cell is text as it stands, or a `rich.text.Text` for one in colour.
    """
    made = Table(title=title, title_justify="left")
    texts = [
        [f"{cell:,}" if isinstance(cell, int) else cell if isinstance(cell, Text) else str(cell) for cell in row]
        for row in rows
    ]
    for index, column in enumerate(columns):
        numeric = all(re.match(r"-?(\d|inf|nan|$)", str(row[index])) for row in texts)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in texts:
        made.add_row(*row)
    return made


def split_specs(
    specs: Sequence[str] | None, option: str = "--input", values: str = "NAME=FILE.npy or NAME=SHAPE"
) -> dict[str, str]:
    """``["data=x.npy"]`` to ``{"data": "x.npy"}``; messages call the option and its values so.

    Raises:
      ArgumentError: for an entry without a name or a name given twice.
    """
    found: dict[str, str] = {}
    for spec in specs or ():
        name, separator, value = spec.partition("=")
        if not (name and separator and value):
            raise ArgumentError(f"{option} {spec!r}: expected {values}, such as data=1,3,224,224")
        if name in found:
            raise ArgumentError(f"{option} {name!r} is given twice")
        found[name] = value
    return found


def parse_shape(text: str) -> tuple[int, ...] | None:
    """The shape that ``1,3,224,224`` spells, or None when it spells something else."""
    parts = text.strip("()[] ").split(",")
    parts = parts[:-1] if len(parts) > 1 and not parts[-1].strip() else parts
    if not all(part.strip().isdigit() for part in parts):
        return None
    return tuple(int(part) for part in parts)


def make_inputs(block: SymbolBlock, specs: dict[str, str], seed: int) -> list[np.ndarray]:
    """Load or draw an array for every input of a block, in its order.

    Args:
      block: its parameters' dtypes decide those of random inputs.
      specs: file or shape by name.
      seed: of the random data, uniform in [0, 1).
    """
    types = {name: parameter.dtype for name, parameter in block.collect_params().items() if parameter.dtype}
    return random_or_loaded(specs, variable_types(block.symbol.graph, types), block.input_names, seed)


def model_inputs(model: Model, specs: dict[str, str], seed: int) -> dict[str, np.ndarray]:
    """As `make_inputs` for a model of the JAX door, by name.

    Raises:
      ArgumentError: when an input is not specified.
    """
    missing = [name for name in model.input_names if name not in specs]
    if missing:
        raise ArgumentError(f"the model's inputs {missing} need --input NAME=FILE.npy or NAME=SHAPE")
    arrays = random_or_loaded(specs, dtypes_of(model.graph, model.variables), model.input_names, seed)
    return dict(zip(model.input_names, arrays))


def random_or_loaded(
    specs: Mapping[str, str], dtypes: Mapping[str, str], names: Sequence[str], seed: int
) -> list[np.ndarray]:
    """Load or draw an array for each name: see `make_inputs`."""
    random = np.random.default_rng(seed)
    arrays = []
    for name in names:
        shape = parse_shape(specs[name])
        arrays.append(load_array(specs[name]) if shape is None else random.random(shape).astype(dtypes[name]))
    return arrays


def load_array(path: str) -> np.ndarray:
    """Read one ``.npy`` file; pickled objects are refused."""
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise ModelFileNotFoundError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise ModelFormatError(f"{path}: not a readable .npy file: {error}") from None
    if not isinstance(array, np.ndarray):
        raise ModelFormatError(f"{path}: holds several arrays; expected one, a .npy file")
    return array


def write_outputs(found: Mapping[str, np.ndarray], output: Path | None, as_json: bool) -> None:
    """Write arrays by name to an .npz file, if one is named, and report on them."""
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


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Run once; return the result and the seconds it took."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start
