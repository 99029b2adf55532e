"""Symbol-building scenarios that run alike in MXNet and in gluax.

They use ``mx.sym``, ``mx.name``, ``mx.AttrScope``, ``mx.util.np_shape``; see `tests.oracle.scenarios`.
"""

from __future__ import annotations

import copy
import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("symbol")
scenario = SCENARIOS.add


def types(result: Any) -> Any:
    """The result of infer_type with types by name."""
    if result is None or isinstance(result, (list, tuple)):
        return None if result is None else [types(item) for item in result]
    return np.dtype(result).name


def last(symbol: Any) -> dict[str, Any]:
    """The last node of a symbol's JSON."""
    return json.loads(symbol.tojson())["nodes"][-1]


def nodes(symbol: Any) -> list[Any]:
    """All nodes of a symbol's JSON, briefly, with subgraphs."""

    def brief(graph: dict[str, Any]) -> list[Any]:
        return [
            [n["op"], n["name"], n.get("attrs", {}), n["inputs"], [brief(g) for g in n.get("subgraphs", [])]]
            for n in graph["nodes"]
        ] + [graph["heads"]]

    return brief(json.loads(symbol.tojson()))


def dense(mx: Any, data: Any, **kwargs: Any) -> Any:
    return mx.sym.FullyConnected(data, **{"num_hidden": 3, "name": "f", **kwargs})


# --- names


@scenario
def automatic_names(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.FullyConnected(a, num_hidden=1), mx.sym.Dropout(a), mx.sym.Dropout(a), mx.sym.add_n(a, b),
        mx.sym.ElementWiseSum(a, b), mx.sym.Activation(a, act_type="relu"), mx.sym.concat(a, b), mx.sym.Concat(a, b),
        mx.sym.linalg.gemm2(a, b), mx.sym.contrib.div_sqrt_dim(a), mx.sym.zeros((2,)), mx.sym.relu(a, name=""),
        mx.sym.reshape(a, (2, 3)), mx.sym.Reshape(a, shape=(2, 3)), mx.sym.flatten(a), mx.sym.Flatten(a),
    ]  # fmt: skip
    return [symbol.name for symbol in made]


@scenario
def names_of_binary_operators(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [a + b, a - b, a * b, a / b, a % b, a**b, a == b, a != b, a > b, a >= b, a < b, a <= b]
    return [[symbol.name, last(symbol)["op"], symbol.list_arguments()] for symbol in made]


@scenario
def names_of_scalar_operators(mx):
    a = mx.sym.var("a")
    made = [a + 1, 1 + a, a - 1, 1 - a, a * 2, 2 * a, a / 2, 2 / a, a % 2, 2 % a, a**2, 2**a, -a, abs(a)]
    made += [a == 1, a != 1, a > 1, a >= 1, a < 1, a <= 1, a > 1, a <= 1]
    return [[symbol.name, last(symbol)["op"], last(symbol).get("attrs")] for symbol in made]


@scenario
def scalar_texts(mx):
    a = mx.sym.var("a")
    made = [a + 1.0, a * 1e-20, a - 0.1, a + np.float32(0.1), a * np.int64(3), np.float32(2) * a, a / 3.0e10]
    return [last(symbol)["attrs"]["scalar"] for symbol in made]


@scenario
def automatic_variables(mx):
    a = mx.sym.var("a")
    made = [
        dense(mx, a), dense(mx, a, no_bias=True), dense(mx, None), mx.sym.FullyConnected(num_hidden=1),
        mx.sym.Convolution(a, kernel=(3, 3), num_filter=1, name="c"),
        mx.sym.Deconvolution(a, kernel=(3, 3), num_filter=1, name="d"),
        mx.sym.Deconvolution(a, kernel=(3, 3), num_filter=1, no_bias=False, name="d"),
        mx.sym.BatchNorm(a, name="bn"), mx.sym.SoftmaxOutput(a, name="sm"),
        mx.sym.LinearRegressionOutput(a, name="lro"), mx.sym.LeakyReLU(a, name="p"),
        mx.sym.LeakyReLU(a, act_type="prelu", name="p"), mx.sym.Activation(act_type="relu", name="act"),
        mx.sym.Embedding(a, input_dim=2, output_dim=3, name="e"), mx.sym.LayerNorm(a, name="l"),
        mx.sym.InstanceNorm(a, name="i"), mx.sym.elemwise_add(a, name="w"), mx.sym.dot(rhs=a, name="w"),
        mx.sym.where(a, name="wh"), mx.sym.broadcast_add(name="ba"),
    ]  # fmt: skip
    return [[symbol.list_arguments(), symbol.list_auxiliary_states()] for symbol in made]


@scenario
def recurrent_variables(mx):
    made = []
    for mode in ("rnn_relu", "gru", "lstm"):
        for state_outputs in (False, True):
            r = mx.sym.RNN(
                mx.sym.var("a"), state_size=2, num_layers=1, mode=mode, name="r", state_outputs=state_outputs
            )
            made.append([r.list_arguments(), r.list_outputs(), len(r)])
    return made


@scenario
def variadic_variables(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.Concat(a, b, name="cc"), mx.sym.Concat(num_args=2, name="cc"), mx.sym.Concat(a, num_args=2, name="cc"),
        mx.sym.Concat(arg0=a, arg1=b, num_args=2, name="cc"), mx.sym.Concat(*[a, b, a], name="cc"),
        mx.sym.add_n(num_args=3, name="n"), mx.sym.stack(a, b, axis=1, name="s"),
    ]  # fmt: skip
    return [[symbol.list_arguments(), last(symbol)] for symbol in made]


@scenario
def multiple_outputs(mx):
    a = mx.sym.var("a")
    made = [
        mx.sym.SliceChannel(a, num_outputs=3, name="slice"), mx.sym.split(a, num_outputs=2, name="s"),
        mx.sym.SliceChannel(a, num_outputs=1, name="one"), mx.sym.BatchNorm(a, name="bn"),
        mx.sym.BatchNorm(a, name="bn", output_mean_var=True), mx.sym.Dropout(a, name="d"),
        mx.sym.LRN(a, nsize=3, name="lrn"), mx.sym.topk(a, k=2, ret_typ="both", name="t"),
        mx.sym.topk(a, k=2, name="t"), mx.sym.LayerNorm(a, name="ln"),
        mx.sym.LayerNorm(a, name="ln", output_mean_var=True), mx.sym.SoftmaxOutput(a, name="sm"),
        mx.sym.Pooling(a, kernel=(2, 2), name="p"), mx.sym.moments(a, axes=(0,), name="m"),
    ]  # fmt: skip
    return [[symbol.list_outputs(), len(symbol), symbol.get_internals().list_outputs()] for symbol in made]


@scenario
def picking_outputs(mx):
    s = mx.sym.SliceChannel(mx.sym.var("a"), num_outputs=3, name="slice")
    return [
        s[1].name, s[1].list_outputs(), len(s[1]), s["slice_output2"].list_outputs(), s[0:2].list_outputs(),
        s[1:].list_outputs(), [part.list_outputs() for part in s], s[2].attr("_value_index"), repr(s[1]),
    ]  # fmt: skip


@scenario
def picking_errors(mx):
    s = mx.sym.SliceChannel(mx.sym.var("a"), num_outputs=3, name="slice")
    wrong = [5, -1, "nope", "slice", 1.0, slice(3, None), None]
    return [raised(lambda index=index: s[index]) for index in wrong]


@scenario
def duplicate_names(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    group = mx.sym.Group([mx.sym.relu(a, name="x"), mx.sym.relu(b, name="x")])
    return [group.list_outputs(), raised(lambda: group["x_output"]), group.get_internals()["b"].list_outputs()]


@scenario
def internals_order(mx):
    data = mx.sym.var("data")
    bn = mx.sym.BatchNorm(dense(mx, data), name="bn")
    net = mx.sym.SoftmaxOutput(bn + mx.sym.BatchNorm(data, name="bn2"), name="sm")
    internals = net.get_internals()
    return [
        internals.list_outputs(), internals["f_output"].list_arguments(), internals["data"].name, internals.name,
        net.list_arguments(), net.list_auxiliary_states(), net.list_inputs(), len(internals),
    ]  # fmt: skip


@scenario
def children(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    s = mx.sym.SliceChannel(a + b, num_outputs=2, name="s")
    made = [a + b, a + a, s, s[1], mx.sym.Group([a + b, mx.sym.relu(a)]), mx.sym.Group([a, a + b])]
    leaves = [a, mx.sym.Group([a, b]), mx.sym.zeros((2,))]
    return [[m.get_children().list_outputs() for m in made], [leaf.get_children() for leaf in leaves]]


@scenario
def shared_and_repeated_nodes(mx):
    a = mx.sym.var("a")
    x = mx.sym.relu(a, name="x")
    net = x * x + mx.sym.var("a")
    return [
        net.list_arguments(),
        net.get_internals().list_outputs(),
        nodes(net),
        mx.sym.Group([a, x, a]).list_outputs(),
    ]


@scenario
def representations(mx):
    a, f = mx.sym.var("a"), dense(mx, mx.sym.var("d"))
    s = mx.sym.SliceChannel(a, num_outputs=2, name="s")
    made = [a, f, mx.sym.Group([a, f]), mx.sym.Group([a]), s, s[0], mx.sym.Group([s, a]), f.get_internals()]
    return [[repr(symbol), symbol.name] for symbol in made]


@scenario
def prefixes(mx):
    with mx.name.Prefix("p_"):
        x = mx.sym.var("x")
        y = mx.sym.FullyConnected(x, num_hidden=1, name="fc")
        z = mx.sym.FullyConnected(x, num_hidden=1)
        w = x + 1
    return [y.list_arguments(), z.list_outputs(), w.name, mx.name.Prefix("q_").get(None, "h"), (w + 1).name]


@scenario
def name_managers(mx):
    manager = mx.name.NameManager()
    got = [manager.get(None, "x"), manager.get("y", "x"), manager.get("", "x"), manager.get(None, "x")]
    with manager:
        inner = [mx.sym.relu(mx.sym.var("a")).name, manager.get(None, "relu")]
        with mx.name.NameManager():
            inner.append(mx.sym.relu(mx.sym.var("a")).name)
        inner.append(mx.sym.relu(mx.sym.var("a")).name)
    return got, inner, manager._counter


@scenario
def current_name_manager(mx):
    def use():
        before = mx.name.NameManager.current
        mx.name.NameManager.current = mx.name.Prefix("q_")
        name = mx.sym.relu(mx.sym.var("a")).name
        mx.name.NameManager.current = before
        return name

    result, caught = warned(use)
    return result, [category for category, _ in caught]


@scenario
def current_attr_scope(mx):
    def use():
        scope = mx.AttrScope.current
        mx.AttrScope.current = scope
        return type(scope).__name__

    result, caught = warned(use)
    return result, [category for category, _ in caught]


# --- attributes


@scenario
def variable_attributes(mx):
    class Initializer:
        def dumps(self):
            return '["xavier", {"magnitude": 3}]'

    made = [
        mx.sym.var("x", shape=(2, 3), dtype="float16", init="zeros", lr_mult=2, wd_mult=0.5, stype="default"),
        mx.sym.var("x", attr={"a": "b", "lr_mult": "3"}, __foo__="bar", __number__=1),
        mx.sym.Variable("x", init=Initializer(), dtype=np.int64, shape=(3, 0)),
        mx.sym.var("x", shape=[1, 2]), mx.sym.var("x", shape=3), mx.sym.var("x", shape=(5,)),
        mx.sym.var("x", stype="row_sparse"), mx.sym.var("x", stype="csr"), mx.sym.var("x", shape=()),
        mx.sym.var(name="y", dtype="float32", lr_mult=1.0),
    ]  # fmt: skip
    return [[symbol.list_attr(), symbol.tojson()] for symbol in made]


@scenario
def variable_errors(mx):
    wrong = [
        lambda: mx.sym.var(3), lambda: mx.sym.var("x", foo="bar"), lambda: mx.sym.var("x", attr={"a": 1}),
        lambda: mx.sym.var("x", dtype="nope"), lambda: mx.sym.var("x", stype="nope"),
        lambda: mx.sym.var("x", force_mirroring="1"), lambda: mx.sym.var("x", init=3),
    ]  # fmt: skip
    return [raised(function) for function in wrong]


@scenario
def hidden_keys(mx):
    a = mx.sym.var("a")
    f = dense(mx, a, ctx_group="dev1", attr={"force_mirroring": "True", "wd_mult": "3"}, lr_mult=1)
    keys = ["ctx_group", "__ctx_group__", "lr_mult", "__lr_mult__", "wd_mult", "force_mirroring", "mirror_stage"]
    keys += ["weight_lr_mult", "nope", "num_hidden", "name", "_value_index"]
    return f.list_attr(), {key: f.attr(key) for key in keys}, f.attr_dict(), f.tojson()


@scenario
def suffixed_hidden_key(mx):
    return raised(lambda: dense(mx, mx.sym.var("a"), weight_lr_mult=1))


@scenario
def inherited_attributes(mx):
    f = dense(mx, mx.sym.var("a"), attr={"__mood__": "so so"})
    bn = mx.sym.BatchNorm(f, name="bn", fix_gamma=False, attr={"__mood__": "good"})
    return bn.attr_dict(), bn.tojson()


@scenario
def initializers_of_variables(mx):
    mean, variance = mx.sym.var("mean"), mx.sym.var("variance", init="one")
    bn = mx.sym.BatchNorm(mx.sym.var("d"), moving_mean=mean, moving_var=variance, name="bn")
    prelu = mx.sym.LeakyReLU(mx.sym.var("d"), act_type="prelu", name="p")
    return mean.list_attr(), bn.attr_dict(), prelu.attr_dict()


@scenario
def attribute_scopes(mx):
    with mx.AttrScope(__data__="great", group="4", lr_mult="7"):
        d, e = mx.sym.var("d"), mx.sym.var("e", attr={"__data__": "x"}, lr_mult=3)
    with mx.AttrScope(__a__="1", __b__="2"):
        with mx.AttrScope(__b__="3"):
            n = mx.sym.var("n") + 1
        o = mx.sym.relu(n, attr={"__b__": "4"})
    return [symbol.list_attr() for symbol in (d, e, n, o, mx.sym.relu(o))], n.attr_dict()


@scenario
def attribute_scope_errors(mx):
    def unknown():
        with mx.AttrScope(unknown="x"):
            dense(mx, mx.sym.var("a"))

    return raised(lambda: mx.AttrScope(x=1)), raised(unknown)


@scenario
def set_attribute(mx):
    a, f = mx.sym.var("a"), dense(mx, mx.sym.var("d"))
    a._set_attr(lr_mult="4", __x__="y")
    wrong = [
        lambda: f._set_attr(nope="1"), lambda: f._set_attr(__x__=1),
        lambda: mx.sym.Group([a, f])._set_attr(__x__="1"),
    ]  # fmt: skip
    f._set_attr(__x__="z")
    return a.list_attr(), f.list_attr(), [raised(function) for function in wrong]


@scenario
def attributes_of_groups(mx):
    group = mx.sym.Group([mx.sym.var("a", lr_mult=1), mx.sym.var("b")])
    return group.attr("lr_mult"), group.list_attr(), group.attr_dict(), group.attr("name")


@scenario
def recursive_list_attr(mx):
    return raised(lambda: mx.sym.var("a").list_attr(recursive=True))


@scenario
def attribute_texts(mx):
    a = mx.sym.var("a")
    made = [
        mx.sym.Convolution(a, kernel=(3, 3), num_filter=np.int64(8), stride=[2, 2], pad=(1, 1), name="c"),
        mx.sym.Convolution(a, kernel=3, num_filter=1, no_bias=True, layout=None),
        mx.sym.Dropout(a, p=0.5, axes=(1,)), mx.sym.LeakyReLU(a, slope=np.float32(0.1)),
        mx.sym.Cast(a, dtype=np.float16), mx.sym.cast(a, dtype="int32"), mx.sym.softmax(a, dtype=None),
        mx.sym.sum(a, axis=(), keepdims=1), mx.sym.slice(a, begin=(0, None), end=(None, 2)),
        mx.sym.Reshape(a, shape=(np.int64(2), -1)), mx.sym.transpose(a, axes=[1, 0]), mx.sym.squeeze(a, axis=None),
        mx.sym.clip(a, 0, 1.5), mx.sym.one_hot(a, depth=3, dtype="uint8"),
    ]  # fmt: skip
    return [last(symbol) for symbol in made]


# --- JSON, copies


@scenario
def json_text_of_a_network(mx):
    data = mx.sym.var("data", shape=(0, 3, 8, 8))
    x = mx.sym.Convolution(data, kernel=(3, 3), num_filter=4, pad=(1, 1), no_bias=True, name="conv")
    x = mx.sym.BatchNorm(x, fix_gamma=False, name="bn")
    x = mx.sym.Activation(x, act_type="relu", name="act")
    x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool")
    x = mx.sym.concat(x, x, dim=1) * 2
    x = mx.sym.SliceChannel(x, num_outputs=2, name="slice")
    x = mx.sym.FullyConnected(x[1] + x[0], num_hidden=10, name="fc")
    return mx.sym.Group([mx.sym.SoftmaxOutput(x, name="softmax"), mx.sym.BlockGrad(x)]).tojson()


@scenario
def json_of_loaded_equals_json(mx):
    text = json_text_of_a_network(mx)
    loaded = mx.sym.load_json(text)
    return [loaded.tojson() == text, loaded.list_arguments(), loaded.list_auxiliary_states(), loaded.list_outputs()]


@scenario
def copies(mx):
    f = dense(mx, mx.sym.var("a"))
    made = [copy.copy(f), copy.deepcopy(f), pickle.loads(pickle.dumps(f))]
    made[0]._set_attr(__x__="1")
    return [[symbol.name, symbol.list_attr()] for symbol in made], f.list_attr(), made[1].tojson() == f.tojson()


@scenario
def save_and_load(mx):
    f = dense(mx, mx.sym.var("a"))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "f-symbol.json")
        f.save(path)
        return Path(path).read_text() == f.tojson(), mx.sym.load(path).tojson() == f.tojson()


@scenario
def entry_versions(mx):
    a = mx.sym.var("a")
    bn = mx.sym.BatchNorm(a, name="bn")
    shared = mx.sym.BatchNorm(bn, moving_mean=bn.get_internals()["bn_moving_mean"], name="bn2")
    mean = mx.sym.var("mean")
    after = mx.sym.BatchNorm(a, moving_mean=mean, name="c1") + mean
    loaded = mx.sym.load_json(shared.tojson())
    again = mx.sym.BatchNorm(a, moving_mean=loaded.get_internals()["bn_moving_mean"], name="q")
    return nodes(shared), nodes(after), nodes(loaded), nodes(again)


@scenario
def entry_versions_of_copies(mx):
    bn = mx.sym.BatchNorm(mx.sym.var("a"), name="bn")
    composed = bn(bn_moving_mean=mx.sym.var("m"))
    copied = copy.copy(bn).get_internals()["bn_moving_var"]
    return nodes(composed), nodes(mx.sym.BatchNorm(mx.sym.var("a"), moving_var=copied, name="w"))


@scenario
def auxiliary_state_must_be_a_variable(mx):
    a = mx.sym.var("a")
    return raised(lambda: mx.sym.BatchNorm(a, moving_mean=a + 1))


@scenario
def amp_casts_are_left_out(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    x = mx.sym.relu(mx.sym.amp_cast(a, dtype="float16"), name="r")
    m = mx.sym.amp_multicast(a, b, num_outputs=2, name="m")
    net = mx.sym.Group([x, m[1] + m[0]])
    return [nodes(net), json.loads(net.tojson(remove_amp_cast=False))["nodes"]]


@scenario
def json_of_mxnet_0_8(mx):
    def entry(op, name, inputs, param=None, attr=None):
        return {"op": op, "param": param or {}, "name": name, "inputs": inputs, "backward_source_id": -1} | (
            {"attr": attr} if attr else {}
        )

    text = json.dumps(
        {
            "nodes": [
                entry("null", "data", []),
                entry("null", "fc_weight", [], attr={"lr_mult": "2"}),
                entry("null", "fc_bias", []),
                entry("FullyConnected", "fc", [[0, 0], [1, 0], [2, 0]], {"num_hidden": "4", "no_bias": "False"}),
                entry("null", "bn_gamma", []),
                entry("null", "bn_beta", []),
                entry("BatchNorm", "bn", [[3, 0], [4, 0], [5, 0]], {"eps": "0.001"}, {"ctx_group": "dev"}),
                entry("argmax", "am", [[6, 0]], {"axis": "-1"}),
            ],
            "arg_nodes": [0, 1, 2, 4, 5],
            "heads": [[7, 0]],
        }
    )
    loaded = mx.sym.load_json(text)
    return loaded.list_inputs(), loaded.list_auxiliary_states(), loaded.attr_dict(), loaded.tojson()


@scenario
def several_outputs_as_input(mx):
    s = mx.sym.SliceChannel(mx.sym.var("a"), num_outputs=2, name="s")
    wrong = [lambda: s + 1, lambda: mx.sym.relu(s), lambda: s + s, lambda: mx.sym.concat(s, s), lambda: s.sum()]
    return [raised(function) for function in wrong], (s[0] + s[1]).list_arguments(), nodes(mx.sym.concat(*s, name="c"))


@scenario
def loading_errors(mx):
    text = dense(mx, mx.sym.var("a")).tojson()
    wrong = [
        lambda: mx.sym.load("no-such-file-symbol.json"), lambda: mx.sym.load_json(3), lambda: mx.sym.load(3),
        lambda: mx.sym.load_json(text.replace("FullyConnected", "Foo")), lambda: mx.sym.var("a").save(3),
        lambda: mx.sym.load_json(text.replace("num_hidden", "nope")),
    ]  # fmt: skip
    return [raised(function) for function in wrong]


# --- composition


@scenario
def compose_by_keyword(mx):
    f, act = dense(mx, mx.sym.var("a")), mx.sym.Activation(mx.sym.var("z"), act_type="relu", name="r")
    b = mx.sym.var("b")
    named = act(z=f, name="zz")
    group = mx.sym.Group([f, act])
    return [
        f(a=b).list_arguments(), f.list_arguments(), nodes(named), act.name, act(name="q").name,
        group(a=b, z=b).list_arguments(), group(a=b, name="q").list_outputs(), f(a=b, f_weight=b + 1).list_arguments(),
        mx.sym.Group([b, b + 1])(b=mx.sym.var("c")).list_outputs(), b(mx.sym.var("c")).list_outputs(),
    ]  # fmt: skip


@scenario
def composition_errors(mx):
    f, b = dense(mx, mx.sym.var("a")), mx.sym.var("b")
    wrong = [
        lambda: f(b), lambda: f(b, f_weight=b), lambda: f(3), lambda: f(a=3), lambda: f(nope=b),
        lambda: f(a=mx.sym.Group([b, b])), lambda: b(b=f), lambda: f(data=b),
    ]  # fmt: skip
    return [raised(function) for function in wrong]


@scenario
def operator_errors(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    wrong = [
        lambda: mx.sym.FullyConnected(a, num_hidden=3, foo=1), lambda: mx.sym.FullyConnected(a),
        lambda: mx.sym.Activation(a, act_type="foo"), lambda: mx.sym.FullyConnected(3, num_hidden=3),
        lambda: mx.sym.Concat(a, 3), lambda: mx.sym.Concat([a, b]), lambda: mx.sym.relu(a, data=b),
        lambda: mx.sym.Activation(foo=a, act_type="relu"), lambda: mx.sym.FullyConnected(a, foo=b, num_hidden=1),
        lambda: mx.sym.relu(mx.sym.Group([a, b])), lambda: mx.sym.Concat(mx.sym.Group([a, b]), a),
        lambda: mx.sym.FullyConnected(a, b, b, num_hidden=3, no_bias=True),
        lambda: mx.sym.Convolution(a, kernel="x", num_filter=1), lambda: mx.sym.FullyConnected(a, num_hidden="x"),
        lambda: mx.sym.NoSuchOperator(a), lambda: mx.sym._plus_scalar(a), lambda: a + "x", lambda: a + None,
        lambda: a.reshape(2, 3), lambda: a.reshape(2, shape=(3,)),
    ]  # fmt: skip
    return [raised(function) for function in wrong]


@scenario
def groups(mx):
    a, f = mx.sym.var("a"), dense(mx, mx.sym.var("d"))
    s = mx.sym.SliceChannel(a, num_outputs=2, name="s")
    group = mx.sym.Group([f, s, mx.sym.Group([a, f])])
    wrong = [
        lambda: mx.sym.Group([]), lambda: mx.sym.Group([1]), lambda: mx.sym.Group(a), lambda: mx.sym.Group(None),
        lambda: mx.sym.Group([a, None]),
    ]  # fmt: skip
    return group.list_outputs(), len(group), group[2].list_outputs(), [raised(function) for function in wrong]


@scenario
def python_protocols(mx):
    a = mx.sym.var("a")

    def add_in_place():
        x = a
        x += 1

    def divide_in_place():
        x = a
        x /= 2

    def set_attribute():
        a.foo = 1

    methods = ["asnumpy", "asscalar", "wait_to_read", "copy", "as_in_context", "detach", "backward"]
    wrong = [lambda: bool(a), lambda: hash(a), add_in_place, divide_in_place, set_attribute, lambda: a.foo]
    return [raised(function) for function in wrong + [getattr(a, name) for name in methods]]


# --- functions and methods


@scenario
def fluent_methods(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        a.reshape((2, 3)), a.reshape(shape=(2, 3)), a.reshape([2, 3]), a.reshape((2, -1), reverse=True),
        a.astype("float16"), a.astype(np.int32), a.flatten(), a.flatten(inplace=True), a.expand_dims(1),
        a.expand_dims(axis=0), a.squeeze(), a.squeeze(axis=(1, 2)), a.diag(), a.split_v2(2), a.transpose((1, 0)),
        a.transpose(), a.sum(axis=1, keepdims=True), a.mean((0, 1)), a.max(1), a.min(), a.prod(),
        a.slice_axis(axis=0, begin=1, end=None), a.slice((0, None), (None, 2)), a.norm(), a.one_hot(3), a.take(b),
        a.swapaxes(0, 1), a.clip(0, 1), a.pad(mode="constant", pad_width=(0, 0, 0, 1)), a.topk(k=2, ret_typ="both"),
        a.split(2), a.slice_like(b), a.broadcast_to((2, 3)), a.broadcast_like(b), a.tile((2,)), a.repeat(2),
        a.softmax(), a.log_softmax(axis=1), a.relu(), a.sigmoid(), a.exp(), a.sqrt(), a.pick(b), a.argmax(axis=1),
        a.argsort(), a.sort(), a.flip(axis=0), a.abs(), a.sign(), a.round(), a.zeros_like(), a.ones_like(),
        a.shape_array(), a.size_array(), a.reshape_like(b), a.depth_to_space(2), a.nansum(), a.square(), a.cbrt(),
    ]  # fmt: skip
    return [last(symbol) for symbol in made]


@scenario
def creation_functions(mx):
    made = [
        mx.sym.zeros((2, 3)), mx.sym.zeros(3), mx.sym.ones((2,), dtype="int32"), mx.sym.full((2,), 3),
        mx.sym.arange(5), mx.sym.arange(1, 5, 2, name="q", dtype="int32"), mx.sym.eye(3), mx.sym.eye(2, 3, k=1),
        mx.sym.linspace(0, 1, 5), mx.sym.zeros((2,), name="z"), mx.sym.ones((2,), attr={"__x__": "y"}),
    ]  # fmt: skip
    return [last(symbol) for symbol in made]


@scenario
def helper_functions(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.maximum(a, b), mx.sym.maximum(a, 1), mx.sym.maximum(1, a), mx.sym.minimum(a, b), mx.sym.minimum(2, a),
        mx.sym.hypot(a, b), mx.sym.hypot(a, 1), mx.sym.pow(a, 2), mx.sym.pow(2, a), mx.sym.power(a, b),
        mx.sym.histogram(a, bins=5, range=(0, 1)), mx.sym.histogram(a, bins=b),
        mx.sym.split_v2(a, 2), mx.sym.split_v2(a, (1, 3), axis=1),
    ]  # fmt: skip
    plain = [mx.sym.maximum(1, 2), mx.sym.minimum(1, 2), mx.sym.pow(2, 3)]
    return [last(symbol) for symbol in made], plain, raised(lambda: mx.sym.maximum("a", "b"))


@scenario
def random_functions(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.random.uniform(0, 1, (2,)), mx.sym.random.uniform(a, b), mx.sym.random.normal(a, b, shape=(2,)),
        mx.sym.random.normal(loc=1, scale=2, shape=(2, 3), dtype="float16"), mx.sym.random.randn(2, 3),
        mx.sym.random.gamma(a, b), mx.sym.random.exponential(4), mx.sym.random.exponential(2.0, shape=(1,)),
        mx.sym.random.poisson(3), mx.sym.random.negative_binomial(2, 0.5),
        mx.sym.random.generalized_negative_binomial(2, 0.5), mx.sym.random.multinomial(a),
        mx.sym.random.shuffle(a), mx.sym.random.randint(0, 5, shape=(2,)), mx.sym.uniform(0, 1, shape=(2,)),
        mx.sym.random_uniform(0, 1, shape=(2,)), mx.sym.random.uniform(0, 1, (2,), name="u"),
    ]  # fmt: skip
    return [last(symbol) for symbol in made], raised(lambda: mx.sym.random.uniform(a, 1))


@scenario
def namespaces(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.linalg.gemm2(a, b), mx.sym.linalg_gemm2(a, b), mx.sym.contrib.div_sqrt_dim(a), mx.sym.op.relu(a),
        mx.sym.image.to_tensor(a), mx.sym.random.normal_like(a), mx.sym.sparse.dot(a, b),
        mx.sym._internal._plus_scalar(a, scalar=1), mx.sym.image.normalize(a, mean=(0.5,), std=(1,)),
    ]  # fmt: skip
    wrong = [lambda: mx.sym._plus, lambda: mx.sym.linalg.relu, lambda: mx.sym.contrib.relu, lambda: mx.sym.op._plus]
    return [last(symbol) for symbol in made], [raised(function) for function in wrong]


@scenario
def positional_attributes(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    made = [
        mx.sym.transpose(a, (1, 0)), mx.sym.expand_dims(a, 1), mx.sym.clip(a, 0, 1), mx.sym.sum(a, 1, True),
        mx.sym.slice_axis(a, 0, 1, 2), mx.sym.take(a, b, 1, "wrap"), mx.sym.one_hot(a, 3, 1.0, 0.0, "int32"),
        mx.sym.SwapAxis(a, 0, 1), mx.sym.dot(a, b, True, False), mx.sym.Embedding(a, b, 3, 4, "float16"),
        mx.sym.FullyConnected(a, b, None, 3, True), mx.sym.Dropout(a, 0.3, "always"), mx.sym.softmax(a, None, 1),
        mx.sym.L2Normalization(a, 1e-5, "channel"), mx.sym.topk(a, 1, 3, "value"), mx.sym.repeat(a, 2, 1),
        mx.sym.tile(a, (2, 2)), mx.sym.where(a, b, a), mx.sym.Activation(a, "tanh"), mx.sym.slice(a, (0,), (1,)),
    ]  # fmt: skip
    return [last(symbol) for symbol in made]


@scenario
def dense_signature(mx):
    import inspect

    return [str(inspect.signature(f)) for f in (mx.sym.FullyConnected, mx.sym.Activation, mx.sym.dot)]


# --- control flow


@scenario
def foreach(mx):
    data, state, w = mx.sym.var("data"), mx.sym.var("state"), mx.sym.var("w")
    out, states = mx.sym.contrib.foreach(lambda x, s: (x * w + s[0], [s[0] * 2]), data, [state])
    net = mx.sym.Group([out, *states])
    return nodes(net), net.list_outputs(), net.list_arguments()


@scenario
def foreach_cuts_results_from_outside(mx):
    h = mx.sym.SliceChannel(mx.sym.var("b"), num_outputs=2, name="h")
    a, data = mx.sym.var("a"), mx.sym.var("data") + 1
    out, state = mx.sym.contrib.foreach(lambda x, s: (x * h[0] + h[1] * h[0] + a, [s[0]]), data, [mx.sym.var("s")])
    return nodes(mx.sym.Group([out, *state])), nodes(out + a)


@scenario
def foreach_without_lists_and_nested(mx):
    def body(x, state):
        return mx.sym.contrib.foreach(lambda y, inner: (y + inner, inner), x, state)

    out, state = mx.sym.contrib.foreach(body, mx.sym.var("data"), mx.sym.var("s"))
    return nodes(mx.sym.Group([out, state]))


@scenario
def foreach_structures(mx):
    a, b, s, t = (mx.sym.var(name) for name in "abst")
    out, states = mx.sym.contrib.foreach(
        lambda x, st: ([x[0] + st[0], [x[1] * st[1][0]]], [st[0] + 1, [st[1][0]]]), [a, b], [s, [t]]
    )
    shape = [len(out), len(out[1]), len(states), len(states[1])]
    return shape, nodes(mx.sym.Group([out[0], out[1][0], states[0], states[1][0]]))


@scenario
def while_loop(mx):
    a = mx.sym.var("a")
    outputs, states = mx.sym.contrib.while_loop(
        lambda i, s: i < 5, lambda i, s: ([i + s], [i + 1, s + i * a]), [mx.sym.var("i"), mx.sym.var("s")],
        max_iterations=10,
    )  # fmt: skip
    return nodes(mx.sym.Group(outputs + states)), len(outputs), len(states)


@scenario
def while_loop_reads_from_outside(mx):
    h = mx.sym.relu(mx.sym.var("b"), name="h")
    a = mx.sym.var("a")
    outputs, states = mx.sym.contrib.while_loop(
        lambda i: i * a < h, lambda i: (i * h + a, i + 1), [mx.sym.var("i")], max_iterations=3
    )
    return [isinstance(outputs, list), isinstance(states, list), nodes(mx.sym.Group([outputs, states[0]]))]


@scenario
def cond(mx):
    a, b = mx.sym.var("a"), mx.sym.var("b")
    out = mx.sym.contrib.cond(a < b, lambda: (a + 5) * (b + 5), lambda: (a - 5) * (b - 5))
    return nodes(out), out.name, out.list_outputs()


@scenario
def cond_reads_from_outside(mx):
    h, a = mx.sym.relu(mx.sym.var("b"), name="h"), mx.sym.var("a")
    outputs = mx.sym.contrib.cond(mx.sym.sum(a, name="p"), lambda: [h, a + 1], lambda: [a, h * 2])
    return nodes(mx.sym.Group(outputs))


@scenario
def control_flow_errors(mx):
    c, a = mx.sym.contrib, mx.sym.var("a")
    wrong = [
        lambda: c.foreach(lambda x, s: (s[0], [s[0]]), a, [mx.sym.var("s")]),
        lambda: c.foreach(lambda x, s: (x, [s[0], s[0]]), a, [mx.sym.var("s")]),
        lambda: c.foreach(lambda x, s: (x, s), 3, [mx.sym.var("s")]),
        lambda: c.while_loop(lambda i: i < 5, lambda i: (i, i), [], max_iterations=1),
        lambda: c.while_loop(lambda i: i < 5, lambda i: (i, i), [a]),
        lambda: c.while_loop(lambda i: 3, lambda i: (i, i), [a], max_iterations=3),
        lambda: c.cond(a, lambda: [a, a], lambda: a),
    ]  # fmt: skip
    return [raised(function) for function in wrong]
