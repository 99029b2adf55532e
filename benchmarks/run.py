"""Time gluax, MXNet 1.9.1 and ONNX Runtime on the same networks, weights and inputs, in turns.

    python -m benchmarks.run --mxnet-python PATH [--networks resnet18 lstm] [--batch 1 8] [--out results]

Every contestant is a process of its own and gets all cores; they take turns, so that a busy machine slows all
of them alike. Reported are medians in milliseconds and ratios to MXNet; JSON and a plot go to the output folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

NETWORKS = ("resnet18", "resnet50", "mobilenet1.0", "mobilenetv2_1.0", "squeezenet1.0", "vgg16", "lstm", "bert_small")
CONTESTANTS = ("gluax eager", "gluax hybridized", "gluax static", "mxnet", "mxnet fused", "onnxruntime")
PEERS = ("mxnet", "mxnet fused", "onnxruntime")

# Thread pools keep spinning for a while after a call; the next contestant should not pay for that.
_PAUSE_S = 0.25
_TURN_S = 0.4


class Worker:
    """A contestant's process."""

    def __init__(self, name: str, folder: Path, mxnet_python: str) -> None:
        python = mxnet_python if name.startswith("mxnet") else sys.executable
        environment = {**os.environ, "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0)))}
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", name, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        self.facts: dict[str, Any] = self._answer() or {"error": "the process died"}

    def ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def measure(folder: Path, mxnet_python: str, rounds: int) -> dict[str, dict[str, Any]]:
    """Median call time, agreement and start-up facts of every contestant on one exported network."""
    workers = {name: Worker(name, folder, mxnet_python) for name in CONTESTANTS}
    results: dict[str, dict[str, Any]] = {name: dict(worker.facts) for name, worker in workers.items()}
    able = {name: worker for name, worker in workers.items() if "error" not in worker.facts}
    outputs = {}
    for name, worker in able.items():
        worker.ask(f"out {folder / 'out.npy'}")
        outputs[name] = np.load(folder / "out.npy")
    calls = {name: max(1, int(_TURN_S / max(worker.ask("2")[-1], 1e-6))) for name, worker in able.items()}
    times: dict[str, list[float]] = {name: [] for name in able}
    for _ in range(rounds):
        for name, worker in able.items():
            time.sleep(_PAUSE_S)
            times[name] += worker.ask(str(calls[name]))
    for name, worker in able.items():
        worker.close()
        reference = outputs.get("mxnet", outputs[name])
        results[name]["median_ms"] = statistics.median(times[name]) * 1e3
        results[name]["calls"] = len(times[name])
        results[name]["difference"] = float(np.abs(outputs[name] - reference).max() / np.abs(reference).max())
    return results


def show(results: dict[str, dict[str, dict[str, Any]]]) -> None:
    table = Table(title="median ms per call; in brackets gluax static as a multiple of that contestant's time")
    table.add_column("network")
    for name in CONTESTANTS:
        table.add_column(name, justify="right")
    for network, rows in results.items():
        ours = rows["gluax static"].get("median_ms")
        cells = []
        for name in CONTESTANTS:
            median = rows[name].get("median_ms")
            ratio = f" ({ours / median:.2f})" if median and ours and name in PEERS else ""
            cells.append(f"{median:.2f}{ratio}" if median else rows[name].get("error", "-")[:40])
        table.add_row(network, *cells)
    Console(width=160).print(table)
    for peer in PEERS:
        ratios = [
            rows["gluax static"]["median_ms"] / rows[peer]["median_ms"]
            for rows in results.values()
            if "median_ms" in rows[peer] and "median_ms" in rows["gluax static"]
        ]
        if ratios:
            print(f"gluax static / {peer}: geometric mean {statistics.geometric_mean(ratios):.2f} over {len(ratios)}")


def plot(results: dict[str, dict[str, dict[str, Any]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    networks = list(results)
    figure, axes = plt.subplots(figsize=(max(8, 1.1 * len(networks)), 4.5), layout="constrained")
    shown = [name for name in CONTESTANTS if name != "mxnet"]
    for offset, name in enumerate(shown):
        heights = [
            results[n][name].get("median_ms", np.nan) / results[n]["mxnet"].get("median_ms", np.nan) for n in networks
        ]
        axes.bar(np.arange(len(networks)) + (offset - len(shown) / 2 + 0.5) * 0.16, heights, 0.16, label=name)
    axes.axhline(1, color="black", linewidth=1)
    axes.set(yscale="log", ylabel="time relative to MXNet 1.9.1 (lower is faster)", xticks=range(len(networks)))
    axes.set_xticklabels(networks, rotation=30, ha="right")
    axes.legend(ncols=3, fontsize="small")
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mxnet-python", default=".nox/oracle/bin/python", help="a Python with MXNet and onnx")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None, help="folder for results.json and results.png")
    options = parser.parse_args()
    results: dict[str, dict[str, dict[str, Any]]] = {}
    for batch in options.batch:
        for network in options.networks:
            with tempfile.TemporaryDirectory() as temporary:
                command = [options.mxnet_python, "-m", "benchmarks.networks", temporary, network, str(batch)]
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
                results[f"{network} b{batch}"] = measure(Path(temporary), options.mxnet_python, options.rounds)
            print(f"{network} batch {batch} done", file=sys.stderr)
    show(results)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
        document = {"machine": machine, "results": results}
        (options.out / "results.json").write_text(json.dumps(document, indent=1) + "\n")
        plot(results, options.out / "results.png")


if __name__ == "__main__":
    main()
