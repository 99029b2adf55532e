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


def gluax(folder: Path, data: np.ndarray, **flags: bool) -> tuple[Call, dict[str, float]]:
    import jax

    from gluax.gluon import SymbolBlock

    start = time.perf_counter()
    net = SymbolBlock.imports(folder / "model-symbol.json", ["data"], folder / "model-0000.params")
    loaded = time.perf_counter()
    net.hybridize(**flags)
    x = jax.device_put(data)
    call = lambda: np.asarray(jax.block_until_ready(net(x)))
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


CONTESTANTS: dict[str, Callable[[Path, np.ndarray], tuple[Call, dict[str, float]]]] = {
    "gluax eager": lambda folder, data: gluax(folder, data, active=False),
    "gluax hybridized": lambda folder, data: gluax(folder, data, active=True),
    "gluax static": lambda folder, data: gluax(folder, data, static_alloc=True, static_shape=True),
    "mxnet eager": lambda folder, data: mxnet(folder, data, "eager"),
    "mxnet": lambda folder, data: mxnet(folder, data, "static"),
    "mxnet fused": lambda folder, data: mxnet(folder, data, "fused"),
    "onnxruntime": onnxruntime,
}


def peak_memory() -> float:
    """Largest resident memory of this process so far, in bytes."""
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
            np.save(line[4:].strip(), np.asarray(call()))
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
