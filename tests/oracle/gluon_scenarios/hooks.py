"""Forward hooks, operator hooks, summary."""

from __future__ import annotations

from tests.oracle.gluon_scenarios import (
    counted,
    custom,
    dense_net,
    ones,
    plain,
    printed,
    ready,
    scenario,
    values,
)  # fmt: skip
from tests.oracle.scenarios import raised


def kinds(value):
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *[kinds(item) for item in value]]
    return type(value).__name__ if value is None or not hasattr(value, "shape") else list(value.shape)


def hooked(net, seen):
    """Note every call of the net's blocks, before and after."""

    def attach(block):
        block.register_forward_pre_hook(lambda b, args: seen.append(["before", b.name, kinds(args)]))
        block.register_forward_hook(lambda b, args, out: seen.append(["after", b.name, kinds(args), kinds(out)]))

    net.apply(attach)


@scenario
def order_of_hooks(mx):
    seen, net = [], ready(dense_net(mx, 2, 1, prefix="n_", dense_activation="relu", dense_in_units=0))
    hooked(net, seen)
    net(ones(mx, 4, 3))
    seen.clear()
    net(ones(mx, 4, 3))
    return seen


@scenario
def hooks_during_deferred_call(mx):
    seen, net = [], ready(custom(mx, lambda self, F, x: self.a(x) + 1,
                                 lambda self: setattr(self, "a", mx.gluon.nn.Dense(2)), prefix="n_"))  # fmt: skip
    net.register_forward_hook(lambda block, args, out: seen.append(block.name))
    net.a.register_forward_hook(lambda block, args, out: seen.append(block.name))
    net(ones(mx, 1, 3))
    return seen


@scenario
def hooks_when_hybridized(mx):
    seen, net = [], ready(dense_net(mx, 2, 1, prefix="n_"))
    net.hybridize()
    hooked(net, seen)
    net(ones(mx, 4, 3))
    first = list(seen)
    seen.clear()
    net(ones(mx, 4, 3))
    return [first[0], first[-1], seen]


@scenario
def detaching(mx):
    seen, net = [], ready(mx.gluon.nn.Dense(1))
    handles = [net.register_forward_hook(lambda *_, n=n: seen.append(n)) for n in range(3)]
    net(ones(mx, 1, 1))
    handles[1].detach()
    net(ones(mx, 1, 1))
    handles[1].detach()
    handles[0].detach()
    net(ones(mx, 1, 1))
    return [seen, len(net._forward_hooks)]


@scenario
def detaching_pre_hook(mx):
    seen, net = [], ready(mx.gluon.nn.Dense(1))
    handle = net.register_forward_pre_hook(lambda block, args: seen.append(type(args).__name__))
    net(ones(mx, 1, 1))
    handle.detach()
    net(ones(mx, 1, 1))
    return seen


@scenario
def handle_as_context(mx):
    seen, net = [], ready(mx.gluon.nn.Dense(1))
    with net.register_forward_hook(lambda *_: seen.append(1)):
        net(ones(mx, 1, 1))
    net(ones(mx, 1, 1))
    return seen


@scenario
def hook_results_are_ignored(mx):
    net = ready(mx.gluon.nn.Dense(1))
    net.register_forward_hook(lambda block, args, out: out * 100)
    net.register_forward_pre_hook(lambda block, args: (args[0] * 100,))
    return values(net(ones(mx, 1, 1)))


@scenario
def hook_errors_pass(mx):
    net = ready(mx.gluon.nn.Dense(1))

    def fail(*args):
        raise KeyError("hook")

    net.register_forward_hook(fail)
    return raised(lambda: net(ones(mx, 1, 1)))


@scenario
def hooks_on_plain_blocks_and_symbols(mx):
    seen, net = [], plain(mx, lambda self, x: [x, x + 1], prefix="p_")
    hooked(net, seen)
    net(ones(mx, 2))
    layer = mx.gluon.nn.Dense(1, prefix="d_")
    layer.register_forward_hook(lambda block, args, out: seen.append([type(out).__name__, out.name]))
    layer(mx.sym.var("data"))
    return seen


@scenario
def hooks_see_all_arguments(mx):
    seen, net = [], custom(mx, lambda self, F, x, y, z: x + y[0], prefix="c_")
    hooked(net, seen)
    net(ones(mx, 2), [ones(mx, 2), ones(mx, 2)], None)
    return seen


# --- operator hooks


def noted(seen):
    """A callback that keeps the names of values and operators; what a value is, differs (MXNet gives a handle)."""
    return lambda name, operator, array: seen.append([text.decode() for text in (name, operator)])


def tapped(net, mx, shape=(1, 3), monitor_all=False, **flags):
    """What an operator hook sees in two calls."""
    seen, found = [], []
    net.hybridize(**flags)
    net(ones(mx, *shape))
    net.register_op_hook(noted(seen), monitor_all)
    for _ in range(2):
        seen.clear()
        counted(lambda: net(ones(mx, *shape)).wait_to_read())
        found.append(list(seen))
    return found


def small(mx):
    net = mx.gluon.nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(2, activation="relu"), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Dense(1))
    return ready(net)


@scenario
def operator_hook(mx):
    return tapped(small(mx), mx, active=True)


@scenario
def operator_hook_on_everything(mx):
    return tapped(small(mx), mx, monitor_all=True, active=True)


@scenario
def operator_hook_static(mx):
    return tapped(small(mx), mx, active=True, static_alloc=True)


@scenario
def operator_hook_static_on_everything(mx):
    # MXNet loses some of the inputs here.
    found = tapped(small(mx), mx, monitor_all=True, active=True, static_alloc=True, static_shape=True)
    return [[entry for entry in seen if entry[1] == "FullyConnected"] for seen in found]


@scenario
def operator_hook_warns(mx):
    net = small(mx)
    net.hybridize()
    net.register_op_hook(lambda *args: None)
    return counted(lambda: net(ones(mx, 1, 3)) and None)


@scenario
def operator_hook_eager(mx):
    return tapped(small(mx), mx, active=False)


@scenario
def operator_hook_on_symbol_block(mx):
    a = mx.sym.var("data")
    out = mx.sym.FullyConnected(mx.sym.Activation(a, act_type="relu", name="act"), num_hidden=2, name="fc")
    net = ready(counted(lambda: mx.gluon.SymbolBlock(mx.sym.concat(out, out * 2, name="cat"), a))[0])
    return tapped(net, mx, monitor_all=True, active=True)


@scenario
def operator_hook_reaches_children_once(mx):
    net = mx.gluon.nn.Sequential(prefix="s_")
    with net.name_scope():
        net.add(dense_net(mx, 1, prefix="a_"), dense_net(mx, 1, prefix="b_"))
    ready(net)
    seen = []
    net[0].hybridize()
    net(ones(mx, 1, 2))
    net.register_op_hook(noted(seen))
    net(ones(mx, 1, 2)).wait_to_read()
    return seen


@scenario
def operator_hook_multiple_outputs(mx):
    net = custom(mx, lambda self, F, x: F.concat(*F.split(x, num_outputs=3, axis=1, name="parts"), dim=1, name="all"))
    return tapped(net, mx, monitor_all=True, active=True)


@scenario
def operator_hook_does_not_change_results(mx):
    net = small(mx)
    net.hybridize()
    before = values(net(ones(mx, 1, 3)))
    net.register_op_hook(lambda *args: None, True)
    return values(net(ones(mx, 1, 3))) == before


# --- summary


@scenario
def summary_of_dense(mx):
    net = ready(dense_net(mx, 4, 2, prefix="n_", dense_activation="relu"))
    return printed(lambda: net.summary(ones(mx, 2, 3)))


@scenario
def summary_of_convolutions(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(nn.Conv2D(4, 3), nn.BatchNorm(), nn.MaxPool2D(), nn.Flatten(), nn.Dense(2))
    return printed(lambda: ready(net).summary(ones(mx, 1, 1, 6, 6)))


@scenario
def summary_of_shared(mx):
    net = mx.gluon.nn.HybridSequential()
    layer = mx.gluon.nn.Dense(3, in_units=3)
    net.add(layer, mx.gluon.nn.Dense(3, in_units=3, params=layer.params), layer)
    return printed(lambda: ready(net).summary(ones(mx, 1, 3)))


@scenario
def summary_of_several_inputs_and_outputs(mx):
    net = custom(mx, lambda self, F, x, pair, n: (x + 1, [pair[0], pair[1]]))
    return printed(lambda: net.summary(ones(mx, 2, 3), [ones(mx, 1), ones(mx, 4)], None))


@scenario
def summary_of_frozen(mx):
    net = ready(dense_net(mx, 2, 1))
    net[0].collect_params().setattr("grad_req", "null")
    return printed(lambda: net.summary(ones(mx, 1, 3)))


@scenario
def summary_of_rnn(mx):
    net = ready(mx.gluon.rnn.LSTM(4, 2))
    return printed(lambda: net.summary(ones(mx, 3, 1, 2)))


@scenario
def summary_of_plain_block(mx):
    net = ready(plain(mx, lambda self, x: self.a(x), lambda self: setattr(self, "a", mx.gluon.nn.Dense(2))))
    return printed(lambda: net.summary(ones(mx, 1, 3)))


@scenario
def summary_refused(mx):
    net = dense_net(mx, 2)
    uninitialized = raised(lambda: printed(lambda: net.summary(ones(mx, 1, 3))))
    net.initialize()
    net.hybridize()
    hybridized = raised(lambda: printed(lambda: net.summary(ones(mx, 1, 3))))
    net.hybridize(active=False)
    return [uninitialized, hybridized, len(printed(lambda: net.summary(ones(mx, 1, 3)))), len(net._forward_hooks)]


@scenario
def summary_leaves_no_hooks(mx):
    net = ready(dense_net(mx, 2, 2, dense_in_units=2))
    error = raised(lambda: printed(lambda: net.summary(ones(mx, 1, 5))))
    return [error, [len(child._forward_hooks) for child in net]]
