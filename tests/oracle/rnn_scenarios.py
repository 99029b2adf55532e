"""Scenarios of `mx.rnn`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import contextlib
import io
import json
import random
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("rnn")
scenario = SCENARIOS.add

LENGTH, HIDDEN = 2, 3


def graph(symbol: Any) -> list[str]:
    """A line for each node of the graph: operator, name, attributes, inputs."""
    found = json.loads(symbol.tojson())
    lines = []
    for node in found["nodes"]:
        attributes = " ".join(f"{key}={value}" for key, value in sorted(node.get("attrs", {}).items()))
        lines.append(f"{node['op']} {node['name']} {attributes} {[entry[:2] for entry in node['inputs']]}")
    return [*lines, str([head[:2] for head in found["heads"]])]


def facts(
    mx: Any, cell: Any, layout: str = "NTC", merge: Any = None, listed: bool = False, length: int = LENGTH
) -> Any:
    """The cell unrolled, its states, and the shapes that follow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs = [mx.sym.Variable(f"x{n}") for n in range(length)] if listed else mx.sym.Variable("x")
        outputs, states = cell.unroll(length, inputs, layout=layout, merge_outputs=merge)
    flat = [each for state in states for each in (state if isinstance(state, list) else [state])]
    grouped = mx.sym.Group([*(outputs if isinstance(outputs, list) else [outputs]), *flat])
    shape = (4, length, 5) if layout == "NTC" else (length, 4, 5)
    shapes = {f"x{n}": (4, 5) for n in range(length)} if listed else {"x": shape}
    arguments, results, _ = grouped.infer_shape(**shapes)
    return [isinstance(outputs, list), graph(grouped), dict(zip(grouped.list_arguments(), arguments)), results]


def plain(mx: Any) -> list[Any]:
    return [
        mx.rnn.RNNCell(HIDDEN, activation="relu"),
        mx.rnn.LSTMCell(HIDDEN, forget_bias=2.0),
        mx.rnn.GRUCell(HIDDEN, prefix="g_"),
    ]


@scenario
def one_step(mx):
    found = []
    for cell in plain(mx):
        output, states = cell(mx.sym.Variable("x"), cell.begin_state(func=mx.sym.Variable))
        second, _ = cell(output, states)
        found += [graph(second), cell.state_info, cell.state_shape, sorted(cell.params._params), cell._own_params]
        found += [
            raised(lambda cell=cell: cell.unroll(2, None)),
            raised(lambda cell=cell: cell.unroll(3, [mx.sym.Variable("x")])),
        ]
    return found


@scenario
def unrolled(mx):
    ways = [
        {},
        {"merge": True},
        {"merge": False, "layout": "TNC"},
        {"listed": True},
        {"listed": True, "merge": True, "layout": "TNC"},
    ]
    return [facts(mx, cell, **way) for cell in plain(mx)[1:2] for way in ways] + [facts(mx, cell) for cell in plain(mx)]


@scenario
def fused(mx):
    found = []
    for mode in ("rnn_relu", "lstm", "gru"):
        cell = mx.rnn.FusedRNNCell(HIDDEN, 2, mode, get_next_state=mode != "gru", dropout=0.25)
        found += [facts(mx, cell), facts(mx, cell, "TNC", False), facts(mx, cell, "TNC", listed=True), cell.state_info]
    both = mx.rnn.FusedRNNCell(HIDDEN, 2, "lstm", bidirectional=True, dropout=0.5, prefix="f_")
    found += [facts(mx, both, "TNC"), facts(mx, both.unfuse(), "TNC"), facts(mx, cell.unfuse(), "NTC", True)]
    return [
        *found,
        raised(lambda: both(mx.sym.Variable("x"), [])),
        raised(lambda: both.unroll(2, mx.sym.Variable("x"), layout="NCT")),
    ]


@scenario
def convolutional(mx):
    random, found = np.random.RandomState(6), []
    for kind in (mx.rnn.ConvRNNCell, mx.rnn.ConvLSTMCell, mx.rnn.ConvGRUCell):
        cell = kind((1, 2, 5, 6), 3, i2h_kernel=(3, 2), i2h_pad=(1, 0), h2h_kernel=(3, 5), activation="tanh")
        outputs, states = cell.unroll(2, [mx.sym.Variable(f"x{step}") for step in range(2)])
        group = mx.sym.Group([*outputs, *states])
        found += [graph(group), [str(info) for info in cell.state_info]]
        shapes = dict(zip(group.list_arguments(), group.infer_shape(x0=(1, 2, 5, 6), x1=(1, 2, 5, 6))[0]))
        arrays = {name: mx.nd.array(random.normal(size=shape)) for name, shape in shapes.items()}
        values = group.bind(mx.cpu(), arrays).forward()
        found.append([[float(f"{value:.4g}") for value in array.asnumpy().ravel()[:5]] for array in values])
        found.append(sorted(cell.unpack_weights(arrays)))
    leaky = mx.rnn.ConvLSTMCell((1, 2, 5, 6), 3, prefix="p_")
    found.append(graph(mx.sym.Group(leaky(mx.sym.Variable("x"), leaky.begin_state())[1])))
    return [*found, raised(lambda: mx.rnn.ConvGRUCell((1, 2, 5, 6), 3, h2h_kernel=(2, 3)))]


@scenario
def stacks(mx):
    stack = mx.rnn.SequentialRNNCell()
    for cell in (mx.rnn.LSTMCell(HIDDEN, prefix="a_"), mx.rnn.DropoutCell(0.5), mx.rnn.GRUCell(HIDDEN, prefix="b_")):
        stack.add(cell)
    found = [facts(mx, stack), facts(mx, stack, merge=True), facts(mx, stack, listed=True), stack.state_info]
    found.append(graph(stack(mx.sym.Variable("x"), stack.begin_state())[0]))
    left, right = mx.rnn.LSTMCell(HIDDEN, prefix="l_"), mx.rnn.FusedRNNCell(HIDDEN, prefix="r_")
    for merge in (None, True, False):
        pair = mx.rnn.BidirectionalCell(mx.rnn.GRUCell(HIDDEN, prefix="l_"), mx.rnn.RNNCell(HIDDEN, prefix="r_"))
        found.append(facts(mx, pair, merge=merge))
    found.append(facts(mx, mx.rnn.BidirectionalCell(left, right, output_prefix="o_"), "TNC"))
    shared = mx.rnn.RNNParams("s_")
    pair = [mx.rnn.RNNCell(HIDDEN, params=shared, prefix=prefix) for prefix in ("p_", "q_")]
    found += [graph(mx.sym.Group([cell(mx.sym.Variable("x"), cell.begin_state())[0] for cell in pair]))]
    found += [raised(lambda: mx.rnn.SequentialRNNCell(params=shared).add(pair[0])), sorted(shared._params)]
    return [
        *found,
        raised(lambda: mx.rnn.BidirectionalCell(*pair, params=shared)),
        raised(lambda: mx.rnn.DropoutCell("x")),
    ]


@scenario
def modified(mx):
    found = []
    for zoneout in ((0.25, 0.0), (0.0, 0.5), (0.25, 0.5)):
        cell = mx.rnn.ZoneoutCell(mx.rnn.LSTMCell(HIDDEN), *zoneout)
        outputs, states = cell.unroll(LENGTH, [mx.sym.Variable(f"x{n}") for n in range(LENGTH)])
        found += [graph(mx.sym.Group([*outputs, *states])), cell.state_info]
    for merge in (None, True, False):
        residual = mx.rnn.ResidualCell(mx.rnn.GRUCell(5))
        found += [facts(mx, residual, merge=merge), sorted(residual.params._params)]
    found.append(graph(residual(mx.sym.Variable("x"), residual.begin_state())[0]))
    base = residual.base_cell
    found += [raised(base.begin_state), raised(lambda: mx.rnn.ZoneoutCell(mx.rnn.FusedRNNCell(2)))]
    pair = mx.rnn.BidirectionalCell(mx.rnn.RNNCell(2, prefix="l_"), mx.rnn.RNNCell(2, prefix="r_"))
    found += [
        raised(lambda: mx.rnn.ZoneoutCell(pair)),
        facts(mx, mx.rnn.ResidualCell(mx.rnn.FusedRNNCell(5, prefix="f_")), "TNC"),
    ]
    drop = mx.rnn.DropoutCell(0.5)
    return [*found, facts(mx, drop), facts(mx, drop, merge=False), facts(mx, mx.rnn.DropoutCell(0.0)), drop.state_info]


@scenario
def weights(mx):
    numbers, found = np.random.RandomState(3), []

    def arrays(cell):
        shapes = facts(mx, cell, "TNC")[2]
        return {
            k: mx.nd.array(numbers.randint(0, 99, v)) for k, v in shapes.items() if k not in ("x",) and "begin" not in k
        }

    stack = mx.rnn.SequentialRNNCell()
    for cell in (mx.rnn.LSTMCell(2, prefix="a_"), mx.rnn.ResidualCell(mx.rnn.RNNCell(2, prefix="b_"))):
        stack.add(cell)
    cells = [mx.rnn.GRUCell(2), stack, mx.rnn.FusedRNNCell(2, 2, "gru", True), mx.rnn.FusedRNNCell(2, 1, "rnn_tanh")]
    for cell in cells:
        given = {**arrays(cell), "other": mx.nd.ones(1)}
        apart = cell.unpack_weights(given)
        found.append({name: array.asnumpy().tolist() for name, array in apart.items()})
        again = cell.pack_weights(apart)
        found += [
            sorted(again),
            all((again[name].asnumpy() == given[name].asnumpy()).all() for name in given),
            len(given),
        ]
    return [*found, raised(lambda: cells[0].unpack_weights({})), raised(lambda: cells[3].pack_weights({}))]


@scenario
def initial(mx):
    cell = mx.rnn.FusedRNNCell(2, 1, "lstm", forget_bias=3.0, prefix="f_")
    array, found = mx.nd.zeros((2 * 4 * (5 + 2 + 2),)), []
    attributes = cell._parameter.attr_dict()["f_parameters"]
    desc = mx.init.InitDesc("f_parameters", attributes, global_init=mx.init.Constant(0.5))
    mx.init.Constant(0.5)(desc, array)
    found.append(array.asnumpy().tolist())
    return [*found, mx.rnn.LSTMCell(2, forget_bias=3.0)._iB.list_attr(), cell._parameter.list_attr()]


@scenario
def checkpoints(mx):
    cell, found = mx.rnn.LSTMCell(2), []
    output, _ = cell(mx.sym.Variable("x"), cell.begin_state())
    arg = {
        name: mx.nd.array(np.arange(8.0 * width).reshape(8, width))
        for name, width in (("lstm_i2h_weight", 3), ("lstm_h2h_weight", 2))
    }
    arg |= {f"lstm_{group}_bias": mx.nd.arange(8) for group in ("i2h", "h2h")}
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder, "net"))
        save = mx.rnn.do_rnn_checkpoint([cell], prefix, 2)
        for epoch in range(4):
            save(epoch, output, arg, {"aux": mx.nd.ones(1)})
        found.append(sorted(path.name for path in Path(folder).iterdir()))
        found.append(sorted(mx.nd.load(prefix + "-0002.params")))
        symbol, back, aux = mx.rnn.load_rnn_checkpoint(cell, prefix, 4)
        found += [
            symbol.list_arguments(),
            sorted(aux),
            {name: array.asnumpy().tolist() for name, array in back.items()},
        ]
        mx.rnn.save_rnn_checkpoint(cell, prefix, 7, output, arg, {})
        return [*found, sorted(mx.rnn.load_rnn_checkpoint([cell], prefix, 7)[1]), sorted(arg)]


@scenario
def sentences(mx):
    words = [list("abc"), list("abd"), list("cab"), list("abcde"), list("ea"), list("ba"), list("abcdefgh")]
    numbered, vocab = mx.rnn.encode_sentences(words, start_label=-2)
    found = [numbered, vocab, mx.rnn.encode_sentences([["a"], ["b"]], {"a": 5}, unknown_token="<u>")]
    found += [mx.rnn.encode_sentences([["a"], ["b"], ["a"]], unknown_token="<u>", invalid_label=1)]
    found += [
        raised(lambda: mx.rnn.encode_sentences([["b"]], {"a": 5})),
        mx.rnn.encode_sentences(words, vocab)[0] == numbered,
    ]
    settings = [
        {"buckets": [6, 3]},
        {},
        {"layout": "TN", "dtype": "int32", "invalid_label": 0, "buckets": [2, 3, 4, 5]},
    ]
    for setting in settings:
        random.seed(4)
        np.random.seed(5)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            batches = mx.rnn.BucketSentenceIter(numbered, 2, data_name="d", **setting)
        found += [printed.getvalue(), batches.buckets, batches.default_bucket_key, batches.batch_size]
        found += [str(batches.provide_data), str(batches.provide_label)]
        for _ in range(2):
            for batch in batches:
                pair = batch.data[0], batch.label[0]
                found.append([array.asnumpy().tolist() for array in pair] + [array.dtype.__name__ for array in pair])
                found.append([batch.bucket_key, batch.pad, str(batch.provide_data), str(batch.provide_label)])
            batches.reset()
    return [*found, raised(lambda: mx.rnn.BucketSentenceIter(numbered, 2, layout="XY"))]
