"""Names, prefixes, counters, scopes, printed forms, children."""

from __future__ import annotations

from tests.oracle.gluon_scenarios import counted, custom, dense_net, ones, plain, ready, scenario, shapes
from tests.oracle.scenarios import raised


@scenario
def counters_are_shared_with_operators(mx):
    first = mx.sym.Dropout(mx.sym.var("x")).name
    blocks = [mx.gluon.nn.Dropout(0.5), mx.gluon.nn.Dense(2), mx.gluon.nn.Dense(2), mx.gluon.nn.HybridSequential()]
    return [first, [[b.name, b.prefix] for b in blocks], mx.sym.Dropout(mx.sym.var("x")).name]


@scenario
def hints_of_classes(mx):
    nn, rnn = mx.gluon.nn, mx.gluon.rnn
    made = [nn.Conv2D(1, 1), nn.Conv1DTranspose(1, 1), nn.BatchNorm(), nn.MaxPool2D(), nn.GlobalAvgPool1D(), nn.PReLU(),
            nn.Activation("relu"), nn.Activation("tanh"), nn.Flatten(), nn.Embedding(2, 2), nn.LayerNorm(),
            nn.Sequential(), rnn.LSTM(2), rnn.LSTMCell(2), rnn.RNN(2), rnn.GRUCell(2), rnn.DropoutCell(0.1),
            mx.gluon.loss.L2Loss(), nn.Lambda("relu"), nn.HybridLambda("relu"), nn.ReflectionPad2D()]  # fmt: skip
    return [[type(b).__name__, b.name, b.prefix] for b in made]


@scenario
def hint_of_own_class(mx):
    class MyBlock(mx.gluon.HybridBlock):
        pass

    class Other(mx.gluon.Block):
        def _alias(self):
            return "special"

    return [[b.name, b.prefix] for b in (MyBlock(), MyBlock(), Other(), Other())]


@scenario
def prefixes(mx):
    nn = mx.gluon.nn
    made = [nn.Dense(1, prefix="a_"), nn.Dense(1, prefix="a"), nn.Dense(1, prefix=""), nn.Dense(1, prefix="a__"),
            nn.Dense(1, prefix="a_b_")]  # fmt: skip
    return [[b.name, b.prefix, list(b.params)] for b in made]


@scenario
def children_in_scope(mx):
    net = dense_net(mx, 2, 3, prefix="net_")
    deep = mx.gluon.nn.HybridSequential(prefix="deep_")
    with deep.name_scope():
        deep.add(dense_net(mx, 2, 3), mx.gluon.nn.Dense(4), dense_net(mx, 5, prefix="own_"))
    return [shapes(net), shapes(deep)]


@scenario
def children_outside_scope(mx):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    net.add(mx.gluon.nn.Dense(2), mx.gluon.nn.Dense(3))
    return [shapes(net), [child.name for child in net]]


@scenario
def scopes_reentered(mx):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    for _ in range(2):
        with net.name_scope():
            net.add(mx.gluon.nn.Dense(2))
    other = mx.gluon.nn.Dense(1)
    return [shapes(net), other.name]


@scenario
def scope_of_empty_prefix(mx):
    net = mx.gluon.nn.HybridSequential(prefix="")
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(2), mx.gluon.nn.Dense(2))
    outer = mx.gluon.nn.HybridSequential(prefix="outer_")
    with outer.name_scope():
        inner = mx.gluon.nn.HybridSequential(prefix="")
        with inner.name_scope():
            inner.add(mx.gluon.nn.Dense(2))
    return [[child.name for child in net], inner.name, inner.prefix, [child.name for child in inner]]


@scenario
def scopes_and_symbols(mx):
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    x = mx.sym.var("x")
    with net.name_scope():
        names = [mx.sym.relu(x).name, mx.sym.relu(x).name, mx.sym.relu(x, name="own").name, (x + 1).name]
    return [names, mx.sym.relu(x).name]


@scenario
def name_manager_prefix(mx):
    with mx.name.Prefix("outer_"):
        net = mx.gluon.nn.Dense(2)
        x = mx.sym.relu(mx.sym.var("x"))
    return [net.name, net.prefix, x.name]


@scenario
def operators_inside_blocks(mx):
    net = custom(mx, lambda self, F, x: F.relu(x + 1) * (x - 2) + F.relu(x, name="named"), prefix="net_")
    first, second = net(mx.sym.var("data")), net(mx.sym.var("data"))
    return [s.get_internals().list_outputs() for s in (first, second)]


@scenario
def outputs_of_layers(mx):
    nn = mx.gluon.nn
    made = [nn.Dense(2, activation="relu"), nn.Conv2D(2, 3, activation="tanh"), nn.BatchNorm(), nn.Dropout(0.5),
            nn.MaxPool2D(), nn.Embedding(3, 2), nn.LayerNorm(), nn.Flatten(), nn.LeakyReLU(0.1), nn.PReLU(), nn.Swish(),
            nn.ELU(), nn.SELU(), nn.GELU(), nn.InstanceNorm(), nn.GroupNorm(), nn.Conv2DTranspose(2, 3),
            nn.ReflectionPad2D(1), nn.GlobalMaxPool2D(), nn.Activation("softrelu")]  # fmt: skip
    return [block(mx.sym.var("data")).get_internals().list_outputs() for block in made]


@scenario
def duplicate_names_in_internals(mx):
    layer = mx.gluon.nn.Dense(3, in_units=3, prefix="d_")
    net = custom(mx, lambda self, F, x: self.a(self.a(x)), lambda self: setattr(self, "a", layer))
    inside = net(mx.sym.var("data")).get_internals()
    return [inside.list_outputs(), raised(lambda: inside["d_fwd_output"])]


@scenario
def texts(mx):
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3, in_channels=1), nn.BatchNorm(in_channels=2), nn.Activation("relu"), nn.Flatten())
    inner = nn.HybridSequential()
    inner.add(nn.Dense(2), nn.Dropout(0.5))
    net.add(inner)
    return [repr(net), str(net), repr(nn.HybridSequential()), repr(mx.gluon.Block()), repr(mx.gluon.HybridBlock())]


@scenario
def text_of_custom(mx):
    def make(self):
        self.a = mx.gluon.nn.Dense(2, in_units=3)
        self.number = 5
        self.b = dense_net(mx, 1)
        self.register_child(mx.gluon.nn.Dense(9))

    return [repr(custom(mx, None, make)), repr(plain(mx, None, make))]


@scenario
def text_after_shapes_are_known(mx):
    net = ready(dense_net(mx, 2, 3))
    before = repr(net)
    net(ones(mx, 1, 4))
    return [before, repr(net)]


@scenario
def containers(mx):
    net = dense_net(mx, 1, 2, 3, 4, prefix="net_")
    part = net[1:3]
    return [
        len(net), net[0].name, net[-1].name, type(part).__name__, part.prefix, [child.name for child in part],
        [child.name for child in net], raised(lambda: net[9]), [c.name for c in net[::2]], net[len(net) - 1] is net[-1],
    ]  # fmt: skip


@scenario
def containers_plain(mx):
    net = dense_net(mx, 1, 2, 3, kind="Sequential", prefix="net_")
    return [len(net), net[1].name, [c.name for c in net[1:]], type(net[:2]).__name__, list(net._children)]


@scenario
def child_keys(mx):
    net = mx.gluon.nn.HybridSequential()
    net.add(mx.gluon.nn.Dense(1))
    net.register_child(mx.gluon.nn.Dense(2), "named")
    net.extra = mx.gluon.nn.Dense(3)
    net.add(mx.gluon.nn.Dense(4))
    return [list(net._children), sorted(net._collect_params_with_prefix())]


@scenario
def replacing_children(mx):
    net = custom(mx, None, lambda self: setattr(self, "a", mx.gluon.nn.Dense(2)))
    net.a = mx.gluon.nn.Dense(3)
    wrong = [raised(lambda v=v: setattr(net, "a", v)) for v in (3, None, mx.gluon.nn.Conv2D(1, 1), "x")]
    net.b = 5
    net.b = "text"
    return [list(net._children), net.a.name, wrong, net.b]


@scenario
def replacing_parameters(mx):
    net = custom(mx, None, lambda self: setattr(self, "w", self.params.get("w", shape=(1,))))
    return [raised(lambda: setattr(net, "w", 3)), raised(lambda: setattr(net, "w", net.params.get("v", shape=(1,))))]


@scenario
def foreign_children_of_hybrid_blocks(mx):
    net, block = mx.gluon.nn.HybridSequential(), mx.gluon.Block()
    hybrid = mx.gluon.HybridBlock()
    return [raised(lambda: net.add(block)), raised(lambda: setattr(hybrid, "child", block)),
            raised(lambda: hybrid.register_child(mx.gluon.nn.Sequential())), raised(lambda: net.add(3)),
            list(net._children)]  # fmt: skip


@scenario
def blocks_in_containers(mx):
    def make(self):
        self.layers = [mx.gluon.nn.Dense(1), mx.gluon.nn.Dense(2)]

    def table(self):
        self.layers = {"a": mx.gluon.nn.Dense(1)}

    def registered(self):
        self.layers = [mx.gluon.nn.Dense(1)]
        self.register_child(self.layers[0])

    def numbers(self):
        self.layers = [1, {"a": (2, 3)}]

    def deep(self):
        self.layers = [1, {"a": (2, [mx.gluon.nn.Dense(1)])}]

    nets = [plain(mx, None, each) for each in (make, table, registered, numbers, deep)]
    return [[counted(lambda net=net: len(list(net.collect_params()))), counted(lambda net=net: net.initialize())[1]]
            for net in nets]  # fmt: skip


@scenario
def hybridizing_sequential_warns(mx):
    def of(kind, *blocks):
        net = getattr(mx.gluon.nn, kind)()
        net.add(*blocks)
        return counted(net.hybridize)

    nn = mx.gluon.nn
    return [of("Sequential", nn.Dense(1), nn.Dense(1)), of("HybridSequential", nn.Dense(1)), of("Sequential"),
            of("Sequential", nn.Dense(1), nn.Lambda("relu")), of("Sequential", nn.Sequential())]  # fmt: skip


@scenario
def apply_order(mx):
    seen = []
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(dense_net(mx, 1, 1, prefix="in_"), mx.gluon.nn.Dense(2))
    back = net.apply(lambda block: seen.append(block.name))
    return [seen, back is net]


@scenario
def name_is_read_only(mx):
    net = mx.gluon.nn.Dense(1)
    return [raised(lambda name=name: setattr(net, name, "x")) for name in ("name", "prefix", "params")]


@scenario
def scope_state(mx):
    net = mx.gluon.nn.Dense(1, prefix="a_")
    with net.name_scope():
        x = mx.gluon.Parameter("free", shape=(1,)).name
        with mx.name.NameManager():
            inner = mx.gluon.nn.Dense(1).name
    return [x, inner, mx.gluon.nn.Dense(1).name]


@scenario
def blocks_made_while_calling(mx):
    net = custom(mx, lambda self, F, x: mx.gluon.nn.Activation("relu")(x), prefix="net_")
    net.hybridize()
    net(ones(mx, 1))
    return net(mx.sym.var("data")).get_internals().list_outputs()
