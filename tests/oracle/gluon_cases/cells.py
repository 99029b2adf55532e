"""Recurrent cells: one step, modifiers, and sequences unrolled in both layouts, merged and not, with valid lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("cells", lambda mx: mx.gluon.rnn)
whole = Family("cells")

H = (2, 4)
STATES = {"RNNCell": [H], "LSTMCell": [H, H], "GRUCell": [H]}

for name, state in STATES.items():

    def add(label, *inputs, name=name, **kwargs):
        case(f"{name}-{label}", lambda rnn: getattr(rnn, name)(4, **kwargs), *inputs)

    add("step", (2, 3), state)
    add("known", (2, 3), state, input_size=3)
    add("prefix", (2, 3), state, prefix="mine_")
    add("initializers", (2, 3), state, i2h_weight_initializer="ones", h2h_weight_initializer="zeros",
        i2h_bias_initializer="ones", h2h_bias_initializer="ones")  # fmt: skip
case("RNNCell-relu", lambda rnn: rnn.RNNCell(4, activation="relu"), (2, 3), [H])
case("RNNCell-sigmoid", lambda rnn: rnn.RNNCell(4, activation="sigmoid"), (2, 3), [H])
case("RNNCell-softsign", lambda rnn: rnn.RNNCell(4, activation="softsign"), (2, 3), [H])
case("RNNCell-softrelu", lambda rnn: rnn.RNNCell(4, activation="softrelu"), (2, 3), [H])
whole("RNNCell-leaky", lambda mx: mx.gluon.rnn.RNNCell(4, activation=mx.gluon.nn.LeakyReLU(0.1)), (2, 3), [H])
case("LSTMCell-activations", lambda rnn: rnn.LSTMCell(4, activation="relu", recurrent_activation="softsign"), (2, 3),
     [H, H])  # fmt: skip


def _cast(block, dtype):
    block.cast(dtype)
    return block


for name, state in STATES.items():
    case(f"{name}-double", lambda rnn, name=name: _cast(getattr(rnn, name)(4), "float64"), In((2, 3), "float64"),
         [In(H, "float64") for _ in state])  # fmt: skip


def stacked(rnn: Any, *cells: Any, kind: str = "HybridSequentialRNNCell", **kwargs: Any) -> Any:
    net = getattr(rnn, kind)(**kwargs)
    with net.name_scope():
        for cell in cells:
            net.add(cell())
    return net


case("sequential", lambda rnn: stacked(rnn, lambda: rnn.LSTMCell(4), lambda: rnn.GRUCell(3)), (2, 3),
     [H, H, (2, 3)], export=False)  # fmt: skip
case("sequential-dropout", lambda rnn: stacked(rnn, lambda: rnn.RNNCell(4), lambda: rnn.DropoutCell(0.5),
     lambda: rnn.RNNCell(4), prefix="deep_"), (2, 3), [H, H], export=False)  # fmt: skip
case("sequential-plain", lambda rnn: stacked(rnn, lambda: rnn.LSTMCell(4), lambda: rnn.RNNCell(4),
     kind="SequentialRNNCell"), (2, 3), [H, H, H], hybrid=False)  # fmt: skip


def afresh(mx: Any, cell: Any, arguments: list[Any]) -> Any:
    """A step of a cell that remembers the step before."""
    cell.reset()
    return cell(*arguments)


case("dropout", lambda rnn: rnn.DropoutCell(0.5), (2, 3), [(2, 3)])
case("dropout-axes", lambda rnn: rnn.DropoutCell(0.5, axes=(1,)), (2, 3), [(2, 3)])
case("dropout-zero", lambda rnn: rnn.DropoutCell(0), (2, 3), [(2, 3)])
case("zoneout", lambda rnn: rnn.ZoneoutCell(rnn.LSTMCell(4), 0.3, 0.2), (2, 3), [H, H], call=afresh)
case("zoneout-outputs", lambda rnn: rnn.ZoneoutCell(rnn.RNNCell(4), zoneout_outputs=0.3), (2, 3), [H], call=afresh)
case("zoneout-states", lambda rnn: rnn.ZoneoutCell(rnn.GRUCell(4), zoneout_states=0.3), (2, 3), [H], call=afresh)
case("residual", lambda rnn: rnn.ResidualCell(rnn.GRUCell(4)), (2, 4), [H])
case("residual-prefix", lambda rnn: rnn.ResidualCell(rnn.RNNCell(4, prefix="in_")), (2, 4), [H])
case(
    "residual-of-zoneout", lambda rnn: rnn.ResidualCell(rnn.ZoneoutCell(rnn.RNNCell(4), 0.1)), (2, 4), [H], call=afresh
)


def unrolled(label: str, make: Callable[[Any], Any], *inputs: Any, length: int = 3, lengths: bool = False,
             begin: int = 0, **options: Any) -> None:  # fmt: skip
    """A HybridBlock around `make(mx)`, whose forward unrolls the cell over its first argument."""

    def build(mx: Any) -> Any:
        class Unrolled(mx.gluon.HybridBlock):
            def __init__(self):
                super().__init__()
                with self.name_scope():
                    self.cell = make(mx)

            def hybrid_forward(self, F, data, *rest):
                rest = list(rest)
                valid = rest.pop() if lengths else None
                return self.cell.unroll(length, data, begin_state=rest or None, valid_length=valid, **options)

        return Unrolled()

    whole(f"unroll-{label}", build, *inputs)


NTC, TNC = (2, 3, 5), (3, 2, 5)
VALID = In((2,), values=[1, 3])
CELLS = {
    "rnn": lambda mx: mx.gluon.rnn.RNNCell(4),
    "lstm": lambda mx: mx.gluon.rnn.LSTMCell(4, prefix="lstm_"),
    "gru": lambda mx: mx.gluon.rnn.GRUCell(4),
    "bidirectional": lambda mx: mx.gluon.rnn.BidirectionalCell(
        mx.gluon.rnn.LSTMCell(4, prefix="l_"), mx.gluon.rnn.LSTMCell(4, prefix="r_")
    ),
    "zoneout": lambda mx: mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.RNNCell(4), 0.2, 0.3),
    "residual": lambda mx: mx.gluon.rnn.ResidualCell(mx.gluon.rnn.GRUCell(5)),
    "stacked": lambda mx: stacked(
        mx.gluon.rnn,
        lambda: mx.gluon.rnn.LSTMCell(4),
        lambda: mx.gluon.rnn.DropoutCell(0.3),
        lambda: mx.gluon.rnn.GRUCell(3),
    ),
    "variational": lambda mx: mx.gluon.contrib.rnn.VariationalDropoutCell(mx.gluon.rnn.RNNCell(4), 0.2, 0.3, 0.4),
    "lstmp": lambda mx: mx.gluon.contrib.rnn.LSTMPCell(4, 3),
}
for kind, make in CELLS.items():
    unrolled(f"{kind}-ntc", make, NTC, layout="NTC")
    unrolled(f"{kind}-ntc-merged", make, NTC, layout="NTC", merge_outputs=True)
    unrolled(f"{kind}-tnc-separate", make, TNC, layout="TNC", merge_outputs=False)
    unrolled(f"{kind}-tnc-lengths", make, TNC, VALID, layout="TNC", merge_outputs=True, lengths=True)
    # MXNet cannot leave the outputs of both directions apart in this layout.
    unrolled(f"{kind}-ntc-lengths", make, NTC, VALID, layout="NTC", lengths=True,
             merge_outputs=True if kind == "bidirectional" else None)  # fmt: skip
unrolled("list-of-inputs", CELLS["lstm"], [(2, 5), (2, 5)], length=2)
unrolled("list-merged", CELLS["gru"], [(2, 5), (2, 5)], length=2, layout="TNC", merge_outputs=True)
unrolled("begin-state", CELLS["lstm"], NTC, H, H, merge_outputs=True)
unrolled("begin-state-bidirectional", CELLS["bidirectional"], NTC, H, H, H, H, merge_outputs=True)
unrolled("one-step", CELLS["rnn"], (2, 1, 5), length=1)
unrolled("one-step-lengths", CELLS["lstm"], (2, 1, 5), In((2,), values=[1, 1]), length=1, lengths=True)
unrolled("bidirectional-output-prefix", lambda mx: mx.gluon.rnn.BidirectionalCell(
    mx.gluon.rnn.RNNCell(4), mx.gluon.rnn.GRUCell(3), output_prefix="both_"), NTC)  # fmt: skip
unrolled("bidirectional-stacked", lambda mx: stacked(
    mx.gluon.rnn,
    lambda: mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.LSTMCell(4), mx.gluon.rnn.LSTMCell(4)),
    lambda: mx.gluon.rnn.LSTMCell(2)), NTC, merge_outputs=True)  # fmt: skip
unrolled("dropout-cell-merged", lambda mx: mx.gluon.rnn.DropoutCell(0.4), NTC, merge_outputs=True)
unrolled("unfused-bidirectional", lambda mx: mx.gluon.rnn.LSTM(
    4, 2, bidirectional=True, input_size=5, dropout=0.2)._unfuse(), NTC, merge_outputs=True)  # fmt: skip

for kind in ("rnn", "lstm", "gru", "bidirectional"):
    whole(f"unroll-eagerly-{kind}", CELLS[kind], NTC, hybrid=False,
          call=lambda mx, cell, args: cell.unroll(3, *args, layout="NTC", merge_outputs=True))  # fmt: skip
whole("begin-state-function", CELLS["lstm"], (2, 5), hybrid=False,
      call=lambda mx, cell, args: cell(args[0], cell.begin_state(batch_size=2, func=mx.nd.ones)))  # fmt: skip
