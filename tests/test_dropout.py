"""Dropout where the draw matters: rates, shared axes, gradients, keys."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ops.dropout import dropout

KEY = jax.random.key(3)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(("mode", "training"), [("training", True), ("always", True), ("always", False)])
def test_drops_at_the_given_rate_and_scales_the_rest(p: float, mode, training: bool) -> None:
    data = jnp.full((100, 100), 3.0)
    out, mask = dropout(data, p=p, mode=mode, training=training, key=KEY)
    kept = np.asarray(out) != 0
    assert abs(kept.mean() - (1 - p)) < 0.02
    np.testing.assert_allclose(np.asarray(out)[kept], 3 / (1 - p), rtol=1e-5)
    np.testing.assert_array_equal(out, data * mask)


def test_axes_share_the_mask() -> None:
    out, mask = dropout(jnp.ones((5, 6, 7)), axes=(0, 2), training=True, key=KEY)
    assert mask.shape == (1, 6, 1)
    assert 0 < np.count_nonzero(mask) < 6
    np.testing.assert_array_equal(out, np.broadcast_to(mask, out.shape))


def test_gradient_is_the_mask() -> None:
    data = jnp.arange(24.0).reshape(4, 6)
    (_, mask), pull = jax.vjp(lambda x: dropout(x, p=0.3, training=True, key=KEY), data)
    (gradient,) = pull((data, jnp.zeros_like(mask)))
    np.testing.assert_allclose(gradient, data * mask, rtol=1e-6)


def test_the_key_decides() -> None:
    data = jnp.ones((8, 8))
    first, second, other = (dropout(data, training=True, key=jax.random.key(k))[0] for k in (1, 1, 2))
    assert (first == second).all()
    assert not (first == other).all()


def test_errors_say_what_to_do() -> None:
    data = jnp.ones((2, 3))
    with pytest.raises(ArgumentError, match=r"Dropout draws random numbers here and got no key; pass key="):
        dropout(data, training=True)
    with pytest.raises(ArgumentError, match=r"p is 1.5, expected a probability from 0 to 1"):
        dropout(data, p=1.5)
    with pytest.raises(ShapeError, match=r"axes are \(2,\), expected axes from 0 to 1"):
        dropout(data, axes=(2,), training=True, key=KEY)
    with pytest.raises(DTypeError, match=r"expects floating point data, got int32; cast it first"):
        dropout(jnp.ones((2,), jnp.int32))
