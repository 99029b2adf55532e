"""Symbols bound to arrays, and modules: MXNet's facts, and what only gluax promises."""

from __future__ import annotations

import numpy as np
import pytest

import gluax
from gluax.errors import ArgumentError, GluaxError
from tests.oracle.executor_scenarios import SCENARIOS, batch, bound, dense, module, numbers


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, gluax)


def test_arrays_of_another_executor_are_shared() -> None:
    first = dense(gluax).simple_bind(gluax.cpu(), data=(3, 4))
    second = dense(gluax).simple_bind(gluax.cpu(), data=(5, 4), shared_exec=first)
    first.arg_dict["fc_weight"][:] = 3
    assert second.arg_dict["fc_weight"].asnumpy().tolist() == [[3.0] * 4] * 2
    assert second.arg_dict["data"].shape == (5, 4)


def test_gradients_by_output_name() -> None:
    symbol = dense(gluax)
    exe = bound(gluax, symbol=gluax.sym.Group([symbol, symbol.get_internals()["data"] * 2]))
    exe.forward(is_train=True)
    exe.backward({"fc_output": gluax.nd.ones((3, 2)), exe.symbol.list_outputs()[1]: numbers(gluax, 3, 4)})
    weight = numbers(gluax, 2, 4).asnumpy()
    expected = weight.sum(axis=0) + 2 * numbers(gluax, 3, 4).asnumpy()
    np.testing.assert_allclose(exe.grad_dict["data"].asnumpy(), expected, rtol=1e-6)
    with pytest.raises(GluaxError, match="out_grads"):
        exe.backward({"fc_output": gluax.nd.ones((3, 2))})
    with pytest.raises(GluaxError, match=r"shape \(3, 2\), not"):
        exe.backward([gluax.nd.ones((3, 2)), gluax.nd.ones((3, 2))])


def test_distributed_stores_are_refused() -> None:
    made = module(gluax)
    with pytest.raises(ArgumentError, match=r"docs/many-devices\.md"):
        made.init_optimizer(kvstore="dist_sync")


def test_outside_training_no_gradient_is_computed() -> None:
    made = module(gluax)
    made.forward(batch(gluax), is_train=False)
    assert made._bound.executors[0]._pass is None


def test_batches_of_sizes_seen_before_compile_nothing() -> None:
    made = module(gluax)
    for size in (4, 6, 4):
        made.forward(batch(gluax, size), is_train=False)
    compiled = made._bound.executors[0]._run
    for size in (6, 4, 6):
        made.forward(batch(gluax, size), is_train=False)
        assert made._bound.executors[0]._run is compiled
    assert compiled._by_platform["cpu"]._cache_size() == 2
