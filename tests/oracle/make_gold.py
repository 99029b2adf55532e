"""Run the case table in real MXNet and write the gold files that the tests compare with.

Needs MXNet 1.9.1 (``nox -s oracle`` makes the environment):

    python -m tests.oracle.make_gold [family ...]
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from pathlib import Path

# oneDNN refuses some dtypes and layouts and rounds differently; MXNet's own kernels are the reference.
os.environ.setdefault("MXNET_MKLDNN_ENABLED", "0")
os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")

import mxnet as mx
import numpy as np
from mxnet.base import _LIB, OpHandle, c_str, check_call
from mxnet.ndarray._internal import _imperative_invoke

from tests.oracle.case import spell
from tests.oracle.cases import FAMILIES, cases_of, family_module
from tests.oracle.mxnet_client import MXNet

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def run_case(case) -> dict[str, np.ndarray]:
    """Outputs, gradients and auxiliary states of one case in MXNet."""
    with mx.util.np_shape(case.numpy):
        found = _run_at_once(case) if case.eager or case.inplace else _run_in_graph(case)
    for index, rows in enumerate(case.rows):
        if rows is not None:
            found[f"out{index}"][rows:] = 0
    return found


def _run_at_once(case) -> dict[str, np.ndarray]:
    inputs = [mx.nd.array(a, dtype=a.dtype) for a in case.arrays()]
    names, texts = list(case.attrs), [spell(value) for value in case.attrs.values()]
    for index in case.gradient_inputs():
        inputs[index].attach_grad()
    handle = OpHandle()
    check_call(_LIB.NNGetOpHandle(c_str(case.op), ctypes.byref(handle)))
    with mx.autograd.record() if case.gradient_inputs() else mx.autograd.pause(case.training):
        target = [inputs[index] for index in case.targets()] or None
        outputs = _imperative_invoke(handle.value, inputs, names, texts, target, False, True)
    if case.gradient_inputs():
        mx.autograd.backward(outputs, _heads(case, outputs))
    found = {f"out{i}": output.asnumpy() for i, output in enumerate(outputs)}
    states = case.aux if case.inplace else ()
    found.update({f"aux{i}": inputs[i].asnumpy() for i in states})
    return {**found, **{f"grad{i}": inputs[i].grad.asnumpy() for i in case.gradient_inputs()}}


def _heads(case, outputs) -> list:
    return [mx.nd.array(case.head_gradient(i, o.shape, o.dtype), dtype=o.dtype) for i, o in enumerate(outputs)]


def _run_in_graph(case) -> dict[str, np.ndarray]:
    symbol = mx.sym.load_json(case.symbol_json())
    given = {f"in{i}": mx.nd.array(a, dtype=a.dtype) for i, a in enumerate(case.arrays())}
    args = {name: given[name] for name in symbol.list_arguments()}
    aux = {name: given[name] for name in symbol.list_auxiliary_states()}
    wanted = [f"in{i}" for i in case.gradient_inputs()]
    grads = {name: mx.nd.zeros(given[name].shape, dtype=given[name].dtype) for name in wanted}
    requests = {name: "write" if name in wanted else "null" for name in args}
    executor = symbol.bind(mx.cpu(), args, args_grad=grads, grad_req=requests, aux_states=aux)
    outputs = executor.forward(is_train=case.training or bool(wanted))
    found = {f"out{i}": output.asnumpy() for i, output in enumerate(outputs)}
    if wanted:
        executor.backward(_heads(case, outputs))
        found.update({f"grad{name[2:]}": grads[name].asnumpy() for name in wanted})
    if case.training:
        found.update({f"aux{name[2:]}": value.asnumpy() for name, value in aux.items()})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", default=None)
    options = parser.parse_args()
    failures = 0
    onednn = MXNet(sys.executable, onednn=True)  # a process of its own: MXNet reads the switch once, when it starts
    for family in options.families or FAMILIES:
        always = getattr(family_module(family), "ONEDNN", False)
        gold: dict[str, np.ndarray] = {}
        for case in cases_of(family):
            try:
                found = onednn.run(case) if always or case.onednn else run_case(case)
                gold.update({f"{case.id}/{name}": value for name, value in found.items()})
            except Exception as error:  # report every refused case, not only the first
                failures += 1
                print(f"{case.id}: {str(error).splitlines()[0][:300]}", file=sys.stderr)
        np.savez_compressed(GOLDEN / f"{family}.npz", **gold)
        print(f"{family}: {len(gold)} arrays")
    onednn.close()
    if failures:
        sys.exit(f"{failures} cases were refused by MXNet")


if __name__ == "__main__":
    main()
