"""Mixed precision: which operators run in 16 bits, and that results stay near those of float32."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import nd, sym
from gluax.errors import ArgumentError, MXNetError
from gluax.gluon import SymbolBlock, nn
from gluax.ir.graph import Graph
from gluax.lowering.infer import infer
from gluax.lowering.program import Program
from gluax.ops import registry
from gluax.passes.fold_batchnorm import fold_batchnorm
from gluax.passes.reduce_precision import FOLLOWING, LOW, WIDEST, LowType, reduce_precision

DATA = sym.var("data")
SHAPE = (2, 4, 8, 6)

# Half of a unit in the last place is 2^-9 for bfloat16 and 2^-12 for float16; a few layers add a few of them.
TOLERANCE = {"bfloat16": 2e-2, "float16": 3e-3}


def conv(data: sym.Symbol, name: str, **attrs: object) -> sym.Symbol:
    return sym.Convolution(data, kernel=(3, 3), pad=(1, 1), num_filter=4, name=name, **attrs)


def dense(data: sym.Symbol, name: str) -> sym.Symbol:
    return sym.FullyConnected(data, num_hidden=5, name=name)


def block(data: sym.Symbol) -> sym.Symbol:
    return sym.relu(sym.BatchNorm(conv(data, "c1"), fix_gamma=False, name="bn") + conv(data, "c2"))


def lookup() -> sym.Symbol:
    rows = sym.Embedding(sym.argmax(DATA, axis=1), input_dim=4, output_dim=3, name="embed")
    return dense(sym.mean(rows, axis=1), "fc")


# name: (graph, operators that run in the low type)
CASES: dict[str, tuple[sym.Symbol, set[str]]] = {
    "softmax in float32": (sym.softmax(dense(conv(DATA, "c"), "fc")), {"Convolution", "FullyConnected"}),
    "residual": (block(DATA), {"Convolution", "elemwise_add", "relu"}),
    "normalized and not": (
        (lambda c: sym.BatchNorm(c, fix_gamma=False, name="bn") + c)(conv(DATA, "c")),
        {"Convolution", "elemwise_add", "_gluax_scale_shift"},
    ),
    "a sum with float32": (conv(DATA, "c") + DATA, {"Convolution"}),
    "batch normalization of data": (conv(sym.BatchNorm(DATA, fix_gamma=False, name="bn"), "c"), {"Convolution"}),
    "activations": (
        sym.Group([
            sym.Activation(conv(DATA, "a"), act_type="softrelu"),
            sym.Activation(conv(DATA, "b"), act_type="tanh"),
            sym.LeakyReLU(conv(DATA, "c"), act_type="elu"),
            sym.LeakyReLU(conv(DATA, "d"), act_type="prelu", name="pr"),
        ]),
        {"Convolution", "Activation", "LeakyReLU"},
    ),
    "pooling and concatenation": (
        sym.Concat(*(sym.Pooling(conv(DATA, n), kernel=(2, 2), pool_type=p) for n, p in (("a", "avg"), ("b", "max")))),
        {"Convolution", "Pooling", "Concat"},
    ),
    "integers stay": (lookup(), {"FullyConnected"}),
    "batch normalization of its own": (  # statistics among the outputs stay as they are, in float32
        sym.Group(list(sym.BatchNorm(conv(DATA, "c"), output_mean_var=True, name="bn"))),
        {"Convolution", "BatchNorm"},
    ),
    "a loss head": (sym.SoftmaxOutput(dense(DATA, "fc"), name="softmax"), {"FullyConnected"}),
    "attention": (
        (lambda q: sym.batch_dot(sym.softmax(sym.batch_dot(q, q, transpose_b=True)), q))(sym.Reshape(DATA, shape=(2, 8, 24))),
        {"batch_dot"},
    ),
    "nothing to gain": (sym.exp(DATA), set()),
    "two readers": ((lambda c: sym.Group([sym.relu(c), sym.softmax(c)]))(conv(DATA, "c")), {"Convolution", "relu"}),
}  # fmt: skip


def values_for(graph: Graph) -> dict[str, np.ndarray]:
    random = np.random.RandomState(0)
    shapes = infer(graph, {"data": SHAPE})
    sizes = {node.name: shapes.shapes[id(node), 0] for node in graph.variables if node.name != "softmax_label"}
    return {
        name: random.uniform(0.5 if "var" in name else -1, 1, size).astype("float32")
        for name, size in sizes.items()
        if size is not None
    }


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", CASES)
def test_reduce_precision(name: str, dtype: str) -> None:
    symbol, expected_low = CASES[name]
    graph = fold_batchnorm(symbol.graph)
    values = values_for(symbol.graph)
    reduced = reduce_precision(graph, dtype, dict.fromkeys(values, "float32"))  # type: ignore[arg-type]
    ran: set[str] = set()

    def record(step, inputs, training, key, subgraphs):
        outputs = step.call(inputs, training=training, key=key, subgraphs=subgraphs)
        if outputs[0].dtype.name == dtype and step.call.operator.name != "amp_cast":
            ran.add(step.call.operator.name)
        return outputs

    found = Program(reduced, set(values))(values, execute=record)[0]
    expected = Program(graph, set(values))(values)[0]
    assert ran == expected_low
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[dtype] * float(np.abs(b).max()))


def test_values_are_cast_once() -> None:
    graph = (conv(DATA, "a") * conv(DATA, "b")).graph
    reduced = reduce_precision(graph, "bfloat16", {"data": "float32"})
    assert [node.op for node in reduced.nodes].count("amp_cast") == 6  # data, two weights, two biases, and the output


def test_float64_stays() -> None:
    graph = dense(DATA, "fc").graph
    reduced = reduce_precision(graph, "float16", {"data": "float64"})
    assert [node.op for node in reduced.nodes if not node.is_variable] == ["FullyConnected"]


@pytest.mark.parametrize("name", sorted(LOW | FOLLOWING | WIDEST))
def test_the_lists_name_operators(name: str) -> None:
    found = registry.find(name)
    assert found is not None
    assert found.name == name  # not an alias, which no resolved call has


def network() -> nn.HybridSequential:
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, 3, in_channels=4), nn.BatchNorm(in_channels=4), nn.Activation("relu"), nn.Dense(3, in_units=96)
    )
    net.initialize()
    return net


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("flags", [{}, {"static_shape": True}], ids=["static_alloc", "static_shape"])
def test_hybridize_with_a_dtype(dtype: str, flags: dict[str, bool]) -> None:
    net, data = network(), nd.array(np.random.RandomState(0).randn(*SHAPE))
    expected = net(data).asnumpy()
    net.hybridize(static_alloc=True, dtype=dtype, **flags)
    found = net(data)
    assert found.dtype == np.float32
    difference = np.abs(found.asnumpy() - expected).max() / np.abs(expected).max()
    assert 1e-6 < difference < TOLERANCE[dtype]
    bound = net._runner._runs[False, None].source.current(data.context)  # type: ignore[union-attr]
    assert {array.dtype.name for array in bound} == {dtype}
    net.hybridize(static_alloc=True)
    np.testing.assert_allclose(net(data).asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_recurrent_networks_run_low() -> None:
    graph = sym.RNN(DATA, state_size=5, num_layers=1, mode="lstm", name="rnn")
    net = SymbolBlock(graph, [DATA, sym.var("rnn_state"), sym.var("rnn_state_cell")])
    net.initialize()
    given = [nd.array(np.random.RandomState(0).randn(*shape)) for shape in ((6, 2, 4), (1, 2, 5), (1, 2, 5))]
    expected = net(*given).asnumpy()
    net.hybridize(static_alloc=True, dtype="bfloat16")
    np.testing.assert_allclose(net(*given).asnumpy(), expected, rtol=0, atol=TOLERANCE["bfloat16"])


def saved(folder: Path, symbol: sym.Symbol, values: dict[str, np.ndarray]) -> tuple[Path, Path]:
    files = folder / "model-symbol.json", folder / "model-0000.params"
    symbol.save(str(files[0]))
    kinds = dict.fromkeys(symbol.list_auxiliary_states(), "aux")
    nd.save(str(files[1]), {f"{kinds.get(name, 'arg')}:{name}": nd.array(value) for name, value in values.items()})
    return files


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_model_of_a_dtype(dtype: LowType, tmp_path: Path) -> None:
    normalized = sym.BatchNorm(conv(DATA, "c", no_bias=True), fix_gamma=False, name="bn")
    values = values_for((symbol := dense(sym.tanh(normalized), "fc")).graph)
    data = values.pop("data")
    files = saved(tmp_path, symbol, values)
    plain, model = gluax.load(*files), gluax.load(*files, dtype=dtype)
    params = {name: array.dtype.name for name, array in model.variables["params"].items()}
    assert params == {
        "c_weight": dtype, "fc_weight": dtype, "fc_bias": dtype, "bn_gamma": "float32", "bn_beta": "float32",
    }  # fmt: skip
    assert {array.dtype.name for array in model.variables["aux"].values()} == {"float32"}
    expected = jax.jit(plain.apply)(plain.variables, data)
    found = jax.jit(model.apply)(model.variables, data)
    assert found.dtype == jnp.float32
    assert 0 < np.abs(found - expected).max() < TOLERANCE[dtype] * np.abs(expected).max()

    def step(model: gluax.Model, params: dict[str, jax.Array]) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
        def loss(params: dict[str, jax.Array]) -> tuple[jax.Array, dict[str, jax.Array]]:
            scores, new = model.apply_train({**plain.variables, "params": params}, data)
            return jnp.square(scores).sum(), new["aux"]

        return jax.jit(jax.grad(loss, has_aux=True))(params)

    expected, found = step(plain, plain.variables["params"]), step(model, plain.variables["params"])
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert a.dtype == b.dtype == jnp.float32
        assert 0 < np.linalg.norm(a - b) < TOLERANCE[dtype] * np.linalg.norm(b)
    own, _ = jax.eval_shape(partial(step, model), model.variables["params"])  # weights in 16 bits have such gradients
    assert {name: array.dtype.name for name, array in own.items()} == params


def test_what_a_model_holds_in_float32(tmp_path: Path) -> None:
    weights, shared = sym.var("w"), sym.var("shared")
    symbol = sym.Group([sym.dot(DATA, weights), sym.dot(DATA, shared), sym.exp(shared), sym.var("head")])
    files = saved(tmp_path, symbol, {name: np.ones((3, 2), "float32") for name in ("w", "shared", "head")})
    model = gluax.load(*files, dtype="float16")
    assert {name: array.dtype.name for name, array in model.variables["params"].items()} == {
        "w": "float16", "shared": "float32", "head": "float32",
    }  # fmt: skip
    outputs = model.apply(model.variables, np.ones((2, 3), "float32"))
    assert [output.dtype.name for output in outputs] == ["float32"] * 4
    with pytest.raises(ArgumentError, match="int8"):
        gluax.load(*files, dtype="int8")  # type: ignore[arg-type]


def test_with_a_backend_dtype_is_its_option() -> None:
    net = network()
    with pytest.raises(ArgumentError, match="no options"):
        net.optimize_for(nd.ones(SHAPE), backend="default", dtype="float16")


def test_what_cannot_be_asked_for() -> None:
    net = network()
    with pytest.raises(ArgumentError, match="int8"):
        net.hybridize(static_alloc=True, dtype="int8")
    net.hybridize(dtype="float16")
    with pytest.raises(MXNetError, match="static_alloc must be True"):
        net(nd.ones(SHAPE))
