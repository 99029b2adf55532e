"""Calling blocks: families of arrays, Symbols, nested arguments, lambdas, containers, losses, cells, control flow."""

from __future__ import annotations

from tests.oracle.gluon_scenarios import counted, custom, dense_net, ones, plain, ready, scenario, values
from tests.oracle.scenarios import raised


@scenario
def nested_outputs(mx):
    net = custom(mx, lambda self, F, x: (x, [x + 1, (x + 2,)]))
    eager = values(net(ones(mx, 1)))
    net.hybridize()
    return [eager, values(net(ones(mx, 1)))]


@scenario
def one_output_in_a_list(mx):
    net = custom(mx, lambda self, F, x: [x + 1])
    eager = values(net(ones(mx, 1)))
    net.hybridize()
    symbol = net(mx.sym.var("data"))
    return [eager, values(net(ones(mx, 1))), type(symbol).__name__, len(symbol)]


@scenario
def nested_arguments(mx):
    net = custom(mx, lambda self, F, x, rest: x * rest[0] + rest[1][0])
    args = (ones(mx, 2), [ones(mx, 2) * 2, [ones(mx, 2) * 3]])
    eager = values(net(*args))
    net.hybridize()
    return [eager, values(net(*args)), values(net(args[0], (args[1][0], (args[1][1][0],))))]


@scenario
def none_arguments(mx):
    net = custom(mx, lambda self, F, x, y, z=None: x + z if y is None else x * y)
    a = ones(mx, 2)
    eager = [values(net(a, None, a)), values(net(a, a)), values(net(a, a, None))]
    net.hybridize()
    return [eager, values(net(a, None, a)), values(net(a, None, a))]


@scenario
def multi_output_symbols_as_arguments(mx):
    net = custom(mx, lambda self, F, x: x[0] + x[1])
    parts = mx.sym.split(mx.sym.var("data"), num_outputs=2, name="parts")
    return net([parts[0], parts[1]]).list_arguments()


@scenario
def calling_with_symbols(mx):
    net = dense_net(mx, 2, 1, prefix="n_", dense_activation="relu")
    out = net(mx.sym.var("data"))
    again = net(mx.sym.relu(mx.sym.var("other"), name="pre"))
    return [out.list_arguments(), out.list_outputs(), again.list_arguments(), again.list_outputs(), type(out).__name__]


@scenario
def calling_plain_blocks_with_symbols(mx):
    net = plain(mx, lambda self, x: self.a(x), lambda self: setattr(self, "a", mx.gluon.nn.Dense(2)), prefix="p_")
    return net(mx.sym.var("data")).list_arguments()


@scenario
def symbols_keep_deferred_shapes(mx):
    net = dense_net(mx, 2, prefix="n_")
    before = net(mx.sym.var("data")).attr_dict()
    ready(net)(ones(mx, 1, 3))
    return [before["n_dense0_weight"], net(mx.sym.var("data")).attr_dict()["n_dense0_weight"]]


@scenario
def variables_of_parameters(mx):
    layer = mx.gluon.nn.Dense(2, in_units=3, prefix="d_")
    first, second = layer.weight.var(), layer.weight.var()
    return [first.name, first is second, first.attr_dict(), type(first).__name__]


@scenario
def variables_after_cast(mx):
    layer = mx.gluon.nn.Dense(2, in_units=3, prefix="d_")
    before = layer.weight.var().attr_dict()
    layer.cast("float64")
    return [before, layer.weight.var().attr_dict()]


@scenario
def binding_symbols_with_inputs_by_attribute(mx):
    net = dense_net(mx, 2, prefix="n_")
    out = net(mx.sym.var("data", shape=(4, 3)))
    return [list(map(list, shapes)) for shapes in out.infer_shape()]


@scenario
def lambdas(mx):
    nn = mx.gluon.nn
    x = mx.nd.array([[-1, 2]])
    found = [values(block(x)) for block in (nn.Lambda("relu"), nn.Lambda(lambda x: x * 3), nn.HybridLambda("relu"),
                                            nn.HybridLambda(lambda F, x: F.abs(x)))]  # fmt: skip
    texts = [repr(nn.Lambda("relu")), repr(nn.HybridLambda("tanh")), nn.Lambda("relu").name]
    errors = [raised(lambda: nn.Lambda("no_such_function")), raised(lambda: nn.HybridLambda("no_such_function")),
              raised(lambda: nn.Lambda(3)), raised(lambda: nn.HybridLambda(3))]  # fmt: skip
    return [found, texts, errors]


@scenario
def lambda_text_of_functions(mx):
    def double(x):
        return x * 2

    def hybrid_double(F, x):
        return x * 2

    return [repr(mx.gluon.nn.Lambda(double)), repr(mx.gluon.nn.HybridLambda(hybrid_double))]


@scenario
def sequential_with_several_arguments(mx):
    net = mx.gluon.nn.HybridSequential()
    net.add(custom(mx, lambda self, F, x, y: x + y), custom(mx, lambda self, F, x: x * 2))
    a = ones(mx, 1)
    eager = raised(lambda: values(net(a, a)))
    net.hybridize()
    return [eager, raised(lambda: values(net(a, a)))]


@scenario
def sequential_of_multi_output_blocks(mx):
    net = mx.gluon.nn.HybridSequential()
    net.add(custom(mx, lambda self, F, x: (x, x + 1)), custom(mx, lambda self, F, pair, *rest: pair))
    eager = raised(lambda: net(ones(mx, 1)))
    return eager


@scenario
def empty_containers(mx):
    a, b = mx.gluon.nn.HybridSequential(), mx.gluon.nn.Sequential()
    found = [values(a(ones(mx, 1))), values(b(ones(mx, 1)))]
    a.hybridize()
    return [found, raised(lambda: a(ones(mx, 1)))]


@scenario
def activations_refused(mx):
    nn = mx.gluon.nn
    return [raised(lambda: nn.Activation("nope")(ones(mx, 1)).asnumpy()), raised(lambda: nn.LeakyReLU(-1)),
            raised(lambda: nn.Dense(2, activation="nope", in_units=1).initialize()),
            raised(lambda: nn.Conv2D(1, 1, layout="nope")), raised(lambda: nn.MaxPool2D(layout="nope")),
            raised(lambda: nn.Conv2D(1, (1, 1, 1))), raised(lambda: nn.Embedding(0, 2)),
            raised(lambda: mx.gluon.rnn.LSTM(2, layout="NCT")), raised(lambda: nn.Dense())]  # fmt: skip


@scenario
def dropout_outside_training(mx):
    net = mx.gluon.nn.Dropout(0.5)
    eager = values(net(ones(mx, 3)))
    net.hybridize()
    return [eager, values(net(ones(mx, 3)))]


@scenario
def losses_keep_the_batch(mx):
    loss = mx.gluon.loss.L2Loss()
    found = [values(loss(ones(mx, 2, 3), ones(mx, 2, 3) * 3)), repr(loss), loss.name]
    loss.hybridize()
    return [*found, values(loss(ones(mx, 2, 3), ones(mx, 2, 3) * 3)), values(loss(ones(mx, 2, 3), ones(mx, 6)))]


@scenario
def losses_refuse(mx):
    L = mx.gluon.loss
    return [raised(lambda: L.L2Loss(weight="x")(ones(mx, 1), ones(mx, 1))), raised(lambda: L.CTCLoss(layout="NN")),
            raised(lambda: L.LogisticLoss(label_format="nope")), raised(lambda: L.CTCLoss(label_layout="XX")),
            raised(lambda: L.L1Loss()(ones(mx, 2, 3), ones(mx, 2, 2)).asnumpy())]  # fmt: skip


@scenario
def cells_count_steps(mx):
    cell = mx.gluon.rnn.RNNCell(2, prefix="r_")
    state = [mx.sym.var("h")]
    names = []
    for _ in range(2):
        out, state = cell(mx.sym.var("x"), state)
        names.append(out.name)
    cell.reset()
    return [names, cell(mx.sym.var("x"), state)[0].name]


@scenario
def cells_begin_state(mx):
    rnn = mx.gluon.rnn
    made = [rnn.RNNCell(2), rnn.LSTMCell(2), rnn.GRUCell(2), rnn.ZoneoutCell(rnn.LSTMCell(3)), rnn.DropoutCell(0.1),
            rnn.BidirectionalCell(rnn.LSTMCell(2), rnn.GRUCell(3))]  # fmt: skip
    found = []
    for cell in made:
        infos = [{key: list(v) if isinstance(v, tuple) else v for key, v in i.items()} for i in cell.state_info(4)]
        found.append([infos, [values(s) for s in cell.begin_state(batch_size=1, func=mx.nd.ones)]])
    return found


@scenario
def cells_begin_state_symbols(mx):
    cell = mx.gluon.rnn.LSTMCell(2, prefix="r_")
    return [[s.name for s in cell.begin_state(func=mx.sym.zeros)], [s.name for s in cell.begin_state(func=mx.sym.var)]]


@scenario
def modified_cells_are_protected(mx):
    rnn = mx.gluon.rnn
    cell = rnn.LSTMCell(2)
    zone = rnn.ZoneoutCell(cell)
    return [raised(lambda: cell.begin_state(batch_size=1)), raised(lambda: rnn.ResidualCell(cell)), zone.name, zone.prefix,
            list(zone.params), raised(lambda: rnn.ZoneoutCell(rnn.BidirectionalCell(rnn.RNNCell(1), rnn.RNNCell(1)))),
            raised(lambda: rnn.BidirectionalCell(rnn.RNNCell(1), rnn.RNNCell(1))(ones(mx, 1, 1), [])),
            raised(lambda: rnn.DropoutCell("x"))]  # fmt: skip


@scenario
def cells_unrolled_names(mx):
    rnn = mx.gluon.rnn
    found = []
    for cell in (rnn.RNNCell(2, prefix="r_"), rnn.LSTMCell(2, prefix="l_"),
                 rnn.BidirectionalCell(rnn.RNNCell(2, prefix="f_"), rnn.RNNCell(2, prefix="b_"), output_prefix="bi_")):  # fmt: skip
        outs, states = cell.unroll(2, [mx.sym.var("x0"), mx.sym.var("x1")])
        found.append([[o.name for o in outs], [s.name for s in states], mx.sym.Group(outs).list_arguments()])
    return found


@scenario
def unrolled_shapes_refused(mx):
    cell = ready(mx.gluon.rnn.RNNCell(2))
    return [raised(lambda: cell.unroll(3, ones(mx, 1, 2, 4))), raised(lambda: cell.unroll(2, [ones(mx, 1, 4)])),
            raised(lambda: cell.unroll(2, ones(mx, 1, 2, 4), layout="XYZ"))]  # fmt: skip


@scenario
def layers_check_states(mx):
    layer = ready(mx.gluon.rnn.LSTM(2))
    x = ones(mx, 3, 1, 4)
    return [raised(lambda: layer(x, [ones(mx, 1, 1, 2), ones(mx, 1, 1, 3)])), raised(lambda: layer(x, [ones(mx, 2, 2)] * 2)),
            len(layer(x, layer.begin_state(batch_size=1))), type(layer(x)).__name__,
            [list(s.shape) for s in layer.begin_state(batch_size=5)], repr(layer)]  # fmt: skip


@scenario
def layers_with_symbols(mx):
    layer = mx.gluon.rnn.LSTM(2, input_size=3, prefix="l_")
    out = layer(mx.sym.var("data"))
    full = layer(mx.sym.var("data"), [mx.sym.var("h"), mx.sym.var("c")])
    return [type(out).__name__, out.list_arguments(), type(full).__name__, full[0].list_arguments(),
            [s.name for s in full[1]]]  # fmt: skip


@scenario
def foreach_in_blocks(mx):
    def forward(self, F, x, s):
        return F.contrib.foreach(lambda item, state: (item + state, state + 1), x, s)

    net = custom(mx, forward)
    args = (mx.nd.array([[1], [2], [3]]), ones(mx, 1))
    eager = values(net(*args))
    net.hybridize()
    return [eager, values(net(*args))]


@scenario
def while_loop_in_blocks(mx):
    def forward(self, F, i, s):
        return F.contrib.while_loop(lambda i, s: i < 3, lambda i, s: (s, [i + 1, s + i]), [i, s], max_iterations=4)

    net = custom(mx, forward)
    eager = net(ones(mx, 1), ones(mx, 1))
    net.hybridize()
    hybrid = net(ones(mx, 1), ones(mx, 1))
    return [values(eager[1]), values(hybrid[1]), list(eager[0][0].shape), list(hybrid[0][0].shape),
            eager[0][0].asnumpy()[:2].tolist(), hybrid[0][0].asnumpy()[:2].tolist()]  # fmt: skip


@scenario
def cond_in_blocks(mx):
    net = custom(mx, lambda self, F, x: F.contrib.cond(x.sum() > 1, lambda: x * 2, lambda: x * 3))
    a, b = mx.nd.array([3]), mx.nd.array([-3])
    eager = [values(net(a)), values(net(b))]
    net.hybridize()
    return [eager, values(net(a)), values(net(b))]


@scenario
def training_mode_is_off(mx):
    seen = []
    net = custom(mx, lambda self, F, x: (seen.append(mx.autograd.is_training()), x)[1])
    net(ones(mx, 1))
    with mx.autograd.train_mode():
        net(ones(mx, 1))
    return seen


@scenario
def batch_norm_leaves_statistics(mx):
    net = ready(mx.gluon.nn.BatchNorm(in_channels=2))
    net(ones(mx, 3, 2) * 5)
    return [values(net.running_mean.data()), values(net.running_var.data()), net.running_mean.grad_req]


@scenario
def outputs_keep_contexts(mx):
    net = ready(dense_net(mx, 1))
    out = net(ones(mx, 1, 2))
    return [str(out.context), type(out).__name__]


@scenario
def concurrent(mx):
    nn = mx.gluon.contrib.nn
    net = nn.HybridConcurrent(axis=1, prefix="c_")
    net.add(nn.Identity(), mx.gluon.nn.Activation("relu"))
    eager = values(net(mx.nd.array([[-1, 2]])))
    net.hybridize()
    return [eager, values(net(mx.nd.array([[-1, 2]]))), repr(net), net.name]


@scenario
def unused_block_arguments(mx):
    net = ready(dense_net(mx, 1))
    return [raised(lambda: net()), counted(lambda: raised(lambda: net(ones(mx, 1, 2), ones(mx, 1))))]
