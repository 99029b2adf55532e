"""MXNet's Custom operator: unsupported until someone registers its function."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.errors import AttributeParseError, UnsupportedOperatorError
from gluax.ir.graph import Graph
from gluax.ir.json_reader import read_symbol
from gluax.lowering.infer import infer
from gluax.lowering.program import Program, check_operators
from gluax.ops import registry
from gluax.ops.custom import custom, register_op


def graph_of(*nodes: tuple[str, dict[str, str]]) -> Graph:
    """Operators one after another on `data`."""
    entries = [{"op": "null", "name": "data", "inputs": []}]
    for op, attrs in nodes:
        source = len(entries) - 1
        entries.append({"op": op, "name": f"node{source}", "attrs": attrs, "inputs": [[source, 0, 0]]})
    return read_symbol(json.dumps({"nodes": entries, "arg_nodes": [0], "heads": [[len(nodes), 0, 0]]}))


@pytest.fixture
def scaled_tanh() -> Iterator[None]:
    @register_op("scaled_tanh")
    def function(data: jax.Array, *, scale: float = 1.0) -> jax.Array:
        return scale * jnp.tanh(data)

    yield
    del registry._OPERATORS["Custom:scaled_tanh"]


def test_unregistered_types_are_listed_with_the_other_unsupported_operators() -> None:
    graph = graph_of(
        ("Custom", {"op_type": "proposal", "scales": "(8, 16)"}), ("_npi_Custom", {"op_type": "proposal"}),
        ("Custom", {"op_type": "other"}), ("NoSuchOperator", {}),
    )  # fmt: skip
    with pytest.raises(UnsupportedOperatorError) as caught:
        check_operators(graph)
    assert "3 operators of this graph" in str(caught.value)
    assert "Custom:proposal: 2 (node0, node1); its code is not in the model: write it" in str(caught.value)
    assert "Custom:other: 1 (node2)" in str(caught.value)
    assert "NoSuchOperator: 1 (node3)\n" in str(caught.value) + "\n"


@pytest.mark.parametrize("op", ["Custom", "_npi_Custom"])
def test_a_registered_function_runs_with_typed_attributes(scaled_tanh: None, op: str) -> None:
    graph = graph_of((op, {"op_type": "scaled_tanh", "scale": "2.5"}))
    data = jnp.linspace(-1, 1, 6).reshape(2, 3)
    program = Program(graph)
    (out,), _ = jax.jit(program)({"data": data})
    np.testing.assert_allclose(out, 2.5 * np.tanh(data), rtol=1e-6)
    assert infer(graph, {"data": (2, 3)}).shape(graph.heads[0]) == (2, 3)


def test_attributes_of_a_registered_function_are_checked(scaled_tanh: None) -> None:
    with pytest.raises(AttributeParseError, match=r"attribute 'scale' of operator 'Custom:scaled_tanh'"):
        Program(graph_of(("Custom", {"op_type": "scaled_tanh", "scale": "big"})))


def test_the_operator_itself_delegates(scaled_tanh: None) -> None:
    (out,) = custom(jnp.ones(2), op_type="scaled_tanh", scale="3")
    np.testing.assert_allclose(out, 3 * np.tanh(np.ones(2)), rtol=1e-6)
    with pytest.raises(UnsupportedOperatorError, match=r"'Custom:nobody' is not implemented; its code is not in the"):
        custom(jnp.ones(2), op_type="nobody")


def test_registering_a_type_twice_is_an_error(scaled_tanh: None) -> None:
    with pytest.raises(ValueError, match="'Custom:scaled_tanh' is registered twice"):
        register_op("scaled_tanh")(lambda data: data)
