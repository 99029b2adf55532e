"""Parameters of blocks: collecting, initialising, deferred shapes, sharing."""

from __future__ import annotations

import numpy as np

from tests.oracle.gluon_scenarios import counted, custom, dense_net, ones, ready, scenario, shapes, values
from tests.oracle.scenarios import raised


@scenario
def collecting(mx):
    net = dense_net(mx, 2, 3, prefix="net_")
    everything = net.collect_params()
    return [list(everything), everything.prefix, list(net.params), list(net[0].params), net[0].params.prefix,
            list(net.collect_params(".*weight")), list(net.collect_params("net_dense1")),
            list(net.collect_params(".*dense0_bias|.*dense1_weight")), list(net.collect_params("weight")),
            net.collect_params(".*weight").prefix, list(net.collect_params(""))]  # fmt: skip


@scenario
def collected_text(mx):
    net = dense_net(mx, 2, prefix="net_", dense_in_units=3)
    return [repr(net.collect_params()), str(net.params), repr(net[0].params)]


@scenario
def structural_names(mx):
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(2, activation="relu"), dense_net(mx, 1), mx.gluon.rnn.LSTM(2), mx.gluon.rnn.GRUCell(2))
    bi = mx.gluon.rnn.LSTM(2, 2, bidirectional=True)
    cells = mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.RNNCell(1), mx.gluon.rnn.RNNCell(1))
    zone = mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.RNNCell(1))
    return [list(b._collect_params_with_prefix()) for b in (net, bi, cells, zone)]


@scenario
def deferred_shapes(mx):
    net = dense_net(mx, 2, 3)
    before = shapes(net)
    net.initialize()
    after = shapes(net)
    net(ones(mx, 4, 5))
    return [before, after, shapes(net)]


@scenario
def deferred_shapes_of_layers(mx):
    nn = mx.gluon.nn
    pairs = [(nn.Conv2D(2, 3), (1, 3, 4, 4)), (nn.Conv2D(4, 3, groups=2), (1, 6, 4, 4)), (nn.BatchNorm(), (2, 3)),
             (nn.Conv2DTranspose(2, 3), (1, 3, 4, 4)), (nn.LayerNorm(), (2, 5)), (nn.InstanceNorm(), (2, 3, 4)),
             (nn.GroupNorm(2), (2, 4, 3)), (nn.Dense(2, flatten=False), (2, 3, 4)), (nn.Dense(2), (2, 3, 4)),
             (mx.gluon.rnn.LSTM(2), (3, 1, 4)), (nn.PReLU(), (2, 3))]  # fmt: skip
    found = []
    for block, shape in pairs:
        ready(block)
        block(ones(mx, *shape))
        found.append(shapes(block))
    return found


@scenario
def deferred_in_plain_blocks(mx):
    net = dense_net(mx, 2, 3, kind="Sequential")
    net.initialize()
    net(ones(mx, 4, 5))
    return shapes(net)


@scenario
def not_initialized(mx):
    net = dense_net(mx, 2, dense_in_units=3)
    plain_call = raised(lambda: net(ones(mx, 1, 3)))
    net.hybridize()
    return [plain_call, raised(lambda: net(ones(mx, 1, 3))), raised(lambda: net[0].weight.data()),
            raised(lambda: net[0].weight.list_ctx())]  # fmt: skip


@scenario
def not_initialized_and_deferred(mx):
    net = dense_net(mx, 2)
    plain_call = raised(lambda: net(ones(mx, 1, 3)))
    net.hybridize()
    return [plain_call, raised(lambda: net(ones(mx, 1, 3)))]


@scenario
def reading_deferred(mx):
    net = ready(dense_net(mx, 2))
    w = net[0].weight
    return [raised(w.data), raised(w.list_data), raised(w.grad), [str(c) for c in w.list_ctx()], raised(w.zero_grad)]


@scenario
def initialize_twice(mx):
    net = dense_net(mx, 2, 3, dense_in_units=3)
    first = counted(net.initialize)
    again = counted(net.initialize)
    forced = counted(lambda: net.initialize("ones", force_reinit=True))
    return [first, again, forced, values(net[0].weight.data())]


@scenario
def initialize_twice_deferred(mx):
    net = dense_net(mx, 2)
    return [counted(net.initialize), counted(net.initialize), counted(lambda: net.initialize(force_reinit=True))]


@scenario
def initializers_by_suffix(mx):
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(2, in_units=2), mx.gluon.nn.BatchNorm(in_channels=2))
    net.initialize(mx.init.Constant(3))
    return {name: values(p.data()) for name, p in net.collect_params().items()}


@scenario
def own_initializers_win(mx):
    layer = mx.gluon.nn.Dense(2, in_units=2, weight_initializer=mx.init.Constant(7), bias_initializer="ones")
    layer.initialize("zeros")
    other = mx.gluon.nn.Dense(2, in_units=2, weight_initializer="ones")
    other.initialize(mx.init.Constant(5))
    return [values(p.data()) for p in [*layer.collect_params().values(), *other.collect_params().values()]]


@scenario
def initializer_given_as_class_name(mx):
    def of(init):
        layer = mx.gluon.nn.Dense(2, in_units=1)
        layer.initialize(init)
        return values(layer.weight.data())

    return [of("ones"), of("zeros"), of(mx.init.One()), of(mx.init.Constant(2)), raised(lambda: of("nope"))]


@scenario
def initialize_verbose(mx):
    net = dense_net(mx, 1, dense_in_units=1)
    return counted(lambda: net.initialize(mx.init.One(), verbose=True))


@scenario
def mixed_and_load_initializers(mx):
    net = dense_net(mx, 1, dense_in_units=2, prefix="n_")
    mixed = mx.init.Mixed([".*bias", ".*"], [mx.init.Constant(4), mx.init.Constant(2)])
    load = mx.init.Load({"n_dense0_weight": ones(mx, 1, 2), "n_dense0_bias": ones(mx, 1) * 3})
    return [raised(lambda: net.initialize(mixed)), raised(lambda: net.initialize(load, force_reinit=True)),
            raised(lambda: net[0].weight.data())]  # fmt: skip


@scenario
def initialize_through_params(mx):
    net = dense_net(mx, 1, dense_in_units=2)
    net.collect_params().initialize("ones")
    found = values(net(ones(mx, 1, 2)))
    net.collect_params().setattr("grad_req", "null")
    return [found, [p.grad_req for p in net.collect_params().values()]]


@scenario
def several_contexts(mx):
    net = dense_net(mx, 1, dense_in_units=2)
    ctx = [mx.cpu(0), mx.cpu(1)]
    net.initialize("ones", ctx=ctx)
    w = net[0].weight
    w.set_data(mx.nd.array([[3, 4]]))
    found = [[str(c) for c in w.list_ctx()], [str(d.context) for d in w.list_data()], values(w.data(mx.cpu(1)))]
    outs = [values(net(ones(mx, 1, 2, ctx=c))) for c in ctx]
    return [found, outs, raised(lambda: w.data(mx.cpu(2))), raised(lambda: net(ones(mx, 1, 2, ctx=mx.cpu(2))))]


@scenario
def several_contexts_hybridized(mx):
    net = dense_net(mx, 1, dense_in_units=2)
    net.initialize("ones", ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize()
    outs = [net(ones(mx, 1, 2, ctx=c)) for c in (mx.cpu(0), mx.cpu(1))]
    return [[values(o), str(o.context)] for o in outs]


@scenario
def resetting_contexts(mx):
    net = dense_net(mx, 1, dense_in_units=2)
    net.initialize("ones")
    net.collect_params().reset_ctx([mx.cpu(1), mx.cpu(2)])
    listed = [[str(c) for c in p.list_ctx()] for p in net.collect_params().values()]
    gone = raised(lambda: net[0].weight.data(mx.cpu(0)))
    net.collect_params().reset_ctx(mx.cpu(0))
    return [listed, gone, values(net(ones(mx, 1, 2)))]


@scenario
def reset_ctx_of_hybrid_block(mx):
    net = dense_net(mx, 1, dense_in_units=2)
    net.initialize("ones")
    net.hybridize()
    net(ones(mx, 1, 2))
    net.collect_params().reset_ctx(mx.cpu(1))
    out = net(ones(mx, 1, 2, ctx=mx.cpu(1)))
    return [values(out), str(out.context)]


@scenario
def sharing_through_params(mx):
    a = mx.gluon.nn.Dense(2, in_units=2, prefix="a_")
    b = mx.gluon.nn.Dense(2, in_units=2, prefix="b_", params=a.params)
    ready(a)
    a.weight.set_data(mx.nd.array([[1, 2], [3, 4]]))
    return [b.weight is a.weight, list(b.params), b.params.prefix, values(b(ones(mx, 1, 2))), repr(b.params), b.prefix]


@scenario
def sharing_whole_nets(mx):
    a = dense_net(mx, 2, 3, prefix="net_", dense_in_units=2)
    b = dense_net(mx, 2, 3, prefix="net_", params=a.collect_params(), dense_in_units=2)
    return [list(b.collect_params()), all(b.collect_params()[k] is v for k, v in a.collect_params().items())]


@scenario
def sharing_whole_nets_under_another_prefix(mx):
    a = dense_net(mx, 2, prefix="a_", dense_in_units=2)
    b = dense_net(mx, 2, prefix="b_", params=a.collect_params(), dense_in_units=2)
    return [list(b.collect_params()), b[0].name, b[0].weight is a[0].weight]


@scenario
def sharing_mismatch(mx):
    a = mx.gluon.nn.Dense(2, in_units=2)
    return [raised(lambda: mx.gluon.nn.Dense(3, in_units=2, params=a.params)),
            raised(lambda: mx.gluon.nn.Dense(2, dtype="float16", in_units=2, params=a.params)),
            mx.gluon.nn.Dense(2, params=a.params).weight.shape]  # fmt: skip


@scenario
def sharing_deferred(mx):
    a = mx.gluon.nn.Dense(2)
    b = mx.gluon.nn.Dense(2, params=a.params)
    ready(a)
    return [values(b(ones(mx, 1, 3))), a.weight.shape]


@scenario
def constants(mx):
    def make(self):
        self.c = self.params.get_constant("c", np.array([[1.0, 2.0]]))
        self.w = self.params.get("w", shape=(1, 2), init="ones")

    net = custom(mx, lambda self, F, x, c, w: x * c + w, make)
    ready(net, "zeros")
    found = [values(net(ones(mx, 1, 2)))]
    net.hybridize()
    return [*found, values(net(ones(mx, 1, 2))), shapes(net), net.c.grad_req, str(net.c),
            raised(lambda: net.params.get_constant("c", np.array([[1.0, 3.0]]))),
            net.params.get_constant("c", np.array([[1.0, 2.0]])) is net.c]  # fmt: skip


@scenario
def unused_parameters(mx):
    def make(self):
        self.w = self.params.get("w", shape=(1, 2), init="ones")
        self.unused = self.params.get("unused", shape=(1, 2), init="ones")

    net = ready(custom(mx, lambda self, F, x, w, unused: x * w, make))
    eager = counted(lambda: values(net(ones(mx, 1, 2))))
    net.hybridize()
    return [eager, counted(lambda: values(net(ones(mx, 1, 2)))), counted(lambda: values(net(ones(mx, 1, 2))))]


@scenario
def unused_deferred_parameters(mx):
    def make(self):
        self.w = self.params.get("w", shape=(1, 2), init="ones")
        self.unused = self.params.get("unused", shape=(0, 2), init="ones", allow_deferred_init=True)

    def of(hybridized):
        net = ready(custom(mx, lambda self, F, x, w, unused: x * w, make))
        if hybridized:
            net.hybridize()
        return raised(lambda: counted(lambda: net(ones(mx, 1, 2))))

    return [of(False), of(True)]


@scenario
def unknown_shape_without_permission(mx):
    def make(self):
        self.w = self.params.get("w", shape=(0, 2))

    net = custom(mx, lambda self, F, x, w: x * w, make)
    return [raised(net.initialize), raised(lambda: net.initialize(force_reinit=True))]


@scenario
def setting_data(mx):
    layer = ready(mx.gluon.nn.Dense(1, in_units=2))
    x = ones(mx, 1, 2)
    found = [values(layer(x))]
    layer.weight.set_data(mx.nd.array([[3, 4]]))
    found.append(values(layer(x)))
    layer.weight.data()[:] = 7
    found.append(values(layer(x)))
    return [*found, raised(lambda: layer.weight.set_data(ones(mx, 3, 3)))]


@scenario
def setting_data_in_every_mode(mx):
    found = []
    for flags in ({}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}, {"inline_limit": 0}):
        layer = ready(dense_net(mx, 1, 1, dense_in_units=None or 0))
        layer.hybridize(**flags)
        x = ones(mx, 1, 2)
        before = values(layer(x))
        layer[0].weight.set_data(mx.nd.array([[3, 4]]))
        after = values(layer(x))
        layer[1].weight.data()[:] = 2
        found.append([before, after, values(layer(x))])
    return found


@scenario
def setting_data_before_shapes(mx):
    layer = mx.gluon.nn.Dense(1)
    raises = raised(lambda: layer.weight.set_data(mx.nd.array([[3, 4]])))
    layer.initialize("ones")
    layer.weight.set_data(mx.nd.array([[3, 4]]))
    return [raises, layer.weight.shape, values(layer(ones(mx, 1, 2)))]


@scenario
def infer_shape(mx):
    net = dense_net(mx, 2, 3)
    net.infer_shape(ones(mx, 4, 5))
    found = shapes(net)
    net.initialize("ones")
    return [found, values(net(ones(mx, 1, 5)))]


@scenario
def infer_type(mx):
    net, half = dense_net(mx, 2, 3), dense_net(mx, 2, dense_dtype="float16")
    half.infer_type(ones(mx, 4, 5, dtype="float16"))
    return [raised(lambda: net.infer_type(ones(mx, 4, 5, dtype="float16"))),
            [np.dtype(p.dtype).name for p in half.collect_params().values()]]  # fmt: skip


@scenario
def mults_and_grad_req(mx):
    net = dense_net(mx, 2, 3)
    net.collect_params(".*weight").setattr("lr_mult", 3.0)
    net.collect_params().setattr("wd_mult", 0.5)
    return [[p.name, p.lr_mult, p.wd_mult] for p in net.collect_params().values()]


@scenario
def grads_of_parameters(mx):
    net = ready(dense_net(mx, 2, dense_in_units=2))
    w = net[0].weight
    first = values(w.grad())
    w.grad_req = "null"
    gone = raised(w.grad)
    w.grad_req = "write"
    return [first, gone, values(w.grad()), raised(lambda: setattr(w, "grad_req", "nope"))]


@scenario
def parameter_attribute_registration(mx):
    net = mx.gluon.HybridBlock(prefix="b_")
    net.w = mx.gluon.Parameter("free", shape=(1,))
    net.v = net.params.get("v", shape=(2,))
    return [
        list(net._reg_params),
        list(net.params),
        list(net.collect_params()),
        list(net._collect_params_with_prefix()),
    ]


@scenario
def zero_grad_of_block(mx):
    net = ready(dense_net(mx, 2, dense_in_units=2))
    net[0].weight.grad()[:] = 5
    net.collect_params().zero_grad()
    return values(net[0].weight.grad())
