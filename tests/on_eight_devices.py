"""Tests that need eight devices: `tests/test_sharding.py` runs this file in a process that has them."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

import gluax as mx
from gluax import errors
from gluax.gluon import SymbolBlock, nn
from gluax.gluon.utils import split_and_load
from gluax.passes import slices
from tests.goldens import as_list, compare_outputs, load_model
from tests.networks import DIGITS_FILES, digits_model, pictures, slashed_model
from tests.operator_runs import FAST_COMPILE
from tests.oracle.gluon_scenarios import load
from tests.test_networks import load_golden

jit = partial(jax.jit, compiler_options=FAST_COMPILE)
IMAGES = pictures(16)
EXPECTED = np.asarray(jit(digits_model().apply)(digits_model().variables, IMAGES))


def mesh_of(data: int, model: int) -> Mesh:
    return Mesh(np.array(jax.devices()[: data * model]).reshape(data, model), ("data", "model"))


def spread(mesh: Mesh, array: Any) -> jax.Array:
    return jax.device_put(array, NamedSharding(mesh, P("data")))


def assert_trees_close(found: Any, expected: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), found, expected)


def test_eight_devices() -> None:
    assert jax.device_count() == 8


@pytest.mark.parametrize("sizes", [(8, 1), (2, 4)])
def test_the_digits_classifier_over_a_mesh(sizes: tuple[int, int]) -> None:
    model, mesh = digits_model(), mesh_of(*sizes)
    sharded = model.shard(mesh)
    found = jit(model.apply)(sharded.variables, spread(mesh, IMAGES))
    np.testing.assert_allclose(found, EXPECTED, rtol=1e-5, atol=1e-5)
    weight = sharded.variables["params"]["digits_conv0_weight"]
    assert {shard.data.shape for shard in weight.addressable_shards} == {(16 // sizes[1], 1, 3, 3)}


def test_attention_over_a_mesh_as_in_mxnet() -> None:
    golden, _ = load_golden("attention")
    model = load_model(golden).shard(mesh_of(1, 2))
    assert any(not array.is_fully_replicated for array in model.variables["params"].values())
    compare_outputs(as_list(jit(model.apply)(model.variables, *golden.inputs.values())), golden, "attention")


def test_rules_come_before_defaults() -> None:
    rules = [("digits_conv1_weight", P(None, "model")), (".*(bias|gamma)", P())]
    variables = digits_model().shard(mesh_of(2, 4), rules).variables
    specs = {name: array.sharding.spec for group in variables.values() for name, array in group.items()}
    assert specs["digits_conv1_weight"] == P(None, "model")
    assert specs["digits_conv0_weight"] == P("model")
    assert specs["digits_batchnorm0_gamma"] == P()
    assert specs["digits_batchnorm0_running_mean"] == P("model")


def test_a_training_step_is_that_of_one_device() -> None:
    model, mesh = slashed_model(), mesh_of(2, 4)
    rows, labels = np.random.default_rng(0).normal(size=(16, 3)).astype("float32"), jnp.arange(16) % 2
    optimizer = optax.sgd(1e-2)

    @jit
    def step(variables: Any, rows: Any, labels: Any) -> Any:
        def loss(params: Any) -> Any:
            logits, after = model.apply_train({**variables, "params": params}, rows, rng=jax.random.key(0))
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), after["aux"]

        (value, aux), gradients = jax.value_and_grad(loss, has_aux=True)(variables["params"])
        updates, _ = optimizer.update(gradients, optimizer.init(variables["params"]))
        return value, gradients, {"params": optax.apply_updates(variables["params"], updates), "aux": aux}

    sharded = model.shard(mesh).variables
    assert not sharded["params"]["stage1/unit.0(s/2)_weight"].is_fully_replicated
    # BatchNorm's statistics are those of the whole batch, too.
    assert_trees_close(step(sharded, spread(mesh, rows), spread(mesh, labels)), step(model.variables, rows, labels))


def test_explicit_axes_are_refused() -> None:
    mesh = jax.make_mesh((2, 4), ("data", "model"), (AxisType.Explicit,) * 2)
    with pytest.raises(errors.ArgumentError, match=r"AxisType\.Auto"):
        digits_model().shard(mesh)


# --- the Gluon door

SCENARIOS = load()
ON_CONTEXTS = [name for name in SCENARIOS if "context" in name or "_ctx" in name or "split_and_load" in name]


@pytest.mark.parametrize("name", ON_CONTEXTS)
def test_contexts_as_in_mxnet(name: str) -> None:
    SCENARIOS.check(name, mx)


def test_lists_of_contexts() -> None:
    contexts = [mx.cpu(number) for number in (1, 2, 5)]
    net = SymbolBlock.imports(DIGITS_FILES[0], ["data"], DIGITS_FILES[1], ctx=contexts)
    net.hybridize(static_alloc=True, static_shape=True)
    outs = [net(part) for part in split_and_load(IMAGES[:12], contexts)]
    assert [out.context for out in outs] == contexts
    assert [out._data.devices() for out in outs] == [{ctx.device} for ctx in contexts]
    assert len({ctx.device for ctx in contexts}) == 3
    whole = np.concatenate([out.asnumpy() for out in outs])
    np.testing.assert_allclose(whole, EXPECTED[:12], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("contexts", [None, [mx.cpu(4), mx.cpu(5)]])
@pytest.mark.parametrize("flags", [{}, {"static_alloc": True, "static_shape": True}])
def test_a_block_on_rows_over_a_mesh(flags: Any, contexts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_SLICE_BYTES", 1)
    net = SymbolBlock.imports(DIGITS_FILES[0], ["data"], DIGITS_FILES[1], ctx=contexts)
    net.hybridize(**flags)
    here = np.asarray(net(IMAGES)) if contexts is None else None
    rows = spread(Mesh(np.array(jax.devices()[4:8]), ("data",)), IMAGES)
    found = net(rows)
    assert found.sharding.is_equivalent_to(rows.sharding, found.ndim)
    np.testing.assert_allclose(found, EXPECTED, rtol=1e-5, atol=1e-5)
    if here is not None:
        np.testing.assert_array_equal(net(IMAGES), here)


def test_a_block_that_is_not_hybridized_on_a_mesh() -> None:
    net = nn.Dense(3, in_units=2)
    net.initialize("ones", ctx=mx.cpu(1))
    traced = SymbolBlock(net(mx.sym.var("data")), mx.sym.var("data"), net.collect_params())
    rows = spread(mesh_of(8, 1), np.ones((8, 2), "float32"))
    assert np.asarray(traced(rows)).tolist() == [[2, 2, 2]] * 8


def test_parameters_may_change_while_on_a_mesh() -> None:
    net = nn.Dense(3, in_units=2)
    net.initialize("ones")
    net.hybridize(static_alloc=True)
    rows = spread(mesh_of(8, 1), np.ones((8, 2), "float32"))
    assert np.asarray(net(rows)).tolist() == [[2, 2, 2]] * 8
    net.weight.set_data(mx.nd.zeros((3, 2)) + 4)
    assert np.asarray(net(rows)).tolist() == [[8, 8, 8]] * 8
