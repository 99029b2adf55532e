"""``gluax export``: a model, or its variables, in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gluax.cli.common import AsJson, ParamFile, SymbolFile, console, print_json, split_specs
from gluax.compile.artifact import Artifact
from gluax.errors import ArgumentError
from gluax.exporting import PLATFORMS, save_variables
from gluax.exporting import export as make_artifact
from gluax.ir.atomic import atomic_write
from gluax.jax_model import load
from gluax.onnx_export import save_onnx
from gluax.passes.reduce_precision import LowType

_OF_INPUTS = ("--shape", "--input-type")
_PROGRAMS = {  # the endings, and which options such a file takes
    ".gluax": (*_OF_INPUTS, "--platform", "--constraint", "--vjp-order"),
    ".mlir": (*_OF_INPUTS, "--platform", "--constraint"),
    ".onnx": _OF_INPUTS,
}


def export(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="What to write; its ending says the format.")],
    shape: Annotated[
        list[str] | None,
        typer.Option("--shape", "-s", help="An input's shape, NAME=1,3,224,224; a word is any size: NAME=batch,3,8,8."),
    ] = None,
    input_type: Annotated[list[str] | None, typer.Option(help="An input's dtype, NAME=int32.")] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help=f"Where an artifact may run; without, {', '.join(PLATFORMS)}.")
    ] = None,
    constraint: Annotated[
        list[str] | None, typer.Option(help='Of an artifact\'s sizes that are words: "batch <= 64".')
    ] = None,
    dtype: Annotated[LowType | None, typer.Option(help="Mixed precision, as in gluax.load.")] = None,
    vjp_order: Annotated[int, typer.Option(min=0, help="How often a .gluax can be differentiated.")] = 0,
    as_json: AsJson = False,
):
    """Export a model for JAX without gluax (.gluax), as StableHLO text (.mlir) or as .onnx; these need --shape.

    Or its variables alone: .safetensors, .npz, .params, or without an ending an orbax checkpoint.
    """
    given = {
        "--shape": shape, "--input-type": input_type, "--platform": platform, "--constraint": constraint,
        "--vjp-order": vjp_order,
    }  # fmt: skip
    _refuse(output, [option for option, value in given.items() if value])
    model = load(symbol_file, param_file, dtype=dtype)
    if output.suffix in _PROGRAMS:
        types = split_specs(input_type, "--input-type", "NAME=DTYPE")
        if output.suffix == ".onnx":
            save_onnx(output, model, _shapes(shape), dtypes=types)
        else:
            artifact = make_artifact(
                model, _shapes(shape), dtypes=types, platforms=platform or PLATFORMS, constraints=constraint or ()
            )  # fmt: skip
            _write(artifact, output, vjp_order)
    else:
        save_variables(output, model.variables)
    size = sum(path.stat().st_size for path in ([output] if output.is_file() else output.rglob("*")))
    if as_json:
        print_json({"file": output, "bytes": size})
    else:
        console.print(f"{size / 1e6:,.2f} MB written to {output}")


def _refuse(output: Path, options: list[str]) -> None:
    """Raise for options that a file of this kind has no use for."""
    foreign = [option for option in options if option not in _PROGRAMS.get(output.suffix, ())]
    if foreign and output.suffix in _PROGRAMS:
        takers = [ending for ending, taken in _PROGRAMS.items() if set(foreign) <= set(taken)]
        raise ArgumentError(
            f"{output}: {', '.join(foreign)} belong to artifacts, files that end in {' or '.join(takers)}"
        )
    if foreign:
        raise ArgumentError(
            f"{output}: variables alone have no inputs and no program, so they take no {', '.join(foreign)}; for a "
            f"program write {' or '.join(_PROGRAMS)}"
        )


def _write(artifact: Artifact, output: Path, vjp_order: int) -> None:
    if output.suffix == ".gluax":
        artifact.save(output, vjp_order=vjp_order)
        return
    with atomic_write(output) as stream:
        stream.write(artifact.stablehlo.encode())


def _shapes(specs: list[str] | None) -> dict[str, list[int | str]]:
    parts = {name: text.split(",") for name, text in split_specs(specs, "--shape", "NAME=SHAPE").items()}
    return {
        name: [int(size) if size.strip().isdigit() else size.strip() for size in sizes if size.strip()]
        for name, sizes in parts.items()
    }
