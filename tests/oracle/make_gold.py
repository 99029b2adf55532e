"""Run the case table in real MXNet and write the gold files that the tests compare with.

Needs MXNet 1.9.1 (``nox -s oracle`` makes the environment):

    python -m tests.oracle.make_gold [family ...] [--out DIR] [--seed N]

`--seed` is for the live comparison: other data, and the random cases of each family.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

# oneDNN refuses some dtypes and layouts and rounds differently; MXNet's own kernels are the reference.
os.environ.setdefault("MXNET_MKLDNN_ENABLED", "0")
os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")

import mxnet as mx
import numpy as np

from tests.oracle.cases import FAMILIES, cases_of

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def run_case(case) -> dict[str, np.ndarray]:
    """Outputs, gradients and auxiliary states of one case in MXNet."""
    numpy_scope = mx.util.np_shape(case.numpy)
    with numpy_scope:
        symbol = mx.sym.load_json(case.symbol_json())
        arrays = case.arrays()
        given = {f"in{i}": mx.nd.array(a, dtype=a.dtype) for i, a in enumerate(arrays)}
        args = {name: given[name] for name in symbol.list_arguments()}
        aux = {name: given[name] for name in symbol.list_auxiliary_states()}
        wanted = [f"in{i}" for i in case.gradient_inputs()]
        grads = {name: mx.nd.zeros(given[name].shape, dtype=given[name].dtype) for name in wanted}
        requests = {name: "write" if name in wanted else "null" for name in args}
        executor = symbol.bind(mx.cpu(), args, args_grad=grads, grad_req=requests, aux_states=aux)
        outputs = executor.forward(is_train=case.training or bool(wanted))
        found = {f"out{i}": output.asnumpy() for i, output in enumerate(outputs)}
        if wanted:
            heads = [mx.nd.array(case.head_gradient(i, o.shape, o.dtype), dtype=o.dtype) for i, o in enumerate(outputs)]
            executor.backward(heads)
            found.update({f"grad{name[2:]}": grads[name].asnumpy() for name in wanted})
        if case.training:
            found.update({f"aux{name[2:]}": value.asnumpy() for name, value in aux.items()})
    return found


def run_with_onednn(family: str, options: argparse.Namespace) -> int:
    """Make the gold of a family that MXNet runs with oneDNN only; MXNet reads the switch once, when it starts."""
    command = [sys.executable, "-m", __spec__.name, family, "--out", str(options.out), "--seed", str(options.seed)]
    return int(subprocess.run(command, env={**os.environ, "MXNET_MKLDNN_ENABLED": "1"}, check=False).returncode != 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", default=None)
    parser.add_argument("--out", type=Path, default=GOLDEN)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    failures = 0
    for family in options.families or FAMILIES:
        module = importlib.import_module(f"tests.oracle.cases.{family}")
        if getattr(module, "ONEDNN", False) and os.environ["MXNET_MKLDNN_ENABLED"] == "0":
            failures += run_with_onednn(family, options)
            continue
        gold: dict[str, np.ndarray] = {}
        for case in cases_of(family, options.seed):
            try:
                gold.update({f"{case.id}/{name}": value for name, value in run_case(case).items()})
            except Exception as error:  # report every refused case, not only the first
                failures += 1
                print(f"{case.id}: {str(error).splitlines()[0][:300]}", file=sys.stderr)
        np.savez_compressed(options.out / f"{family}.npz", **gold)
        print(f"{family}: {len(gold)} arrays")
    if failures:
        sys.exit(f"{failures} cases were refused by MXNet")


if __name__ == "__main__":
    main()
