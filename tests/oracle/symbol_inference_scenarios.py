"""Scenarios of shape and dtype inference; see `tests.oracle.symbol_scenarios`."""

from __future__ import annotations

import numpy as np

from tests.oracle.scenarios import raised, warned
from tests.oracle.symbol_scenarios import dense, scenario, types


@scenario
def infer_shape_forwards(mx):
    data = mx.sym.var("data")
    x = mx.sym.Convolution(data, kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv")
    x = mx.sym.BatchNorm(x, name="bn")
    x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")
    x = mx.sym.SoftmaxOutput(dense(mx, mx.sym.Flatten(x)), name="sm")
    return x.infer_shape(data=(2, 3, 8, 8)), x.list_arguments(), types(x.infer_type(data="float32"))


@scenario
def infer_shape_of_layers(mx):
    d = mx.sym.var("d")
    cases = [
        (mx.sym.BatchNorm(d), (2, 3, 4)), (mx.sym.BatchNorm(d, axis=-1), (2, 3, 4)), (mx.sym.LayerNorm(d), (2, 3, 4)),
        (mx.sym.InstanceNorm(d), (2, 3, 4, 5)), (mx.sym.LeakyReLU(d, act_type="prelu"), (2, 3, 4)),
        (mx.sym.Embedding(d, input_dim=7, output_dim=3), (2, 5)), (mx.sym.SoftmaxOutput(d), (2, 3)),
        (mx.sym.LinearRegressionOutput(d), (2, 3)), (dense(mx, d, flatten=False), (2, 4, 5)),
        (dense(mx, d), (2, 4, 5)), (dense(mx, d, no_bias=True), (2, 5)),
        (mx.sym.Convolution(d, kernel=(3,), num_filter=4, num_group=2), (1, 6, 9)),
        (mx.sym.Deconvolution(d, kernel=(3, 3), num_filter=4, stride=(2, 2)), (1, 6, 9, 9)),
        (mx.sym.SliceChannel(d, num_outputs=2), (2, 4)),
        (mx.sym.SliceChannel(d, num_outputs=2, squeeze_axis=1), (3, 2)),
        (mx.sym.topk(d, k=2, ret_typ="both"), (3, 4)), (mx.sym.GroupNorm(d, num_groups=2), (2, 4, 3)),
    ]  # fmt: skip
    return [symbol.infer_shape(d=shape) for symbol, shape in cases]


@scenario
def infer_shape_incomplete(mx):
    f, a, b = dense(mx, mx.sym.var("a")), mx.sym.var("a"), mx.sym.var("b")
    many = mx.sym.Concat(*[mx.sym.var(f"x{i}") for i in range(20)])
    return [
        warned(lambda: f.infer_shape()), warned(lambda: (a + b).infer_shape(a=(2, 0))),
        warned(lambda: many.infer_shape()), f.infer_shape_partial(),
    ]  # fmt: skip


@scenario
def infer_shape_partial(mx):
    f, a, b = dense(mx, mx.sym.var("a")), mx.sym.var("a"), mx.sym.var("b")
    return [
        f.infer_shape_partial(a=(0, 5)), (a + b).infer_shape_partial(a=(2, 0)),
        (a + b).infer_shape(a=(2, 0), b=(0, 3)), (a * b + 1).infer_shape_partial(b=(0, 3)),
    ]  # fmt: skip


@scenario
def infer_shape_of_declared_variables(mx):
    declared, b = mx.sym.var("q", shape=(2, 3)), mx.sym.var("b")
    net = declared + b
    partly = mx.sym.var("p", shape=(0, 3)) + b
    return net.infer_shape(), net.infer_shape(q=(4, 5)), partly.infer_shape(b=(2, 0)), partly.infer_shape_partial()


@scenario
def infer_shape_of_shared_names(mx):
    net = mx.sym.Group([mx.sym.var("s") + 1, mx.sym.var("s") + 2])
    return net.list_arguments(), net.infer_shape(s=(2,))


@scenario
def infer_shape_auxiliary_states(mx):
    bn = mx.sym.BatchNorm(mx.sym.var("a"), name="bn")
    return bn.infer_shape(a=(2, 3, 4)), bn.infer_shape(a=(2, 3), bn_moving_mean=(3,))


@scenario
def infer_shape_errors(mx):
    f, a, b = dense(mx, mx.sym.var("a")), mx.sym.var("a"), mx.sym.var("b")
    bn = mx.sym.BatchNorm(a, name="bn")
    wrong = [
        lambda: f.infer_shape(a=3), lambda: f.infer_shape(a=[2, 3]), lambda: f.infer_shape(a="ab"),
        lambda: f.infer_shape(a=(2.0, 3)), lambda: f.infer_shape((2, 5), a=(2, 5)),
        lambda: f.infer_shape(nope=(2, 5), a=(2, 5)), lambda: f.infer_shape(a=(2, 5), f_weight=(4, 5)),
        lambda: (a + b).infer_shape(a=(2, 3), b=(1, 3)), lambda: (a + b).infer_shape(a=(2, 3), b=(2, 3, 1)),
        lambda: bn.infer_shape(a=(2, 3), nope=(4,)),
        lambda: mx.sym.concat(a, b, dim=1).infer_shape(a=(2, 3), b=(3, 3)),
        lambda: mx.sym.Convolution(a, kernel=(3, 3), num_filter=1).infer_shape(a=(2, 3)),
        lambda: mx.sym.Pooling(a, kernel=(5, 5), pool_type="max").infer_shape(a=(1, 1, 3, 3)),
        lambda: mx.sym.dot(a, b).infer_shape(a=(2, 3), b=(4, 5)),
        lambda: mx.sym.SliceChannel(a, num_outputs=2).infer_shape(a=(2, 3)),
        lambda: mx.sym.transpose(a, axes=(0, 2)).infer_shape(a=(2, 3)),
        lambda: mx.sym.broadcast_add(a, b).infer_shape(a=(2, 3), b=(2, 4)),
    ]  # fmt: skip
    return [raised(function) for function in wrong]


@scenario
def infer_shape_backwards_elementwise(mx):
    a, b, c = mx.sym.var("a"), mx.sym.var("b"), mx.sym.var("c", shape=(2, 3))
    chains = [
        a + c, mx.sym.relu(a) + c, (a * 2 - b) * c, mx.sym.Activation(a, act_type="tanh") + c,
        mx.sym.add_n(a, b, c), mx.sym.BlockGrad(a) + c,
        mx.sym.maximum(a, b) + c, mx.sym.clip(a, 0, 1) + c, mx.sym.Cast(a, dtype="float16") + c,
    ]  # fmt: skip
    return [chain.infer_shape() for chain in chains]


@scenario
def infer_shape_backwards_layers(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")

    def like(symbol, *shape):
        return (symbol + mx.sym.var("out", shape=shape)).infer_shape_partial

    conv = mx.sym.Convolution(a, kernel=(3, 3), num_filter=4, pad=(1, 1), name="c")
    return [
        like(dense(mx, a), 2, 3)(a=(0, 5)), like(conv, 2, 4, 8, 8)(a=(0, 3, 0, 0)),
        like(mx.sym.concat(a, b, dim=1), 2, 7)(a=(0, 3), b=(2, 4)),
        like(mx.sym.SliceChannel(a, num_outputs=2)[0], 2, 3)(a=(0, 6)),
        like(mx.sym.transpose(a, axes=(1, 0)), 2, 3)(a=(0, 0)),
        like(mx.sym.SliceChannel(a, num_outputs=2, squeeze_axis=True)[1], 2, 3)(a=(0, 2, 0)),
        like(mx.sym.Reshape(a, shape=(-1, 6)), 2, 6)(a=(0, 3)), like(mx.sym.broadcast_add(a, b), 2, 3)(a=(2, 3)),
        like(mx.sym.expand_dims(a, axis=0), 1, 3)(),
    ]  # fmt: skip


@scenario
def infer_shape_partial_through_layers(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    conv = mx.sym.Convolution(a, kernel=(3, 3), num_filter=4, name="c")
    net = mx.sym.BatchNorm(conv, name="bn")
    pooled = mx.sym.Pooling(net, kernel=(1, 1), global_pool=True, pool_type="avg")
    return [
        net.infer_shape_partial(a=(0, 3, 8, 8)), dense(mx, pooled).infer_shape_partial(a=(0, 3, 8, 8)),
        mx.sym.Embedding(a, input_dim=7, output_dim=3).infer_shape_partial(a=(0, 5)),
        mx.sym.concat(a, b, dim=1).infer_shape_partial(a=(0, 3), b=(0, 4)),
        mx.sym.LayerNorm(a, name="l").infer_shape_partial(a=(0, 5)),
        mx.sym.batch_dot(a, b).infer_shape_partial(a=(2, 0, 3), b=(2, 3, 4)),
    ]  # fmt: skip


@scenario
def infer_shape_under_np_shape(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    f = dense(mx, a)
    with mx.util.np_shape(True):
        result, caught = warned(f.infer_shape)
        return [
            f.infer_shape_partial(), f.infer_shape_partial(a=(-1, 5)), result, [category for category, _ in caught],
            (a + b).infer_shape(a=(), b=()), f.infer_shape(a=(0, 5)), '"is_np_shape": ["int", 1]' in f.tojson(),
            mx.sym.var("x", shape=(-1, 2)).list_attr(), (mx.sym.var("x", shape=(-1, 2)) + a).infer_shape_partial(),
            (mx.sym.var("x", shape=()) + a).infer_shape(),
        ]  # fmt: skip


@scenario
def infer_type_forwards(mx):
    a = mx.sym.var("a")
    f = dense(mx, a)
    return [
        types(f.infer_type(a="float16")), types(f.infer_type(a=np.float64)), types(f.infer_type(a=np.dtype("float32"))),
        types(mx.sym.BatchNorm(a).infer_type(a="float16")),
        types(mx.sym.Cast(a, dtype="int32").infer_type(a="float32")),
        types(mx.sym.argmax(a, axis=1).infer_type(a="float16")), types((a > 1).infer_type(a="float16")),
        types(mx.sym.shape_array(a).infer_type(a="float16")), types(mx.sym.SoftmaxOutput(f).infer_type(a="float64")),
        types(mx.sym.Embedding(a, input_dim=2, output_dim=3, dtype="float16").infer_type(a="int32")),
        types(mx.sym.one_hot(a, depth=3).infer_type(a="int32")), types(mx.sym.zeros((2,), dtype="int8").infer_type()),
        types(mx.sym.topk(a, k=1, ret_typ="both").infer_type(a="float16")),
    ]  # fmt: skip


@scenario
def infer_type_incomplete(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    f, cast = dense(mx, a), mx.sym.Cast(a, dtype="int32")
    return [
        warned(f.infer_type), types(f.infer_type_partial()), warned(cast.infer_type), types(cast.infer_type_partial()),
        types((cast + b).infer_type_partial()),
    ]  # fmt: skip


@scenario
def infer_type_of_declared_variables(mx):
    net = mx.sym.var("q", dtype="float64") + mx.sym.var("b")
    return types(net.infer_type()), types(net.infer_type(q="float16"))


@scenario
def infer_type_backwards(mx):
    a, b, c = mx.sym.var("a"), mx.sym.var("b"), mx.sym.var("c", dtype="float16")
    made = [a + c, mx.sym.relu(a) + c, dense(mx, a) + c, (a - b) / c, mx.sym.concat(a, b) + c]
    return [types(symbol.infer_type_partial()) for symbol in made]


@scenario
def infer_type_errors(mx):
    f, a, b = dense(mx, mx.sym.var("a")), mx.sym.var("a"), mx.sym.var("b")
    wrong = [
        lambda: f.infer_type(a="nope"), lambda: f.infer_type("float16", a="float16"),
        lambda: f.infer_type(nope="float16"), lambda: (a + b).infer_type(a="float16", b="float32"),
        lambda: f.infer_type(a="float16", f_weight="float32"),
        lambda: mx.sym.concat(a, b).infer_type(a="int32", b="int8"),
    ]  # fmt: skip
    return [raised(function) for function in wrong]


@scenario
def infer_shape_of_foreach(mx):
    data, state, w = mx.sym.var("data"), mx.sym.var("state"), mx.sym.var("w")
    out, states = mx.sym.contrib.foreach(lambda x, s: (x * w + s[0], [s[0] * 2]), data, [state])
    return mx.sym.Group([out, *states]).infer_shape(data=(5, 2, 3), state=(2, 3), w=(2, 3))


@scenario
def infer_shape_of_functions(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.dot(a, b), mx.sym.broadcast_add(a, b), mx.sym.concat(a, b, dim=0), mx.sym.stack(a, b),
        mx.sym.take(a, b), mx.sym.elemwise_mul(a, b).sum(axis=0), mx.sym.batch_dot(a.expand_dims(0), b.expand_dims(0)),
    ]  # fmt: skip
    shapes = [symbol.infer_shape(a=(3, 3), b=(3, 3)) for symbol in made]
    alone = [
        a.sum(),
        a.mean(axis=1),
        a.reshape((-1,)),
        a.reshape((0, -1, 1)),
        a.transpose(),
        a.flatten(),
        a.tile((2, 2)),
    ]
    alone += [a.slice_axis(axis=0, begin=1, end=None), a.norm(), a.argmax(axis=1), a.topk(k=2), a.one_hot(5), a.max()]
    nullary = [mx.sym.zeros((2, 3)), mx.sym.arange(5), mx.sym.eye(3), mx.sym.full((2,), 3)]
    return shapes, [x.infer_shape(a=(3, 4)) for x in alone], [x.infer_shape() for x in nullary]
