"""Scenarios of recurrent layers and cells: graphs made of Symbols, states, printed forms, errors.

What the cells compute is checked with the other blocks, in `tests.oracle.gluon_cases`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import product
from typing import Any

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("recurrent")
scenario = SCENARIOS.add


def stack(rnn: Any, kind: str, *cells: Callable[[], Any], **kwargs: Any) -> Any:
    net = getattr(rnn, kind)(**kwargs)
    with net.name_scope():
        for cell in cells:
            net.add(cell())
    return net


def cells(mx: Any) -> dict[str, Callable[[], Any]]:
    """Functions that make a cell of every kind."""
    rnn, contrib = mx.gluon.rnn, mx.gluon.contrib.rnn
    return {
        "rnn": lambda: rnn.RNNCell(4),
        "rnn-prefix": lambda: rnn.RNNCell(4, activation="softrelu", prefix="q_"),
        "lstm": lambda: rnn.LSTMCell(4),
        "lstm-activations": lambda: rnn.LSTMCell(4, activation="relu", recurrent_activation="softsign"),
        "gru": lambda: rnn.GRUCell(4),
        "bidirectional": lambda: rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(4)),
        "bidirectional-prefix": lambda: rnn.BidirectionalCell(rnn.RNNCell(2), rnn.RNNCell(2), output_prefix="o_"),
        "zoneout": lambda: rnn.ZoneoutCell(rnn.LSTMCell(4), 0.1, 0.2),
        "residual": lambda: rnn.ResidualCell(rnn.LSTMCell(4)),
        "residual-bidirectional": lambda: rnn.ResidualCell(rnn.BidirectionalCell(rnn.GRUCell(2), rnn.GRUCell(2))),
        "dropout": lambda: rnn.DropoutCell(0.5),
        "dropout-none": lambda: rnn.DropoutCell(0.0, axes=(1,)),
        "variational": lambda: contrib.VariationalDropoutCell(rnn.LSTMCell(4), 0.1, 0.2, 0.3),
        "variational-sequence": lambda: contrib.VariationalDropoutCell(rnn.LSTMCell(4), 0.1, 0, 0.3),
        "lstmp": lambda: contrib.LSTMPCell(4, 3),
        "conv1d-lstm": lambda: contrib.Conv1DLSTMCell((3, 6), 2, 3, 3, 1),
        "conv2d-gru": lambda: contrib.Conv2DGRUCell((3, 6, 6), 2, 3, 3, 1, activation="relu"),
        "conv3d-rnn": lambda: contrib.Conv3DRNNCell((6, 6, 6, 3), 2, 3, 3, 1, conv_layout="NDHWC"),
        "stack": lambda: stack(
            rnn,
            "HybridSequentialRNNCell",
            lambda: rnn.LSTMCell(4),
            lambda: rnn.DropoutCell(0.2),
            lambda: rnn.ResidualCell(rnn.GRUCell(4)),
            lambda: rnn.BidirectionalCell(rnn.RNNCell(2), rnn.RNNCell(2)),
        ),
        "stack-plain": lambda: stack(
            rnn,
            "SequentialRNNCell",
            lambda: rnn.LSTMCell(4),
            lambda: rnn.ZoneoutCell(rnn.GRUCell(4), 0.1, 0.3),
            prefix="s_",
        ),
        "unfused": lambda: rnn.LSTM(4, 2, bidirectional=True, dropout=0.2, input_size=3)._unfuse(),
    }


def drawn(mx: Any, make: Callable[[], Any]) -> Any:
    """Outputs and checksum of the graph of nested symbols, or the exception."""

    def symbols(value: Any) -> list[Any]:
        return [item for part in value for item in symbols(part)] if isinstance(value, (list, tuple)) else [value]

    found: list[Any] = []

    def draw() -> None:
        group = mx.sym.Group(symbols(make()))
        text = json.dumps(json.loads(group.tojson()), sort_keys=True)
        found.extend([group.list_outputs(), hashlib.sha256(text.encode()).hexdigest()[:16]])

    with mx.name.NameManager():
        failure = raised(draw)
    return failure if failure["raises"] else found


@scenario
def layers(mx):
    var, found = mx.sym.var, {}
    makers = {
        "default": lambda kind: getattr(mx.gluon.rnn, kind)(4),
        "known": lambda kind: getattr(mx.gluon.rnn, kind)(4, input_size=3, prefix="k_", dtype="float64"),
        "deep": lambda kind: getattr(mx.gluon.rnn, kind)(4, 2, bidirectional=True, dropout=0.5, layout="NTC"),
        "lengths": lambda kind: getattr(mx.gluon.rnn, kind)(4, use_sequence_length=True),
    }
    for kind, (label, make) in product(("RNN", "LSTM", "GRU"), makers.items()):

        def states(function, kind=kind, make=make, label=label):
            layer = make(kind)
            rest = [var("length")] if label == "lengths" else []
            return layer(var("x"), layer.begin_state(func=function) if function else None, *rest)

        functions = {"none": None, "var": mx.sym.var, "zeros": mx.sym.zeros}
        found |= {f"{kind} {label} {key}": drawn(mx, lambda f=f: states(f)) for key, f in functions.items()}
    layer = mx.gluon.rnn.LSTM(4, projection_size=2, state_clip_min=-1, state_clip_max=1, state_clip_nan=True)
    found["projected"] = drawn(mx, lambda: layer(var("x"), layer.begin_state(func=mx.sym.var)))
    return found


@scenario
def steps(mx):
    found = {}
    for label, make in cells(mx).items():

        def twice(make=make):
            cell = make()
            return cell(mx.sym.var("y"), cell(mx.sym.var("x"), cell.begin_state(func=mx.sym.zeros))[1])

        found[label] = drawn(mx, twice)
    return found


def _fails_to_run(label: str, merge: bool | None) -> bool:
    """Whether MXNet's graph for valid lengths is broken; what it ought to be is in tests/test_recurrent.py.

    It takes steps that were cut apart for one symbol, and merges the outputs of the backward cell twice.
    """
    if merge is None:
        return "bidirectional" in label or label in ("stack", "unfused")
    return merge is False and label.startswith("residual")


@scenario
def unrolling(mx):
    found = {}
    for (label, make), layout, merge, lengths in product(
        cells(mx).items(), ("NTC", "TNC"), (None, True, False), (False, True)
    ):
        if lengths and _fails_to_run(label, merge):
            continue

        def whole(make=make, layout=layout, merge=merge, lengths=lengths):
            length = mx.sym.var("length") if lengths else None
            return make().unroll(3, mx.sym.var("x"), layout=layout, merge_outputs=merge, valid_length=length)

        found[f"{label} {layout} {merge} {lengths}"] = drawn(mx, whole)
    return found


@scenario
def unrolling_lists(mx):
    found = {}
    for (label, make), merge in product(cells(mx).items(), (None, True, False)):

        def whole(make=make, merge=merge):
            steps = [mx.sym.var(f"x{step}") for step in range(2)]
            cell = make()
            begin = cell.begin_state(func=mx.sym.var)
            again = cell.unroll(1, [steps[0]], merge_outputs=merge)
            return cell.unroll(2, steps, begin_state=begin, merge_outputs=merge), again

        found[f"{label} {merge}"] = drawn(mx, whole)
    return found


@scenario
def dynamic_unrolling(mx):
    found = {}
    for lengths, layout, drop in product((False, True), ("NTC", "TNC"), (0, 0.3)):

        def loop(lengths=lengths, layout=layout, drop=drop):
            cell = mx.gluon.rnn.LSTMCell(4)
            begin, length = cell.begin_state(func=mx.sym.var), mx.sym.var("length") if lengths else None
            unroll = mx.gluon.contrib.rnn.rnn_cell.dynamic_unroll
            return unroll(cell, mx.sym.var("x"), begin, drop, drop, layout, length)

        with mx.AttrScope():
            mx.AttrScope._subgraph_names.clear()
            found[f"{lengths} {layout} {drop}"] = drawn(mx, loop)
    return found


@scenario
def printed_forms_and_states(mx):
    rnn, contrib = mx.gluon.rnn, mx.gluon.contrib.rnn
    blocks = [make() for make in cells(mx).values()] + [
        rnn.RNN(3, 2, bidirectional=True, dropout=0.3),
        rnn.LSTM(3, input_size=4, layout="NTC", projection_size=2),
        rnn.GRU(3, dtype="float64"),
        rnn.RNNCell(3, activation=mx.gluon.nn.LeakyReLU(0.1)),
        rnn.SequentialRNNCell(),
        contrib.Conv2DLSTMCell((0, 0, 4), 2, 3, (1, 3)),
        contrib.Conv2DLSTMCell((5, 4, 3), 2, 3, 3, conv_layout="NHWC", i2h_dilate=2),
    ]
    return [[repr(block), block.prefix, block.params.prefix, block.state_info(2)] for block in blocks]


@scenario
def begin_states(mx):
    cell, layer = mx.gluon.rnn.LSTMCell(3, prefix="c_"), mx.gluon.rnn.LSTM(3, 2, prefix="l_")
    seen = [state.tojson() for func in (mx.sym.var, mx.sym.zeros) for state in cell.begin_state(func=func)]
    seen += [state.tojson() for func in (mx.sym.var, mx.sym.ones) for state in layer.begin_state(func=func)]
    arrays = [
        *cell.begin_state(2), *layer.begin_state(2, func=mx.nd.ones), *cell.begin_state(2, mx.nd.ones, dtype="float64"),
        *layer.begin_state(1, func=mx.nd.random.uniform, low=3, high=3),
        *mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.GRUCell(2)).begin_state(batch_size=1, func=mx.nd.ones),
    ]  # fmt: skip
    return seen, [[array.asnumpy().tolist(), array.dtype.__name__] for array in arrays]


@scenario
def structural_names(mx):
    makers = [
        lambda: mx.gluon.rnn.LSTM(3, 2, bidirectional=True, projection_size=2),
        lambda: mx.gluon.rnn.GRU(3, 2, dropout=0.5),
        cells(mx)["stack"],
        cells(mx)["zoneout"],
    ]
    return [list(make()._collect_params_with_prefix()) for make in makers]


@scenario
def kind_of_the_first_hybridized_call_stays(mx):
    layer = mx.gluon.rnn.GRU(4, input_size=3)
    layer.initialize()
    layer.hybridize()
    x = mx.nd.ones((2, 2, 3))
    return [type(layer(x)).__name__, type(layer(x, layer.begin_state(2))).__name__]


@scenario
def errors_of_layers(mx):
    rnn, x = mx.gluon.rnn, mx.nd.ones((2, 2, 3))
    lstm, lengths = rnn.LSTM(4, input_size=3), rnn.LSTM(4, input_size=3, use_sequence_length=True)
    for layer in (lstm, lengths):
        layer.initialize()
    return [
        raised(function)
        for function in (
            lambda: rnn.LSTM(4, layout="NCT"),
            lambda: rnn.RNN(4, activation="sigmoid"),
            lambda: lstm(x, [mx.nd.ones((1, 2, 5))] * 2),
            lambda: lstm(x, mx.nd.ones((1, 2, 4))),
            lambda: lengths(x),
            lambda: lstm.begin_state(),
            lambda: rnn.LSTM(3, projection_size=2)._unfuse(),
            lambda: rnn.LSTM(3, state_clip_min=-1, state_clip_max=1)._unfuse(),
        )
    ]


@scenario
def errors_of_unrolling(mx):
    rnn, x = mx.gluon.rnn, mx.nd.ones((2, 3, 3))
    cell, both = rnn.RNNCell(3, input_size=3), rnn.BidirectionalCell(rnn.RNNCell(3), rnn.RNNCell(3))
    cell.initialize()
    held = stack(rnn, "HybridSequentialRNNCell", lambda: both)
    group = mx.sym.Group([mx.sym.var("a"), mx.sym.var("b")])
    return [
        raised(function)
        for function in (
            lambda: cell.unroll(4, x),
            lambda: cell.unroll(4, [x[0]] * 3),
            lambda: cell.unroll(4, None),
            lambda: cell.unroll(4, x, layout="ABC"),
            lambda: cell.unroll(3, x, begin_state=[mx.nd.ones((2, 5))]),
            lambda: cell.unroll(3, x, begin_state=mx.nd.ones((2, 3))),
            lambda: cell.unroll(3, x, begin_state=[[mx.nd.ones((2, 3))]]),
            lambda: cell.unroll(2, group),
            lambda: both(x[0], both.begin_state(batch_size=2)),
            lambda: held(x[0], both.begin_state(batch_size=2)),
        )
    ]


@scenario
def errors_of_cells(mx):
    rnn, contrib = mx.gluon.rnn, mx.gluon.contrib.rnn
    cell = rnn.RNNCell(3, input_size=3)
    rnn.ZoneoutCell(cell)
    unknown = rnn.RNNCell(3, activation="foo", input_size=3)
    unknown.initialize()
    both = rnn.BidirectionalCell(rnn.RNNCell(3), rnn.RNNCell(3))
    plain = stack(rnn, "SequentialRNNCell", lambda: rnn.RNNCell(3))
    return [
        raised(function)
        for function in (
            lambda: rnn.ResidualCell(cell),
            lambda: cell.begin_state(batch_size=1),
            lambda: rnn.ZoneoutCell(both),
            lambda: contrib.VariationalDropoutCell(both, 0.1, 0.2, 0.3),
            lambda: rnn.ResidualCell(plain),
            lambda: plain.hybrid_forward(),
            lambda: rnn.DropoutCell("a"),
            lambda: rnn.RecurrentCell().state_info(),
            lambda: rnn.RecurrentCell().begin_state(),
            lambda: rnn.HybridRecurrentCell()(mx.nd.ones((1,)), []),
            lambda: unknown(mx.nd.ones((1, 3)), [mx.nd.ones((1, 3))]),
            lambda: rnn.LSTMCell(3).begin_state(),
            lambda: contrib.Conv2DRNNCell((3, 4, 4), 2, (3, 3, 3), 3),
            lambda: contrib.Conv2DRNNCell((3, 4, 4), 2, 3, 2),
        )
    ]


@scenario
def sizes_that_follow_from_the_inputs(mx):
    found = []
    for kind, both, layers in product(("RNN", "LSTM", "GRU"), (False, True), (1, 2)):
        layer = getattr(mx.gluon.rnn, kind)(4, layers, bidirectional=both, prefix="r_")
        outputs, _ = layer(mx.sym.var("x"), layer.begin_state(func=mx.sym.var))
        found.append([outputs.list_arguments(), outputs.infer_shape(x=(3, 2, 5))])
    packed = mx.sym._internal._rnn_param_concat(*[mx.sym.var(name).reshape(-1) for name in "abc"], dim=0)
    packed = packed + mx.sym.var("whole", shape=(20,))
    known = [{"a": (4,), "b": (2, 0), "c": (2, 0)}, {"a": (2, 0), "b": (3, 2), "c": (4,)}]
    return found, [packed.infer_shape(**shapes)[0] for shapes in known]
