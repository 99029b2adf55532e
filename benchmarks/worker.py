"""One contestant in a process of its own: loads a model, then times calls when told to.

    python -m benchmarks.worker CONTESTANT FOLDER

Writes one JSON line when ready; for each line ``N`` on standard input runs N calls and writes their seconds.
A line ``out FILE`` writes the output, so that the driver can check that all contestants agree.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Call = Callable[[], Any]


def gluax(folder: Path, data: np.ndarray, **flags: Any) -> tuple[Call, dict[str, float]]:
    import jax

    from gluax.gluon import SymbolBlock

    start = time.perf_counter()
    net = SymbolBlock.imports(folder / "model-symbol.json", ["data"], folder / "model-0000.params")
    loaded = time.perf_counter()
    net.hybridize(**flags)
    x = jax.device_put(data)
    call = lambda: jax.block_until_ready(net(x))
    call()
    first = time.perf_counter()
    done = net.cache_statistics
    parts = {"trace_s": done.trace_seconds, "compile_s": done.compile_seconds} if done else {}
    return call, {"load_s": loaded - start, "first_call_s": first - loaded, **parts}


def mxnet(folder: Path, data: np.ndarray, mode: str) -> tuple[Call, dict[str, float]]:
    import mxnet as mx

    start = time.perf_counter()
    files = (str(folder / "model-symbol.json"), str(folder / "model-0000.params"))
    net = mx.gluon.SymbolBlock.imports(files[0], ["data"], files[1])
    loaded = time.perf_counter()
    x = mx.nd.array(data)
    if mode == "fused":
        net.optimize_for(x, backend="MKLDNN", static_alloc=True, static_shape=True)
    elif mode == "static":
        net.hybridize(static_alloc=True, static_shape=True)
    call = lambda: net(x).asnumpy()
    call()
    return call, {"load_s": loaded - start, "first_call_s": time.perf_counter() - loaded}


def onnxruntime(folder: Path, data: np.ndarray) -> tuple[Call, dict[str, float]]:
    import onnxruntime as ort

    start = time.perf_counter()
    options = ort.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    loaded = time.perf_counter()
    call = lambda: session.run(None, {"data": data})[0]
    call()
    return call, {"load_s": loaded - start, "first_call_s": time.perf_counter() - loaded}


def torch(
    folder: Path, data: np.ndarray, dtype: str = "float32", compiled: bool = False
) -> tuple[Call, dict[str, Any]]:
    import torch

    from benchmarks.torch_model import load

    start = time.perf_counter()
    device = "cpu" if os.environ["BENCHMARK_PLATFORM"] == "cpu" else "cuda"  # where JAX runs, or an error
    torch.set_float32_matmul_precision("high")  # as JAX, which lets a GPU multiply float32 in TF32
    net = load(folder / "model.onnx").eval().to(device, getattr(torch, dtype))
    x = torch.from_numpy(data).to(device, getattr(torch, dtype))
    loaded = time.perf_counter()
    if compiled:
        net = torch.compile(net, mode="reduce-overhead")

    def call() -> torch.Tensor:
        with torch.inference_mode():
            output = net(x)
        if device == "cuda":
            torch.cuda.synchronize()
        return output

    call()
    first_call = time.perf_counter() - loaded
    return call, {"load_s": loaded - start, "first_call_s": first_call, "version": torch.__version__}


CONTESTANTS: dict[str, Callable[[Path, np.ndarray], tuple[Call, dict[str, float]]]] = {
    "gluax eager": lambda folder, data: gluax(folder, data, active=False),
    "gluax hybridized": lambda folder, data: gluax(folder, data, active=True),
    "gluax static": lambda folder, data: gluax(folder, data, static_alloc=True, static_shape=True),
    "gluax bfloat16": lambda folder, data: gluax(folder, data, static_alloc=True, static_shape=True, dtype="bfloat16"),
    "mxnet eager": lambda folder, data: mxnet(folder, data, "eager"),
    "mxnet": lambda folder, data: mxnet(folder, data, "static"),
    "mxnet fused": lambda folder, data: mxnet(folder, data, "fused"),
    "onnxruntime": onnxruntime,
    "torch": torch,
    "torch compiled": lambda folder, data: torch(folder, data, compiled=True),
    "torch bfloat16": lambda folder, data: torch(folder, data, "bfloat16"),
    "torch compiled bfloat16": lambda folder, data: torch(folder, data, "bfloat16", compiled=True),
}


def to_numpy(output: Any) -> np.ndarray:
    return output.float().cpu().numpy() if hasattr(output, "cpu") else np.asarray(output)


def peak_memory() -> float:
    """Largest memory of this process so far, in bytes: resident, or on the accelerator where there is one."""
    if os.environ["BENCHMARK_PLATFORM"] != "cpu":
        if "torch" in sys.modules:
            return sys.modules["torch"].cuda.max_memory_allocated()
        return sys.modules["jax"].devices()[0].memory_stats()["peak_bytes_in_use"]
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries that print must not disturb the protocol
    with np.load(folder / "inputs.npz") as file:
        data = file["data"]
    try:
        call, facts = CONTESTANTS[name](folder, data)
    except Exception as error:  # the driver reports it in the table and goes on
        print(json.dumps({"error": f"{type(error).__name__}: {str(error)[:200]}"}), file=replies)
        return
    facts["process_to_first_output_s"] = time.time() - float(os.environ["BENCHMARK_START"])
    print(json.dumps(facts), file=replies)
    for line in sys.stdin:
        if line.strip() == "memory":
            print(json.dumps(peak_memory()), file=replies)
            continue
        if line.startswith("out "):
            np.save(line[4:].strip(), to_numpy(call()))
            print(json.dumps("written"), file=replies)
            continue
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds), file=replies)


if __name__ == "__main__":
    main()
