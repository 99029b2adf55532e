"""Values inside a model beside its outputs: against MXNet's names and a graph cut there, under every transformation."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest

import gluax
from gluax import errors
from gluax.ir.graph import Entry, Graph, Node
from tests.networks import digits_model, pictures, slashed_model

NETWORKS = Path(__file__).parent / "golden" / "networks"
X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
same = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["detector", "lstm_cells", "control_flow"])
def test_every_internal_value_has_mxnets_name(name: str) -> None:
    files = (NETWORKS / name / "model-symbol.json", NETWORKS / name / "model-0000.params")
    model, symbol = gluax.load(*files), gluax.sym.load(str(files[0]))
    with np.load(NETWORKS / name / "golden.npz") as file:
        inputs = {n: file[f"in:{n}"] for n in model.input_names}
    everything = partial(model.apply, rng=jax.random.key(0), taps=".*")
    _, tapped = jax.eval_shape(everything, model.variables, **inputs)
    internals = symbol.get_internals()
    names = dict(zip(internals.list_outputs(), internals.infer_shape(**{n: a.shape for n, a in inputs.items()})[1]))
    assert {n: value.shape for n, value in tapped.items()} == {
        n: shape for n, shape in names.items() if n not in symbol.list_inputs()
    }


def test_values_are_those_of_a_graph_cut_there() -> None:
    model = slashed_model()
    tap = partial(model.apply, taps="stage1|drop")
    outputs, tapped = jax.jit(tap)(model.variables, X)
    assert set(tapped) == {"stage1/unit.0(s/2)_output", "drop_output"}
    cut = model.with_outputs(*tapped, *model.symbol.list_outputs())
    expected = jax.jit(cut.apply)(cut.variables, X)
    jax.tree.map(same, (*tapped.values(), outputs), expected)
    _, tapped = jax.jit(model.apply, static_argnames="taps")(model.variables, X, taps="out")
    same(tapped["out_output"], outputs)


def test_under_vmap_and_grad() -> None:
    model, name = slashed_model(), "stage1/unit.0(s/2)_output"

    def inner(params: dict[str, jax.Array], x: jax.Array) -> jax.Array:
        return model.apply({**model.variables, "params": params}, x, taps="stage1")[1][name]

    params = model.variables["params"]
    mapped = jax.jit(jax.vmap(inner, in_axes=(None, 0)))(params, X[:, None])
    weight, bias = params["stage1/unit.0(s/2)_weight"], params["stage1/unit.0(s/2)_bias"]
    same(mapped[:, 0], X @ weight.T + bias)
    gradient = jax.jit(jax.grad(lambda params: inner(params, X).sum()))(params)
    same(gradient["stage1/unit.0(s/2)_weight"], np.tile(X.sum(0), (4, 1)))
    assert not np.any(gradient["out_weight"])


def test_in_training_mode() -> None:
    model, key = slashed_model(), jax.random.key(0)
    train = jax.jit(model.apply_train, static_argnames="taps")
    outputs, variables, tapped = train(model.variables, X, rng=key, taps="bn")
    assert outputs.shape == (6, 2)
    assert np.any(variables["aux"]["bn_moving_mean"] != model.variables["aux"]["bn_moving_mean"])
    (normal,) = tapped.values()
    same(normal.mean(axis=0), variables["params"]["bn_beta"])


def test_nodes_of_one_name_are_numbered() -> None:
    data = Node(None, "data")
    first = Node("exp", "twin", [Entry(data)])
    model = gluax.Model(Graph([Entry(Node("tanh", "twin", [Entry(first)]))]), {"params": {}, "aux": {}}, ["data"])
    _, tapped = model.apply(model.variables, np.ones(2, "float32"), taps="twin")
    assert list(tapped) == ["twin_output", "twin_output#2"]
    np.testing.assert_allclose(tapped["twin_output"], np.exp(np.ones(2)), rtol=1e-6)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("digits_conv0_fwd_outptu", "did you mean 'digits_conv0_fwd_output'"),
        ("xyz", "digits_conv0_fwd_output, .*, digits_dense0_fwd_output"),
        ("data", "matches the beginning of no name"),
        ("(", "not a regular expression"),
    ],
)
def test_mistakes(pattern: str, message: str) -> None:
    model = digits_model()
    with pytest.raises(errors.ArgumentError, match=message):
        model.apply(model.variables, pictures(), taps=pattern)
