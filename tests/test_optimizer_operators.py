"""Optimizers' updates on arrays, step by step, against MXNet 1.9.1; and what they refuse."""

from __future__ import annotations

import json
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import gluax as mx
from gluax.compile.eager import compiled
from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.ndarray import NDArray
from tests.oracle.optimizer_scenarios import SCENARIOS

GLUAX = SimpleNamespace(nd=mx.nd, name=mx.name, AttrScope=mx.AttrScope, dense_only=True)


@pytest.mark.parametrize("name", SCENARIOS)
def test_steps(name: str) -> None:
    gold = json.loads(SCENARIOS.path.read_text())[name]
    found = SCENARIOS.run(name, GLUAX)
    assert jax.tree.structure(found) == jax.tree.structure(gold)
    np.testing.assert_allclose(jax.tree.leaves(found), jax.tree.leaves(gold), rtol=1e-5, atol=1e-6)


def test_another_rate_compiles_nothing() -> None:
    weight, grad = mx.nd.ones((2, 3)), mx.nd.ones((2, 3))
    mx.nd.sgd_update(weight, grad, lr=0.5, out=weight)
    before = compiled.cache_info().misses
    mx.nd.sgd_update(weight, grad, lr=0.25, wd=0, out=weight)
    mx.nd.sgd_update(weight, grad, lr=0.125, wd=0, out=weight)
    assert compiled.cache_info().misses <= before + 1
    np.testing.assert_allclose(weight.asnumpy(), 1 - 0.5 - 0.25 - 0.125)


def _arrays(*shapes: tuple[int, ...]) -> list[NDArray]:
    return [mx.nd.ones(shape) for shape in shapes]


def test_refusals() -> None:
    with pytest.raises(ShapeError, match="expected all of the shape of the weight"):
        mx.nd.sgd_update(*_arrays((2, 3), (2, 2)), lr=0.1)
    with pytest.raises(DTypeError, match="float32"):
        mx.nd.mp_sgd_update(*(array.astype("float16") for array in _arrays((2,), (2,), (2,))), lr=0.1)
    with pytest.raises(ShapeError, match="one number"):
        mx.nd._internal._adamw_update(*_arrays((2,), (2,), (2,), (2,), (2,)), lr=0.1, eta=1.0)
    with pytest.raises(ArgumentError, match="give one for each"):
        mx.nd.multi_sgd_update(*_arrays((2,), (2,)), lrs=(0.1, 0.2), wds=(0.0,), num_weights=1)
    with pytest.raises(ArgumentError, match="takes the inputs"):
        mx.nd.multi_sgd_update(*_arrays((2,), (2,), (2,)), lrs=(0.1, 0.2), wds=(0.0, 0.0), num_weights=2)
    with pytest.raises(ArgumentError, match="no weight decay"):
        mx.nd.sparse.adagrad_update(*_arrays((2, 2), (2, 2), (2, 2)), lr=0.1, wd=0.1)
