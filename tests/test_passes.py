"""Each pass alone: the rewritten graph computes the same, and has the shape it is meant to have."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from gluax import sym
from gluax.errors import ShapeError
from gluax.ir.graph import Graph
from gluax.lowering.infer import infer
from gluax.lowering.program import Program
from gluax.passes import Options, run_passes
from gluax.passes.channels_last import channels_last
from gluax.passes.fold_batchnorm import fold_batchnorm
from gluax.passes.hoist import hoist
from gluax.passes.pipeline import pipeline
from gluax.passes.reduce_precision import LowType


def conv(data: sym.Symbol, name: str = "conv", **attrs: object) -> sym.Symbol:
    return sym.Convolution(data, kernel=(3, 3), num_filter=4, name=name, **attrs)


DATA = sym.var("data")
GRAPHS = {
    "conv without bias": sym.BatchNorm(conv(DATA, no_bias=True), fix_gamma=False, name="bn"),
    "conv with bias": sym.BatchNorm(conv(DATA), fix_gamma=False, name="bn"),
    "fixed gamma": sym.BatchNorm(conv(DATA), name="bn"),
    "dense": sym.BatchNorm(sym.FullyConnected(DATA, num_hidden=6, name="fc"), fix_gamma=False, name="bn"),
    "dense without flatten": sym.BatchNorm(
        sym.FullyConnected(DATA, num_hidden=6, flatten=False, name="fc"), axis=3, fix_gamma=False, name="bn"
    ),
    "first in the graph": conv(sym.BatchNorm(DATA, fix_gamma=False, name="bn")),
    "last axis": sym.BatchNorm(DATA, axis=-1, fix_gamma=False, name="bn"),
    "layer read twice": (lambda c: sym.BatchNorm(c, fix_gamma=False, name="bn") + c)(conv(DATA)),
    "statistics read": sym.Group(list(sym.BatchNorm(conv(DATA), output_mean_var=True, name="bn"))),
    "grouped": sym.BatchNorm(conv(DATA, num_group=2), fix_gamma=False, name="bn"),
    "sum of layers": sym.BatchNorm(conv(DATA, "c1") + conv(DATA, "c2", no_bias=True), fix_gamma=False, name="bn"),
    "sum with data": sym.BatchNorm(conv(DATA, pad=(1, 1)) + DATA, fix_gamma=False, name="bn"),
    "sum of one layer": sym.BatchNorm((lambda c: c + c)(conv(DATA)), fix_gamma=False, name="bn"),
    "concatenation": sym.BatchNorm(
        sym.Concat(conv(DATA, "c1"), sym.Concat(conv(DATA, "c2"), conv(DATA, "c3") + conv(DATA, "c4"))),
        fix_gamma=False,
        name="bn",
    ),
    "concatenation along another axis": sym.BatchNorm(
        sym.Concat(conv(DATA, "c1"), conv(DATA, "c2"), dim=2), fix_gamma=False, name="bn"
    ),
    "concatenated dense": sym.BatchNorm(
        sym.Concat(*(sym.FullyConnected(DATA, num_hidden=n, name=f"fc{n}") for n in (2, 3))), fix_gamma=False, name="bn"
    ),
}
FOLDED = {
    "conv without bias", "conv with bias", "fixed gamma", "dense", "grouped", "sum of layers", "concatenation",
    "concatenated dense",
}  # fmt: skip


def values_for(graph: Graph) -> dict[str, jax.Array]:
    random = np.random.RandomState(0)
    shapes = infer(graph, {"data": (2, 4, 6, 5)})
    values = {}
    for node in graph.variables:
        shape = shapes.shapes[id(node), 0]
        assert shape is not None
        low = 0.5 if "var" in node.name else -1
        values[node.name] = jax.numpy.asarray(random.uniform(low, 1.5, shape).astype("float32"))
    return values


def operators(graph: Graph) -> list[str | None]:
    return [node.op for node in graph.nodes if not node.is_variable]


@pytest.mark.parametrize("name", GRAPHS)
def test_fold_batchnorm(name: str) -> None:
    graph = GRAPHS[name].graph
    values = values_for(graph)
    expected, _ = Program(graph)(values)
    folded = fold_batchnorm(graph)
    found, _ = Program(folded)(values)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)
    assert ("BatchNorm" in operators(folded)) == (name == "statistics read")
    assert ("_gluax_scale_rows" in operators(folded)) == (name in FOLDED)


def activated(data: sym.Symbol, name: str) -> sym.Symbol:
    return sym.Activation(conv(data, name, pad=(1, 1)), act_type="relu", name=f"{name}_relu")


def residual(data: sym.Symbol) -> sym.Symbol:
    inner = activated(data, "c1")
    pooled = sym.Pooling(inner + conv(inner, "c2", pad=(1, 1)), kernel=(2, 2), stride=(2, 2), pool_type="max", name="p")
    return sym.Concat(pooled, sym.LeakyReLU(pooled, act_type="elu"), dim=1, name="cat")


CONVOLUTIONAL = {
    # name: (graph, how many transposes of activations remain)
    "one layer": (conv(DATA), 2),
    "residual": (sym.FullyConnected(residual(DATA), num_hidden=3, name="fc"), 2),
    "grouped": (conv(activated(DATA, "c1"), "c2", num_group=2), 2),
    "strided and dilated": (
        sym.Convolution(DATA, kernel=(2, 3), num_filter=4, stride=(2, 1), dilate=(1, 2), name="c"),
        2,
    ),
    "squeeze and excite": (
        (lambda x: sym.broadcast_mul(x, sym.sigmoid(sym.Pooling(x, global_pool=True, pool_type="avg", name="g"))))(
            activated(DATA, "c1")
        ),
        2,
    ),
    "meaning of the axis": (sym.softmax(activated(DATA, "c1"), axis=1), 2),
    "prelu between layers": (conv(sym.LeakyReLU(activated(DATA, "c1"), act_type="prelu", name="pr"), "c2"), 4),
    "added to the input": (activated(DATA, "c1") + DATA, 2),
    "two heads": (sym.Group([activated(DATA, "c1"), conv(activated(DATA, "c3"), "c4")]), 3),
}


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_channels_last(name: str) -> None:
    symbol, transposes = CONVOLUTIONAL[name]
    values = values_for(symbol.graph)
    expected, _ = Program(symbol.graph)(values)
    turned = channels_last(symbol.graph)
    found, _ = Program(turned)(values)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)
    split = hoist(turned, set(values) - {"data"})
    assert operators(split.main).count("transpose") == transposes
    assert "Convolution" not in operators(split.main)


@pytest.mark.parametrize("shape", [(1, 3, 2, 5), (1, 2, 6, 6)], ids=["smaller than the kernel", "other channels"])
def test_channels_last_refuses_what_the_original_does(shape: tuple[int, ...]) -> None:
    graph = conv(DATA).graph
    values = {**values_for(graph), "data": np.ones(shape, np.float32)}
    for refusing in (graph, channels_last(graph)):
        with pytest.raises(ShapeError, match="conv"):
            Program(refusing)(values)


def test_channels_last_leaves_other_graphs_alone() -> None:
    graph = sym.FullyConnected(DATA, num_hidden=3, name="fc").graph
    assert channels_last(graph) is graph
    assert "transpose" not in operators(channels_last(sym.Convolution(DATA, kernel=(3,), num_filter=2, name="c").graph))


@pytest.mark.parametrize("name", GRAPHS)
def test_hoist_leaves_only_what_depends_on_inputs(name: str) -> None:
    values = values_for(GRAPHS[name].graph)
    shapes = {name: value.shape for name, value in values.items()}
    graph = run_passes(GRAPHS[name].graph, Options("cpu", shapes))
    expected, _ = Program(graph)(values)
    split = hoist(graph, set(values) - {"data"})
    bound, _ = Program(split.prelude)({name: values[name] for name in Program(split.prelude).variables})
    found, _ = Program(split.main)({"data": values["data"], **dict(zip(split.bound, bound, strict=True))})
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
    assert not {"_gluax_batchnorm_affine", "_gluax_scale_rows"} & set(operators(split.main))
    assert "data" not in [node.name for node in split.prelude.variables]


def test_hoist_keeps_constants_and_random_draws_in_place() -> None:
    weight = sym.var("w")
    noise = sym.Dropout(weight, p=0.5, mode="always") + sym.zeros(shape=(3,))
    split = hoist((noise + sym.var("data") * sym.exp(weight)).graph, {"w"})
    assert operators(split.prelude) == ["exp"]
    assert sorted(map(str, operators(split.main))) == [
        "Dropout",
        "_zeros",
        "elemwise_add",
        "elemwise_add",
        "elemwise_mul",
    ]


def test_shared_filters_are_folded_for_each_use() -> None:
    weight = sym.var("w")
    first = sym.BatchNorm(conv(DATA, "c1", weight=weight, no_bias=True, pad=(1, 1)), fix_gamma=False, name="b1")
    graph = sym.BatchNorm(conv(first, "c2", weight=weight, no_bias=True), fix_gamma=False, name="b2").graph
    values = values_for(graph)
    expected, _ = Program(graph)(values)
    found, _ = Program(fold_batchnorm(graph))(values)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("precision", [None, "bfloat16"])
def test_passes_keep_the_marks_of_the_file(precision: LowType | None) -> None:
    graph = Graph(residual(DATA).graph.heads, {"is_np_shape": 1})
    types = dict.fromkeys((node.name for node in graph.variables), "float32")
    passes = pipeline(Options("cpu", {"data": (1, 4, 8, 8)}, types, precision))
    for name, rewrite in passes.items():
        graph = rewrite(graph)
        assert graph.meta == {"is_np_shape": 1}, name
    assert hoist(graph, set(types) - {"data"}).main.meta == {"is_np_shape": 1}
