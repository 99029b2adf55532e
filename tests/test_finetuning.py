"""Fine-tuning by the JAX door: other outputs, masks, checkpoints, MXNet's files, and JAX's transformations."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest
from jax.sharding import AxisType, PartitionSpec

import gluax
from gluax import errors
from tests.networks import DIGITS_FILES, digits_model, slashed_model
from tests.operator_runs import FAST_COMPILE

ROOT = Path(__file__).resolve().parents[1]
NETWORKS = ROOT / "tests" / "golden" / "networks"
X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def assert_trees_close(found: Any, expected: Any) -> None:
    # The same products in float32, whose sums batching and loops may order otherwise: 1e-6 has been seen.
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), found, expected)


# --- other outputs


def test_features_keep_what_they_need() -> None:
    model = slashed_model()
    features = model.with_outputs("bn_output")
    params = model.variables["params"]
    assert set(features.variables["params"]) == set(params) - {"out_weight", "out_bias"}
    assert set(features.variables["aux"]) == {"bn_moving_mean", "bn_moving_var"}
    out = features.apply(features.variables, X) @ params["out_weight"].T + params["out_bias"]
    np.testing.assert_allclose(out, model.apply(model.variables, X), rtol=1e-5)
    hidden, both = model.with_outputs("stage1/unit.0(s/2)_output", "out_output").apply(model.variables, X)
    assert hidden.shape == (6, 4)
    np.testing.assert_allclose(both, out, rtol=1e-5)


def test_a_new_head_takes_new_parameters() -> None:
    model = slashed_model()
    head = gluax.sym.FullyConnected(model.symbol.get_internals()["bn_output"], num_hidden=3, name="head")
    new = {"head_weight": jnp.ones((3, 4)), "head_bias": jnp.arange(3.0)}
    tuned = model.with_outputs(head, params=new)
    expected = model.with_outputs("bn_output").apply(model.variables, X).sum(axis=1, keepdims=True) + jnp.arange(3.0)
    np.testing.assert_allclose(tuned.apply(tuned.variables, X), expected, rtol=1e-5)
    loss = gluax.sym.SoftmaxOutput(head, name="softmax")
    assert model.with_outputs(loss, params=new).label_names == ("softmax_label",)
    for params, message in [
        ({"head_weight": jnp.ones((3, 4))}, "head_bias"),
        ({**new, "other": jnp.ones(3)}, "other"),
    ]:
        with pytest.raises(errors.ParameterError, match=message):
            model.with_outputs(head, params=params)
    with pytest.raises(errors.NameLookupError, match="nothing_output"):
        model.with_outputs("nothing_output")


def test_whether_a_key_is_needed() -> None:
    model = slashed_model()
    assert model.draws(True)
    assert not model.draws(False)
    assert not model.with_outputs("bn_output").draws(True)


# --- masks

PARAMS = {"conv0_weight": 1, "conv0_bias": 2, "head": {"dense0_weight": 3, "conv0": 4}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (".*weight", [False, True, False, True]),
        ("conv0_", [True, True, False, False]),
        ("conv0_|dense", [True, True, False, True]),
        ("weight", [False, False, False, False]),
    ],
)
def test_masks_match_the_beginning_of_names(pattern: str, expected: list[bool]) -> None:
    mask = gluax.param_mask(PARAMS, pattern)
    assert jax.tree.structure(mask) == jax.tree.structure(PARAMS)
    assert jax.tree.leaves(mask) == expected


@pytest.mark.parametrize(
    "use",
    [
        lambda pattern: gluax.param_mask(PARAMS, pattern),
        lambda pattern: slashed_model().apply(slashed_model().variables, X, taps=pattern),
        lambda pattern: slashed_model().shard(
            jax.make_mesh((1,), ("data",), (AxisType.Auto,)), [(pattern, PartitionSpec())]
        ),
        lambda pattern: gluax.gluon.nn.Dense(2).collect_params(pattern),
        lambda pattern: gluax.init.Mixed([pattern], [gluax.init.Zero()]),
    ],
    ids=["param_mask", "taps", "shard", "collect_params", "Mixed"],
)
def test_malformed_patterns_are_named(use: Callable[[str], Any]) -> None:
    with pytest.raises(errors.ArgumentError, match=re.escape("'conv(' is not a regular expression")) as caught:
        use("conv(")
    assert isinstance(caught.value, ValueError)


# --- files


@pytest.mark.parametrize("name", ["module_2016", "numpy_style", "language_model"])
def test_saved_as_mxnet_wrote_it(name: str, tmp_path: Path) -> None:
    files = NETWORKS / name / "model-symbol.json", NETWORKS / name / "model-0000.params"
    model = gluax.load(*files)
    model.save(tmp_path / "again", epoch=12)
    again = gluax.load(tmp_path / "again-symbol.json", tmp_path / "again-0012.params")
    assert again.input_names == model.input_names
    jax.tree.map(np.testing.assert_array_equal, again.variables, model.variables)
    expected = gluax.sym.load(str(files[0]))
    with gluax.np_shape(bool(model.graph.meta.get("is_np_shape"))):
        assert (tmp_path / "again-symbol.json").read_text() == expected.tojson(remove_amp_cast=False)


def test_mixed_precision_is_saved_as_float32(tmp_path: Path) -> None:
    low, whole = gluax.load(*DIGITS_FILES, dtype="bfloat16"), digits_model()
    assert low.variables["params"]["digits_conv0_weight"].dtype == jnp.bfloat16
    low.save(tmp_path / "low")
    assert "bfloat16" not in (tmp_path / "low-symbol.json").read_text()
    again = gluax.load(tmp_path / "low-symbol.json", tmp_path / "low-0000.params")
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2**-8), again.variables, whole.variables)


def test_unfit_variables_are_not_written(tmp_path: Path) -> None:
    model = slashed_model()
    groups, params = model.variables, model.variables["params"]
    for wrong in (
        {**groups, "params": {**params, "out_bias": jnp.ones(3)}},
        {**groups, "params": {**params, "more": jnp.ones(3)}},
        {**groups, "aux": {}},
    ):
        with pytest.raises(errors.ParameterError, match="shape"):
            model.save(tmp_path / "model", wrong)
    assert not list(tmp_path.iterdir())


def test_checkpoints_keep_any_name(tmp_path: Path) -> None:
    variables = slashed_model().variables
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(tmp_path / "checkpoint", variables)
        checkpointer.wait_until_finished()
        restored = checkpointer.restore(tmp_path / "checkpoint", jax.tree.map(jnp.zeros_like, variables))
    jax.tree.map(np.testing.assert_array_equal, restored, variables)


def test_the_example_learns_and_writes_a_model(tmp_path: Path) -> None:
    accuracy = runpy.run_path(str(ROOT / "examples" / "finetune.py"))["main"](tmp_path)
    assert accuracy >= 0.8
    tuned = gluax.load(tmp_path / "parity-symbol.json", tmp_path / "parity-0000.params")
    before, after = digits_model().variables, tuned.variables
    assert after["params"]["parity_weight"].shape == (2, 128)
    np.testing.assert_array_equal(after["params"]["digits_conv0_weight"], before["params"]["digits_conv0_weight"])
    assert not np.allclose(after["params"]["digits_batchnorm1_gamma"], before["params"]["digits_batchnorm1_gamma"])
    mean = "digits_batchnorm1_running_mean"
    assert not np.allclose(after["aux"][mean], before["aux"][mean])


# --- transformations of whole networks, in training mode where that differs


def loaded(name: str) -> tuple[gluax.Model, Callable[..., Any], Any]:
    """The model, a scalar function of (params, inputs) and the inputs."""
    folder = NETWORKS / name
    model = gluax.load(folder / "model-symbol.json", folder / "model-0000.params")
    with np.load(folder / "golden.npz") as file:
        inputs = {key: jnp.asarray(file[f"in:{key}"]) for key in model.input_names}

    def function(params: Any, inputs: Any) -> Any:
        outputs, _ = model.apply_train({**model.variables, "params": params}, rng=jax.random.key(0), **inputs)
        return sum(jnp.sin(out).sum() for out in jax.tree.leaves(outputs))

    return model, function, inputs


def smaller(params: Any) -> Any:
    """Other parameters, of the same types: those of quantized networks are int8."""
    return jax.tree.map(lambda a: (0.9 * a).astype(a.dtype), params)


def _jit(function: Any) -> Any:
    return jax.jit(function, compiler_options=FAST_COMPILE)


def _remat(model: gluax.Model, function: Any, inputs: Any) -> None:
    again = jax.checkpoint(function, policy=jax.checkpoint_policies.dots_saveable)

    def both_ways(params: Any) -> Any:
        return [jax.grad(each)(params, inputs) for each in (function, again)]

    plain, recomputed = _jit(both_ways)(model.variables["params"])
    assert_trees_close(recomputed, plain)


def _jvp(model: gluax.Model, function: Any, inputs: Any) -> None:
    """The derivative in a direction, forwards and by the gradient."""
    params = model.variables["params"]
    random = np.random.default_rng(0)
    direction = jax.tree.map(lambda a: jnp.asarray(random.normal(size=a.shape), a.dtype), params)

    def both(params: Any) -> Any:
        _, forwards = jax.jvp(lambda params: function(params, inputs), (params,), (direction,))
        products = jax.tree.map(jnp.vdot, jax.grad(function)(params, inputs), direction)
        return forwards, jax.tree.reduce(jnp.add, products)

    forwards, backwards = _jit(both)(params)
    assert abs(forwards) > 0.1
    # Half precision rounds each value to 2**-11 of itself; in float32 they are 1e-6 apart.
    np.testing.assert_allclose(forwards, backwards, rtol=1e-3, atol=1e-4)


def _ensemble(model: gluax.Model, function: Any, inputs: Any) -> None:
    """Two sets of parameters at once."""
    one = model.variables["params"]
    two = smaller(one)
    stacked = jax.tree.map(lambda a, b: jnp.stack([a, b]), one, two)
    found = _jit(jax.vmap(function, in_axes=(0, None)))(stacked, inputs)
    expected = _jit(function)(two, inputs)
    assert_trees_close(found[1], expected)


def _scan(model: gluax.Model, function: Any, inputs: Any) -> None:
    """Three calls in a loop, the auxiliary states carried, give what three calls give."""

    def step(variables: Any, key: Any) -> Any:
        outputs, after = model.apply_train(variables, rng=key, **inputs)
        return {"params": smaller(variables["params"]), "aux": after["aux"]}, outputs

    keys = jax.random.split(jax.random.key(1), 3)
    variables, outputs = _jit(lambda first: jax.lax.scan(step, first, keys))(model.variables)
    expected, single = model.variables, _jit(step)
    for key in keys:
        expected, last = single(expected, key)
    assert_trees_close(variables, expected)
    assert_trees_close(jax.tree.map(lambda out: out[-1], outputs), last)


# By turns two for each network, or one where compiling takes long.
TRANSFORMED: dict[str, tuple[Callable[..., None], ...]] = {
    "attention": (_ensemble,),
    "control_flow": (_jvp, _scan),
    "dense_chain": (_scan,),
    "detector": (_jvp,),
    "gru_bidirectional": (_remat, _scan),
    "half_precision": (_jvp, _remat),
    "inception": (_ensemble,),
    "language_model": (_remat, _ensemble),
    "lstm_bidirectional": (_jvp, _remat),
    "lstm_cells": (_scan,),
    "mobile_v1": (_scan, _ensemble),
    "mobile_v2": (_scan,),
    "module_2016": (_jvp, _scan),
    "numpy_style": (_remat, _jvp),
    "quantized": (_ensemble, _scan),  # some of its parameters are integers, which have no derivatives
    "residual_v1": (_jvp, _remat),
    "residual_v2": (_jvp,),
    "segmentation": (_remat, _jvp),
    "squeeze": (_jvp,),
}


def test_every_network_is_transformed() -> None:
    assert set(TRANSFORMED) == {folder.name for folder in NETWORKS.iterdir()}


@pytest.mark.parametrize(
    ("name", "transformation"), [(name, each) for name, several in TRANSFORMED.items() for each in several]
)
def test_transformations_of_networks(name: str, transformation: Callable[..., None]) -> None:
    transformation(*loaded(name))
