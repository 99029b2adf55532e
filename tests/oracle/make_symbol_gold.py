"""Run all scenarios in real MXNet 1.9.1 and write ``tests/golden/<family>.json``, and the signatures of
all operators to ``tests/golden/operator_table.json``.

python -m tests.oracle.make_symbol_gold
"""

from __future__ import annotations

import ctypes
import json

import mxnet as mx
from mxnet.base import _LIB, OpHandle, c_str, check_call, mx_uint, py_str

import tests.oracle.symbol_inference_scenarios  # noqa: F401  adds its scenarios
from tests.oracle import (
    autograd_scenarios,
    checking_scenarios,
    conv_cell_scenarios,
    data_scenarios,
    executor_scenarios,
    feed_forward_scenarios,
    gluon_data_scenarios,
    gluon_scenarios,
    helper_scenarios,
    image_scenarios,
    initializer_scenarios,
    layer_scenarios,
    metric_scenarios,
    model_scenarios,
    module_corner_scenarios,
    module_scenarios,
    ndarray_scenarios,
    numpy_scenarios,
    optimizer_scenarios,
    parameter_scenarios,
    recurrent_scenarios,
    rnn_scenarios,
    symbol_scenarios,
    test_utils_scenarios,
    trainer_scenarios,
    training_scenarios,
    visualization_scenarios,
)
from tests.oracle.scenarios import GOLDEN

FAMILIES = (
    symbol_scenarios, ndarray_scenarios, parameter_scenarios, initializer_scenarios, visualization_scenarios,
    gluon_scenarios, recurrent_scenarios, layer_scenarios, optimizer_scenarios, training_scenarios,
    trainer_scenarios, metric_scenarios, autograd_scenarios, data_scenarios, model_scenarios, test_utils_scenarios,
    rnn_scenarios, gluon_data_scenarios, checking_scenarios, image_scenarios, executor_scenarios,
    numpy_scenarios, helper_scenarios, module_scenarios, module_corner_scenarios, feed_forward_scenarios,
    conv_cell_scenarios,
)  # fmt: skip


def operator_table() -> dict[str, list]:
    """For every name MXNet registers: the operator's own name, its inputs and its attributes, in order."""
    count, names = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
    check_call(_LIB.MXListAllOpNames(ctypes.byref(count), ctypes.byref(names)))
    found = [py_str(names[i]) for i in range(count.value)]
    return {name: describe(name) for name in sorted(found) if not name.startswith("_backward")}


def describe(name: str) -> list:
    handle, size = OpHandle(), mx_uint()
    texts = [ctypes.c_char_p() for _ in range(4)]  # name, description, the attribute counting inputs, return type
    lists = [ctypes.POINTER(ctypes.c_char_p)() for _ in range(3)]  # arguments: names, types, descriptions
    check_call(_LIB.NNGetOpHandle(c_str(name), ctypes.byref(handle)))
    pointers = [ctypes.byref(item) for item in (*texts[:2], size, *lists, *texts[2:])]
    check_call(_LIB.MXSymbolGetAtomicSymbolInfo(handle, *pointers))
    arguments = [(py_str(lists[0][i]), py_str(lists[1][i])) for i in range(size.value)]
    inputs = [argument for argument, kind in arguments if "Symbol" in kind]
    return [py_str(texts[0].value), inputs, [argument for argument, _ in arguments if argument not in inputs]]


def main() -> None:
    gluon_scenarios.load()
    for family in FAMILIES:
        family.SCENARIOS.write_gold(mx)
    rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in operator_table().items()]
    (GOLDEN / "operator_table.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{len(rows)} operator names")


if __name__ == "__main__":
    main()
