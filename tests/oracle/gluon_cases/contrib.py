"""Blocks of gluon.contrib: concurrent containers, pixel shuffles, convolutional cells, deformable convolutions."""

from __future__ import annotations

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family
from tests.oracle.gluon_cases.cells import afresh

case = Family("contrib", lambda mx: mx.gluon.contrib)
whole = Family("contrib")


def concurrent(mx, kind, **kwargs):
    net = getattr(mx.gluon.contrib.nn, kind)(**kwargs)
    with net.name_scope():
        net.add(mx.gluon.nn.Dense(4, flatten=False))
        net.add(mx.gluon.contrib.nn.Identity())
        net.add(mx.gluon.nn.Dense(2, activation="relu", flatten=False))
    return net


whole("concurrent", lambda mx: concurrent(mx, "Concurrent"), (2, 3), hybrid=False)
whole("concurrent-prefix", lambda mx: concurrent(mx, "Concurrent", axis=1, prefix="wide_"), (2, 3), hybrid=False)
whole("hybrid-concurrent", lambda mx: concurrent(mx, "HybridConcurrent"), (2, 3))
whole("hybrid-concurrent-axis", lambda mx: concurrent(mx, "HybridConcurrent", axis=2, prefix="wide_"), (2, 3, 4))
case("identity", lambda contrib: contrib.nn.Identity(), (2, 3))
case("sync-batch-norm", lambda contrib: contrib.nn.SyncBatchNorm(), (2, 3, 4, 5))
case("sync-batch-norm-options", lambda contrib: contrib.nn.SyncBatchNorm(
    in_channels=3, num_devices=1, momentum=0.5, epsilon=1e-3, scale=False, prefix="sync_"), (2, 3, 2, 2))  # fmt: skip
case("pixel-shuffle-1d", lambda contrib: contrib.nn.PixelShuffle1D(2), (1, 8, 3))
case("pixel-shuffle-2d", lambda contrib: contrib.nn.PixelShuffle2D((2, 3)), (1, 12, 3, 5))
case("pixel-shuffle-2d-int", lambda contrib: contrib.nn.PixelShuffle2D(2), (2, 4, 2, 2))
case("pixel-shuffle-3d", lambda contrib: contrib.nn.PixelShuffle3D((2, 3, 1)), (1, 12, 2, 3, 4))
case("pixel-shuffle-3d-int", lambda contrib: contrib.nn.PixelShuffle3D(2), (1, 8, 1, 2, 1))

SIZES = {1: (5,), 2: (4, 5), 3: (3, 4, 2)}
for rank, size in SIZES.items():
    for kind, count in (("RNN", 1), ("LSTM", 2), ("GRU", 1)):

        def add(label, *inputs, kind=kind, rank=rank, **kwargs):
            case(f"Conv{rank}D{kind}Cell-{label}", lambda contrib: getattr(contrib.rnn, f"Conv{rank}D{kind}Cell")(
                **{"hidden_channels": 3, "h2h_kernel": 3, **kwargs}), *inputs)  # fmt: skip

        state = (2, 3, *size)
        add("step", (2, 2, *size), [state] * count, input_shape=(2, *size), i2h_kernel=3, i2h_pad=1)
        shrunk = tuple(length - 1 for length in size)
        add("options", (1, 2, *size), [(1, 3, *shrunk)] * count, input_shape=(2, *size), i2h_kernel=(2,) * rank,
            h2h_kernel=(1,) * rank, activation="relu", prefix="c_")  # fmt: skip
        add("deferred-channels", (2, 2, *size), [state] * count, input_shape=(0, *size), i2h_kernel=1,
            h2h_dilate=2)  # fmt: skip

case("LSTMPCell-step", lambda contrib: contrib.rnn.LSTMPCell(4, 3), (2, 5), [(2, 3), (2, 4)])
case("LSTMPCell-known", lambda contrib: contrib.rnn.LSTMPCell(4, 3, input_size=5, prefix="p_"), (2, 5),
     [(2, 3), (2, 4)])  # fmt: skip
whole("VariationalDropoutCell-step", lambda mx: mx.gluon.contrib.rnn.VariationalDropoutCell(
    mx.gluon.rnn.LSTMCell(4), drop_inputs=0.2, drop_states=0.3, drop_outputs=0.4), (2, 5), [(2, 4), (2, 4)], call=afresh)  # fmt: skip
whole("VariationalDropoutCell-plain", lambda mx: mx.gluon.contrib.rnn.VariationalDropoutCell(
    mx.gluon.rnn.GRUCell(4)), (2, 5), [(2, 4)], call=afresh)  # fmt: skip


def dynamic(label, *inputs, lengths=False, layout="TNC"):
    """`dynamic_unroll` inside a HybridBlock: a loop in the graph."""

    def build(mx):
        class Dynamic(mx.gluon.HybridBlock):
            def __init__(self):
                super().__init__()
                with self.name_scope():
                    self.cell = mx.gluon.rnn.LSTMCell(4, input_size=5, prefix="lstm_")

            def hybrid_forward(self, F, data, h, c, valid=None):
                return mx.gluon.contrib.rnn.rnn_cell.dynamic_unroll(
                    self.cell, data, [h, c], layout=layout, valid_length=valid
                )

        return Dynamic()

    whole(f"dynamic-unroll-{label}", build, *inputs)


dynamic("tnc", (3, 2, 5), (2, 4), (2, 4))
dynamic("ntc", (2, 3, 5), (2, 4), (2, 4), layout="NTC")
dynamic("tnc-lengths", (3, 2, 5), (2, 4), (2, 4), In((2,), values=[1, 3]))

for kind in ("DeformableConvolution", "ModulatedDeformableConvolution"):

    def add(label, *args, kind=kind, data=(1, 3, 5, 6), **kwargs):
        case(f"{kind}-{label}", lambda contrib: getattr(contrib.cnn, kind)(*args, **kwargs), data)

    add("plain", 4, kernel_size=(3, 3))
    add("known", 4, kernel_size=(3, 3), padding=(1, 1), in_channels=3, activation="relu")
    add("strides", 2, kernel_size=(2, 3), strides=(2, 1), use_bias=False, prefix="deform_")
    add("no-offset-bias", 2, kernel_size=(3, 3), offset_use_bias=False, dilation=(1, 2))
    add("groups", 4, kernel_size=(1, 1), groups=2, num_deformable_group=2, data=(2, 4, 3, 3))
