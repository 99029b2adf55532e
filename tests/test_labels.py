"""Labels of loss heads: inferred from the data, and not needed in inference."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.errors import GluaxError
from gluax.ir.json_reader import read_symbol
from gluax.lowering.infer import infer
from gluax.lowering.program import Program

UNKNOWN = -1


def graph_of(op: str, **attrs: str):
    nodes = [{"op": "null", "name": name, "inputs": []} for name in ("data", "label")]
    nodes.append({"op": op, "name": "head", "attrs": attrs, "inputs": [[0, 0, 0], [1, 0, 0]]})
    return read_symbol(json.dumps({"nodes": nodes, "arg_nodes": [0, 1], "heads": [[2, 0, 0]]}))


@pytest.mark.parametrize(
    ("op", "attrs", "data", "label"),
    [
        ("SoftmaxOutput", {}, (2, 3), (2,)),
        ("SoftmaxOutput", {}, (2, 3, 4), (2, 3)),
        ("SoftmaxOutput", {"preserve_shape": "True"}, (2, 3, 4), (2, 3)),
        ("SoftmaxOutput", {}, (UNKNOWN, 3), (UNKNOWN,)),
        ("SoftmaxOutput", {"multi_output": "True"}, (2, 3), (2, 1)),
        ("SoftmaxOutput", {"multi_output": "True"}, (2, 3, 4, 5), (2, 20)),
        ("SVMOutput", {}, (2, 3), (2,)),
        ("LinearRegressionOutput", {}, (2, 3), (2, 3)),
        ("LogisticRegressionOutput", {}, (2, 1), (2,)),
        ("MAERegressionOutput", {}, (2, 1, 1), (2, 1, 1)),
        ("LinearRegressionOutput", {}, (4,), (4,)),
    ],
)
def test_label_shape_follows_from_data(op: str, attrs: dict[str, str], data, label) -> None:
    graph = graph_of(op, **attrs)
    found = infer(graph, {"data": data}, {"data": "float64"})
    assert found.shape(graph.heads[0].node.inputs[1]) == label
    assert found.dtype(graph.heads[0].node.inputs[1]) == "float64"
    assert found.shape(graph.heads[0]) == data


@pytest.mark.parametrize(
    ("op", "attrs", "label"),
    [
        ("SoftmaxOutput", {}, (2, 3, 4)),
        ("SoftmaxOutput", {"multi_output": "True"}, (2, 4)),
        ("SoftmaxOutput", {"multi_output": "True"}, (2, 1, 4)),
        ("LinearRegressionOutput", {}, (2, 12)),
    ],
)
def test_other_label_shapes_are_kept(op: str, attrs: dict[str, str], label) -> None:
    graph = graph_of(op, **attrs)
    assert infer(graph, {"data": (2, 3, 4), "label": label}).shape(graph.heads[0].node.inputs[1]) == label


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("SoftmaxOutput", jax.nn.softmax),
        ("LinearRegressionOutput", lambda x: x),
        ("LogisticRegressionOutput", jax.nn.sigmoid),
        ("MAERegressionOutput", lambda x: x),
        ("SVMOutput", lambda x: x),
    ],
)
def test_without_a_label_a_head_is_its_forward(op: str, expected) -> None:
    data = jnp.linspace(-1, 1, 6).reshape(2, 3)
    program = Program(graph_of(op), available=["data"])

    def run(function):
        return jax.jit(lambda x: function(x).sum(0) @ jnp.arange(3.0))

    found = run(lambda x: program({"data": x})[0][0])
    np.testing.assert_allclose(found(data), run(expected)(data), rtol=1e-6)
    np.testing.assert_allclose(jax.grad(found)(data), jax.grad(run(expected))(data), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("op", "attrs", "label", "message"),
    [
        ("SoftmaxOutput", {}, (3,), r"expected classes of shape \(2,\) or probabilities of shape \(2, 3\)"),
        ("SoftmaxOutput", {"multi_output": "True"}, (4,), r"expected classes of shape \(2, 1\)"),
        ("SVMOutput", {}, (3,), r"label has shape \(3,\), expected \(2,\)"),
        ("MAERegressionOutput", {}, (3, 2), r"label has shape \(3, 2\), expected that of data, \(2, 3\)"),
    ],
)
def test_a_label_that_does_not_fit_is_an_error(op: str, attrs: dict[str, str], label, message: str) -> None:
    with pytest.raises(GluaxError, match=message):
        Program(graph_of(op, **attrs))({"data": jnp.ones((2, 3)), "label": jnp.ones(label)})
