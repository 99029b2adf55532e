"""``gluax check``: what a model needs, and whether gluax has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import jax
import typer
from rich.text import Text

from gluax.cli.common import (
    AsJson,
    InputSpecs,
    ParamFile,
    SymbolFile,
    console,
    parse_shape,
    print_json,
    split_specs,
    table,
)  # fmt: skip
from gluax.errors import ArgumentError, GluaxError
from gluax.ir.graph import Entry, Graph, Node
from gluax.lowering.files import load_graph
from gluax.lowering.infer import infer, known
from gluax.lowering.parameters import Fit, fit_parameters, read_named
from gluax.lowering.program import Program
from gluax.ops import registry
from gluax.passes import Options, pipeline


def check(
    symbol_file: SymbolFile,
    param_file: ParamFile = None,
    inputs: InputSpecs = None,
    passes: Annotated[bool, typer.Option("--passes", help="List what each rewrite for inference does.")] = False,
    as_json: AsJson = False,
):
    """List operators and their support, inputs, parameters missing or extra, sizes and FLOPs.

    With input shapes (--input data=1,3,224,224) the FLOPs of one forward pass are counted too. With --passes the
    rewrites behind `static_alloc` are listed, and what operators each takes away and adds; some need input shapes.
    Exit code 1 when an operator is unsupported or a parameter is missing, extra or misshapen.
    """
    graph = load_graph(symbol_file)
    specs = split_specs(inputs)
    report = _report(graph, param_file, specs)
    if passes and report["ok"]:
        report["passes"] = _passes(graph, specs)
    if as_json:
        print_json(report)
    else:
        _show(report)
    raise typer.Exit(0 if report["ok"] else 1)


def _all_nodes(graph: Graph) -> Iterator[Node]:
    pending = [graph]
    while pending:
        for node in pending.pop().nodes:
            pending.extend(node.subgraphs)
            yield node


def _report(graph: Graph, param_file: Any, specs: dict[str, str]) -> dict[str, Any]:
    counts = Counter(registry.registered_name(n.op, n.attrs) for n in _all_nodes(graph) if n.op is not None)
    operators = [{"name": n, "count": c, "supported": registry.find(n) is not None} for n, c in counts.most_common()]
    report: dict[str, Any] = {
        "nodes": len(graph.nodes), "operators": operators, "inputs": None, "labels": None, "missing": [], "extra": [],
        "parameters": None, "bytes": None, "flops": None, "passes": None, "problem": None,
    }  # fmt: skip
    if all(operator["supported"] for operator in operators):
        try:
            _fit_report(graph, param_file, specs, report)
        except GluaxError as error:
            report["problem"] = str(error)
    report["ok"] = (
        all(operator["supported"] for operator in operators)
        and not (report["missing"] or report["extra"] or report["problem"])
    )  # fmt: skip
    return report


def _fit_report(graph: Graph, param_file: Any, specs: dict[str, str], report: dict[str, Any]) -> None:
    arrays = read_named(param_file) if param_file is not None else {}
    fit = fit_parameters(graph, arrays, list(specs) or None)
    stored = {**fit.params, **fit.aux}
    report.update(inputs=list(fit.inputs), labels=list(fit.labels), extra=list(fit.extra))
    if param_file is not None:
        report.update(
            missing=list(fit.missing),
            parameters=sum(array.size for array in stored.values()),
            bytes=sum(array.nbytes for array in stored.values()),
        )
    if specs:
        report["flops"] = _flops(graph, fit, specs)


def _input_shapes(specs: dict[str, str]) -> dict[str, tuple[int, ...]]:
    shapes = {}
    for name, text in specs.items():
        shape = parse_shape(text)
        if shape is None:
            raise ArgumentError(f"--input {name}={text}: check takes a shape, such as {name}=1,3,224,224")
        shapes[name] = shape
    return shapes


def _passes(graph: Graph, specs: dict[str, str]) -> list[dict[str, Any]]:
    """Nodes after each pass for this machine's backend, and the change in how often each operator occurs."""
    shapes: dict[str, Any] = {}
    if specs:
        inferred = infer(graph, _input_shapes(specs))
        shapes = {node.name: inferred.shape(Entry(node)) for node in graph.variables}
    options = Options(jax.default_backend(), {name: shape for name, shape in shapes.items() if known(shape)})
    rows, before = [], Counter(node.op for node in graph.nodes if node.op is not None)
    for name, rewrite in pipeline(options).items():
        graph = rewrite(graph)
        after = Counter(node.op for node in graph.nodes if node.op is not None)
        changes = {op: after[op] - before[op] for op in sorted(before | after) if after[op] != before[op]}
        rows.append({"name": name, "nodes": len(graph.nodes), "changes": changes})
        before = after
    return rows


def _flops(graph: Graph, fit: Fit, specs: dict[str, str]) -> int | None:
    """Floating-point operations of one forward pass, as XLA counts them in the CPU's program before optimisation.

    Of other platforms' programs it counts them after compiling only.
    """
    shapes: dict[str, Any] = {name: array.shape for name, array in {**fit.params, **fit.aux}.items()}
    shapes.update(_input_shapes(specs))
    types = {name: array.dtype.name for name, array in {**fit.params, **fit.aux}.items()}
    inferred = infer(graph, shapes, types)
    structs = {}
    for node in graph.variables:
        shape, dtype = inferred.shapes[id(node), 0], inferred.types[id(node), 0]
        if node.name not in fit.labels and shape is not None and known(shape):
            structs[node.name] = jax.ShapeDtypeStruct(shape, dtype or "float32")
    program = Program(graph, set(structs))
    with jax.default_device(jax.local_devices(backend="cpu")[0]):
        lowered = jax.jit(lambda values, key: program(values, key=key)[0]).lower(structs, jax.random.key(0))
        cost = lowered.cost_analysis() or {}
    return int(cost["flops"]) if "flops" in cost else None


def _show(report: dict[str, Any]) -> None:
    rows = [(o["name"], o["count"], "yes" if o["supported"] else Text("no", "red")) for o in report["operators"]]
    console.print(table(f"{report['nodes']} nodes", ("operator", "count", "supported"), rows))
    for title in ("inputs", "labels", "missing", "extra"):
        if report[title]:
            console.print(f"{title}: {', '.join(report[title])}")
    if report["parameters"] is not None:
        console.print(f"parameters: {report['parameters']:,} in {report['bytes'] / 1e6:,.2f} MB")
    if report["flops"] is not None:
        console.print(f"one forward pass: {report['flops'] / 1e6:,.2f} MFLOP")
    if report["passes"] is not None:
        rows = [
            (row["name"], row["nodes"], ", ".join(f"{op} {count:+}" for op, count in row["changes"].items()) or "-")
            for row in report["passes"]
        ]
        console.print(table("rewrites for inference, in order", ("pass", "nodes after", "operators"), rows))
    if report["problem"]:
        console.print(Text("problem:", "red"), report["problem"])
    if report["ok"]:
        console.print("gluax runs this model", style="green")
    else:
        console.print("gluax cannot run this as it is", style="red")
