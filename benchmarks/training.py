"""A Gluon training step, gluax against MXNet 1.9.1 in turns: the same script, each in a process of its own.

    python -m benchmarks.training --mxnet-python PATH [--networks resnet18_v1 ...] [--batch 8] [--rounds 7]

A step is forwards, backwards and the update of all parameters, waited for. Both get all cores; while one runs, the
other waits, so a busy machine slows both alike. Reported are medians, and the median of the ratios of each round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

from rich.console import Console

from gluax.cli.common import table

STEPS = 3  # of a turn

WORKER = """
import sys, time
import numpy as np
import {package} as mx
from {package} import autograd, gluon

network, batch = sys.argv[1], int(sys.argv[2])
net = getattr(gluon.model_zoo.vision, network)()
net.initialize(mx.init.Xavier())
net.hybridize(static_alloc=True, static_shape=True)
criterion = gluon.loss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {{"learning_rate": 0.01, "momentum": 0.9}})
data = mx.nd.array(np.random.RandomState(0).uniform(size=(batch, 3, 224, 224)))
label = mx.nd.array(np.arange(batch))

def step():
    with autograd.record():
        loss = criterion(net(data), label)
    loss.backward()
    trainer.step(batch)
    for parameter in net.collect_params().values():
        parameter.data().wait_to_read()

start = time.perf_counter()
step()
print(time.perf_counter() - start, flush=True)
step()
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        step()
    print((time.perf_counter() - start) / int(line), flush=True)
"""


class Contestant:
    """A process that trains when it is told to."""

    def __init__(self, python: str, package: str, network: str, batch: int) -> None:
        threads = {"OMP_NUM_THREADS": str(os.cpu_count() or 1)}  # MXNet takes half the cores by itself
        command = [python, "-c", WORKER.format(package=package), network, str(batch)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **threads}
        )
        self.first = self.read()
        self.times: list[float] = []

    def read(self) -> float:
        assert self.process.stdout is not None
        return float(self.process.stdout.readline())

    def turn(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{STEPS}\n")
        self.process.stdin.flush()
        self.times.append(self.read())

    def stop(self) -> None:
        self.process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mxnet-python", required=True)
    parser.add_argument("--networks", nargs="+", default=["resnet18_v1"])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    rows = []
    for network in given.networks:
        ours = Contestant(sys.executable, "gluax", network, given.batch)
        theirs = Contestant(given.mxnet_python, "mxnet", network, given.batch)
        for _ in range(given.rounds):
            ours.turn()
            theirs.turn()
        ours.stop()
        theirs.stop()
        medians = [statistics.median(each.times) for each in (ours, theirs)]
        ratio = statistics.median(a / b for a, b in zip(ours.times, theirs.times))
        firsts = [f"{each.first:.1f}" for each in (ours, theirs)]
        rows.append([network, *(f"{value * 1000:.0f}" for value in medians), f"{ratio:.2f}", *firsts])
    columns = ["network", "gluax ms", "MXNet ms", "ratio", "first step: gluax s", "MXNet s"]
    Console().print(table(f"a training step, batch {given.batch}", columns, rows))


if __name__ == "__main__":
    main()
