"""``gluax profile``: what each node costs, and how far it is from what the device can do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import jax
import typer

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
from gluax.compile.numbers import mxnet_numbers
from gluax.forms import rewritten
from gluax.jax_model import load
from gluax.profile import profile as profile_model


def profile(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    inputs: InputSpecs = None,
    static: Annotated[bool, typer.Option("--static", help="The graph as static_alloc rewrites it.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="Timed runs; medians are shown.")] = 10,
    top: Annotated[int, typer.Option(min=1, help="How many nodes to list, the slowest first.")] = 20,
    trace: Annotated[
        Path | None, typer.Option(help="Write a trace of the compiled model to this folder, for XProf or Perfetto.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
):
    """Time every node on its own, with its operations and bytes, and its distance from the device's limit.

    Each node runs as its own compiled function, so the sum is more than the whole takes as one program, where nodes are
    fused and values stay in registers: that time is shown beside it, and what calling a function takes at all, which
    is part of every node's time. Operations and bytes are XLA's counts.

    The limit is the time that the operations take at the rate of a large matrix product, or the bytes at that of
    copying a large array, both measured here. Arrays that stay in a cache may be faster: more than 100% of the limit.
    """
    specs = split_specs(inputs)
    with mxnet_numbers():
        model = load(symbol_file, param_file, list(specs) or None)
        given = model_inputs(model, specs, seed)
        found = profile_model(rewritten(model, given) if static else model, given, runs=runs, trace=trace)
    total = sum(node.seconds for node in found.nodes)
    report: dict[str, Any] = {"device": str(jax.devices()[0]), "runs": runs, "nodes_seconds": total, **asdict(found)}
    for row, node in zip(report["nodes"], found.nodes):
        row["share"] = node.seconds / total
        row["of_limit"] = node.least_seconds(found.rates) / node.seconds
    if as_json:
        print_json(report)
    else:
        _show(report, top)
        if trace is not None:
            console.print(f"trace written to {trace}")


def _show(report: dict[str, Any], top: int) -> None:
    slowest = sorted(report["nodes"], key=lambda row: -row["seconds"])[:top]
    rows = [
        (
            row["name"], row["operator"], f"{row['seconds'] * 1e3:.3f}", f"{row['share']:.1%}",
            _in_millions(row["flops"]), _in_millions(row["bytes"]), f"{row['of_limit']:.0%}",
        )
        for row in slowest
    ]  # fmt: skip
    title = (
        f"the slowest {len(rows)} of {len(report['nodes'])} nodes on {report['device']}, medians of {report['runs']}"
    )
    console.print(table(title, ("node", "operator", "ms", "share", "MFLOP", "MB", "of limit"), rows))
    rates = report["rates"]
    console.print(
        f"nodes one by one {report['nodes_seconds'] * 1e3:.3f} ms, as one program {report['seconds'] * 1e3:.3f} ms; "
        f"a call alone takes {report['idle_seconds'] * 1e3:.3f} ms\n"
        f"limit: products {rates['products'] / 1e9:,.1f} GFLOP/s, copies {rates['copies'] / 1e9:,.1f} GB/s"
    )


def _in_millions(count: float | None) -> str:
    return "-" if count is None else f"{count / 1e6:,.3f}"
