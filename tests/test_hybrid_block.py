"""HybridBlock beyond MXNet: JAX's arrays and transformations, threads, values that change, files that survive a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax as mx
from gluax.gluon import HybridBlock, SymbolBlock, nn
from gluax.ir.params_reader import read_params

MODES: dict[str, dict[str, bool] | None] = {
    "eager": None,
    "hybridized": {},
    "static_alloc": {"static_alloc": True},
    "static_shape": {"static_alloc": True, "static_shape": True},
}


def small_net(seed: int = 0) -> nn.HybridSequential:
    """Convolution, BatchNorm with statistics of its own, pooling, dense: what static_alloc rewrites."""
    net = nn.HybridSequential()
    with net.name_scope():
        net.add(nn.Conv2D(4, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(3))
    net.initialize()
    net(mx.nd.zeros((1, 2, 5, 5)))
    random = np.random.RandomState(seed)
    for parameter in net.collect_params().values():
        low = 0.5 if parameter.name.endswith("running_var") else -1.0
        parameter.set_data(mx.nd.array(random.uniform(low, 1.0, parameter.shape)))
    return net


def in_mode(net: HybridBlock, mode: str) -> HybridBlock:
    flags = MODES[mode]
    net.hybridize(active=flags is not None, **(flags or {}))
    return net


def images(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype("float32")


@pytest.mark.parametrize("mode", MODES)
def test_arrays_come_back_in_the_family_they_came_in(mode: str) -> None:
    net, x = in_mode(small_net(), mode), images(2, 2, 5, 5)
    outputs = [net(mx.nd.array(x)), net(jnp.asarray(x)), net(x)]
    assert [type(output) is mx.nd.NDArray for output in outputs] == [True, False, False]
    assert all(isinstance(output, jax.Array) for output in outputs[1:])
    for output in outputs[1:]:
        np.testing.assert_array_equal(np.asarray(output), outputs[0].asnumpy())


def test_jax_arrays_mix_with_states_made_by_a_cell() -> None:
    cell = mx.gluon.rnn.LSTMCell(3)
    cell.initialize()
    x = images(2, 4)
    output, states = cell(jnp.asarray(x), cell.begin_state(2))
    assert type(output) is mx.nd.NDArray
    np.testing.assert_array_equal(output.asnumpy(), cell(mx.nd.array(x), cell.begin_state(2))[0].asnumpy())
    assert len(states) == 2


@pytest.mark.parametrize("mode", MODES)
def test_transformations_of_jax(mode: str) -> None:
    net, x = in_mode(small_net(), mode), jnp.asarray(images(3, 2, 5, 5))
    expected = net(x)
    np.testing.assert_allclose(jax.jit(net)(x), expected, rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(jax.vmap(net)(x[:, None])[:, 0], expected, rtol=2e-5, atol=2e-6)
    slope = jax.grad(lambda x: net(x)[:, 1].sum())(x)
    step = 1e-2 * jnp.sign(slope)
    risen, fallen = net(x + step)[:, 1].sum(), net(x - step)[:, 1].sum()
    assert float((risen - fallen) / 2) == pytest.approx(float(jnp.abs(slope).sum() * 1e-2), rel=0.05)


UPDATES: dict[str, Callable[[Any], None]] = {
    "set_data": lambda p: p.set_data(p.data() + 1),
    "write into data()": lambda p: p.data().__setitem__(slice(None), p.data().asnumpy() + 1),
    "in-place addition": lambda p: p.data().__iadd__(1),
    "initialize again": lambda p: p.initialize(mx.init.Constant(p.data().asnumpy() + 1), force_reinit=True),
}


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("mode", MODES)
def test_new_values_count_at_once(mode: str, update: str) -> None:
    net, x = in_mode(small_net(), mode), images(2, 2, 5, 5)
    before = np.asarray(net(x))
    UPDATES[update](next(p for name, p in net.collect_params().items() if name.endswith("dense0_bias")))
    np.testing.assert_allclose(net(x), before + 1, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_eight_threads_on_several_shapes(mode: str) -> None:
    """The first calls, which trace and compile, happen in the threads too."""
    shapes = [(n, 2, size, size) for n in (1, 3) for size in (4, 7)]
    alone = in_mode(small_net(), mode)
    expected = {shape: np.asarray(alone(images(*shape))) for shape in shapes}
    net = in_mode(small_net(), mode)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda shape: (shape, np.asarray(net(images(*shape)))), shapes * 8))
    assert len(found) == 32
    for shape, output in found:
        np.testing.assert_allclose(output, expected[shape], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("mode", ["hybridized", "static_alloc"])
def test_op_hook_sees_the_values_of_the_eager_run(mode: str) -> None:
    net, x = small_net(), mx.nd.array(images(2, 2, 5, 5))
    by_layer: list[np.ndarray] = []
    handles = [layer.register_forward_hook(lambda b, i, output: by_layer.append(output.asnumpy())) for layer in net]
    net(x)
    for handle in handles:
        handle.detach()
    in_mode(net, mode)
    seen: dict[str, np.ndarray] = {}
    net.register_op_hook(lambda name, operator, value: seen.update({name: value.asnumpy()}))
    net(x)
    stems = ["conv0_fwd_output", "batchnorm0_fwd_output", "relu0_fwd_output", "pool0_fwd_output", "dense0_fwd_output"]
    for stem, expected in zip(stems, by_layer, strict=True):
        found = next(value for name, value in seen.items() if name.endswith(stem))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_each_context_has_its_own_copy(mode: str) -> None:
    net, x = small_net(), mx.nd.array(images(2, 2, 5, 5), mx.cpu(0))
    net.collect_params().reset_ctx([mx.cpu(0), mx.cpu(1)])
    in_mode(net, mode)
    before = net(x).asnumpy()
    bias = next(p for name, p in net.collect_params().items() if name.endswith("dense0_bias"))
    bias.data(mx.cpu(1))[:] += 1
    np.testing.assert_array_equal(net(x).asnumpy(), before)
    other = net(x.as_in_context(mx.cpu(1)))
    assert other.context == mx.cpu(1)
    np.testing.assert_allclose(other.asnumpy(), before + 1, rtol=1e-5, atol=1e-6)


def test_optimized_block_exports_imports_and_runs(tmp_path: Path) -> None:
    net, x = small_net(), mx.nd.array(images(2, 2, 5, 5))
    expected = net(x).asnumpy()
    net.optimize_for(x, backend="inference")
    np.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    net.export(str(tmp_path / "net"))
    again = SymbolBlock.imports(tmp_path / "net-symbol.json", ["data"], tmp_path / "net-0000.params")
    assert "BatchNorm" not in (tmp_path / "net-symbol.json").read_text()
    np.testing.assert_allclose(again(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)
    again.optimize_for(x, backend="default", static_alloc=True)
    np.testing.assert_allclose(again(x).asnumpy(), expected, rtol=1e-5, atol=1e-6)


_WRITER = """
import sys
import gluax as mx
net = mx.gluon.nn.HybridSequential()
net.add(mx.gluon.nn.Dense(2000, in_units=2000))
net.initialize()
net.hybridize()
net(mx.nd.zeros((1, 2000)))
getattr(net, sys.argv[1])(sys.argv[2])
print("ready", flush=True)
while True:
    getattr(net, sys.argv[1])(sys.argv[2])
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("method", ["export", "save_parameters"])
def test_a_killed_writer_leaves_whole_files(method: str, tmp_path: Path) -> None:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    for delay in (0.0, 0.013, 0.037):
        command = [sys.executable, "-c", _WRITER, method, str(tmp_path / "net")]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if method == "export":
            assert mx.sym.load(str(tmp_path / "net-symbol.json")).list_arguments()[0] == "data"
        arrays = read_params(tmp_path / ("net-0000.params" if method == "export" else "net")).arrays
        assert sorted(array.shape for array in dict(arrays).values()) == [(2000,), (2000, 2000)]  # type: ignore[arg-type]
