"""Operators of the user's, and MXNet's Custom operator: unsupported until someone registers its function."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import sym
from gluax.errors import ArgumentError, AttributeParseError, NameLookupError, UnsupportedOperatorError
from gluax.ir.graph import Graph
from gluax.ir.json_reader import read_symbol
from gluax.lowering.infer import infer
from gluax.lowering.program import Program, check_operators
from gluax.ndarray import NDArray
from gluax.ndarray.invoke import invoke
from gluax.ops.custom import custom, register_op, unregister_op


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
    unregister_op("scaled_tanh")


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
    with pytest.raises(AttributeParseError, match=r"attribute 'scale' of operator 'scaled_tanh'"):
        Program(graph_of(("Custom", {"op_type": "scaled_tanh", "scale": "big"})))


def test_the_operator_itself_delegates(scaled_tanh: None) -> None:
    (out,) = custom(jnp.ones(2), op_type="scaled_tanh", scale="3")
    np.testing.assert_allclose(out, 3 * np.tanh(np.ones(2)), rtol=1e-6)
    with pytest.raises(UnsupportedOperatorError, match=r"'Custom:nobody' is not implemented; its code is not in the"):
        custom(jnp.ones(2), op_type="nobody")


def test_registering_a_name_twice_is_an_error(scaled_tanh: None) -> None:
    with pytest.raises(ValueError, match="'scaled_tanh' is registered twice; replace=True"):
        register_op("scaled_tanh")(lambda data: data)


def test_a_notebook_cell_may_run_again(scaled_tanh: None) -> None:
    data = sym.var("data")
    old = sym.scaled_tanh(data, scale=2)
    invoke("scaled_tanh", [NDArray(jnp.ones(2))], {"scale": 2})

    @register_op("scaled_tanh", replace=True)
    def second(data: jax.Array, other: jax.Array, *, scale: float = 1.0) -> jax.Array:
        return scale * data + other

    new = sym.scaled_tanh(data, scale=2, name="new")
    assert new.list_arguments() == ["data", "new_other"]
    values = {"data": jnp.ones(2), "new_other": jnp.ones(2)}
    np.testing.assert_allclose(Program(new.graph)(values)[0][0], [3, 3])
    np.testing.assert_allclose(Program(old.graph)(values)[0][0], 2 * np.tanh([1, 1]), rtol=1e-6)
    arrays = [NDArray(jnp.ones(2)), NDArray(jnp.ones(2))]
    np.testing.assert_allclose(invoke("scaled_tanh", arrays, {"scale": 2}).asnumpy(), [3, 3])


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["Convolution", "softmax", "Custom"])
def test_operators_of_mxnet_stay(name: str, replace: bool) -> None:
    with pytest.raises(ValueError, match=rf"operator of MXNet's; register_op\('Custom:{name}'\)"):
        register_op(name, replace=replace)(lambda data: data)


def test_a_custom_type_may_be_called_like_an_operator_of_mxnet() -> None:
    with pytest.raises(UnsupportedOperatorError, match=r"@gluax.register_op\('Custom:softmax'\)"):
        custom(jnp.ones(2), op_type="softmax")
    register_op("Custom:softmax")(lambda data: data + 1)
    try:
        data = sym.var("data")
        both = sym.Group([sym.Custom(data, op_type="softmax"), sym.softmax(data)])
        mine, theirs = Program(both.graph)({"data": jnp.zeros(2)})[0]
    finally:
        unregister_op("Custom:softmax")
    np.testing.assert_allclose(mine, [1, 1])
    np.testing.assert_allclose(theirs, [0.5, 0.5])


@pytest.mark.parametrize("name", ["scaled_tanh", "Custom:scaled_tanh", "relu", "Custom"])
def test_only_own_operators_can_be_forgotten(name: str) -> None:
    with pytest.raises(NameLookupError, match=f"register_op registered no operator '{name}'"):
        unregister_op(name)


def test_every_face_has_it(scaled_tanh: None) -> None:
    data = sym.var("data")
    named, typed = sym.scaled_tanh(data, scale=2), sym.Custom(data, op_type="scaled_tanh", scale=2)
    assert named.list_outputs() == [f"{named.name}_output"]
    assert named.name.startswith("scaled_tanh")
    assert typed.name.startswith("custom")
    assert "scaled_tanh" in dir(sym)
    assert not [name for name in dir(sym) if ":" in name]
    values = jnp.linspace(-1, 1, 5)
    for symbol, op in (named, "scaled_tanh"), (typed, "Custom"):
        text = symbol.tojson()
        assert json.loads(text)["nodes"][1]["op"] == op
        back = sym.load_json(text)
        assert back.tojson() == text
        assert back.infer_shape(data=(2, 3))[1] == [(2, 3)]
        np.testing.assert_allclose(Program(back.graph)({"data": values})[0][0], 2 * np.tanh(values), rtol=1e-6)
    arrays = [NDArray(values)]
    for found in (
        gluax.nd.scaled_tanh(arrays[0], scale=2),
        invoke("scaled_tanh", arrays, {"scale": 2}),
        invoke("Custom", arrays, {"op_type": "scaled_tanh", "scale": 2}),
    ):
        np.testing.assert_allclose(found.asnumpy(), 2 * np.tanh(values), rtol=1e-6)


@pytest.mark.parametrize("flags", [{"active": False}, {}, {"static_alloc": True}], ids=str)
def test_inside_a_hybridized_block(scaled_tanh: None, flags: dict[str, bool]) -> None:
    net = gluax.gluon.SymbolBlock(sym.scaled_tanh(sym.var("data"), scale=2), sym.var("data"))
    net.hybridize(**flags)
    data = jnp.linspace(-1, 1, 6).reshape(2, 3)
    np.testing.assert_allclose(net(data), 2 * np.tanh(data), rtol=1e-6)


@pytest.fixture
def clipped() -> Iterator[None]:
    """A gradient that is not that of the function: it goes straight through, times a factor, to the data alone."""

    def gradient(inputs: tuple, outputs: tuple, cotangents: tuple, *, factor: float) -> tuple:
        assert [value.shape for value in (*inputs, *outputs)] == [(3,), (2,), (3,), (3,)]
        return cotangents[0] * factor, None

    @register_op("clipped", gradient=gradient, outputs=2, random=lambda attrs, training: True)
    def clipped(data: jax.Array, index: jax.Array, *, factor: float = 1.0, key: jax.Array) -> tuple:
        return jnp.round(data), jax.random.uniform(key, data.shape)

    yield
    unregister_op("clipped")


@pytest.mark.parametrize("index", [jnp.zeros(2), jnp.zeros(2, "int32")], ids=["float", "integer"])
@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_a_gradient_of_its_own(clipped: None, index: jax.Array, wrap: object) -> None:
    program = Program(sym.clipped(sym.var("data"), sym.var("index"), factor=3).graph)

    def loss(data: jax.Array, key: jax.Array) -> jax.Array:
        rounded, noise = program({"data": data, "index": index}, key=key)[0]
        return (rounded * jnp.arange(3.0)).sum() + 0 * noise.sum()

    data = jnp.asarray([0.4, 0.6, 2.2])
    key = jax.random.key(1)
    value, found = wrap(jax.value_and_grad(loss))(data, key)
    np.testing.assert_allclose(value, 1 + 2 * 2)
    np.testing.assert_allclose(found, 3 * np.arange(3.0))
    both = jax.vmap(jax.grad(loss), in_axes=(0, None))(jnp.stack([data, data]), key)
    np.testing.assert_allclose(both, [found, found])


def test_a_gradient_for_every_input() -> None:
    register_op("short", gradient=lambda inputs, outputs, cotangents: cotangents)(lambda data, other: data + other)
    try:
        program = Program(sym.short(sym.var("data"), sym.var("other")).graph)
        with pytest.raises(ArgumentError, match="one array, or None, for each of its 2 inputs, not 1"):
            jax.grad(lambda x: program({"data": x, "other": x})[0][0].sum())(jnp.ones(2))
    finally:
        unregister_op("short")


def test_a_function_may_bring_its_gradient() -> None:
    @register_op("halved")
    @jax.custom_vjp
    def halved(data: jax.Array) -> jax.Array:
        return data / 2

    halved.defvjp(lambda data: (halved(data), None), lambda saved, cotangent: (cotangent * 7,))
    try:
        program = Program(sym.halved(sym.var("data")).graph)
        np.testing.assert_allclose(jax.grad(lambda x: program({"data": x})[0][0].sum())(jnp.ones(2)), [7, 7])
    finally:
        unregister_op("halved")
