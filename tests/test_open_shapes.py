"""Operators without inputs whose shape the rest of the graph settles: `_zeros` of shape (0, 4), an open `_arange`."""

from __future__ import annotations

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax as mx
from gluax.errors import ShapeError
from gluax.ir.json_reader import read_symbol
from gluax.lowering.infer import infer
from gluax.lowering.program import Program


def _graph(op: str, attrs: dict[str, str], combine: str | None) -> Any:
    nodes: list[dict[str, Any]] = [{"op": op, "name": "made", "attrs": attrs, "inputs": []}]
    if combine is not None:
        nodes.append({"op": "null", "name": "data", "inputs": []})
        nodes.append({"op": combine, "name": "out", "inputs": [[0, 0, 0], [1, 0, 0]]})
    variables = [i for i, node in enumerate(nodes) if node["op"] == "null"]
    return read_symbol(json.dumps({"nodes": nodes, "arg_nodes": variables, "heads": [[len(nodes) - 1, 0, 0]]}))


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("op", "value"), [("_zeros", 0), ("_ones", 1), ("_full", 2.5)])
def test_shape_follows_from_the_other_operand(op: str, value: float, rows: int) -> None:
    attrs = {"shape": "(0, 4)"} | ({"value": "2.5"} if op == "_full" else {})
    program = Program(_graph(op, attrs, "elemwise_add"))
    data = jnp.ones((rows, 4))
    for run in (program, jax.jit(program.__call__)):
        ((result,), _) = run({"data": data})
        np.testing.assert_array_equal(result, np.full((rows, 4), 1 + value, np.float32))


@pytest.mark.parametrize("training", [False, True])
def test_shape_follows_through_convolutions(training: bool) -> None:
    # Training computes channels-last on CPU: what is known must go back through those convolutions too.
    state = mx.sym.zeros((0, 2, 6, 6))
    made = mx.sym.Convolution(state, num_filter=3, kernel=(3, 3), stride=(1, 2), pad=(1, 1), no_bias=True, name="h")
    executor = (made + mx.sym.Variable("data")).simple_bind(mx.cpu(), data=(4, 3, 6, 3))
    executor.arg_dict["data"][:] = 2
    (result,) = executor.forward(is_train=training)
    np.testing.assert_array_equal(result.asnumpy(), np.full((4, 3, 6, 3), 2, np.float32))


def test_open_range_takes_the_length_it_needs() -> None:
    program = Program(_graph("_arange", {"start": "2", "step": "0.5", "infer_range": "True"}, "elemwise_mul"))
    for length in (1, 4):
        ((result,), _) = program({"data": jnp.ones((length,))})
        np.testing.assert_array_equal(result, 2 + 0.5 * np.arange(length, dtype=np.float32))


def test_inference_leaves_what_nothing_settles() -> None:
    graph = _graph("_zeros", {"shape": "(0, 4)"}, "elemwise_add")
    assert infer(graph).shape(graph.heads[0]) == (-1, 4)
    assert infer(graph, {"data": (3, 4)}).shape(graph.heads[0]) == (3, 4)


@pytest.mark.parametrize(
    ("op", "attrs", "message"),
    [
        ("_zeros", {"shape": "(0, 4)"}, r"_zeros: shape \(0, 4\) is incomplete"),
        ("_ones", {}, r"_ones: shape \(\) is incomplete"),
        ("_arange", {"start": "0", "infer_range": "True"}, "infer_range is set"),
    ],
)
def test_an_open_shape_is_an_error_that_names_the_node(op: str, attrs: dict[str, str], message: str) -> None:
    with pytest.raises(ShapeError, match=message) as caught:
        Program(_graph(op, attrs, None))({})
    assert "'made'" in str(caught.value)
