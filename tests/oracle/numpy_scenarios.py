"""Scenarios of arrays and blocks of mx.np; see `tests.oracle.scenarios`."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np

from tests.oracle.autograd_scenarios import rounded
from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("numpy_scenarios")


def scenario(function: Any) -> Any:
    """Add a scenario that runs in numpy mode."""

    def within(mx: Any) -> Any:
        mx.npx.set_np()
        try:
            return function(mx)
        finally:
            mx.npx.reset_np()

    within.__name__ = function.__name__
    return SCENARIOS.add(within)


def grid(mx: Any) -> Any:
    return mx.np.arange(6).reshape(2, 3)


def kind(value: Any) -> list[Any]:
    return [type(value).__name__, str(getattr(value, "dtype", "")), list(getattr(value, "shape", []))]


@scenario
def texts(mx):
    np_ = mx.np
    arrays = [
        grid(mx), np_.array(1.5), np_.array([True]), np_.arange(3, dtype="int32"), np_.ones((2,), dtype="float64"),
        np_.array([], dtype="int32"), np_.ones((1,), dtype="float16"), grid(mx)[0, 1],
    ]  # fmt: skip
    return [[repr(array), str(array)] for array in arrays]


@scenario
def creation(mx):
    values = [[1, 2], 1, True, [1.5], np.arange(3), np.ones(2), np.float16([1]), np.array([True])]
    found = [kind(mx.np.array(value)) for value in values]
    found.append(kind(mx.np.array([1, 2], dtype="int8")))
    found.append(kind(mx.np.array(grid(mx).astype("int32"))))
    found.append(raised(lambda: mx.np.array(mx.nd.ones((2,)))))
    return [*found, raised(lambda: mx.np.array([[1], [2, 3]])), raised(lambda: mx.np.array("text"))]


@scenario
def numbers_of_python(mx):
    x = mx.np.array([[2.5]])
    found = [x.item(), float(x), int(x), bool(x), x.tolist(), len(x), grid(mx).item(4), grid(mx).item(1, 2)]
    several = grid(mx)
    return [*found, *[raised(lambda f=f: f(several)) for f in (float, int, bool)], raised(lambda: len(mx.np.array(1)))]


@scenario
def views_and_copies(mx):
    x = grid(mx)
    row, column, mask = x[0], x[:, 1], x[x > 1]
    row[:] = 9
    column[:] = 7
    mask[:] = 5
    x[1, 2] += 1
    x[1][0] = 4
    return [rounded(x), rounded(row), rounded(column)]


@scenario
def writing(mx):
    x = mx.np.zeros((3, 4))
    x[0] = 1
    x[:, 1] = mx.np.array([1, 2, 3])
    x[1, 2:] = [5, 6]
    x[x == 5] = -5
    x[[0, 2], [3, 3]] = 8
    x[2, ...] += 1
    s = mx.np.array(1.0)
    s[()] = 3
    return [rounded(x), rounded(s)]


@scenario
def in_place(mx):
    x = grid(mx)
    same = x
    x += 1
    x *= 2
    x -= mx.np.ones((3,))
    x /= 2
    x %= 2
    return [rounded(x), same is x]


@scenario
def refused_operands(mx):
    x = grid(mx)
    others = [None, "a", [1, 2, 3], np.ones((2, 3)), mx.nd.ones((2, 3))]
    found = [raised(lambda other=other: x + other) for other in others]
    found.append(raised(lambda: mx.np.sum(mx.nd.ones((2,)))))
    found.append(raised(lambda: np.ones((2, 3)) + x))
    return [*found, raised(lambda: mx.np.ones((2,)) + mx.np.ones((3,)))["raises"] != []]


@scenario
def functions_of_numpy_on_arrays(mx):
    x = grid(mx)
    found = [np.mean(x), np.add(x, 1), np.concatenate([x, x]), np.float32(2) * x, np.linalg.norm(x)]
    return [[kind(value), rounded(value)] for value in found]


@scenario
def functions_left_to_numpy(mx):
    x = grid(mx)
    np_ = mx.np
    found = [
        np_.allclose(x, x), np_.array_equal(x, x + 1), np_.cov(x), np_.searchsorted(x[0], 2), np_.isclose(x, x),
        np_.ptp(x, axis=0), np_.nanmax(x, axis=1), np_.trapz(x[0]), np_.polyfit(x[0], x[1], 1), np_.argwhere(x > 3),
        np_.intersect1d(x, x[1]), np_.shape(x), np_.ndim(x), np_.size(x), np_.linalg.matrix_rank(x),
    ]  # fmt: skip
    return [
        np.asarray(value.asnumpy() if hasattr(value, "asnumpy") else value).astype(float).round(4).tolist()
        for value in found
    ]


@scenario
def classic_and_numpy(mx):
    x = grid(mx)
    classic = x.as_nd_ndarray()
    classic[0, 0] = 9
    back = classic.as_np_ndarray()
    return [type(classic).__name__, type(back).__name__, rounded(x), type(x.copy()).__name__, type(x.detach()).__name__]


@scenario
def gradients(mx):
    x = grid(mx)
    x.attach_grad()
    with mx.autograd.record():
        y = (x * x)[1].sum() + x[0, 2] * 3 + mx.np.where(x > 2, x, 0 * x).mean()
        z = x.as_nd_ndarray().as_np_ndarray() * 2
    mx.autograd.backward([y, z], [None, mx.np.ones_like(z)])
    return [kind(x.grad), rounded(x.grad), rounded(mx.autograd.grad(square(mx, x), [x])[0])]


def square(mx: Any, x: Any) -> Any:
    with mx.autograd.record():
        return (x * x).sum()


@scenario
def names_in_graphs(mx):
    a, b = (mx.sym.var(name).as_np_ndarray() for name in "ab")
    F = mx.sym
    found = [
        a + b,
        1 - a,
        a > b,
        F.np.sum(a),
        a[0],
        F.np.dot(a, b),
        F.npx.relu(a),
        F.np.zeros((2,)),
        F.np.mean(a, axis=1),
    ]
    return [[type(symbol).__name__, symbol.name, symbol.list_arguments()] for symbol in found]


@scenario
def symbols_bound(mx):
    a = mx.sym.var("a").as_np_ndarray()
    found = []
    for symbol in (a[1], a[:, 1:], a[0, 1], 1 - a, a + 1, mx.sym.np.sum(a, axis=0) * 2, a.mean().reshape(1)):
        executor = symbol.as_nd_ndarray().bind(mx.cpu(), {"a": grid(mx).as_nd_ndarray()})
        found.append(rounded(executor.forward()[0]))
    return found


@scenario
def switches(mx):
    found = [mx.util.is_np_array(), mx.util.is_np_shape()]
    with mx.util.np_array(False):
        found.append(mx.util.is_np_array())
    mx.npx.reset_np()

    @mx.util.use_np
    def inside():
        return [mx.util.is_np_array(), mx.util.is_np_shape()]

    @mx.util.use_np
    class Holder:
        def method(self):
            return mx.util.is_np_array()

    found += [mx.util.is_np_array(), *inside(), Holder().method(), mx.util.is_np_array()]
    return [*found, raised(lambda: mx.npx.set_np(shape=False, array=True))]


@scenario
def files(mx):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "arrays")
        mx.npx.save(path, {"scalar": mx.np.array(2.0), "row": mx.np.ones((3,))})
        named = mx.npx.load(path)
        mx.npx.save(path, [grid(mx)])
        listed = mx.npx.load(path)
    return [{name: [kind(array), rounded(array)] for name, array in sorted(named.items())}, kind(listed[0])]


def network(mx: Any, prefix: str) -> Any:
    class Net(mx.gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.dense = mx.gluon.nn.Dense(4, activation="relu")
                self.last = mx.gluon.nn.Dense(3)
                self.scale = self.params.get("scale", shape=(4,), init=mx.init.One())

        def hybrid_forward(self, F, x, scale):
            hidden = self.dense(x) * scale
            both = F.np.concatenate([hidden, F.npx.relu(-hidden)], axis=1)
            return F.npx.log_softmax(self.last(both) + F.np.ones((3,)))

    net = Net(prefix=prefix)
    net.initialize(mx.init.Constant(0.05))
    return net


@scenario
def training_a_block(mx):
    found = []
    for hybridized in (False, True):
        net = network(mx, f"net{int(hybridized)}_")
        if hybridized:
            net.hybridize()
        x = mx.np.arange(20).reshape(4, 5) / 10
        labels = mx.np.array([0, 1, 2, 0])
        trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        for _ in range(3):
            with mx.autograd.record():
                out = net(x)
                value = loss(out, labels)
            value.backward()
            trainer.step(4)
        found.append([kind(out), kind(value), rounded(value), kind(net.scale.data()), rounded(net.scale.grad())])
        found.append([kind(net.dense.weight.list_data()[0]), rounded(net.dense.weight.data())])
    return found


@scenario
def layers_on_numpy_arrays(mx):
    nn = mx.gluon.nn
    found = []
    for hybridized in (False, True):
        net = nn.HybridSequential(prefix=f"seq{int(hybridized)}_")
        with net.name_scope():
            net.add(nn.Conv2D(2, 3), nn.BatchNorm(), nn.MaxPool2D(), nn.Flatten(), nn.Dropout(0.5), nn.Dense(2))
        net.initialize(mx.init.Constant(0.1))
        if hybridized:
            net.hybridize()
        out = net(mx.np.arange(128).reshape(1, 2, 8, 8) / 100)
        found.append([kind(out), rounded(out)])
    return found


@scenario
def recurrent_layers(mx):
    lstm = mx.gluon.rnn.LSTM(4, input_size=3)
    lstm.initialize(mx.init.Constant(0.1))
    states = lstm.begin_state(2)
    out, states = lstm(mx.np.ones((5, 2, 3)), states)
    return [kind(out), [kind(state) for state in states], rounded(out[0, 0])]


@scenario
def batches(mx):
    data = mx.gluon.data.ArrayDataset(np.arange(6, dtype="float32").reshape(3, 2), np.arange(3))
    return [[kind(x), kind(y)] for x, y in mx.gluon.data.DataLoader(data, 2)]


@scenario
def a_decorated_block(mx):
    mx.npx.reset_np()

    @mx.util.use_np
    class Tail(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.np.sum(x, axis=0)[1:] * 2

    block = Tail()
    block.hybridize()
    return rounded(block(mx.np.ones((2, 3))))
