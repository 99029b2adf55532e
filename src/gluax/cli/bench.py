"""``gluax bench``: where the time goes, from file to steady state, eager, hybridized and static."""

from __future__ import annotations

import statistics
import time
from typing import Annotated, Any

import jax
import typer
from rich.progress import track

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
    timed,
)  # fmt: skip
from gluax.gluon import SymbolBlock

MODES: dict[str, dict[str, bool]] = {
    "eager": {"active": False},
    "hybridized": {"active": True},
    "static": {"active": True, "static_alloc": True, "static_shape": True},
}


def bench(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    inputs: InputSpecs = None,
    runs: Annotated[int, typer.Option(min=1, help="Timed calls in each mode.")] = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
):
    """Time load, trace, compile, first call and steady state; medians in milliseconds, ratios to eager.

    The modes are timed in turns, so that a busy machine slows all of them alike.
    """
    specs = split_specs(inputs)
    blocks, rows = {}, {}
    for mode, flags in MODES.items():
        block, load = timed(lambda: SymbolBlock.imports(symbol_file, list(specs), param_file))
        block.hybridize(**flags)
        values = [jax.device_put(array) for array in make_inputs(block, specs, seed)]
        _, first = timed(lambda block=block, values=values: jax.block_until_ready(block(*values)))
        done = block.cache_statistics
        rows[mode] = {
            "load_ms": load * 1e3,
            "trace_ms": done.trace_seconds * 1e3 if done else None,
            "compile_ms": done.compile_seconds * 1e3 if done else None,
            "first_call_ms": first * 1e3,
        }
        blocks[mode] = (block, values)
    _steady(blocks, rows, runs, quiet=as_json)
    if as_json:
        print_json({"runs": runs, "device": str(jax.devices()[0]), "modes": rows})
    else:
        _show(rows, runs)


def _steady(blocks: dict[str, Any], rows: dict[str, Any], runs: int, quiet: bool) -> None:
    times: dict[str, list[float]] = {mode: [] for mode in blocks}
    for _ in track(range(runs), "timing", disable=quiet, transient=True):
        for mode, (block, values) in blocks.items():
            start = time.perf_counter()
            jax.block_until_ready(block(*values))
            times[mode].append(time.perf_counter() - start)
    for mode, row in rows.items():
        row["steady_ms"] = statistics.median(times[mode]) * 1e3
        row["ratio_to_eager"] = row["steady_ms"] / rows["eager"]["steady_ms"]


def _show(rows: dict[str, Any], runs: int) -> None:
    columns = {
        "load_ms": "load", "trace_ms": "trace", "compile_ms": "compile", "first_call_ms": "first call",
        "steady_ms": "steady", "ratio_to_eager": "to eager",
    }  # fmt: skip
    shown = [
        (mode, *("-" if row[name] is None else f"{row[name]:.3f}" for name in columns)) for mode, row in rows.items()
    ]
    title = f"milliseconds on {jax.devices()[0]}; steady: median of {runs} calls"
    console.print(table(title, ("mode", *columns.values()), shown))
