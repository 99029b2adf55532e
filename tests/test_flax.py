"""The JAX door's modules for Flax, nnx and linen: values, training mode, random keys, transformations, state."""

from __future__ import annotations

import sys
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx

import gluax
from gluax import errors
from tests.networks import slashed_model

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
MODEL = slashed_model()
NAMES = {kind: set(values) for kind, values in MODEL.variables.items()}
KEY = jax.random.key(1)


def assert_trees_close(found: Any, expected: Any) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), found, expected)


def stats_of(module: Any) -> dict[str, jax.Array]:
    return nnx.to_pure_dict(nnx.state(module, nnx.BatchStat))["batch_stats"]


def test_nnx_holds_the_file_by_mxnet_names() -> None:
    module = gluax.flax.nnx_module(MODEL)
    state = nnx.to_pure_dict(nnx.state(module))
    assert_trees_close(state, {"params": MODEL.variables["params"], "batch_stats": MODEL.variables["aux"]})
    assert set(nnx.to_pure_dict(nnx.state(module, nnx.Param))["params"]) == NAMES["params"]
    module.eval()
    assert_trees_close(module(X), MODEL.apply(MODEL.variables, X))
    assert_trees_close(stats_of(module), MODEL.variables["aux"])


def test_nnx_trains_by_default_and_updates_statistics() -> None:
    module = gluax.flax.nnx_module(MODEL)
    expected, variables = MODEL.apply_train(MODEL.variables, X, rng=KEY)
    assert_trees_close(module(X, rngs=KEY), expected)
    assert_trees_close(stats_of(module), variables["aux"])
    inference = MODEL.apply(variables, X)
    assert_trees_close(module(X, deterministic=True), inference)
    assert_trees_close(nnx.view(module, deterministic=True)(X), inference)
    module.eval()
    assert_trees_close(module(X), inference)
    module.train()
    outputs, tapped = module(X, rngs=KEY, taps="bn")
    assert (outputs.shape, list(tapped)) == ((6, 2), ["bn_output"])
    with pytest.raises(errors.ArgumentError, match="rngs="):
        module(X)


def test_nnx_draws_from_its_stream() -> None:
    module = gluax.flax.nnx_module(MODEL, rngs=nnx.Rngs(dropout=3))
    same = gluax.flax.nnx_module(MODEL, rngs=nnx.Rngs(3)["dropout"])
    first, second = module(X), module(X)
    assert not np.allclose(first, second)
    assert first.shape == same(X).shape
    given = nnx.Rngs(dropout=5)
    assert not np.allclose(module(X, rngs=given), module(X, rngs=given))


def test_nnx_state_splits_merges_and_loads_in_part() -> None:
    module = gluax.flax.nnx_module(MODEL, deterministic=True)
    graph, params, rest = nnx.split(module, nnx.Param, ...)
    doubled = jax.tree.map(lambda array: 2 * array, params)
    values = {name: 2 * array for name, array in MODEL.variables["params"].items()}
    expected = MODEL.apply({**MODEL.variables, "params": values}, X)
    assert_trees_close(nnx.merge(graph, doubled, rest)(X), expected)
    nnx.update(module, {"params": {"out_bias": jnp.full(2, 7.0)}})
    part = {**MODEL.variables["params"], "out_bias": jnp.full(2, 7.0)}
    assert_trees_close(module(X), MODEL.apply({**MODEL.variables, "params": part}, X))


class Larger(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.backbone = gluax.flax.nnx_module(MODEL, rngs=rngs)
        self.head = nnx.Linear(2, 1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.head(self.backbone(x))


def test_nnx_trains_inside_a_larger_module_under_jit() -> None:
    module = Larger(nnx.Rngs(0))
    trained = nnx.All(nnx.Param, lambda path, _: path[-1] != "out_bias")
    optimizer = nnx.Optimizer(module, optax.sgd(1e-4), wrt=trained)

    @nnx.jit
    def step(module: Larger, optimizer: nnx.Optimizer) -> Any:
        def loss(module: Larger) -> Any:
            return (module(X) ** 2).mean()

        value, gradients = nnx.value_and_grad(loss, argnums=nnx.DiffState(0, trained))(module)
        optimizer.update(module, gradients)
        return value

    before = module.backbone.params
    kept, moved = before["out_bias"][...], before["stage1/unit.0(s/2)_weight"][...]
    statistics, losses = stats_of(module.backbone), [float(step(module, optimizer)) for _ in range(8)]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(module.backbone.params["out_bias"][...], kept)
    assert not np.allclose(module.backbone.params["stage1/unit.0(s/2)_weight"][...], moved)
    assert not np.allclose(stats_of(module.backbone)["bn_moving_mean"], statistics["bn_moving_mean"])


def test_linen_init_returns_the_file() -> None:
    module = gluax.flax.linen_module(MODEL)
    for train in (False, True):
        variables = module.init(jax.random.key(9), X, train=train)
        assert_trees_close(variables, {"params": MODEL.variables["params"], "batch_stats": MODEL.variables["aux"]})
    assert_trees_close(module.apply(variables, X), MODEL.apply(MODEL.variables, X))
    assert gluax.flax.linen_module(MODEL) == module


def test_linen_training_mode() -> None:
    module = gluax.flax.linen_module(MODEL)
    variables = module.init(KEY, X)

    def run(key: Any) -> Any:
        return module.apply(variables, X, train=True, rngs={"dropout": key}, mutable=["batch_stats"])

    (first, updated), (other, _) = run(KEY), run(jax.random.key(2))
    (same, tapped), _ = module.apply(
        variables, X, train=True, taps="bn", rngs={"dropout": KEY}, mutable=["batch_stats"]
    )
    assert_trees_close(same, first)
    assert list(tapped) == ["bn_output"]
    assert not np.allclose(first, other)
    assert_trees_close(updated["batch_stats"], MODEL.apply_train(MODEL.variables, X, rng=KEY)[1]["aux"])
    with pytest.raises(flax.errors.ModifyScopeVariableError):
        module.apply(variables, X, train=True, rngs={"dropout": KEY})
    with pytest.raises(flax.errors.InvalidRngError):
        module.apply(variables, X, train=True, mutable=["batch_stats"])


class LargerLinen(linen.Module):
    @linen.compact
    def __call__(self, x: Any, train: bool) -> Any:
        return linen.Dense(1)(gluax.flax.linen_module(MODEL, name="backbone")(x, train=train))


def test_linen_inside_a_larger_module() -> None:
    module = LargerLinen()
    variables = module.init(KEY, X, train=False)
    assert set(variables["params"]["backbone"]) == NAMES["params"]
    assert set(variables["batch_stats"]["backbone"]) == NAMES["aux"]

    def loss(params: Any) -> Any:
        return (module.apply({**variables, "params": params}, X, train=False) ** 2).sum()

    found = jax.jit(jax.grad(loss))(variables["params"])  # of the backbone too
    assert all(np.abs(found["backbone"][name]).max() > 0 for name in ("out_weight", "bn_gamma"))


def test_linen_state_round_trip_and_partial_loading() -> None:
    module = gluax.flax.linen_module(MODEL)
    variables = module.init(KEY, X)
    stored = flax.serialization.to_state_dict(variables)
    bytes_ = flax.serialization.to_bytes(variables)
    zeros = jax.tree.map(jnp.zeros_like, variables)
    assert_trees_close(flax.serialization.from_state_dict(zeros, stored), variables)
    assert_trees_close(flax.serialization.from_bytes(zeros, bytes_), variables)
    part = {**variables, "params": {**variables["params"], "out_bias": jnp.full(2, 7.0)}}
    difference = module.apply(part, X) - module.apply(variables, X)
    assert_trees_close(difference, jnp.broadcast_to(7.0 - variables["params"]["out_bias"], (6, 2)))


def test_without_flax_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flax", None)
    monkeypatch.delitem(sys.modules, "gluax.flax", raising=False)
    monkeypatch.delattr(gluax, "flax", raising=False)
    with pytest.raises(errors.MissingExtraError, match=r"gluax\[flax\]"):
        gluax.flax  # noqa: B018
