"""Recording and going backwards: MXNet's facts, and what only gluax promises."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import autograd, nd
from gluax.errors import ArgumentError, MXNetError, ShapeError
from gluax.gluon import nn
from tests.oracle.autograd_scenarios import SCENARIOS

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    SCENARIOS.check(name, gluax)


def variable(*shape: int) -> nd.NDArray:
    array = nd.array(RANDOM.normal(size=shape))
    array.attach_grad()
    return array


def assert_close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found.asnumpy(), np.asarray(expected), rtol=2e-5, atol=1e-6)


def test_gradients_of_gradients_of_any_operator() -> None:
    """MXNet has them for few operators; here they are those of JAX."""
    x, w = variable(2, 3), variable(4, 3)

    def penalty(x: Any, w: Any) -> Any:
        slope = jax.grad(lambda x: jnp.tanh(x @ w.T).sum())(x)
        return (jnp.linalg.norm(slope, axis=1) ** 3).sum()

    with autograd.record():
        y = nd.FullyConnected(x, w, no_bias=True, num_hidden=4).tanh().sum()
        slope = autograd.grad(y, x, create_graph=True)[0]
        loss = (nd.norm(slope, axis=1) ** 3).sum()
    loss.backward()
    for array, expected in zip((x, w), jax.grad(penalty, argnums=(0, 1))(x._data, w._data)):
        assert_close(array.grad, expected)


@pytest.mark.parametrize("hybridize", [False, True])
def test_third_order(hybridize: bool) -> None:
    net = nn.HybridLambda(lambda F, x: F.sin(x) * x)
    if hybridize:
        net.hybridize()
    x = variable(3)
    with autograd.record():
        found = net(x)
        for _ in range(2):
            found = autograd.grad(found, x, create_graph=True)[0]
    found.backward()
    assert_close(x.grad, -3 * np.sin(x.asnumpy()) - x.asnumpy() * np.cos(x.asnumpy()))


def small_network(kind: str) -> tuple[Any, Any]:
    match kind:
        case "convolutions":
            net = nn.HybridSequential()
            net.add(
                nn.Conv2D(4, 3, padding=1, strides=2), nn.BatchNorm(), nn.Activation("relu"),
                nn.Conv2D(4, 3, groups=2, dilation=2, padding=2), nn.MaxPool2D(), nn.Conv2D(4, 3, groups=4), nn.Dense(3),
            )  # fmt: skip
            return net, nd.array(RANDOM.normal(size=(2, 3, 15, 13)))
        case "volumes":
            net = nn.HybridSequential()
            net.add(nn.Conv3D(2, 3, padding=1), nn.Conv3D(3, 1), nn.GlobalAvgPool3D(), nn.Conv3D(2, 1))
            return net, nd.array(RANDOM.normal(size=(2, 3, 4, 5, 6)))
        case "recurrent":
            return gluax.gluon.rnn.LSTM(4, bidirectional=True), nd.array(RANDOM.normal(size=(5, 2, 3)))
        case _:
            net = nn.HybridSequential()
            net.add(nn.Embedding(7, 4), nn.LayerNorm(), nn.Dense(3, flatten=False, activation="softrelu"))
            return net, nd.array(RANDOM.integers(0, 7, size=(2, 5)))


@pytest.mark.parametrize("kind", ["convolutions", "volumes", "recurrent", "embedding"])
def test_compiled_blocks_have_the_gradients_of_their_operators(kind: str) -> None:
    net, x = small_network(kind)
    net.initialize(gluax.init.Xavier())
    net(x)
    weight = nd.array(RANDOM.normal(size=net(x).shape))
    gradients, statistics = [], []
    for active in (False, True):
        net.hybridize(active)
        for parameter in net.collect_params(".*running").values():
            parameter.set_data(nd.ones(parameter.shape))
        x.attach_grad()
        with autograd.record():
            loss = (net(x) * weight).sum()
        loss.backward()
        params = net.collect_params().values()
        gradients.append([x.grad.asnumpy(), *(p.grad().asnumpy() for p in params if p.grad_req != "null")])
        statistics.append([p.data().asnumpy() for p in params if p.grad_req == "null"])
    for found, expected in zip(gradients[1] + statistics[1], gradients[0] + statistics[0]):
        # Sums in another order: a float32's rounding times what is added up.
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * (1 + np.abs(expected).max()))


def test_dropout_drops_backwards_what_it_dropped_forwards() -> None:
    for net in (nn.Dropout(0.5), nn.HybridLambda(lambda F, x: F.Dropout(x, p=0.5) * 1)):
        for active in (False, True):
            net.hybridize(active)
            x = variable(50)
            with autograd.record():
                y = net(x)
            y.backward()
            assert_close(x.grad, np.where(y.asnumpy() == 0, 0, 2))
            assert 0 < np.count_nonzero(y.asnumpy()) < 50


def test_op_hooks_see_recorded_calls() -> None:
    net = nn.Dense(2, in_units=3, activation="tanh")
    net.initialize("ones")
    net.hybridize()
    seen: list[str] = []
    net.register_op_hook(lambda name, operator, value: seen.append(name))
    with autograd.record():
        loss = net(variable(1, 3)).sum()
    loss.backward()
    assert len(seen) == 2
    assert net.weight.grad().asnumpy().any()


def test_blocks_on_a_mesh_of_devices() -> None:
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    net = nn.Dense(2, in_units=3)
    net.initialize("ones")
    net.hybridize()
    whole = NamedSharding(Mesh(np.array(jax.devices()[:1]), ("data",)), PartitionSpec("data"))
    x = nd.NDArray(jax.device_put(jnp.ones((2, 3)), whole))
    with autograd.record():
        loss = net(x).sum()
    loss.backward()
    assert_close(net.weight.grad(), np.full((2, 3), 2))


def test_what_was_recorded_is_let_go() -> None:
    x = variable(3)
    with autograd.record():
        y = x * 2
        z = y * y
    operation = weakref.ref(y._data)
    del y
    gc.collect()
    assert operation() is not None
    z.backward()
    gc.collect()
    assert operation() is None


def test_later_values_do_not_count() -> None:
    """MXNet multiplies by the new value, which it says is undefined."""
    x = variable(3)
    before = x.asnumpy()
    with autograd.record():
        y = x * x
    x[:] = 10
    y.backward()
    assert_close(x.grad, 2 * before)


def test_long_chains() -> None:
    x = variable(1)
    with autograd.record():
        y = x
        for _ in range(3000):
            y = y + 1
    y.backward()
    assert_close(x.grad, [1])


def test_gradients_of_integers_are_zero() -> None:
    x = nd.array([1, 2], dtype="int32")
    x.attach_grad()
    with autograd.record():
        y = x * 3
    y.backward()
    assert x.grad.asnumpy().tolist() == [0, 0]


def test_errors_say_what_to_do() -> None:
    x = variable(2)
    with autograd.record():
        y = x * 2
    with pytest.raises(ShapeError, match=r"shape \(2,\) was given a gradient of shape \(3,\)"):
        y.backward(nd.ones(3))
    with pytest.raises(MXNetError, match=r"attach_grad\(\) within autograd.record\(\)"):
        nd.ones(2).backward()
    with pytest.raises(ArgumentError, match="2 variables, 1 gradients"):
        autograd.mark_variables([x, y], [x])
    with autograd.record():
        parts = x[0] * 2
    with pytest.raises(ArgumentError, match="a view"):
        autograd.get_symbol(parts)


def test_functions_have_no_second_gradient() -> None:
    class Double(autograd.Function):
        def forward(self, x: Any) -> Any:
            return x * 2

        def backward(self, dy: Any) -> Any:
            return dy * 2

    x = variable(2)
    with autograd.record():
        y = Double()(x)
        with pytest.raises(ArgumentError, match="Double"):
            autograd.grad(y, x, create_graph=True)
    with autograd.record():
        y = Double()(x)
    y.backward()
    assert_close(x.grad, [2, 2])


def test_blocks_with_integer_outputs_and_loops() -> None:
    x = nd.array([[1.0, 2.0], [3.0, 1.0]])
    x.attach_grad()
    several = nn.HybridLambda(lambda F, x: [F.sin(x), F.cast(F.argmax(x, axis=1), dtype="int32"), F.exp(x)])
    loop = nn.HybridLambda(lambda F, x: F.contrib.foreach(lambda d, s: (d * s, s + d), x, F.ones((2,)))[0])
    for net, expected in ((several, np.cos(x.asnumpy())), (loop, [[4, 2], [2, 3]])):
        net.hybridize()
        with autograd.record():
            first = net(x)
            first = first[0] if isinstance(first, list) else first
        first.backward()
        assert_close(x.grad, expected)
