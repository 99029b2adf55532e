"""Recurrent layers: every mode, stacked, bidirectional, both layouts, with and without states."""

from __future__ import annotations

from tests.oracle.case import In
from tests.oracle.gluon_cases import Family

case = Family("rnn-layers", lambda mx: mx.gluon.rnn)

MAKERS = {
    "rnn-relu": lambda rnn, **kwargs: rnn.RNN(4, **kwargs),
    "rnn-tanh": lambda rnn, **kwargs: rnn.RNN(4, activation="tanh", **kwargs),
    "lstm": lambda rnn, **kwargs: rnn.LSTM(4, **kwargs),
    "gru": lambda rnn, **kwargs: rnn.GRU(4, **kwargs),
}


def states(kind: str, *shape: int, dtype: str = "float32") -> list[In]:
    return [In(shape, dtype)] * (2 if kind == "lstm" else 1)


for kind, make in MAKERS.items():

    def add(label, *inputs, make=make, kind=kind, **kwargs):
        case(f"{kind}-{label}", lambda rnn: make(rnn, **kwargs), *inputs)

    add("default", (3, 2, 5))
    add("known", (3, 2, 5), input_size=5)
    add("states", (3, 2, 5), states(kind, 1, 2, 4))
    add("ntc", (2, 3, 5), layout="NTC")
    add("ntc-states", (2, 3, 5), states(kind, 1, 2, 4), layout="NTC")
    add("stacked", (3, 1, 5), num_layers=3)
    add("stacked-states", (3, 1, 5), states(kind, 2, 1, 4), num_layers=2, dropout=0.5)
    add("bidirectional", (3, 2, 5), bidirectional=True)
    add("bidirectional-stacked-states", (2, 3, 5), states(kind, 4, 2, 4), bidirectional=True, num_layers=2,
        layout="NTC", input_size=5)  # fmt: skip
    add("prefix", (1, 1, 1), prefix="enc_")
    coarse = {"rtol": 1e-6, "why": "MXNet's relu goes through float32"} if kind == "rnn-relu" else {}
    case(f"{kind}-double", lambda rnn, make=make: make(rnn, dtype="float64"), In((3, 2, 5), "float64"),
         states(kind, 1, 2, 4, dtype="float64"), **coarse)  # fmt: skip
    add("initializers", (2, 2, 2), i2h_weight_initializer="ones", h2h_weight_initializer="orthogonal",
        i2h_bias_initializer="ones", h2h_bias_initializer="zeros")  # fmt: skip
LENGTHS = {"use_sequence_length": True}
case("lstm-lengths", lambda rnn: rnn.LSTM(4, **LENGTHS), (3, 2, 5), states("lstm", 1, 2, 4), In((2,), values=[1, 3]))
case("lstm-lengths-bidirectional", lambda rnn: rnn.LSTM(4, bidirectional=True, **LENGTHS), (3, 2, 5),
     states("lstm", 2, 2, 4), In((2,), values=[2, 3]))  # fmt: skip
case("gru-lone-state-wrapped", lambda rnn: rnn.GRU(4), (3, 2, 5), (1, 2, 4))
case("lstm-projection", lambda rnn: rnn.LSTM(4, projection_size=3), (3, 2, 5))
case("lstm-projection-stacked", lambda rnn: rnn.LSTM(4, 2, projection_size=3, input_size=5), (3, 2, 5),
     [(2, 2, 3), (2, 2, 4)])  # fmt: skip
case("lstm-state-clip", lambda rnn: rnn.LSTM(4, state_clip_min=-0.1, state_clip_max=0.1), (3, 2, 5))
