"""Time gluax, MXNet 1.9.1, ONNX Runtime and PyTorch on the same networks, weights and inputs, in turns.

    python -m benchmarks.run --mxnet-python PATH [--networks resnet18 lstm] [--batch 1 8] [--torch] [--out results]

Every contestant is a process of its own and gets all cores; they take turns, so that a busy machine slows all
of them alike. Reported are medians in milliseconds and ratios to each peer, the time from the start of the process to
the first output, and peak memory; JSON and a plot go to the output folder.

Where JAX has an accelerator, gluax runs on it in float32 and in bfloat16, against PyTorch. Reported too is the least
time that the device needs, by its own rates, for the products and the bytes of a call, as a share of the time taken.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

NETWORKS = (
    "resnet18", "resnet50", "mobilenet1.0", "mobilenetv2_1.0", "squeezenet1.0", "densenet121", "inceptionv3", "vgg16",
    "lstm", "gru", "bert_base",
)  # fmt: skip
ON_CPU = (
    "gluax eager", "gluax hybridized", "gluax static", "mxnet eager", "mxnet", "mxnet fused", "onnxruntime",
)  # fmt: skip
ON_ACCELERATOR = ("gluax static", "gluax bfloat16")
TORCH = ("torch", "torch compiled")
TORCH_ON_ACCELERATOR = (*TORCH, "torch bfloat16", "torch compiled bfloat16")
# Whom each of ours is measured by.
RIVALS = {
    "gluax static": ("mxnet", "mxnet fused", "onnxruntime", *TORCH),
    "gluax eager": ("mxnet eager",),
    "gluax bfloat16": ("gluax static", "torch bfloat16", "torch compiled bfloat16"),
}

Rows = dict[str, dict[str, Any]]  # a network's facts by contestant

# Thread pools keep spinning for a while after a call; the next contestant should not pay for that.
_PAUSE_S = 0.25
_TURN_S = 0.4


class Worker:
    """A contestant's process.

    Args:
      name: the contestant.
      folder: the exported network.
      pythons: interpreters by the contestants' first words; others run in this one.
      platform: JAX's default: what the others are to run on.
    """

    def __init__(self, name: str, folder: Path, pythons: dict[str, str], platform: str) -> None:
        python = pythons.get(name.split()[0], sys.executable)
        environment = {
            **os.environ,
            "BENCHMARK_PLATFORM": platform,
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # the contestants share the accelerator's memory
            "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0))),
            "BENCHMARK_START": str(time.time()),
        }
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
        with self.process:  # closes its standard input, at which it ends
            pass


def measure(
    folder: Path, contestants: Sequence[str], pythons: dict[str, str], device: dict[str, Any], rounds: int
) -> Rows:
    """Median call time, agreement and start-up facts of every contestant on one exported network."""
    workers = {name: Worker(name, folder, pythons, device["platform"]) for name in contestants}
    results: Rows = {name: dict(worker.facts) for name, worker in workers.items()}
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
        results[name]["peak_memory_mb"] = worker.ask("memory") / 1e6
        reference = outputs.get("mxnet", outputs.get("gluax static", outputs[name]))
        results[name]["median_ms"] = statistics.median(times[name]) * 1e3
        results[name]["calls"] = len(times[name])
        results[name]["difference"] = float(np.abs(outputs[name] - reference).max() / np.abs(reference).max())
    for worker in workers.values():
        worker.close()
    if "copy_bytes_per_s" in device:
        work = ask_limits("--work", str(folder))
        for name in able:
            least = least_seconds(work, device, 2 if "bfloat16" in name else 4)
            results[name]["share_of_limit"] = least * 1e3 / results[name]["median_ms"]
    return results


def ask_limits(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.limits", *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def least_seconds(work: dict[str, int], device: dict[str, Any], bytes_per_number: int) -> float:
    """The time that no call can beat: of the products at the device's bfloat16 rate, or of the bytes."""
    touched = work["bytes"] * bytes_per_number / 4
    return max(work["products"] / device["bf16_products_per_s"], touched / device["copy_bytes_per_s"])


def show(results: dict[str, Rows]) -> None:
    contestants = list(next(iter(results.values())))
    columns = {
        "median ms per call": lambda facts: facts["median_ms"],
        "seconds from the start of the process to the first output": lambda facts: facts["process_to_first_output_s"],
        "peak memory in MB": lambda facts: facts["peak_memory_mb"],
    }
    if any("share_of_limit" in facts for rows in results.values() for facts in rows.values()):
        columns["share of the device's limit"] = lambda facts: facts["share_of_limit"]
    for title, read in columns.items():
        table = Table("network", *contestants, title=title)
        for network, rows in results.items():
            cells = [rows[name].get("error", "")[:40] or f"{read(rows[name]):.2f}" for name in contestants]
            table.add_row(network, *cells)
        Console(width=160).print(table)
    table = Table("time per call", "batch", "geometric mean", "worst", "networks", title="ratios")
    for row in ratios(results):
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row.values()))
    Console(width=160).print(table)


def ratios(results: dict[str, Rows]) -> list[dict[str, Any]]:
    """Geometric means and worst cases of our time as a multiple of each rival's, for each batch size."""
    found = []
    for ours, rivals in RIVALS.items():
        for rival in rivals:
            for batch in sorted({network.rpartition(" b")[2] for network in results}, key=int):
                each = {
                    network: rows[ours]["median_ms"] / rows[rival]["median_ms"]
                    for network, rows in results.items()
                    if network.endswith(f" b{batch}") and all("median_ms" in rows.get(n, ()) for n in (ours, rival))
                }
                if each:
                    worst = max(each, key=lambda network: each[network])
                    found.append({
                        "ratio": f"{ours} / {rival}", "batch": batch,
                        "mean": statistics.geometric_mean(each.values()),
                        "worst": f"{each[worst]:.2f} ({worst})", "networks": len(each),
                    })  # fmt: skip
    return found


def plot(results: dict[str, Rows], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    networks = list(results)
    figure, axes = plt.subplots(figsize=(max(8, 0.6 * len(networks)), 4.5), layout="constrained")
    shown, one = ("gluax static", "mxnet fused", "onnxruntime"), "mxnet"
    if not all(one in rows for rows in results.values()):
        shown, one = ("gluax static", "gluax bfloat16", "torch compiled bfloat16"), "torch compiled"
    median = lambda network, name: results[network].get(name, {}).get("median_ms", np.nan)
    for offset, name in enumerate(shown):
        heights = [median(network, name) / median(network, one) for network in networks]
        axes.bar(np.arange(len(networks)) + (offset - 1) * 0.27, heights, 0.27, label=name)
    axes.axhline(1, color="black", linewidth=1)
    axes.set(ylabel=f"time relative to {one} (lower is faster)", xticks=range(len(networks)))
    axes.set_xticklabels(networks, rotation=40, ha="right")
    axes.legend(ncols=3, fontsize="small")
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mxnet-python", default=".nox/oracle/bin/python", help="a Python with MXNet and onnx")
    parser.add_argument("--torch", nargs="?", const=sys.executable, help="time PyTorch too; a Python with onnx2torch")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=None, help="folder for results.json and results.png")
    parser.add_argument("--exports", type=Path, default=None, help="folder to keep the exported networks in")
    options = parser.parse_args()
    device = ask_limits()
    on_cpu = device["platform"] == "cpu"
    if options.torch is None and not on_cpu and importlib.util.find_spec("torch"):
        options.torch = sys.executable
    contestants = ON_CPU if on_cpu else ON_ACCELERATOR
    if options.torch is not None:
        contestants += TORCH if on_cpu else TORCH_ON_ACCELERATOR
    pythons = {"mxnet": options.mxnet_python, "torch": options.torch}
    results: dict[str, Rows] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for batch in options.batch:
            for network in options.networks:
                folder = (options.exports or Path(temporary)) / f"{network}-b{batch}"
                if not (folder / "model.onnx").exists():
                    command = [options.mxnet_python, "-m", "benchmarks.networks", str(folder), network, str(batch)]
                    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
                results[f"{network} b{batch}"] = measure(folder, contestants, pythons, device, options.rounds)
                if options.exports is None:
                    shutil.rmtree(folder)
                print(f"{network} batch {batch} done", file=sys.stderr)
    show(results)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        document = {"machine": machine(contestants), "device": device, "ratios": ratios(results), "results": results}
        (options.out / "results.json").write_text(json.dumps(document, indent=1) + "\n")
        plot(results, options.out / "results.png")


def machine(contestants: Sequence[str]) -> str:
    """What the numbers were measured on, in words."""
    cores = len(os.sched_getaffinity(0))
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    packages = ["jax", "jaxlib"] + ["onnxruntime"] * ("onnxruntime" in contestants)
    versions = [f"{name} {metadata.version(name)}" for name in packages] + ["mxnet 1.9.1"] * ("mxnet" in contestants)
    return (
        f"{models[0] if models else platform.processor()}, {cores} cores for every contestant, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {', '.join(versions)}"
    )


if __name__ == "__main__":
    main()
