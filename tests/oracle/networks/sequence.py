"""Recurrent networks, attention and control flow."""

from __future__ import annotations

import mxnet as mx
import numpy as np
from mxnet.gluon import HybridBlock, nn, rnn

from tests.oracle.networks import Built, network


class Stateful(HybridBlock):
    """A recurrent layer whose states are inputs and outputs, with a classifier of each step."""

    def __init__(self, layer, **keywords):
        super().__init__(**keywords)
        with self.name_scope():
            self.layer = layer
            self.classify = nn.Dense(3, flatten=False)

    def hybrid_forward(self, F, data, *states):
        output, states = self.layer(data, list(states))
        return [self.classify(output), *states]


@network()
def gru_bidirectional() -> Built:
    states = {"data1": (4, 2, 5)}
    return Built(Stateful(rnn.GRU(5, num_layers=2, bidirectional=True)), {"data0": (6, 2, 4), **states})


@network()
def lstm_bidirectional() -> Built:
    states = {"data1": (2, 2, 5), "data2": (2, 2, 5)}
    layer = rnn.LSTM(5, bidirectional=True, layout="NTC")
    return Built(Stateful(layer), {"data0": (2, 6, 4), **states}, gradients=True)


@network()
def lstm_cells() -> Built:
    """Cells of the time before Gluon, unrolled; the begin states are zeros whose batch size is inferred."""
    stack = mx.rnn.SequentialRNNCell()
    stack.add(mx.rnn.LSTMCell(5, prefix="l0_"))
    stack.add(mx.rnn.ResidualCell(mx.rnn.GRUCell(5, prefix="l1_")))
    stack.add(mx.rnn.BidirectionalCell(mx.rnn.LSTMCell(4, prefix="f_"), mx.rnn.RNNCell(3, prefix="b_")))
    embedded = mx.sym.Embedding(mx.sym.var("data"), input_dim=11, output_dim=4, name="embed")
    outputs, _ = stack.unroll(5, inputs=embedded, merge_outputs=True)
    scores = mx.sym.FullyConnected(mx.sym.Reshape(outputs, shape=(-1, 7)), num_hidden=3, name="classify")
    words = np.random.RandomState(1).randint(0, 11, (2, 5)).astype("int32")
    return Built(mx.sym.Reshape(scores, shape=(-4, -1, 5, 0)), {"data": words}, gradients=True)


class LanguageModel(HybridBlock):
    """The last layer shares its weight with the embedding; the layer makes its own zero states."""

    def __init__(self, words=13, width=6, **keywords):
        super().__init__(**keywords)
        with self.name_scope():
            self.embed = nn.Embedding(words, width)
            self.layers = rnn.LSTM(width, num_layers=2, dropout=0.2, layout="TNC")
            self.decode = nn.Dense(words, flatten=False, params=self.embed.params)

    def hybrid_forward(self, F, data):
        return F.log_softmax(self.decode(F.Dropout(self.layers(self.embed(data)), p=0.3)))


@network()
def language_model() -> Built:
    return Built(LanguageModel(), {"data": np.random.RandomState(2).randint(0, 13, (7, 2)).astype("float32")})


class Attention(HybridBlock):
    """Two ways to attend: separate projections with batch_dot, and one interleaved projection with masked lengths."""

    def __init__(self, heads=2, width=8, **keywords):
        super().__init__(**keywords)
        self.heads = heads
        with self.name_scope():
            self.before, self.between, self.after = nn.LayerNorm(), nn.LayerNorm(), nn.LayerNorm(epsilon=1e-3)
            self.query, self.key, self.value = (nn.Dense(width, flatten=False) for _ in range(3))
            self.project = nn.Dense(3 * width, flatten=False)
            self.merge = nn.Dense(width, flatten=False)
            self.grow = nn.Dense(2 * width, flatten=False)
            self.gelu = nn.GELU()
            self.shrink = nn.Dense(width, flatten=False)

    def split(self, F, x):
        x = F.reshape(x, shape=(0, 0, self.heads, -1))
        return F.reshape(F.transpose(x, axes=(0, 2, 1, 3)), shape=(-1, 0, 0), reverse=True)

    def hybrid_forward(self, F, data, length):
        x = self.before(data)
        query, key, value = (self.split(F, layer(x)) for layer in (self.query, self.key, self.value))
        weights = F.softmax(F.batch_dot(F.contrib.div_sqrt_dim(query), key, transpose_b=True))
        joined = F.reshape(F.batch_dot(weights, value), shape=(-1, self.heads, 0, 0), reverse=True)
        x = data + F.reshape(F.transpose(joined, axes=(0, 2, 1, 3)), shape=(0, 0, -1))
        projected = self.project(F.swapaxes(self.between(x), 0, 1))
        scores = F.contrib.interleaved_matmul_selfatt_qk(projected, heads=self.heads)
        lengths = F.repeat(F.repeat(F.expand_dims(length, 1), 7, axis=1), self.heads, axis=0)
        weights = F.softmax(scores, F.cast(lengths, "int32"), use_length=True)
        mixed = F.contrib.interleaved_matmul_selfatt_valatt(projected, weights, heads=self.heads)
        x = x + self.merge(F.swapaxes(mixed, 0, 1))
        masked = F.SequenceMask(x, length, use_sequence_length=True, axis=1)
        return self.shrink(self.gelu(self.grow(self.after(masked)))) + x, weights


@network()
def attention() -> Built:
    """No gradients: MXNet's executor loses one where both interleaved products read the same projection."""
    return Built(Attention(), {"data0": (2, 7, 8), "data1": np.array([7, 4], "float32")})


@network()
def control_flow() -> Built:
    """A loop over a hand-made LSTM cell that reads weights from outside, and a branch on its result.

    No gradients: where the condition depends on the loop, MXNet adds a gradient that it never wrote.
    """
    data, hidden, cell = (mx.sym.var(name) for name in ("data", "hidden", "cell"))

    def step(x, states):
        gates = mx.sym.FullyConnected(x, num_hidden=16, name="i2h") + mx.sym.FullyConnected(
            states[0], num_hidden=16, name="h2h"
        )
        i, f, g, o = mx.sym.SliceChannel(gates, num_outputs=4)
        cell = mx.sym.sigmoid(f + 1) * states[1] + mx.sym.sigmoid(i) * mx.sym.tanh(g)
        hidden = mx.sym.sigmoid(o) * mx.sym.tanh(cell)
        return hidden, [hidden, cell]

    outputs, states = mx.sym.contrib.foreach(step, data, [hidden, cell])
    last = states[0]
    branch = mx.sym.contrib.cond(
        mx.sym.sum(last) > 0,
        lambda: mx.sym.FullyConnected(last, num_hidden=3, name="positive"),
        lambda: mx.sym.FullyConnected(0 - last, num_hidden=3, name="negative"),
    )
    widths = {"i2h": (16, 3), "h2h": (16, 4), "positive": (3, 4), "negative": (3, 4)}
    params = {f"arg:{name}_weight": shape for name, shape in widths.items()}
    params.update({f"arg:{name}_bias": shape[:1] for name, shape in widths.items()})
    inputs = {"data": (5, 2, 3), "hidden": (2, 4), "cell": (2, 4)}
    return Built(mx.sym.Group([mx.sym.softmax(branch), outputs, *states]), inputs, params)
