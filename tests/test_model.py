"""The JAX door: purity, training mode, transformations, inputs by name."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import errors
from tests.networks import DIGITS_FILES, digits_model, pictures


def test_variables_are_a_pytree_of_two_groups() -> None:
    model = digits_model()
    assert set(model.variables) == {"params", "aux"}
    assert all(name.endswith(("running_mean", "running_var")) for name in model.variables["aux"])
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(model.variables))


def test_apply_under_every_transformation() -> None:
    model = digits_model()
    x = jnp.asarray(pictures())
    plain = model.apply(model.variables, x)
    np.testing.assert_allclose(jax.jit(model.apply)(model.variables, x), plain, rtol=1e-5, atol=1e-5)
    mapped = jax.vmap(model.apply, in_axes=(None, 0))(model.variables, x[:, None])
    np.testing.assert_allclose(mapped[:, 0], plain, rtol=1e-5, atol=1e-5)
    gradient = jax.grad(lambda params: model.apply({**model.variables, "params": params}, x).sum())(
        model.variables["params"]
    )
    assert jax.tree.structure(gradient) == jax.tree.structure(model.variables["params"])
    np.testing.assert_allclose(gradient["digits_dense0_bias"], np.full(10, 4.0), rtol=1e-6)
    _, tangent = jax.jvp(lambda x: model.apply(model.variables, x), (x,), (x,))
    assert tangent.shape == plain.shape
    exported = jax.export.export(jax.jit(model.apply))(model.variables, x)
    np.testing.assert_allclose(exported.call(model.variables, x), plain, rtol=1e-5, atol=1e-5)


def test_training_mode_updates_statistics_and_drops() -> None:
    model = digits_model()
    x = pictures(32)
    apply = jax.jit(model.apply_train)
    first, variables = apply(model.variables, x, rng=jax.random.key(0))
    same, _ = apply(model.variables, x, rng=jax.random.key(0))
    other, _ = apply(model.variables, x, rng=jax.random.key(1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    mean = next(name for name in variables["aux"] if name.endswith("batchnorm0_running_mean"))
    convolved = gluax.sym.load(str(DIGITS_FILES[0])).get_internals()["digits_conv0_fwd_output"]
    inner = gluax.Model(convolved.graph, model.variables, ["data"])
    batch_mean = np.asarray(inner.apply(model.variables, x)).mean(axis=(0, 2, 3))
    expected = 0.9 * np.asarray(model.variables["aux"][mean]) + 0.1 * batch_mean
    np.testing.assert_allclose(variables["aux"][mean], expected, rtol=1e-4, atol=1e-6)
    assert variables["params"] is model.variables["params"] or jax.tree.all(
        jax.tree.map(jnp.array_equal, variables["params"], model.variables["params"])
    )


def test_dropout_needs_a_key_in_training() -> None:
    model = digits_model()
    with pytest.raises(errors.ArgumentError, match="rng="):
        model.apply_train(model.variables, pictures())


def test_inputs_by_name_and_mistakes() -> None:
    model = digits_model()
    by_name = model.apply(model.variables, data=pictures())
    np.testing.assert_array_equal(by_name, model.apply(model.variables, pictures()))
    for args, named in [
        ((), {}),
        ((pictures(), pictures()), {}),
        ((pictures(),), {"data": pictures()}),
        ((), {"x": 1}),
    ]:
        with pytest.raises(errors.ArgumentError, match="data"):
            model.apply(model.variables, *args, **named)


def test_scopes_name_the_nodes() -> None:
    model = digits_model()
    text = jax.jit(model.apply).lower(model.variables, pictures()).as_text(debug_info=True)
    assert "digits_conv0_fwd" in text
    assert "digits_dense0_fwd" in text


def test_user_configuration_decides_precision() -> None:
    model = digits_model()
    assert model.apply(model.variables, pictures().astype("float64")).dtype == jnp.float32
