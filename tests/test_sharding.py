"""Parameters over a mesh: rules, defaults, and, in a process of its own, eight devices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jax.sharding import AbstractMesh, AxisType
from jax.sharding import PartitionSpec as P

import gluax
from gluax import errors, sym
from gluax.sharding import Rules, shardings
from gluax.symbol import Symbol

MESH = AbstractMesh((2, 4), ("data", "model"), (AxisType.Auto,) * 2)
DATA = sym.var("data")


def specs(symbol: Symbol, rules: Rules = (), mesh: AbstractMesh = MESH, **data: tuple[int, ...]) -> dict[str, P]:
    """The specification of each variable, inputs aside."""
    shapes, _, states = symbol.infer_shape(**data)
    names = [*zip(symbol.list_arguments(), shapes), *zip(symbol.list_auxiliary_states(), states)]
    arrays = {"params": {name: gluax.nd.zeros(shape) for name, shape in names if name not in data}}
    return {name: found.spec for name, found in shardings(symbol.graph, arrays, mesh, rules)["params"].items()}


def dense(x: Symbol, size: int, name: str) -> Symbol:
    return sym.FullyConnected(x, num_hidden=size, flatten=False, name=name)


def convolution(x: Symbol, name: str, **attributes: int) -> Symbol:
    return sym.Convolution(x, kernel=(3, 3), num_filter=8, name=name, **attributes)


def attention() -> Symbol:
    projected = dense(DATA, 24, "qkv")
    scores = sym.contrib.interleaved_matmul_selfatt_qk(projected, heads=4)
    mixed = sym.contrib.interleaved_matmul_selfatt_valatt(projected, sym.softmax(scores), heads=4)
    return sym.LayerNorm(dense(mixed, 8, "out"), name="norm")


CASES: dict[str, tuple[Symbol, tuple[int, ...], dict[str, P]]] = {
    "dense layers take turns": (
        dense(sym.Activation(dense(dense(DATA, 8, "a"), 8, "b"), "relu"), 8, "c"), (2, 8),
        {"a_weight": P("model"), "a_bias": P("model"), "b_weight": P(None, "model"), "b_bias": P(),
         "c_weight": P("model"), "c_bias": P("model")}),
    "no multiple of the axis": (
        dense(DATA, 6, "a"), (2, 8), {"a_weight": P(), "a_bias": P()}),
    "convolutions and BatchNorm": (
        convolution(sym.BatchNorm(convolution(DATA, "a"), name="n"), "b"), (2, 4, 8, 8),
        {"a_weight": P("model"), "a_bias": P("model"), "n_gamma": P("model"), "n_beta": P("model"),
         "n_moving_mean": P("model"), "n_moving_var": P("model"), "b_weight": P(None, "model"), "b_bias": P()}),
    "BatchNorm of whole features": (
        sym.BatchNorm(DATA, name="n"), (2, 4, 8, 8),
        {"n_gamma": P(), "n_beta": P(), "n_moving_mean": P(), "n_moving_var": P()}),
    "groups of channels": (
        convolution(convolution(DATA, "a"), "b", num_group=8), (2, 4, 8, 8),
        {"a_weight": P("model"), "a_bias": P("model"), "b_weight": P("model"), "b_bias": P("model")}),
    "attention by heads": (
        attention(), (5, 2, 8),
        {"qkv_weight": P("model"), "qkv_bias": P("model"), "out_weight": P(None, "model"), "out_bias": P(),
         "norm_gamma": P(), "norm_beta": P()}),
    "embedding": (
        sym.Embedding(DATA, input_dim=10, output_dim=8, name="e"), (2, 3), {"e_weight": P(None, "model")}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_defaults_follow_the_graph(name: str) -> None:
    symbol, shape, expected = CASES[name]
    assert specs(symbol, data=shape) == expected
    assert set(specs(symbol, mesh=AbstractMesh((8,), ("data",), (AxisType.Auto,)), data=shape).values()) == {P()}


def test_the_first_rule_that_matches_counts() -> None:
    symbol = dense(dense(DATA, 8, "a"), 6, "b")
    rules = [("a_weight", P(("data", "model"))), ("a_", P()), ("b_w", P(None, "data"))]
    assert specs(symbol, rules, data=(2, 8)) == {
        "a_weight": P(("data", "model")), "a_bias": P(), "b_weight": P(None, "data"), "b_bias": P(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "kind", "message"),
    [
        (("weight", P()), errors.NameLookupError, "'weight' matches no variable"),
        (("a_w", P("rows")), errors.ShapeError, "'a_weight'.*rows"),
        (("a_b", P(None, "model")), errors.ShapeError, r"'a_bias' of shape \(6,\).*rank"),
        (("a_b", P("model")), errors.ShapeError, r"'a_bias' of shape \(6,\).*divide"),
    ],
)
def test_rules_that_cannot_be_followed(rule: tuple[str, P], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        specs(dense(DATA, 6, "a"), [rule], data=(2, 8))


def test_on_eight_devices() -> None:
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    file = Path(__file__).with_name("on_eight_devices.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stdout
