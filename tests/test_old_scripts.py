"""The small faces that scripts for MXNet use (checkpoints, monitors, test helpers, old cells) against MXNet 1.9.1."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import gluax as mx
from gluax.errors import ArgumentError, ModelFormatError
from tests.oracle import checking_scenarios, conv_cell_scenarios, model_scenarios, rnn_scenarios, test_utils_scenarios
from tests.oracle.scenarios import Scenarios

CASES = [
    (family.SCENARIOS, name)
    for family in (model_scenarios, test_utils_scenarios, rnn_scenarios, conv_cell_scenarios)
    for name in family.SCENARIOS
]


@pytest.mark.parametrize(("scenarios", "name"), CASES, ids=[name for _, name in CASES])
def test_as_mxnet(scenarios: Scenarios, name: str) -> None:
    scenarios.check(name, mx)


@pytest.mark.parametrize("name", checking_scenarios.SCENARIOS)
def test_checks_as_mxnet(name: str) -> None:
    checking_scenarios.SCENARIOS.check(name, mx)


def test_a_list_is_no_checkpoint(tmp_path: Any) -> None:
    mx.nd.save(tmp_path / "net-0001.params", [mx.nd.ones(1)])
    with pytest.raises(ModelFormatError, match="no names"):
        mx.model.load_params(tmp_path / "net", 1)


class Watched:
    """An executor of one operator, as far as a monitor sees it."""

    def __init__(self) -> None:
        data = mx.sym.Variable("data")
        self.symbol = mx.sym.BatchNorm(data, name="bn")
        self.arg_arrays = [mx.nd.array([[3.0, 4.0]]), mx.nd.ones(2), mx.nd.zeros(2)]
        self.aux_arrays = [mx.nd.ones(2), mx.nd.ones(2)]

    def set_monitor_callback(self, callback: Any, monitor_all: bool = False) -> None:
        self.callback, self.monitor_all = callback, monitor_all

    def forward(self) -> None:
        self.callback("bn_output", self.arg_arrays[0] * 2)


def watch(*arguments: Any, batches: int = 1, **settings: Any) -> list[Any]:
    monitor, executor = mx.mon.Monitor(*arguments, **settings), Watched()
    monitor.install(executor)
    found = []
    for _ in range(batches):
        monitor.tic()
        executor.forward()
        found.append(monitor.toc())
    return found


def test_monitor_looks_at_outputs_arguments_and_states() -> None:
    first, second, third = watch(2, batches=3)
    assert [name for _, name, _ in first] == [
        "bn_output", "data", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var",
    ]  # fmt: skip
    assert [(step, name) for step, name, _ in third][:2] == [(3, "bn_output"), (3, "data")]
    assert second == []
    np.testing.assert_allclose([float(text) for _, _, text in first][:4], [50**0.5, 12.5**0.5, 1, 0], rtol=1e-6)
    assert all(text.endswith("\t") for _, _, text in first)


def test_monitor_picks_and_sorts() -> None:
    (found,) = watch(1, lambda x: [x.max(), x.sum(axis=0)], ".*bn|data", sort=True)
    assert [name for _, name, _ in found][:2] == ["bn_beta", "bn_gamma"]
    assert {name: text for _, name, text in found}["data"] == "4.0\t[3. 4.]\t"
    (found,) = watch(1, pattern="gamma")
    assert found == []
    with pytest.raises(ArgumentError, match="stat_func"):
        watch(1, lambda x: 3)


def test_monitor_prints(caplog: pytest.LogCaptureFixture) -> None:
    monitor, executor = mx.monitor.Monitor(1, pattern="bn_output", monitor_all=True), Watched()
    monitor.install(executor)
    monitor.tic()
    executor.forward()
    with caplog.at_level(logging.INFO):
        monitor.toc_print()
    assert executor.monitor_all is True
    assert caplog.messages == ["Batch:       1 bn_output                      7.071068\t"]


def test_default_context_of_a_thread() -> None:
    with mx.cpu(1):
        mx.test_utils.set_default_context(mx.cpu(3))
        assert mx.test_utils.default_context() == mx.nd.ones(1).context == mx.cpu(3)
    assert mx.test_utils.default_context() != mx.cpu(3)


def test_helpers_refuse() -> None:
    with pytest.raises(NotImplementedError, match="dense"):
        mx.test_utils.rand_ndarray((2, 2), "csr")
    with pytest.raises(AssertionError, match="no AssertionError was raised"):
        mx.test_utils.assert_exception(int, AssertionError, "1")
    with pytest.raises(AssertionError, match=r"(?s)Error 254\.0+ exceeds .*\(1,\), a=1\.0+, b=255\.0+"):
        mx.test_utils.assert_almost_equal(np.uint8([1, 1]), np.uint8([1, 255]), rtol=0, atol=1)


def test_unfused_cells_compute_the_same() -> None:
    cell = mx.rnn.FusedRNNCell(3, 2, "gru", bidirectional=True, prefix="f_")
    random, found = np.random.RandomState(0), []
    size = cell._initializer.vector_size(5)
    data = random.uniform(-1, 1, (2, 2, 5)).astype("float32")
    packed = {"f_parameters": mx.nd.array(random.uniform(-1, 1, size))}
    for each, params in ((cell, packed), (cell.unfuse(), cell.unpack_weights(packed))):
        params = params if each is cell else each.pack_weights(params)
        outputs, _ = each.unroll(2, mx.sym.Variable("x"), layout="TNC", merge_outputs=True)
        block = mx.gluon.SymbolBlock(outputs, [mx.sym.Variable("x")])
        block.initialize()
        for name, param in block.collect_params().items():
            param.set_data(params[name])
        found.append(block(mx.nd.array(data)).asnumpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5, atol=1e-6)


def test_zoneout_of_a_stack() -> None:
    """Which MXNet refuses for any stack, by an AttributeError."""
    stack = mx.rnn.SequentialRNNCell()
    stack.add(mx.rnn.RNNCell(2))
    outputs, _ = mx.rnn.ZoneoutCell(stack, 0.5, 0.5).unroll(2, mx.sym.Variable("x"))
    assert len(outputs) == 2
    stack.add(mx.rnn.BidirectionalCell(mx.rnn.RNNCell(2, prefix="l_"), mx.rnn.RNNCell(2, prefix="r_")))
    with pytest.raises(AssertionError, match="BidirectionalCell"):
        mx.rnn.ZoneoutCell(stack)
