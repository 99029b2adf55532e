"""cast, dtypes, copies of blocks."""

from __future__ import annotations

import numpy as np

from tests.oracle.gluon_scenarios import custom, dense_net, ones, ready, scenario, values
from tests.oracle.scenarios import raised


def dtypes(block):
    return [[name, np.dtype(p.dtype).name] for name, p in block.collect_params().items()]


def mixed(mx):
    net = mx.gluon.nn.HybridSequential(prefix="n_")
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(2), mx.gluon.nn.BatchNorm(), mx.gluon.nn.Embedding(3, 2), mx.gluon.nn.LayerNorm())
    return net


@scenario
def casting_layers(mx):
    found = []
    for dtype in ("float16", "float64", np.float16, np.dtype("float64"), "int8"):
        net = mixed(mx)
        found.append([raised(lambda net=net, dtype=dtype: net.cast(dtype)), dtypes(net)])
    return found


@scenario
def casting_back(mx):
    net = mixed(mx)
    net.cast("float16")
    net.cast("float32")
    return dtypes(net)


@scenario
def casting_initialized(mx):
    net = ready(dense_net(mx, 2, dense_in_units=3))
    net[0].weight.set_data(mx.nd.array([[1.5, 2, 3], [4, 5, 6]]))
    net.cast("float64")
    return [values(net[0].weight.data()), values(net[0].weight.grad()), values(net(ones(mx, 1, 3, dtype="float64")))]


@scenario
def casting_deferred(mx):
    net = ready(dense_net(mx, 2))
    net.cast("float64")
    return [values(net(ones(mx, 1, 3, dtype="float64"))), dtypes(net)]


@scenario
def casting_hybridized(mx):
    net = ready(dense_net(mx, 2, dense_in_units=3))
    net.hybridize()
    net.cast("float64")
    return values(net(ones(mx, 1, 3, dtype="float64")))


@scenario
def casting_normalisations(mx):
    nn = mx.gluon.nn
    blocks = [nn.BatchNorm(in_channels=2), nn.BatchNormReLU(in_channels=2), nn.LayerNorm(in_channels=2),
              nn.InstanceNorm(in_channels=2), nn.GroupNorm(2), mx.gluon.contrib.nn.SyncBatchNorm(2, num_devices=1)]  # fmt: skip
    found = []
    for block in blocks:
        for dtype in ("float16", "float64"):
            block.cast(dtype)
            found.append([type(block).__name__, [d for _, d in dtypes(block)]])
    return found


@scenario
def casting_recurrent_layers(mx):
    layer = ready(mx.gluon.rnn.LSTM(2, input_size=3))
    layer.cast("float64")
    return [sorted({d for _, d in dtypes(layer)}), values(layer(ones(mx, 1, 1, 3, dtype="float64")))[0]]


@scenario
def casting_constants(mx):
    net = custom(mx, lambda self, F, x, c: x * c,
                 lambda self: setattr(self, "c", self.params.get_constant("c", np.ones((1,), "float32"))))  # fmt: skip
    ready(net).cast("float64")
    return [dtypes(net), values(net(ones(mx, 1, dtype="float64")))]


@scenario
def mismatched_dtypes(mx):
    net = ready(dense_net(mx, 2, dense_in_units=3))
    eager = raised(lambda: net(ones(mx, 1, 3, dtype="float64")).asnumpy())
    net.hybridize()
    return [eager, raised(lambda: net(ones(mx, 1, 3, dtype="float64")).asnumpy())]


@scenario
def unknown_dtypes(mx):
    net = ready(dense_net(mx, 2, dense_in_units=1))
    return [raised(lambda: net.cast("nope")), raised(lambda: mx.gluon.nn.Dense(2, dtype="nope").initialize())]


@scenario
def half_batch_norm_input(mx):
    net = mx.gluon.nn.BatchNorm(in_channels=2)
    net.cast("float16")
    ready(net)
    out = net(ones(mx, 1, 2, 3, dtype="float16"))
    return [values(out), dtypes(net)]


@scenario
def parameters_of_each_dtype(mx):
    found = []
    for dtype in ("float16", "float32", "float64", "int32", "int64", "int8", "uint8"):
        p = mx.gluon.Parameter("w", shape=(2,), dtype=dtype, init="ones")
        p.initialize()
        found.append(values(p.data()))
    return found
