"""Run the cases of mx.np in real MXNet 1.9.1 and write ``tests/golden/numpy.json``.

python -m tests.oracle.make_numpy_gold
"""

from __future__ import annotations

import json
from typing import Any

import mxnet as mx
import numpy as np

from tests.oracle.numpy_cases import CASES, Case
from tests.oracle.scenarios import GOLDEN


def facts(case: Case) -> dict[str, Any]:
    """What a case gives, and the gradients of the sum of its outputs, weighted by 1, 2, 3 ..."""
    arrays = [mx.np.array(value, dtype=value.dtype) for value in case.inputs]
    wanted = [array for array in arrays if array.dtype in (np.float32, np.float64)]
    for array in wanted:
        array.attach_grad()
    with mx.autograd.record():
        found = case.function(mx, *arrays)
    outputs = list(found) if isinstance(found, (list, tuple)) else [found]
    gold: dict[str, Any] = {
        "kind": type(found).__name__,
        "outputs": [described(output.asnumpy()) for output in outputs],
    }
    heads = [output for output in outputs if output.dtype in (np.float32, np.float64)]
    if heads and wanted:
        weights = [mx.np.array(np.arange(1, head.size + 1).reshape(head.shape), dtype=head.dtype) for head in heads]
        try:
            mx.autograd.backward(heads, weights)
            gold["gradients"] = [described(array.grad.asnumpy()) for array in wanted]
        except mx.MXNetError:  # MXNet has no gradient
            pass
    return gold


def described(values: np.ndarray) -> dict[str, Any]:
    return {"dtype": values.dtype.name, "shape": list(values.shape), "values": values.astype(float).ravel().tolist()}


if __name__ == "__main__":
    mx.npx.set_np()
    gold = {name: facts(case) for name, case in CASES.items()}
    (GOLDEN / "numpy.json").write_text(json.dumps(gold, indent=0, sort_keys=True) + "\n")
    print(f"{len(gold)} cases")
