"""Symbols built with gluax, to be saved and run by MXNet (`tests.oracle.check_exports`)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

import gluax.symbol as sym
from gluax.passes.backends import apply_backend

Shapes = dict[str, tuple[int, ...]]

SYMBOLS: dict[str, Callable[[], tuple[Any, Shapes]]] = {}


def built(build: Callable[[], tuple[Any, Shapes]]) -> Callable[[], tuple[Any, Shapes]]:
    SYMBOLS[build.__name__] = build
    return build


def arrays_for(name: str, symbol: Any, inputs: Shapes) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Random values for the inputs, and for all other variables, in the shapes that inference finds."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    arguments, _, states = symbol.infer_shape(**inputs)
    shapes = {**dict(zip(symbol.list_arguments(), arguments)), **dict(zip(symbol.list_auxiliary_states(), states))}
    low = {key: 0.5 if key.endswith("var") else -1.0 for key in shapes}
    values = {key: random.uniform(low[key], 1, shape).astype("float32") for key, shape in shapes.items()}
    return {key: values[key] for key in inputs}, {key: values[key] for key in values if key not in inputs}


@built
def convolutional() -> tuple[Any, Shapes]:
    x = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=4, pad=(1, 1), name="conv")
    x = sym.Activation(sym.BatchNorm(x, fix_gamma=False, name="bn"), act_type="relu")
    x = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", count_include_pad=False)
    return sym.softmax(sym.FullyConnected(sym.Flatten(x), num_hidden=3, name="fc")), {"data": (2, 3, 6, 6)}


@built
def folded() -> tuple[Any, Shapes]:
    """What the inference backend makes: one BatchNorm folded, the other as it was."""
    inputs = {"data": (2, 3, 6, 6)}
    x = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=4, no_bias=True, name="conv")
    x = sym.relu(sym.BatchNorm(x, fix_gamma=False, name="bn"))
    x = sym.FullyConnected(sym.BatchNorm(x, name="late"), num_hidden=3, name="fc")
    arrays = {name: jnp.asarray(array) for name, array in arrays_for("folded", x, inputs)[1].items()}
    return sym.Symbol(apply_backend("inference", x.graph, arrays)[0].heads), inputs


@built
def upwards() -> tuple[Any, Shapes]:
    x = sym.Deconvolution(sym.var("data"), kernel=(3, 3), stride=(2, 2), adj=(1, 1), num_filter=3, name="up")
    return x + sym.UpSampling(x, scale=1, sample_type="nearest", num_args=1), {"data": (1, 2, 4, 3)}


@built
def arithmetic() -> tuple[Any, Shapes]:
    a, b = sym.var("a"), sym.var("b")
    x = (2 * a - b / 3 + 1) ** 2 / (a * a + 1.5) - (1 - b) + 5 % (b + 3)
    return sym.Group([x, a > b, a <= 0.25, sym.maximum(a, b), sym.hypot(a, 2), -a, abs(b)]), {"a": (3, 4), "b": (3, 4)}


@built
def reductions() -> tuple[Any, Shapes]:
    x = sym.var("x")
    scaled = sym.broadcast_div(x - x.mean().reshape((1, 1, 1)).broadcast_like(x), 1 + x.max(axis=1, keepdims=True))
    outputs = [scaled, x.sum(axis=(0, 2)), x.norm(), x.argmax(axis=2), sym.prod(x, axis=0, exclude=True)]
    return sym.Group(outputs), {"x": (2, 3, 4)}


@built
def shapes() -> tuple[Any, Shapes]:
    x = sym.var("x")
    left, right = sym.split(x, num_outputs=2, axis=2)
    y = sym.concat(left.transpose((0, 2, 1)), right.swapaxes(1, 2), dim=0).reshape((-3, -2))
    return sym.Group([y, x.slice_axis(axis=1, begin=1, end=None), x.tile((2, 1, 1)), y.expand_dims(0).flatten()]), {
        "x": (2, 3, 4)
    }


@built
def selection() -> tuple[Any, Shapes]:
    x, index = sym.var("x"), sym.var("index")
    places = sym.floor(sym.abs(index) * 3)
    outputs = [
        sym.take(x, places),
        sym.one_hot(places, depth=4),
        sym.pick(x, places.slice_axis(axis=0, begin=0, end=4)),
    ]
    return sym.Group([*outputs, sym.topk(x, k=2, ret_typ="value"), sym.where(x > 0, x, -x)]), {
        "x": (4, 5),
        "index": (6,),
    }


@built
def recurrent() -> tuple[Any, Shapes]:
    states = {"state": sym.zeros((2, 0, 3)), "state_cell": sym.zeros((2, 0, 3))}
    net = sym.RNN(sym.var("data"), sym.var("weights"), **states, mode="lstm", state_size=3, num_layers=1,
                  bidirectional=True, state_outputs=True, name="rnn")  # fmt: skip
    return net, {"data": (4, 2, 5)}


@built
def attending() -> tuple[Any, Shapes]:
    x = sym.LayerNorm(sym.var("x"), name="norm")
    weights = sym.softmax(sym.batch_dot(x, x, transpose_b=True) / 2, temperature=1.5)
    return sym.Group([sym.batch_dot(weights, x), sym.SequenceReverse(x)]), {"x": (2, 3, 4)}


@built
def composed() -> tuple[Any, Shapes]:
    head = sym.FullyConnected(sym.var("features"), num_hidden=3, name="head")
    body = sym.relu(sym.FullyConnected(sym.var("data", shape=(0, 4)), num_hidden=5, no_bias=True, name="body"))
    whole = head(features=body, name="whole")
    return sym.Group([whole, whole.get_internals()["body_output"]]), {"data": (2, 4)}


@built
def loss() -> tuple[Any, Shapes]:
    x = sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc", attr={"__lr_mult__": "2"})
    return sym.SoftmaxOutput(x, name="softmax", normalization="batch"), {"data": (2, 4), "softmax_label": (2,)}


@built
def loop() -> tuple[Any, Shapes]:
    scale = sym.var("scale", shape=(1, 3))

    def step(x, states):
        following = sym.tanh(sym.broadcast_mul(x, sym.exp(scale)) + states[0])
        return following * 2, [following]

    outputs, states = sym.contrib.foreach(step, sym.var("data"), [sym.var("state")])
    return sym.Group([outputs, *states]), {"data": (4, 2, 3), "state": (2, 3)}


@built
def conditional_loop() -> tuple[Any, Shapes]:
    outputs, states = sym.contrib.while_loop(
        lambda i, s: sym.sum(i) < 3, lambda i, s: ([s + i], [i + 1, s * 2]), [sym.var("i"), sym.var("s")], 5
    )
    return sym.Group([*outputs, *states]), {"i": (1,), "s": (1,)}


@built
def branch() -> tuple[Any, Shapes]:
    a, b = sym.var("a"), sym.var("b")
    return sym.contrib.cond(sym.sum(a) < sym.sum(b), lambda: a + b, lambda: a - b), {"a": (2, 3), "b": (2, 3)}
