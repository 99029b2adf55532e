"""Scenarios of recording and going backwards (`mx.autograd`); see `tests.oracle.scenarios`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("autograd")
scenario = SCENARIOS.add


def rounded(array: Any) -> Any:
    """Four digits of an array's values: rounding may differ."""
    return np.vectorize(lambda value: float(f"{value:.4g}"))(array.asnumpy()).tolist()


def leaf(mx: Any, values: Any = (1.0, 2.0), request: str = "write", dtype: str = "float32") -> Any:
    array = mx.nd.array(values, dtype=dtype)
    array.attach_grad(request)
    return array


def square(mx: Any, x: Any) -> Any:
    with mx.autograd.record():
        return x * x


# --- backward


@scenario
def once_and_twice(mx):
    x = leaf(mx)
    y = square(mx, x)
    y.backward()
    return [rounded(x.grad), raised(y.backward), raised(lambda: mx.autograd.backward(y * 1))]


@scenario
def retained(mx):
    x = leaf(mx)
    y = square(mx, x)
    y.backward(retain_graph=True)
    y.backward(mx.nd.array([1, 10]))
    return rounded(x.grad)


@scenario
def requests(mx):
    facts = []
    for request in ("write", "add"):
        x = leaf(mx, request=request)
        held = x.grad
        for _ in range(3):
            square(mx, x).backward()
        facts.append([rounded(x.grad), rounded(held)])
    x = leaf(mx, request="null")
    return [*facts, raised(lambda: square(mx, x).backward()), raised(lambda: x.attach_grad("other"))]


@scenario
def what_is_no_head(mx):
    x, constant = leaf(mx), mx.nd.ones(2)
    outside = x * 2
    with mx.autograd.record():
        unrelated = constant * 2
    return [raised(array.backward) for array in (constant, outside, unrelated)]


@scenario
def several_heads(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y, z = x * 2, x * x
    mx.autograd.backward([y, z], [None, mx.nd.array([1.0, 10.0])])
    return [rounded(x.grad), raised(lambda: mx.autograd.backward([y], [None, None]))]


@scenario
def a_variable_as_head(mx):
    x = leaf(mx)
    x.backward()
    return rounded(x.grad)


@scenario
def used_after_backward(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y = x * 2
        z, w = y * 3, y * 5
        z.backward()
        later = y * 7
    return [rounded(x.grad), raised(w.backward), raised(later.backward)]


@scenario
def unreached_gradients_stay(mx):
    x, other = leaf(mx), leaf(mx)
    other.grad[:] = 7
    square(mx, x).backward()
    return [rounded(x.grad), rounded(other.grad)]


@scenario
def fresh_gradients(mx):
    x = leaf(mx)
    facts = [int(x._fresh_grad)]
    square(mx, x).backward()
    facts.append(int(x._fresh_grad))
    x._fresh_grad = False
    return [*facts, int(x._fresh_grad)]


@scenario
def dtypes_and_devices(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y = x.astype("float64") * 2 + x.copy().astype("float64")
        z = x.as_in_context(mx.cpu(1)) * 3
        w = z.as_in_context(mx.cpu(0)).astype("float64") + y
    w.backward()
    half = leaf(mx, dtype="float16")
    square(mx, half).backward()
    return [rounded(x.grad), x.grad.dtype.__name__, rounded(half.grad), half.grad.dtype.__name__]


# --- what is recorded


@scenario
def modes(mx):
    ag, facts = mx.autograd, []

    def note():
        facts.append([ag.is_recording(), ag.is_training()])

    note()
    with ag.record():
        note()
        with ag.pause():
            note()
            with ag.record(train_mode=False):
                note()
            with ag.train_mode():
                note()
        with ag.predict_mode():
            note()
        note()
    before = [ag.set_recording(True), ag.set_training(True)]
    note()
    after = [ag.set_recording(False), ag.set_training(False)]
    note()
    return [facts, before, after]


@scenario
def modes_after_an_error(mx):
    try:
        with mx.autograd.record():
            raise RuntimeError
    except RuntimeError:
        return [mx.autograd.is_recording(), mx.autograd.is_training()]


@scenario
def paused_parts_are_constants(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y = x * 2
        with mx.autograd.pause():
            z = y * 3
        w = z * y + mx.nd.array(y.asnumpy()) * x
    w.backward()
    return rounded(x.grad)


@scenario
def detached(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y = x * 2
        z = y.detach() * x + mx.nd.BlockGrad(y) * x
    z.backward()
    return rounded(x.grad)


@scenario
def variables_within(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y = x * 2
        y.attach_grad()
        z = y * y
    z.backward()
    return [rounded(x.grad), rounded(y.grad)]


@scenario
def views_and_parts(mx):
    x = leaf(mx, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with mx.autograd.record():
        y = (x[0] * x[1]).sum() + x.reshape((6,))[4] * 10 + (x[:, 1] * x[:, 2]).sum() + x[0:1].sum() + x[1, 2]
        z = x[mx.nd.array([0, 1, 1]), mx.nd.array([1, 0, 0])].sum() + x.T[2].sum() + x.slice_axis(1, 0, 1).sum()
        w = y + z + x.expand_dims(0).squeeze()[::-1, ::2].sum()
    w.backward()
    return rounded(x.grad)


@scenario
def writes_to_recorded_arrays(mx):
    facts = []

    def case(write: Any, array: Any = None) -> None:
        x = leaf(mx)
        with mx.autograd.record():
            y = x * 2
            facts.append(raised(lambda: write(x, y)))

    case(lambda x, y: x.__iadd__(1))
    case(lambda x, y: y.__iadd__(1))
    case(lambda x, y: y.__setitem__(slice(None), 1))
    case(lambda x, y: y.__setitem__(0, 1))
    case(lambda x, y: x.__setitem__(0, 1))
    case(lambda x, y: mx.nd.square(x, out=y))
    case(lambda x, y: mx.nd.zeros(2).__setitem__(0, y[1]))
    case(lambda x, y: mx.nd.zeros(2).__setitem__(0, 1))
    return facts


@scenario
def writes_of_recorded_arrays(mx):
    x = leaf(mx)
    with mx.autograd.record():
        y, z, w = mx.nd.zeros(2), mx.nd.zeros(2), mx.nd.zeros(2)
        y[:] = x * 3
        mx.nd.square(x, out=z)
        (x * 5).copyto(w)
        total = y * z * w
    total.backward()
    return rounded(x.grad)


@scenario
def marked(mx):
    x, y = mx.nd.ones(2), mx.nd.ones(2) * 2
    grads = [mx.nd.zeros(2), mx.nd.ones(2)]
    mx.autograd.mark_variables([x, y], grads, ["write", "add"])
    with mx.autograd.record():
        z = x * y
    z.backward()
    return [rounded(grad) for grad in grads] + [raised(lambda: mx.autograd.mark_variables(x, grads[0], "other"))]


# --- grad


@scenario
def gradients_as_new_arrays(mx):
    x, other = leaf(mx), leaf(mx)
    with mx.autograd.record():
        y = x * x * x
        z = y * 2
    found = mx.autograd.grad(y, x, retain_graph=True)
    return [
        isinstance(found, list), rounded(found[0]), rounded(x.grad),
        rounded(mx.autograd.grad(z, [x], head_grads=mx.nd.array([1, 2]), retain_graph=True)[0]),
        raised(lambda: mx.autograd.grad(z, [other], retain_graph=True)),
        raised(lambda: mx.autograd.grad(z, y, retain_graph=True)),
        raised(lambda: mx.autograd.grad(z, [])),
    ]  # fmt: skip


@scenario
def second_order(mx):
    facts = []
    for name in ("sin", "log", "sigmoid", "relu", "square", "tanh", "sqrt"):
        x = leaf(mx, [0.3, 0.7])
        with mx.autograd.record():
            y = getattr(mx.nd, name)(x)
            first = mx.autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
        first.backward()
        facts.append([name, rounded(x.grad)])
    return facts


# --- functions with a gradient of their own


@scenario
def own_function(mx):
    class Swapped(mx.autograd.Function):
        def forward(self, x, y):
            self.save_for_backward(x, y)
            return x * y, x + y

        def backward(self, first, second):
            x, y = self.saved_tensors
            return first * x, second * y

    x, y = leaf(mx), leaf(mx, [3.0, 5.0])
    function = Swapped()
    with mx.autograd.record():
        product, total = function(x * 2, y)
        z = product * 10 + total
    z.backward()
    unrecorded = Swapped()(x, y)
    return [rounded(product), rounded(x.grad), rounded(y.grad), raised(lambda: function(x, y)),
            [rounded(array) for array in unrecorded]]  # fmt: skip


# --- blocks


@scenario
def blocks(mx):
    facts = []
    x = mx.nd.array(np.linspace(-1, 1, 12).reshape(3, 4))
    for hybridize in (None, {}, {"static_alloc": True, "static_shape": True}):
        net = mx.gluon.nn.HybridSequential(prefix="")
        net.add(mx.gluon.nn.Dense(5, activation="tanh"), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Dense(2))
        net.initialize(mx.init.Constant(0.25))
        if hybridize is not None:
            net.hybridize(**hybridize)
        loss = mx.gluon.loss.L2Loss()
        x.attach_grad()
        for _ in range(2):
            with mx.autograd.record():
                value = loss(net(x), mx.nd.array([[0.5, 1.0], [0.1, -1.0], [2.0, 0.0]]))
            before = rounded(net[1].running_mean.data())
            value.backward()
            facts.append([rounded(value), before, rounded(net[1].running_mean.data()), rounded(x.grad)])
            facts += [rounded(p.grad()) for p in net.collect_params().values() if p.grad_req != "null"]
    return facts


@scenario
def statistics_of_a_block_used_twice(mx):
    facts = []
    for hybridize in (False, True):
        net = mx.gluon.nn.BatchNorm()
        net.initialize()
        if hybridize:
            net.hybridize()
        x = mx.nd.array([[1.0, 2.0], [3.0, 5.0]])

        def note(net=net):
            facts.append([rounded(net.running_mean.data()), rounded(net.running_var.data())])

        with mx.autograd.record():
            y, z = net(x), net(x * 3)
        note()
        mx.autograd.backward([y, z])
        note()
        with mx.autograd.record():
            y = net(x)
        y.backward(train_mode=False)
        note()
    return facts


@scenario
def added_gradients_of_a_block(mx):
    net = mx.gluon.nn.Dense(2, in_units=3)
    net.initialize("ones")
    net.hybridize()
    net.collect_params().setattr("grad_req", "add")
    for number in (1, 2):
        with mx.autograd.record():
            loss = (net(mx.nd.ones((2, 3)) * number) * 2).sum()
        loss.backward()
    facts = [rounded(net.weight.grad()), rounded(net.bias.grad())]
    net.collect_params().zero_grad()
    return [*facts, rounded(net.weight.grad())]


@scenario
def frozen_parameters(mx):
    net = mx.gluon.nn.Dense(2, in_units=3)
    net.initialize("ones")
    net.hybridize()
    net.bias.grad_req = "null"
    with mx.autograd.record():
        loss = net(mx.nd.ones((2, 3))).sum()
    loss.backward()
    facts = [rounded(net.weight.grad()), raised(net.bias.grad)]
    net.weight.grad_req = "null"
    with mx.autograd.record():
        loss = net(mx.nd.ones((2, 3))).sum()
    return [*facts, raised(loss.backward)]


@scenario
def several_contexts(mx):
    net = mx.gluon.nn.Dense(1, in_units=2)
    net.initialize("ones", ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize()
    parts = [mx.nd.array([[1, 2]], mx.cpu(0)), mx.nd.array([[10, 20], [30, 40]], mx.cpu(1))]
    with mx.autograd.record():
        losses = [net(part).sum() for part in parts]
    for loss in losses:
        loss.backward()
    return [rounded(grad) for grad in net.weight.list_grad()]


@scenario
def symbol_block(mx):
    data = mx.sym.var("data")
    out = mx.sym.FullyConnected(data, num_hidden=2, name="fc")
    block = mx.gluon.SymbolBlock(mx.sym.sigmoid(out), data)
    block.collect_params().initialize("ones")
    x = leaf(mx, [[0.5, 0.25]])
    with mx.autograd.record():
        y = block(x)
    y.backward()
    return [rounded(x.grad), rounded(block.collect_params()["fc_weight"].grad())]


@scenario
def recorded_symbols(mx):
    x, y = leaf(mx), leaf(mx)
    with mx.autograd.record():
        z = mx.nd.exp(x * 2) + y.expand_dims(1).sum(axis=1)
    symbol = mx.autograd.get_symbol(z)
    counts = [len(symbol.list_arguments()), len(symbol.list_outputs())]
    operators = [node["op"] for node in __import__("json").loads(symbol.tojson())["nodes"]]
    return [counts, sorted(operators)]
