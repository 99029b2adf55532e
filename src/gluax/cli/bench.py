"""``gluax bench``: where the time goes, from file to steady state, eager, hybridized and static."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from typing import Annotated, Any

import jax
import numpy as np
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
    batch: Annotated[list[int] | None, typer.Option(min=1, help="Also time this many rows (axis 0).")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
):
    """Time load, trace, compile, first call and steady state; medians in milliseconds, ratios to eager.

    The modes are timed in turns, so that a busy machine slows all of them alike. Each --batch repeats the inputs' rows
    to that many and reports rows per second. Peak memory is the process's, with all modes in it.
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
    for mode, seconds in _steady(blocks, runs, quiet=as_json).items():
        rows[mode]["steady_ms"] = seconds * 1e3
        rows[mode]["ratio_to_eager"] = rows[mode]["steady_ms"] / rows["eager"]["steady_ms"]
    throughput = {size: _throughput(blocks, size, runs, quiet=as_json) for size in batch or ()}
    report = {
        "runs": runs, "device": str(jax.devices()[0]), "modes": rows, "rows_per_second": throughput,
        "peak_memory_mb": _peak_memory() / 1e6,
    }  # fmt: skip
    if as_json:
        print_json(report)
    else:
        _show(report)


def _steady(blocks: dict[str, Any], runs: int, quiet: bool) -> dict[str, float]:
    """Median seconds of a call in each mode."""
    times: dict[str, list[float]] = {mode: [] for mode in blocks}
    for _ in track(range(runs), "timing", disable=quiet, transient=True):
        for mode, (block, values) in blocks.items():
            start = time.perf_counter()
            jax.block_until_ready(block(*values))
            times[mode].append(time.perf_counter() - start)
    return {mode: statistics.median(seconds) for mode, seconds in times.items()}


def _throughput(blocks: dict[str, Any], size: int, runs: int, quiet: bool) -> dict[str, float]:
    repeated = {}
    for mode, (block, values) in blocks.items():
        repeated[mode] = block, [np.resize(value, (size, *value.shape[1:])) for value in map(np.asarray, values)]
        jax.block_until_ready(block(*repeated[mode][1]))
    return {mode: size / seconds for mode, seconds in _steady(repeated, runs, quiet).items()}


def _peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _show(report: dict[str, Any]) -> None:
    rows = report["modes"]
    columns = {
        "load_ms": "load", "trace_ms": "trace", "compile_ms": "compile", "first_call_ms": "first call",
        "steady_ms": "steady", "ratio_to_eager": "to eager",
    }  # fmt: skip
    shown = [
        (mode, *("-" if row[name] is None else f"{row[name]:.3f}" for name in columns)) for mode, row in rows.items()
    ]
    title = f"milliseconds on {report['device']}; steady: median of {report['runs']} calls"
    console.print(table(title, ("mode", *columns.values()), shown))
    if report["rows_per_second"]:
        batches = [
            (size, *(f"{rate:,.1f}" for rate in each.values())) for size, each in report["rows_per_second"].items()
        ]
        console.print(table("rows per second", ("batch", *rows), batches))
    console.print(f"peak memory: {report['peak_memory_mb']:,.0f} MB")
