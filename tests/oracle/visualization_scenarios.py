"""Scenarios of `mx.viz`; see `tests.oracle.scenarios`. Graphviz itself is replaced by a recorder of what it is told."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest import mock

from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("visualization")
scenario = SCENARIOS.add


class Digraph:
    """Stands in for `graphviz.Digraph`: keeps what it is told."""

    def __init__(self, **options: Any) -> None:
        self.told: list[Any] = [options]

    def node(self, **attrs: Any) -> None:
        self.told.append(["node", attrs])

    def edge(self, **attrs: Any) -> None:
        self.told.append(["edge", attrs])


def plotted(mx: Any, *args: Any, **kwargs: Any) -> list[Any]:
    with mock.patch.dict(sys.modules, graphviz=SimpleNamespace(Digraph=Digraph)):
        return mx.viz.plot_network(*args, **kwargs).told


def summary(mx: Any, *args: Any, **kwargs: Any) -> list[str]:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        mx.viz.print_summary(*args, **kwargs)
    return stream.getvalue().split("\n")


def perceptron(sym: Any) -> Any:
    x = sym.FullyConnected(sym.var("data"), num_hidden=8, name="fc1")
    x = sym.Activation(x, act_type="relu", name="relu1")
    x = sym.FullyConnected(x, num_hidden=3, no_bias=True, name="fc2")
    return sym.SoftmaxOutput(x, name="softmax")


def convolutional(sym: Any) -> Any:
    x = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=4, pad=(1, 1), no_bias=True, name="conv")
    x = sym.Activation(sym.BatchNorm(x, fix_gamma=False, name="bn"), act_type="tanh", name="act")
    x = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", name="pool")
    x = sym.Convolution(x, kernel=(1, 1), stride=(2, 1), num_filter=6, num_group=2, name="grouped")
    x = sym.Concat(x, sym.LeakyReLU(x, act_type="elu", name="elu"), sym.LeakyReLU(x, name="leaky"), name="cat")
    x = sym.Flatten(sym.Pooling(x, global_pool=True, pool_type="max", name="pool2"), name="flat")
    return sym.softmax(sym.FullyConnected(x, num_hidden=3, name="fc"), name="out")


def residual(sym: Any) -> Any:
    data = sym.var("data")
    x = sym.Convolution(data, kernel=(3, 3), num_filter=3, pad=(1, 1), name="conv")
    return sym.Reshape(sym.elemwise_add(x, data, name="plus"), shape=(0, -1), name="flat")


def branches(sym: Any) -> Any:
    parts = sym.SliceChannel(sym.var("data"), num_outputs=2, name="parts")
    scaled = sym.broadcast_mul(parts[0], sym.var("scale_weight"), name="scaled")
    return sym.Group([sym.elemwise_add(scaled, parts[1], name="plus"), sym.sum(parts[0], axis=1, name="total")])


def recurrent(sym: Any) -> Any:
    words = sym.Embedding(sym.var("data"), input_dim=20, output_dim=5, name="words")
    return sym.RNN(words, state_size=4, num_layers=1, mode="gru", name="gru")


NETWORKS: dict[str, tuple[Callable[[Any], Any], dict[str, tuple[int, ...]]]] = {
    "perceptron": (perceptron, {"data": (2, 5)}),
    "convolutional": (convolutional, {"data": (2, 3, 8, 6)}),
    "residual": (residual, {"data": (2, 3, 5, 5)}),
    "branches": (branches, {"data": (2, 4, 3), "scale_weight": (1, 2, 3)}),
    "recurrent": (recurrent, {"data": (7, 2)}),
    "variable": (lambda sym: sym.var("data"), {"data": (2, 3)}),
}


@scenario
def summaries(mx: Any) -> Any:
    return {name: summary(mx, build(mx.sym)) for name, (build, _) in NETWORKS.items()}


@scenario
def summaries_with_shapes(mx: Any) -> Any:
    return {name: summary(mx, build(mx.sym), shapes) for name, (build, shapes) in NETWORKS.items()}


@scenario
def columns(mx: Any) -> Any:
    net, shapes = convolutional(mx.sym), {"data": (2, 3, 8, 6)}
    return [
        summary(mx, net, shapes, line_length=80),
        summary(mx, net, shapes, 100, [0.3, 0.5, 0.8, 1.0]),
        summary(mx, net, shape=shapes, line_length=60, positions=[12, 25, 40, 60]),
    ]


@scenario
def pictures(mx: Any) -> Any:
    return {name: plotted(mx, build(mx.sym)) for name, (build, _) in NETWORKS.items()}


@scenario
def pictures_with_shapes(mx: Any) -> Any:
    return {name: plotted(mx, build(mx.sym), shape=shapes) for name, (build, shapes) in NETWORKS.items()}


@scenario
def pictures_with_dtypes(mx: Any) -> Any:
    nets = {name: (build(mx.sym), shapes) for name, (build, shapes) in NETWORKS.items()}
    return {
        name: [
            plotted(mx, net, dtype=dict.fromkeys(shapes, "float16")),
            plotted(mx, net, shape=shapes, dtype=dict.fromkeys(shapes, "float32")),
        ]
        for name, (net, shapes) in nets.items()
    }


@scenario
def looks(mx: Any) -> Any:
    net = convolutional(mx.sym)
    return [
        plotted(mx, net, "net", "svg"),
        plotted(mx, net, title="net", save_format="png", node_attrs={"shape": "oval", "fixedsize": "false"}),
        plotted(mx, net, hide_weights=False),
    ]


@scenario
def resized(mx: Any) -> Any:
    """The second input of this operator only lends its shape, and gets no edge."""
    net = mx.sym.contrib.BilinearResize2D(mx.sym.var("data"), mx.sym.var("other"), mode="like", name="resized")
    return plotted(mx, net)


@scenario
def repeated_names(mx: Any) -> Any:
    x = mx.sym.exp(mx.sym.var("data"), name="same")
    twice = mx.sym.log(x, name="same")
    return [warned(lambda: plotted(mx, twice)), warned(lambda: plotted(mx, x))[1]]


@scenario
def errors(mx: Any) -> Any:
    net = perceptron(mx.sym)
    quiet = {"data": (2, 5)}
    with contextlib.redirect_stdout(io.StringIO()):
        return {
            "summary of an array": raised(lambda: mx.viz.print_summary(3)),
            "picture of an array": raised(lambda: plotted(mx, 3)),
            "no graphviz": raised(lambda: without_graphviz(mx, net)),
            "contradiction": raised(lambda: plotted(mx, net, shape={"data": (2, 5), "fc1_weight": (3, 3)})),
            "summary of a contradiction": raised(lambda: mx.viz.print_summary(net, {**quiet, "fc1_weight": (3, 3)})),
            "too few shapes": warned(lambda: raised(lambda: plotted(mx, net, shape={})))[0],
            "a summary of too few shapes": warned(lambda: raised(lambda: mx.viz.print_summary(net, {})))[0],
            "too few dtypes": warned(lambda: raised(lambda: plotted(mx, net, dtype={})))[0],
        }


def without_graphviz(mx: Any, net: Any) -> Any:
    with mock.patch.dict(sys.modules, graphviz=None):
        return mx.viz.plot_network(net)
