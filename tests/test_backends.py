"""Backends: the same results from a rewritten symbol, its arrays and its file, and clear words for misuse."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import sym
from gluax.errors import (
    ArgumentError,
    AttributeParseError,
    GluaxError,
    NameLookupError,
    ParameterError,
    UnsupportedOperatorError,
)  # fmt: skip
from gluax.ir.graph import Graph, Node
from gluax.ir.params_writer import write_params
from gluax.lowering.program import Program
from gluax.ndarray import NDArray
from gluax.passes import rewrite_nodes
from gluax.passes.backends import apply_backend, backend_names, unregister_pass
from gluax.passes.groups import convex_groups
from gluax.passes.partition import partition, unregister_subgraph


def network() -> sym.Symbol:
    """A BatchNorm that folds, one that does not, and a branch."""
    data = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=4, no_bias=True, name="conv")
    data = sym.Activation(sym.BatchNorm(data, fix_gamma=False, name="bn"), act_type="relu", name="relu")
    data = sym.BatchNorm(data, name="late") + data
    return sym.FullyConnected(data, num_hidden=3, name="fc")


DATA = jnp.asarray(np.random.RandomState(1).rand(2, 3, 5, 6).astype("float32"))


def arrays_for(symbol: sym.Symbol) -> dict[str, jax.Array]:
    draw = np.random.RandomState(0)
    shapes, _, aux = symbol.infer_shape(data=DATA.shape)
    names = [*symbol.list_arguments(), *symbol.list_auxiliary_states()]
    pairs = zip(names, [*shapes, *aux])
    return {
        name: jnp.asarray(draw.uniform(0.5, 1.5, shape).astype("float32")) for name, shape in pairs if name != "data"
    }


def run(graph: Graph, arrays: dict[str, jax.Array], **options: Any) -> list[jax.Array]:
    return Program(graph)({"data": DATA, **arrays}, **options)[0]


def operators(graph: Graph) -> list[str]:
    return [node.op for node in graph.nodes if node.op is not None]


def same(found: list[jax.Array], expected: list[jax.Array], rtol: float = 0) -> None:
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=0)


# --- the built-in ones


def test_default_changes_nothing() -> None:
    net = network()
    arrays = arrays_for(net)
    graph, found = apply_backend("default", net.graph, arrays)
    assert graph is net.graph
    assert found == {name: arrays[name] for name in found}
    assert set(found) == set(arrays)
    assert net.optimize_for("default").tojson() == net.tojson()


@pytest.mark.parametrize("options", [{}, {"layout": "keep"}, {"layout": "channels_last"}], ids=str)
def test_inference_folds_into_new_arrays(options: dict[str, str]) -> None:
    net = network()
    arrays = arrays_for(net)
    graph, found = apply_backend("inference", net.graph, arrays, options)
    same(run(graph, found), run(net.graph, arrays), rtol=2e-5)
    text = sym.Symbol(graph.heads).tojson()
    same(run(sym.load_json(text).graph, found), run(graph, found))
    if options.get("layout") == "channels_last":
        assert "_gluax_scale_shift" in operators(graph)
    else:
        assert set(found) == {
            "bn_weight", "bn_bias", "late_gamma", "late_beta", "late_moving_mean", "late_moving_var", "fc_weight",
            "fc_bias",
        }  # fmt: skip
        assert operators(graph).count("BatchNorm") == 1
        assert not [op for op in operators(graph) if op.startswith("_gluax")]
        assert found["fc_weight"] is arrays["fc_weight"]


@pytest.mark.parametrize("backend", ["inference", "MKLDNN"])
def test_inference_computes_what_it_knows(backend: str) -> None:
    net = network()
    arrays = arrays_for(net)
    weight = arrays.pop("conv_weight")
    graph, found = apply_backend(backend, net.graph, arrays)
    assert "conv_weight" not in found
    assert "bn_affine" in found
    same(run(graph, {**found, "conv_weight": weight}), run(net.graph, {**arrays, "conv_weight": weight}), rtol=2e-5)


@pytest.mark.parametrize("backend", ["inference", "MKLDNN"])
def test_a_backend_symbol_reads_the_parameters_it_always_did(backend: str) -> None:
    net = network()
    found = net.get_backend_symbol(backend)
    assert sorted(found.list_inputs()) == sorted(net.list_inputs())
    arrays = arrays_for(net)
    same(run(found.graph, arrays), run(net.graph, arrays), rtol=2e-5)


def test_bound_names_do_not_meet() -> None:
    taken = sym.var("bn_weight")
    net = sym.BatchNorm(sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc"), name="bn") * taken
    arrays = arrays_for(sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc"))
    ones = {f"bn_{name}": jnp.ones(3) * 2 for name in ("gamma", "beta", "moving_mean", "moving_var")}
    arrays = {**arrays, **ones, "bn_weight": jnp.full((2, 3), 7.0)}
    graph, found = apply_backend("inference", net.graph, arrays)
    assert {"bn_weight", "bn_weight_1"} <= set(found)
    same(run(graph, found), run(net.graph, arrays), rtol=2e-5)


# --- Symbol.optimize_for


def test_optimize_for_updates_the_dictionaries() -> None:
    net = network()
    arrays = arrays_for(net)
    args = {name: NDArray(arrays[name]) for name in net.list_arguments() if name != "data"}
    aux = {name: NDArray(arrays[name]) for name in net.list_auxiliary_states()}
    extra = args["unrelated"] = NDArray(jnp.ones(2))
    kept = args["fc_weight"]
    found = net.optimize_for("inference", args, aux)
    assert set(args) - {"unrelated"} == set(found.list_arguments()) - {"data"}
    assert set(aux) == set(found.list_auxiliary_states())
    assert args["unrelated"] is extra
    assert args["fc_weight"] is kept
    assert isinstance(args["bn_weight"], NDArray)
    values = {name: value._data for name, value in (args | aux).items()}
    same(run(found.graph, values), run(net.graph, arrays), rtol=2e-5)


def test_optimize_for_takes_plain_arrays() -> None:
    net = network()
    args: dict[str, Any] = {name: np.asarray(value) for name, value in arrays_for(net).items()}
    aux = {name: args.pop(name) for name in net.list_auxiliary_states()}
    net.optimize_for("inference", args, aux)
    assert isinstance(args["bn_weight"], jax.Array)
    assert isinstance(args["fc_weight"], np.ndarray)


def test_new_parameters_need_a_dictionary() -> None:
    @gluax.register_pass("adds")
    def adds(graph: Graph, arrays: dict[str, jax.Array]) -> Any:
        return sym.Group([sym.Symbol(graph.heads) + sym.var("added")]).graph, {**arrays, "added": jnp.ones(3)}

    try:
        with pytest.raises(RuntimeError, match=r"Cannot add new args in optimize_for since args is None.*\['added'\]"):
            network().optimize_for("adds")
        args: dict[str, Any] = {}
        network().optimize_for("adds", args)
        assert list(args) == ["added"]
    finally:
        unregister_pass("adds")


def test_removed_parameters_warn_without_a_dictionary() -> None:
    @gluax.register_pass("first input only")
    def first(graph: Graph, arrays: dict[str, jax.Array]) -> Graph:
        return Graph(
            [graph.nodes[0].inputs[0] if graph.nodes[0].inputs else graph.heads[0]._replace(node=graph.nodes[0])]
        )

    try:
        with pytest.warns(UserWarning, match="A param was deleted during optimization") as caught:
            assert network().optimize_for("first input only").list_inputs() == ["data"]
        assert len(caught) == 2  # arguments and auxiliary states
        args = {"fc_weight": jnp.ones(3), "data": DATA}
        network().optimize_for("first input only", args, {})
        assert list(args) == ["data"]
    finally:
        unregister_pass("first input only")


NOT_KNOWN = r"no backend 'nope'; the known ones are 'MKLDNN', 'default', .*'inference'"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: s.optimize_for("nope"), NameLookupError, NOT_KNOWN),
        (lambda s: s.optimize_for("nope"), gluax.MXNetError, NOT_KNOWN),
        (lambda s: s.get_backend_symbol("nope"), gluax.MXNetError, NOT_KNOWN),
        (lambda s: unregister_pass("nope"), NameLookupError, NOT_KNOWN),
        (lambda s: s.optimize_for("inference", level=3), ArgumentError, r"no options \['level'\]; it knows \['layout'\]"),
        (lambda s: s.optimize_for("inference", layout="x"), ArgumentError, "layout must be"),
        # these as in MXNet
        (lambda s: s.optimize_for(3), AssertionError, "backend"),
        (lambda s: s.optimize_for("default", args=[1]), AssertionError, "args"),
        (lambda s: s.optimize_for("default", aux=[1]), AssertionError, "aux"),
        (lambda s: s.optimize_for("default", ctx=3), AssertionError, "ctx"),
        (lambda s: s.optimize_for("default", args={"fc_weight": 3}), TypeError, "'fc_weight' is a int"),
        (lambda s: s.optimize_for("default", shape_dict={"data": 3}), ValueError, "3 has to be a tuple or list."),
        (lambda s: s.optimize_for("default", type_dict={"data": "complex64"}), ValueError, "complex64'> is not a MXNet type."),
        (lambda s: s.optimize_for("default", stype_dict={"data": "x"}), ValueError, "x is not a MXNet storage type."),
    ],
)  # fmt: skip
def test_misuse(call: Callable[[sym.Symbol], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(network())


# --- passes of the user's


@pytest.fixture
def doubled() -> Iterator[None]:
    """Replaces an activation by a multiple of its input; knows an option and what is known of the variables."""

    @gluax.register_pass("doubled")
    def doubled(graph: Graph, arrays: dict[str, jax.Array], *, by: float = 2.0, inputs: dict[str, Any]) -> Graph:
        seen.append(inputs)

        def replace(node: Node, entries: tuple) -> Node | None:
            if node.op != "Activation":
                return None
            return Node("_mul_scalar", node.name, entries, {"scalar": str(by)})

        return rewrite_nodes(graph, replace)

    seen.clear()
    yield
    unregister_pass("doubled")


seen: list[dict[str, Any]] = []


def test_a_pass_with_an_option(doubled: None) -> None:
    net = sym.Activation(sym.var("data"), act_type="relu", name="relu")
    found = net.optimize_for("doubled", by=3, shape_dict={"data": (2,)}, type_dict={"data": "float16"})
    same(run(found.graph, {}), [DATA * 3])
    assert found.list_outputs() == net.list_outputs()
    assert seen == [{"data": jax.ShapeDtypeStruct((2,), "float16")}]
    net.optimize_for("doubled", {"data": NDArray(DATA)}, {}, shape_dict={"data": (2,)})
    assert seen[-1] == {"data": jax.ShapeDtypeStruct(DATA.shape, "float32")}
    net.optimize_for("doubled", {"data": NDArray(DATA)}, skip_infer=True)
    assert seen[-1] == {}


def test_names_are_taken_once(doubled: None) -> None:
    assert {"MKLDNN", "default", "doubled", "inference"} <= set(backend_names())
    with pytest.raises(ValueError, match="'doubled' is registered twice; replace=True"):
        gluax.register_pass("doubled")(lambda graph, arrays: graph)
    gluax.register_pass("doubled", replace=True)(lambda graph, arrays: graph)
    net = network()
    assert net.optimize_for("doubled").tojson() == net.tojson()


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (lambda graph, arrays: None, ArgumentError, "it returned None"),
        (lambda graph, arrays: Graph([*graph.heads, *graph.heads]), ArgumentError, "as many outputs as it got, 1"),
        (
            lambda graph, arrays: (sym.var("new") + sym.var("data")).graph,
            ParameterError,
            r"added the variables \['new'\]",
        ),
    ],
    ids=["nothing", "more outputs", "a parameter without a value"],
)
def test_a_pass_that_breaks_its_contract(result: Any, error: type[Exception], message: str) -> None:
    gluax.register_pass("broken")(result)
    try:
        with pytest.raises(error, match=f"backend 'broken' .*{message}"):
            apply_backend("broken", network().graph)
    finally:
        unregister_pass("broken")


# --- subgraphs


@pytest.fixture
def part() -> Iterator[list[Graph]]:
    """Runs what it gets and multiplies it, so that the results tell that it did."""
    met: list[Graph] = []

    @gluax.register_subgraph("part", select={"Convolution", "BatchNorm", "relu", "Activation"})
    def function(part: Any, *arrays: jax.Array, gain: float = 1.0) -> Any:
        met.append(part.graph)
        result = part(*arrays)
        return tuple(gain * value for value in result) if isinstance(result, tuple) else gain * result

    yield met
    unregister_subgraph("part")


def test_a_part_is_exported_imported_and_run(part: list[Graph]) -> None:
    net = network()
    arrays = arrays_for(net)
    found = net.optimize_for("part", gain=1.0)
    assert operators(found.graph) == ["_sg_part", "elemwise_add", "FullyConnected"]
    (node,) = [node for node in found.graph.nodes if node.op == "_sg_part"]
    assert operators(node.subgraphs[0]) == ["Convolution", "BatchNorm", "Activation", "BatchNorm"]
    assert node.attrs == {"gain": "1.0", "num_args": "11", "num_outputs": "2"}
    expected = run(net.graph, arrays)
    same(run(found.graph, arrays), expected, rtol=1e-6)
    back = sym.load_json(found.tojson())
    assert back.tojson() == found.tojson()
    assert sorted(back.list_inputs()) == sorted(net.list_inputs())
    assert back.infer_shape(data=DATA.shape)[1] == net.infer_shape(data=DATA.shape)[1]
    same(run(back.graph, arrays), expected, rtol=1e-6)
    assert part
    halved = run(net.optimize_for("part", gain=0.5).graph, arrays)
    assert not np.allclose(halved[0], expected[0])


@pytest.mark.parametrize("flags", [{"active": False}, {}, {"static_alloc": True}], ids=str)
@pytest.mark.parametrize("backend", ["part", "inference"])
def test_a_rewritten_model_in_a_block(part: list[Graph], flags: dict[str, bool], backend: str, tmp_path: Path) -> None:
    net = network()
    arrays = arrays_for(net)
    graph, found = apply_backend(backend, net.graph, arrays)
    sym.Symbol(graph.heads).save(tmp_path / "net-symbol.json")
    write_params(tmp_path / "net.params", {f"arg:{name}": array for name, array in found.items()})
    block = gluax.gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net.params"))
    block.hybridize(**flags)
    same([block(DATA)], run(net.graph, arrays), rtol=2e-5)


def test_gradients_pass_through_a_part(part: list[Graph]) -> None:
    net = network()
    arrays = arrays_for(net)
    graphs = net.graph, net.optimize_for("part").graph
    a, b = (jax.grad(lambda values, graph=graph: run(graph, values)[0].sum())(arrays) for graph in graphs)
    for name in arrays:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-5, err_msg=name)


def test_random_numbers_in_a_part(part: list[Graph]) -> None:
    net = sym.relu(sym.Dropout(sym.var("data"), mode="always", name="drop"))
    found = Program(partition(net.graph, lambda node: True, "part"))
    assert found.draws(training=False)
    one, two, again = (found({"data": DATA}, key=jax.random.key(seed))[0][0] for seed in (1, 2, 1))
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(one, again)


def test_a_group_may_be_refused(part: list[Graph]) -> None:
    net = network()
    asked: list[list[str]] = []

    def accept(graph: Graph) -> bool:
        asked.append(operators(graph))
        return False

    assert (
        partition(net.graph, lambda node: node.op in ("Convolution", "FullyConnected"), "part", accept=accept)
        is net.graph
    )
    assert asked == [["Convolution"], ["FullyConnected"]]


def test_options_of_a_part_are_checked(part: list[Graph]) -> None:
    with pytest.raises(AttributeParseError, match="unknown attribute 'gian'"):
        network().optimize_for("part", gian=2)
    with pytest.raises(AttributeParseError, match="attribute 'gain'"):
        network().optimize_for("part", gain="big")


def test_a_file_tells_which_part_is_missing() -> None:
    @gluax.register_subgraph("passing", select={"relu"})
    def passing(part: Any, *arrays: jax.Array) -> Any:
        return part(*arrays)

    text = sym.relu(sym.var("data")).optimize_for("passing").tojson()
    with pytest.raises(ValueError, match="'passing' is registered twice"):
        gluax.register_subgraph("passing", select={"relu"})(passing)
    with pytest.raises(ValueError, match="'_sg_mkldnn_conv' is an operator of MXNet's: choose another name"):
        gluax.register_subgraph("mkldnn_conv", select={"relu"}, replace=True)(passing)
    gluax.register_subgraph("passing", select={"exp"}, replace=True)(passing)
    assert operators(sym.exp(sym.var("data")).optimize_for("passing").graph) == ["_sg_passing"]
    unregister_subgraph("passing")
    with pytest.raises(UnsupportedOperatorError, match=r"_sg_passing: 1 .*@gluax.register_subgraph\('passing', ...\)"):
        sym.load_json(text)
    with pytest.raises(GluaxError, match="no backend 'passing'"):
        sym.relu(sym.var("data")).optimize_for("passing")


def chain(*ops: str, data: sym.Symbol | None = None) -> sym.Symbol:
    found = sym.var("data") if data is None else data
    for number, op in enumerate(ops):
        found = getattr(sym, op)(found, name=f"{op}{number}")
    return found


def diamond() -> sym.Symbol:
    """exp -> sin -> (add with exp): exp and add are selected, the path through sin is not."""
    first = chain("exp")
    return sym.exp(sym.sin(first) + first, name="last")


def crossing() -> sym.Symbol:
    """Two pairs that could each be one, but not both: each would wait for the other."""
    a1, b1 = chain("exp"), chain("log", data=sym.var("data") + 2)
    a2 = sym.exp(a1 + sym.sin(b1), name="a2")
    b2 = sym.log(b1 + 3 + sym.cos(a1), name="b2")
    return a2 + b2


@pytest.mark.parametrize(
    ("net", "selected", "groups"),
    [
        (chain("exp", "sin", "exp", "exp"), {"exp"}, [["exp0"], ["exp2", "exp3"]]),
        (diamond(), {"exp", "elemwise_add"}, [["exp0"], ["_plus0", "last"]]),
        (sym.Group([chain("exp", "exp"), chain("exp")]), {"exp"}, [["exp0", "exp1"], ["exp0"]]),
        (chain("exp", "sin"), set(), []),
    ],
    ids=["chain", "diamond", "two parts", "nothing"],
)
def test_groups(net: sym.Symbol, selected: set[str], groups: list[list[str]]) -> None:
    found = convex_groups(net.graph, lambda node: node.op in selected)
    rename = {node.name: "_plus0" for node in net.graph.nodes if node.op == "elemwise_add"}
    assert [[rename.get(node.name, node.name) for node in group] for group in found] == groups


def test_crossing_groups_make_no_cycle(part: list[Graph]) -> None:
    net = crossing()
    graph = partition(net.graph, lambda node: node.op in ("exp", "log", "elemwise_add", "_plus_scalar"), "part")
    same(run(graph, {}), run(net.graph, {}), rtol=1e-6)


@pytest.mark.parametrize("seed", range(30))
def test_any_graph_and_selection(part: list[Graph], seed: int) -> None:
    """A random graph, a random selection: the same outputs, from parts that together hold what was selected."""
    draw = random.Random(seed)
    pool = [sym.var("data")]
    for _ in range(draw.randint(3, 25)):
        pick = draw.randint(0, 2)
        if pick == 0:
            pool.append(sym.sin(draw.choice(pool)))
        elif pick == 1:
            pool.append(draw.choice(pool) + draw.choice(pool))
        else:
            pool.extend(
                sym.SliceChannel(sym.concat(draw.choice(pool), draw.choice(pool), dim=1), num_outputs=2, axis=1)
            )
    net = sym.Group(draw.sample(pool[1:], k=draw.randint(1, 3)))
    chosen = {id(node) for node in net.graph.nodes if not node.is_variable and draw.random() < 0.6}
    graph = partition(net.graph, lambda node: id(node) in chosen, "part")
    same(run(graph, {}), run(net.graph, {}), rtol=1e-5)
    inner = [op for node in graph.nodes for subgraph in node.subgraphs for op in operators(subgraph)]
    assert len(inner) == len(chosen)
    assert "_sg_part" not in inner
    same(run(sym.load_json(sym.Symbol(graph.heads).tojson()).graph, {}), run(net.graph, {}), rtol=1e-5)


# --- HybridBlock.optimize_for


def block() -> Any:
    nn = gluax.gluon.nn
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(4, 3, use_bias=False), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(3))
    net.initialize(gluax.init.Uniform(0.5))
    return net


@pytest.mark.parametrize("backend", ["default", "inference", "part"])
@pytest.mark.parametrize("flags", [{}, {"static_alloc": True, "static_shape": True}], ids=str)
def test_a_block_is_rewritten_exported_imported_and_run(
    part: list[Graph], backend: str, flags: dict[str, bool], tmp_path: Path
) -> None:
    net = block()
    data = NDArray(DATA)
    expected = net(data).asnumpy()
    net.optimize_for(data, backend=backend, **flags)
    np.testing.assert_allclose(net(data).asnumpy(), expected, rtol=1e-4, atol=1e-5)
    files = net.export(str(tmp_path / "net"), epoch=3) or (f"{tmp_path}/net-symbol.json", f"{tmp_path}/net-0003.params")
    text = Path(files[0]).read_text()
    assert ("_sg_part" in text) == (backend == "part")
    assert ("BatchNorm" in text) == (backend != "inference")
    back = gluax.gluon.SymbolBlock.imports(files[0], ["data"], files[1])
    np.testing.assert_allclose(back(data).asnumpy(), expected, rtol=1e-4, atol=1e-5)
    back.hybridize(**flags)
    np.testing.assert_allclose(back(data).asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_options_reach_a_block_s_backend(part: list[Graph]) -> None:
    net = block()
    data = NDArray(DATA)
    net.hybridize()
    whole = net(data).asnumpy()
    net.optimize_for(data, backend="part", clear=True, gain=0.0)
    bias = net.collect_params()["net_dense0_bias"].data().asnumpy()
    np.testing.assert_allclose(net(data).asnumpy(), np.broadcast_to(bias, whole.shape))
    with pytest.raises(NameLookupError, match=NOT_KNOWN):
        block().optimize_for(data, backend="nope")


def test_parameters_that_a_backend_left_alone_may_change(part: list[Graph]) -> None:
    net = block()
    data = NDArray(DATA)
    net.optimize_for(data, backend="part", static_alloc=True)
    before = net(data).asnumpy()
    bias = net.collect_params()["net_dense0_bias"]
    bias.set_data(bias.data() + 1)
    np.testing.assert_allclose(net(data).asnumpy(), before + 1, rtol=1e-5)


@pytest.mark.parametrize("flags", [{"active": False}, {}], ids=str)
def test_a_block_is_rewritten_after_it_ran(part: list[Graph], flags: dict[str, bool]) -> None:
    """MXNet rewrites what it has traced; with `clear=False` also what an earlier backend made."""
    data = NDArray(DATA)
    net = block()
    net.hybridize(**flags)
    net(data)
    net.optimize_for(data, backend="part", gain=1.0)
    net(data)
    net.optimize_for(data, backend="inference")
    with_part, whole = (operators(symbol.graph) for symbol in (net._cached_graph[1], block()(sym.var("data"))))
    assert "_sg_part" in with_part
    assert "_sg_part" not in whole
    net.optimize_for(data, backend="inference", clear=True)
    assert operators(net._cached_graph[1].graph) == ["Convolution", "Activation", "FullyConnected"]


def test_an_imported_block_is_rewritten(part: list[Graph], tmp_path: Path) -> None:
    data = NDArray(DATA)
    net = block()
    net.hybridize()
    expected = net(data).asnumpy()
    net.export(str(tmp_path / "net"))
    back = gluax.gluon.SymbolBlock.imports(f"{tmp_path}/net-symbol.json", ["data"], f"{tmp_path}/net-0000.params")
    back(data)
    back.optimize_for(data, backend="inference")
    np.testing.assert_allclose(back(data).asnumpy(), expected, rtol=1e-4, atol=1e-5)
    assert operators(back.symbol.graph) == ["Convolution", "Activation", "FullyConnected"]
