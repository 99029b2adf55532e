"""``gluax compare``: the first node where a model and another, or another form of it, part."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import jax
import numpy as np
import typer
from rich.text import Text

from gluax.cli.common import (
    AsJson,
    InputSpecs,
    ParamFile,
    Seed,
    SymbolFile,
    console,
    model_inputs,
    print_json,
    split_specs,
    table,
)  # fmt: skip
from gluax.compare import Comparison, Difference, Recording, record
from gluax.compare import compare as compare_recordings
from gluax.compile.numbers import mxnet_numbers
from gluax.errors import ArgumentError, DeviceError
from gluax.forms import doubled, rewritten
from gluax.jax_model import Model, load
from gluax.lowering.parameters import read_named

OtherType = Literal["bfloat16", "float16", "float64"]


def compare(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    other_symbol: Annotated[Path | None, typer.Argument(help="Another model; without one, the same.")] = None,
    other_params: Annotated[Path | None, typer.Argument(help="Its *.params or .npz file.")] = None,
    inputs: InputSpecs = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            help="Recorded values instead: .npz or .params of outputs or inner values, perhaps with the inputs."
        ),
    ] = None,
    static: Annotated[
        bool, typer.Option("--static", help="The other run is of the graph as static_alloc rewrites it.")
    ] = False,
    dtype: Annotated[OtherType | None, typer.Option(help="The other run computes in this type.")] = None,
    device: Annotated[str | None, typer.Option(help="The first run is on this device: cpu, gpu, gpu:1.")] = None,
    other_device: Annotated[str | None, typer.Option(help="The other run is on this device.")] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(help="Relative to an array's largest magnitude; by default 1e-4, more where values have 16 bits."),
    ] = None,
    worst: Annotated[int, typer.Option(min=1, help="How many of the worst values to list.")] = 10,
    seed: Seed = 0,
    as_json: AsJson = False,
):
    """Run a model and another, or the same in another form, and find the first node where they part.

    Every value inside is compared, by name and in graph order; outputs also by their order. The other run is of
    another model, in another type, on another device, after the rewrites for inference, and any of these together; or
    its values are in a file.

    Exit code 1 when a value differs by more than the tolerance.
    """
    other = other_symbol or static or dtype or other_device
    if golden is not None and other:
        raise ArgumentError("--golden takes the place of another run: it goes with none of the options for that")
    if golden is None and not other:
        raise ArgumentError(
            "nothing to compare with: give another model, --golden, --static, --dtype or --other-device"
        )
    specs = split_specs(inputs)
    recorded = {} if golden is None else read_named(golden)
    with mxnet_numbers():
        model = load(symbol_file, param_file, list(specs) or None)
        given = _recorded_inputs(model, recorded) if recorded and not specs else model_inputs(model, specs, seed)
        first = record(model, given, _device(device))
        if golden is not None:
            second = Recording({name: array for name, array in recorded.items() if name not in given})
        else:
            files = (other_symbol, other_params) if other_symbol else (symbol_file, param_file)
            second = _other_run(files, given, static, dtype, _device(other_device or device))
    result = compare_recordings(first, second, tolerance)
    if as_json:
        print_json(_plain(result))
    else:
        _show(result, worst)
    raise typer.Exit(0 if result.divergence is None else 1)


def _recorded_inputs(model: Model, recorded: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    missing = [name for name in model.input_names if name not in recorded]
    if missing:
        raise ArgumentError(f"the inputs {missing} are not among the recorded values: give all inputs by --input")
    return {name: recorded[name] for name in model.input_names}


def _other_run(
    files: tuple[Path, Path | None],
    given: dict[str, np.ndarray],
    static: bool,
    dtype: OtherType | None,
    device: Any,
) -> Recording:
    low = None if dtype == "float64" else dtype
    model = load(*files, list(given), dtype=None if static else low)
    arrays: dict[str, Any] = given
    if dtype == "float64":
        model, arrays = doubled(model, given)
    if static:
        model = rewritten(model, arrays, target=None if device is None else device.platform, precision=low)
    return record(model, arrays, device)


def _device(name: str | None) -> Any:
    if name is None:
        return None
    platform, _, number = name.partition(":")
    try:
        return jax.devices(platform)[int(number or 0)]
    except (RuntimeError, ValueError, IndexError) as error:
        raise DeviceError(f"there is no device {name!r} here: {error}") from None


def _plain(result: Comparison) -> dict[str, Any]:
    """For JSON, which has no infinities or NaN: they become text."""
    facts = {"ok": result.divergence is None, "divergence": result.divergence and asdict(result.divergence)}
    text = json.dumps({**facts, **asdict(result)})
    return json.loads(text, parse_constant=str)


def _show(result: Comparison, worst: int) -> None:
    found = result.divergence
    count = len(result.differences)
    if found is None:
        console.print(Text("the runs agree", "green"), f"to {result.tolerance:g}; values compared: {count}")
    else:
        console.print(Text("the runs part at", "red"), _sentence(found), soft_wrap=True)
    rows = [(d.name, f"{d.error:.2g}", f"{d.beyond:,} of {d.size:,}", *_shown_worst(d)) for d in result.worst(worst)]
    columns = ("value", "error", "beyond", "worst at", "first", "second")
    console.print(table(f"the worst of {count} values, relative to their largest magnitude", columns, rows))
    for which, names in (("first", result.only_first), ("second", result.only_second)):
        if names:
            some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            console.print(f"only in the {which}: {len(names)} ({some})")


def _sentence(found: Difference) -> str:
    where = f"{found.name} ({found.operator})" if found.operator else found.name
    if found.shapes[0] != found.shapes[1]:
        return f"{where}: its shapes are {found.shapes[0]} and {found.shapes[1]}"
    index, first, second = _shown_worst(found)
    return f"{where}: {found.beyond:,} of {found.size:,} elements differ; worst at {index}: {first} and {second}"


def _shown_worst(found: Difference) -> tuple[str, str, str]:
    if found.index is None:
        return "-", str(found.shapes[0]), str(found.shapes[1])
    return str(found.index), f"{found.first:.7g}", f"{found.second:.7g}"
