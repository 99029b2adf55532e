"""Passes that choose other forms of layers: the same result, and the form that is meant."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
import pytest

from gluax import sym
from gluax.errors import ShapeError
from gluax.ir.graph import Entry, Graph
from gluax.lowering.infer import infer
from gluax.lowering.program import Program
from gluax.ops import _winograd
from gluax.passes import Options, pipeline
from gluax.passes.channels_last import channels_last
from gluax.passes.dense_weights import dense_weights
from gluax.passes.drop_identities import drop_identities
from gluax.passes.hoist import hoist
from gluax.passes.merge_dense import merge_dense
from gluax.passes.rnn_weights import rnn_weights
from gluax.passes.shapes import ShapesOf
from gluax.passes.split_concat import split_concat
from gluax.passes.winograd import winograd

DATA = sym.var("data")
Values = dict[str, jax.Array]


def values_for(graph: Graph, shape: tuple[int, ...]) -> Values:
    random = np.random.RandomState(0)
    shapes = infer(graph, {"data": shape})
    variables = {node.name: shapes.shapes[id(node), 0] for node in graph.variables}
    return {name: random.uniform(-1, 1, size).astype("float32") for name, size in variables.items() if size is not None}


def run(graph: Graph, values: Values) -> list[jax.Array]:
    program = Program(graph, set(values))
    return program(values)[0]


def operators(graph: Graph) -> list[str | None]:
    return [node.op for node in graph.nodes if not node.is_variable]


def counts(graph: Graph, *names: str) -> tuple[int, ...]:
    return tuple(operators(graph).count(name) for name in names)


def check(before: Graph, after: Graph, values: Values, tolerance: float = 1e-5) -> None:
    """Compare relative to the largest output: sums in another order differ by roundings of their terms."""
    for found, expected in zip(run(after, values), run(before, values), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * float(np.abs(expected).max()))


def dense(data: sym.Symbol, name: str, hidden: int = 3, **attrs: object) -> sym.Symbol:
    return sym.FullyConnected(data, num_hidden=hidden, name=name, **attrs)


@pytest.mark.parametrize("attrs", [{}, {"no_bias": True}, {"flatten": False}], ids=["plain", "no bias", "any rank"])
def test_dense_weights(attrs: dict[str, object]) -> None:
    graph = dense(DATA, "fc", **attrs).graph
    values = values_for(graph, (2, 4, 5))
    turned = dense_weights(graph)
    check(graph, turned, values)
    assert counts(turned, "FullyConnected", "_gluax_dense") == (0, 1)
    for refusing in (graph, turned):
        with pytest.raises(ShapeError, match="weight has shape"):
            run(refusing, {**values, "data": np.ones((2, 4, 6), "float32")})


# name: (graph, how many layers are left of how many)
MERGED: dict[str, tuple[sym.Symbol, int]] = {
    "three": (sym.Group([dense(DATA, "q"), dense(DATA, "k", 4), dense(DATA, "v", 5)]), 1),
    "another input": (sym.Group([dense(DATA, "q"), dense(DATA * 2, "k")]), 2),
    "one without bias": (sym.Group([dense(DATA, "q"), dense(DATA, "k", no_bias=True)]), 2),
    "both without bias": (sym.Group([dense(DATA, "q", no_bias=True), dense(DATA, "k", no_bias=True)]), 1),
    "one without flatten": (sym.Group([dense(DATA, "q"), sym.mean(dense(DATA, "k", flatten=False), axis=1)]), 2),
    "without flatten": (dense(DATA, "q", flatten=False) + dense(DATA, "k", flatten=False), 1),
    "shared weight": (
        (lambda w: dense(DATA, "q", weight=w) + dense(DATA, "k", weight=w))(sym.var("w")),
        1,
    ),
    "computed weight": (dense(DATA, "q") + dense(DATA, "k", weight=sym.var("w") * 2), 2),
    "two inputs, two each": (
        (lambda x: sym.Group([dense(DATA, "a"), dense(x, "b"), dense(DATA, "c"), dense(x, "d")]))(sym.tanh(DATA)),
        2,
    ),
}


@pytest.mark.parametrize("name", MERGED)
def test_merge_dense(name: str) -> None:
    symbol, left = MERGED[name]
    values = values_for(symbol.graph, (2, 4, 5))
    merged = merge_dense(symbol.graph)
    check(symbol.graph, merged, values)
    assert counts(merged, "FullyConnected") == (left,)


IDENTITIES: dict[str, sym.Symbol] = {
    "Dropout": dense(sym.Dropout(DATA, p=0.5, name="d"), "fc"),
    "BlockGrad": dense(sym.BlockGrad(DATA), "fc"),
    "_copy": sym.identity(sym.identity(DATA)) + 1,
    "LinearRegressionOutput": sym.LinearRegressionOutput(dense(DATA, "fc"), name="out"),
    "MAERegressionOutput": sym.MAERegressionOutput(dense(DATA, "fc"), name="out"),
    "SVMOutput": sym.SVMOutput(dense(DATA, "fc"), name="out"),
    "MakeLoss": sym.MakeLoss(dense(DATA, "fc"), name="out"),
    "make_loss": sym.make_loss(dense(DATA, "fc"), name="out"),
    "IdentityAttachKLSparseReg": sym.IdentityAttachKLSparseReg(sym.sigmoid(DATA), name="out"),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_drop_identities(name: str) -> None:
    graph = IDENTITIES[name].graph
    values = {key: value for key, value in values_for(graph, (2, 4)).items() if key != "out_label"}
    assert counts(graph, name) >= (1,)
    dropped = drop_identities(graph)
    assert counts(dropped, name) == (0,)
    check(graph, dropped, values)
    assert "out_label" not in [node.name for node in dropped.variables]


def test_drop_identities_keeps_dropout_that_always_draws() -> None:
    graph = sym.Dropout(DATA, p=0.5, mode="always").graph
    assert counts(drop_identities(graph), "Dropout") == (1,)


def conv(data: sym.Symbol, name: str, filters: int, kernel: int = 3, **attrs: object) -> sym.Symbol:
    return sym.Convolution(data, kernel=(kernel, kernel), num_filter=filters, name=name, **attrs)


RECURRENT = [
    {"mode": mode, "num_layers": layers, "bidirectional": both, **extra}
    for mode, layers, both, extra in [
        ("lstm", 1, False, {}),
        ("lstm", 2, True, {"state_outputs": True}),
        ("lstm", 2, True, {"projection_size": 3, "state_outputs": True}),
        ("gru", 2, True, {"state_outputs": True}),
        ("gru", 1, False, {"use_sequence_length": True}),
        ("rnn_relu", 3, False, {}),
        ("rnn_tanh", 1, True, {"state_outputs": True, "p": 0.5}),
    ]
]


@pytest.mark.parametrize("attrs", RECURRENT, ids=str)
def test_rnn_weights(attrs: dict[str, object]) -> None:
    graph = sym.RNN(DATA, state_size=5, name="rnn", **attrs).graph
    values = values_for(graph, (6, 2, 4))
    if "rnn_sequence_length" in values:
        values["rnn_sequence_length"] = np.array([6, 6], "float32")
    bound = rnn_weights(graph)
    check(graph, bound, values)
    assert counts(bound, "RNN", "_gluax_rnn") == (0, 1)
    assert operators(hoist(bound, {"rnn_parameters"}).main) == ["_gluax_rnn"]
    for refusing in (graph, bound):
        for other in ((6, 2, 5), (6, 3, 4)):
            with pytest.raises(ShapeError, match="rnn"):
                run(refusing, {**values, "data": np.ones(other, "float32")})


def shapes_of(values: Values) -> dict[str, tuple[int, ...]]:
    return {name: value.shape for name, value in values.items()}


def expanded(kernel: int, **attrs: object) -> sym.Symbol:
    parts = conv(DATA, "c1", 6, 1), conv(DATA, "c3", 5, pad=(1, 1))
    return conv(sym.Concat(*map(sym.relu, parts), name="cat"), "last", 4, kernel, **attrs)


SPLIT: dict[str, tuple[sym.Symbol, bool]] = {
    "pointwise": (expanded(1), True),
    "strided, no bias": (expanded(1, stride=(2, 2), no_bias=True), True),
    "larger kernel": (expanded(3), False),
    "padded": (expanded(1, pad=(1, 1)), False),
    "read twice": ((lambda c: sym.Concat(conv(c, "a", 4, 1), c))(sym.Concat(conv(DATA, "c1", 2), conv(DATA, "c2", 2))), False),
}  # fmt: skip


@pytest.mark.parametrize("name", SPLIT)
def test_split_concat(name: str) -> None:
    symbol, splits = SPLIT[name]
    values = values_for(symbol.graph, (2, 3, 7, 6))
    turned = channels_last(symbol.graph)
    split = split_concat(turned, shapes_of(values))
    check(symbol.graph, split, values)
    before, after = counts(turned, "Concat"), counts(split, "Concat")
    assert (after < before) == splits
    assert counts(split_concat(turned, {}), "Concat") == before  # nothing known of the shapes: nothing done


# Winograd's rounding, relative to the largest output: see gluax/ops/_winograd.py.
WINOGRAD_TOLERANCE = {2: 4e-6, 4: 2e-5}


@pytest.mark.parametrize("tile", [2, 4])
@pytest.mark.parametrize("pad", [(0, 0), (1, 1), (2, 0)])
@pytest.mark.parametrize("size", [(3, 5), (8, 8), (17, 14)])
def test_winograd_form(tile: int, pad: tuple[int, int], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    graph = conv(DATA, "c", 5, pad=pad).graph
    values = values_for(graph, (2, 3, *size))
    monkeypatch.setattr("gluax.passes.winograd.pick_tile", lambda *sizes: tile)
    rewritten = winograd(channels_last(graph), shapes_of(values))
    assert counts(rewritten, "_gluax_convolution", "_gluax_winograd") == (0, 1)
    check(graph, rewritten, values, WINOGRAD_TOLERANCE[tile])
    monkeypatch.setattr(_winograd, "SLAB_BYTES", 1)  # in several slabs, one after the other, and in a loop
    for unrolled in (4, 1):
        monkeypatch.setattr(_winograd, "UNROLLED", unrolled)
        check(graph, rewritten, values, WINOGRAD_TOLERANCE[tile])


WINOGRAD_CASES: dict[str, tuple[sym.Symbol, tuple[int, ...], str | None]] = {
    "large": (conv(DATA, "c", 64, pad=(1, 1)), (1, 64, 24, 24), "4"),
    "small": (conv(DATA, "c", 64, pad=(1, 1)), (1, 64, 8, 8), "2"),
    "small, many images": (conv(DATA, "c", 64, pad=(1, 1)), (8, 64, 8, 8), "4"),
    "tiny": (conv(DATA, "c", 64, pad=(1, 1)), (1, 64, 4, 4), None),
    "few channels": (conv(DATA, "c", 16, pad=(1, 1)), (1, 64, 24, 24), None),
    "strided": (conv(DATA, "c", 64, stride=(2, 2)), (1, 64, 24, 24), None),
    "dilated": (conv(DATA, "c", 64, dilate=(2, 2)), (1, 64, 24, 24), None),
    "grouped": (conv(DATA, "c", 64, num_group=2), (1, 64, 24, 24), None),
    "larger kernel": (conv(DATA, "c", 64, 5), (1, 64, 24, 24), None),
    "behind other layers": (
        conv(sym.Pooling(sym.relu(conv(DATA, "a", 64)), kernel=(2, 2), stride=(2, 2)), "c", 64),
        (1, 3, 52, 52),
        "4",
    ),
}


@pytest.mark.parametrize("name", WINOGRAD_CASES)
def test_winograd_is_chosen_by_shapes(name: str) -> None:
    symbol, shape, tile = WINOGRAD_CASES[name]
    values = values_for(symbol.graph, shape)
    turned = channels_last(symbol.graph)
    rewritten = winograd(turned, shapes_of(values))
    assert [node.attrs["tile"] for node in rewritten.nodes if node.op == "_gluax_winograd"] == ([tile] if tile else [])
    check(symbol.graph, rewritten, values, WINOGRAD_TOLERANCE[4])
    assert counts(winograd(turned, {}), "_gluax_winograd") == (0,)


def test_winograd_computes_the_same_for_other_shapes() -> None:
    graph = conv(DATA, "c", 64, pad=(1, 1)).graph
    values = values_for(graph, (1, 64, 24, 24))
    rewritten = winograd(channels_last(graph), shapes_of(values))
    check(graph, rewritten, {**values, "data": values["data"][:, :, :5, :7]}, WINOGRAD_TOLERANCE[4])
    for refusing in (graph, rewritten):
        with pytest.raises(ShapeError, match="'c'"):
            run(refusing, {**values, "data": np.ones((1, 32, 8, 8), "float32")})


@pytest.mark.parametrize("attrs", [{}, {"stride": (2, 1), "pad": (1, 0)}, {"num_group": 2, "no_bias": True}])
def test_weights_on_gpu_are_as_cudnn_takes_them(attrs: dict[str, object]) -> None:
    graph = sym.relu(conv(DATA, "c", 4, **attrs)).graph
    turned = channels_last(graph, "gpu")
    check(graph, turned, values_for(graph, (2, 4, 7, 6)))
    (node,) = (node for node in turned.nodes if node.op == "_gluax_convolution")
    assert node.attrs["filters_first"] == "True"
    assert node.inputs[1].node.attrs["axes"] == "(0, 2, 3, 1)"


@pytest.mark.parametrize("target", ["cpu", "gpu", "tpu"])
@pytest.mark.parametrize("winograds", [True, False])
def test_pipeline_depends_on_the_target(target: str, winograds: bool) -> None:
    names = list(pipeline(Options(target, {}, winograd=winograds)))
    assert names[:5] == ["drop_identities", "fold_batchnorm", "merge_dense", "rnn_weights", "channels_last"]
    assert ("winograd" in names) == (target == "cpu" and winograds)
    assert ("dense_weights" in names) == (target == "cpu")


def test_shapes_of_rules_agree_with_inference() -> None:
    def residual(data: sym.Symbol) -> sym.Symbol:
        return sym.relu(data + conv(data, "c1", 4, pad=(1, 1)))

    steps: list[Callable[[sym.Symbol], sym.Symbol]] = [
        lambda x: conv(x, "c0", 4, stride=(2, 2)),
        residual,
        lambda x: sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pooling_convention="full"),
        lambda x: sym.Concat(x, x),
        lambda x: sym.Flatten(x),
        lambda x: dense(x, "fc"),
    ]
    symbol = DATA
    for step in steps:
        symbol = step(symbol)
    graph = symbol.graph
    inferred = infer(graph, {"data": (2, 3, 13, 12)})
    shapes = {node.name: inferred.shapes[id(node), 0] for node in graph.variables}
    shape_of = ShapesOf(graph, {name: shape for name, shape in shapes.items() if shape is not None})
    for node in graph.nodes:
        assert shape_of(Entry(node)) == inferred.shape(Entry(node))
