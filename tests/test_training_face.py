"""Optimizers, schedulers, `Trainer`, metrics and callbacks against MXNet 1.9.1; and what is gluax's own."""

from __future__ import annotations

import copy
import json
from typing import Any

import jax
import numpy as np
import pytest

import gluax as mx
from gluax.errors import ArgumentError, ModelFormatError
from gluax.optimizer import fused
from tests.compare import near
from tests.oracle import metric_scenarios, trainer_scenarios, training_scenarios
from tests.oracle.scenarios import Scenarios

CASES = [(family.SCENARIOS, name) for family in (training_scenarios, trainer_scenarios, metric_scenarios)
         for name in family.SCENARIOS]  # fmt: skip
HALVES = {"half_without_copy", "by_user"}


@pytest.mark.parametrize(("scenarios", "name"), CASES, ids=[name for _, name in CASES])
def test_as_mxnet(scenarios: Scenarios, name: str) -> None:
    gold = json.loads(scenarios.path.read_text())[name]
    found = scenarios.run(name, mx)
    # Sums of a few float32 numbers of about 1; the updates in float64 differ in their last bits only.
    # Weights of 16 bits near 1 lie 1e-3 apart, and ten steps may end on the next one.
    tolerance = 2e-3 if "half" in name or name in HALVES else 1e-14 if name == "in_double" else 1e-5
    assert near(found, gold, tolerance), f"found {found}\nexpected {gold}"


def updated(optimizer: Any, weights: list[Any], steps: int = 1) -> Any:
    updater = mx.optimizer.get_updater(optimizer)
    for _ in range(steps):
        updater(
            list(range(len(weights))), [mx.nd.ones(weight.shape, dtype=weight.dtype) for weight in weights], weights
        )
    return updater


def test_a_step_compiles_once() -> None:
    """Neither another rate, decay or batch size nor another trainer with the same settings compiles again."""
    before = fused._compiled.cache_info().misses
    for rate in (0.1, 0.2):
        params = [mx.gluon.Parameter(name, shape=(3, 7)) for name in "abc"]
        for param in params:
            param.initialize("ones")
        trainer = mx.gluon.Trainer(params, "adam", {"learning_rate": rate, "beta1": 0.87})
        for batch in (1, 2, 3):
            trainer.set_learning_rate(rate / batch)
            for param in params:
                param.data()._fresh_grad = True
            trainer.step(batch)
    assert fused._compiled.cache_info().misses == before + 1
    settings = tuple((name, getattr(trainer.optimizer, name)) for name in mx.optimizer.Adam._settings)
    function = fused._compiled(mx.optimizer.Adam._step, mx.optimizer.Adam._numbers, settings, False, False)
    assert [jitted._cache_size() for jitted in function._by_platform.values()] == [1]  # pyright: ignore[reportAttributeAccessIssue]


def test_arrays_that_others_hold_stay() -> None:
    weight = mx.nd.ones(4)
    held, view = weight._data, weight[1:3]
    updated(mx.optimizer.SGD(learning_rate=0.5), [weight])
    assert held.tolist() == [1.0] * 4
    assert view.asnumpy().tolist() == [0.5, 0.5]


def test_numbers_of_numpy() -> None:
    found = []
    for kind in (float, np.float64, np.float32):
        weights = [mx.nd.ones(3)]
        updated(mx.optimizer.Adamax(learning_rate=kind(0.5), beta1=kind(0.75), clip_gradient=kind(0.5)), weights, 2)
        found.append(weights[0].asnumpy().tolist())
    assert found[0] == found[1] == found[2]


def test_copies_count_alone() -> None:
    optimizer = mx.optimizer.SGD(learning_rate=0.5, param_dict={0: mx.gluon.Parameter("w", lr_mult=2.0)})
    other = copy.deepcopy(optimizer)
    updated(other, [mx.nd.ones(2)])
    assert (optimizer.num_update, other.num_update, optimizer._get_lr(0), other._get_lr(0)) == (0, 1, 1.0, 0.5)


def test_noise_of_sgld() -> None:
    mx.random.seed(1)
    weights = [mx.nd.zeros(20000), mx.nd.zeros(20000)]
    updated(mx.optimizer.SGLD(learning_rate=0.04), weights)
    found = np.stack([weight.asnumpy() for weight in weights])
    np.testing.assert_allclose(found.mean(1), -0.02, atol=0.006)  # four times 0.2 / sqrt(20000)
    np.testing.assert_allclose(found.std(1), 0.2, rtol=0.02)
    assert abs(np.corrcoef(found)[0, 1]) < 0.03
    again = mx.nd.zeros(3)
    updated(mx.optimizer.SGLD(learning_rate=0.04), [again], 2)
    assert len(set(again.asnumpy().tolist())) == 3


def test_delay_compensation_with_momentum() -> None:
    """Which MXNet cannot do for more than one element."""
    weight = mx.nd.array([1.0, 2.0])
    updated(mx.optimizer.DCASGD(learning_rate=0.1, momentum=0.5, lamda=2.0), [weight], 2)
    # -0.1, then 0.5 * -0.1 - 0.1 * (1 + 2 * 0): the previous weight is that before the last update.
    np.testing.assert_allclose(weight.asnumpy(), np.array([1.0, 2.0]) - 0.1 - (0.05 + 0.1 * (1 + 2 * -0.1)), rtol=1e-6)


def test_bfloat16_has_a_copy_too() -> None:
    weight = mx.nd.ones(2).astype("bfloat16")
    updater = updated(mx.optimizer.Adam(learning_rate=1e-3, multi_precision=True), [weight], 5)
    np.testing.assert_allclose(updater.states[0][0].asnumpy(), 0.995, rtol=1e-5)  # too fine for bfloat16's steps
    other = mx.optimizer.get_updater(mx.optimizer.Adam())
    other.set_states(updater.get_states())
    assert other.states[0][0].dtype is np.float32


def test_lists_for_optimizers_of_users() -> None:
    seen: list[Any] = []

    class Listed(mx.optimizer.Optimizer):
        def __init__(self) -> None:
            super().__init__()
            self.aggregate_num = 2

        def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
            seen.append((list(index), [array.dtype.__name__ for array in weight]))

    weights = [mx.nd.ones(2, dtype=dtype) for dtype in ("float32", "float64", "float32", "float32")]
    updated(Listed(), weights)
    assert seen == [([0, 2], ["float32"] * 2), ([3], ["float32"]), ([1], ["float64"])]


def test_one_weight_and_its_copy_go_on() -> None:
    """MXNet's LAMB leaves the copy as it is when `update_multi_precision` is called with a single index."""
    weight = mx.nd.ones(2).astype("float16")
    optimizer = mx.optimizer.LAMB(learning_rate=0.1, multi_precision=True)
    state = optimizer.create_state_multi_precision(0, weight)
    optimizer.update_multi_precision(0, weight, weight, state)
    np.testing.assert_allclose(state[0].asnumpy(), weight.asnumpy(), rtol=1e-3)
    assert weight.asnumpy()[0] < 1


def test_registry() -> None:
    with pytest.warns(UserWarning, match="overriding existing optimizer"):
        mx.optimizer.register(type("Test", (mx.optimizer.Test,), {}))
    mx.optimizer.Optimizer.opt_registry["test"] = mx.optimizer.Test
    with pytest.warns(UserWarning, match="metric mse is now"):
        mx.metric.register(mx.metric.MSE)
    assert mx.opt.SGD is mx.optimizer.SGD


def test_states_are_no_pickles() -> None:
    weight = mx.nd.ones(2)
    updater = updated(mx.optimizer.SGD(momentum=0.9), [weight])
    dumped = updater.get_states(dump_optimizer=True)
    assert dumped[:2] == b"PK"
    with pytest.raises(ModelFormatError, match="pickle, as MXNet writes"):
        updater.set_states(b"\x80\x03}q\x00.")
    with pytest.raises(ModelFormatError, match="of another kind"):
        updater.set_states(b"nonsense")
    with pytest.raises(ModelFormatError):
        updater.set_states(dumped[: len(dumped) // 2])
    with pytest.raises(ModelFormatError, match="they are of SGD, and this is Adam"):
        mx.optimizer.get_updater(mx.optimizer.Adam()).set_states(dumped)
    updater.states[0] = object()
    with pytest.raises(ArgumentError, match="cannot be saved"):
        updater.get_states()


def test_schedulers_of_users_come_back_where_they_are() -> None:
    class Mine(mx.lr_scheduler.LRScheduler):
        def __call__(self, num_update: int) -> float:
            return self.base_lr / num_update if num_update else self.base_lr

    mine = updated(mx.optimizer.SGD(lr_scheduler=Mine(0.5), momentum=0.9), [mx.nd.ones(2)], 2)
    dumped = mine.get_states(dump_optimizer=True)
    with pytest.raises(ModelFormatError, match="come from Mine"):
        mx.optimizer.get_updater(mx.optimizer.SGD(momentum=0.9)).set_states(dumped)
    other = mx.optimizer.get_updater(mx.optimizer.SGD(lr_scheduler=Mine(1.0), momentum=0.9))
    other.set_states(dumped)
    assert other.optimizer.learning_rate == 0.25
    np.testing.assert_array_equal(other.states[0].asnumpy(), mine.states[0].asnumpy())


@pytest.mark.parametrize("kvstore", ["dist_sync", "dist_device_async", "horovod"])
def test_no_servers(kvstore: str) -> None:
    with pytest.raises(ArgumentError, match=r"docs/many-devices\.md"):
        mx.gluon.Trainer([], "sgd", kvstore=kvstore)


def test_metrics_take_any_arrays() -> None:
    for make in (np.asarray, jax.numpy.asarray, mx.nd.array):
        metric = mx.metric.create(["acc", "mse", "loss"])
        metric.update(make([1.0, 0.0]), make([1.0, 1.0]))
        assert metric.get()[1] == [0.5, 0.5, 1.0]


def test_do_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Any] = []
    monkeypatch.setattr(mx.model, "save_checkpoint", lambda *arguments: saved.append(arguments))
    callback = mx.callback.do_checkpoint("net", 2)
    for epoch in range(4):
        callback(epoch, "symbol", {}, {})
    assert saved == [("net", 2, "symbol", {}, {}), ("net", 4, "symbol", {}, {})]
