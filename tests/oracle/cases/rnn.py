"""Cases of gluax.ops.rnn.

In double precision MXNet's own kernels are the reference, in single precision oneDNN's, the only ones that work there.
The fixed cases are in double; single is checked through whole graphs too. MXNet has no float16 here, and no gradient
of a projected LSTM.
"""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def _case(
    mode: str, time: int, batch: int, features: int, hidden: int, layers: int = 1, bidirectional: bool = False,
    projection: int | None = None, state_outputs: bool = True, more: dict[str, Any] | None = None,
    dtype: str = "float64", **options: Any,
) -> Case:  # fmt: skip
    directions = 2 if bidirectional else 1
    state = hidden if projection is None else projection
    rows, size, width = _GATES[mode] * hidden, 0, features
    for _ in range(layers):
        size += directions * (rows * (width + state + 2) + (projection or 0) * hidden)
        width = directions * state
    shapes = [(time, batch, features), (size,), (layers * directions, batch, state)]
    shapes += [(layers * directions, batch, hidden)] if mode == "lstm" else []
    attrs = {"mode": mode, "state_size": hidden, "num_layers": layers, "bidirectional": bidirectional}
    attrs |= {"state_outputs": state_outputs, "projection_size": projection}
    attrs |= more or {}
    outputs = (3 if mode == "lstm" else 2) if state_outputs else 1
    inputs = tuple(In(shape, dtype) for shape in shapes)
    if attrs.get("use_sequence_length"):
        inputs += (In((batch,), "int32", 1, time + 1),)
    if mode == "rnn_relu" and dtype == "float64":
        options |= {"rtol": 1e-6, "why": "MXNet's relu goes through float32"}
    return Case("RNN", inputs, attrs, outputs=outputs, **{"grad": projection is None, **options})


CASES = [
    *[
        _case(mode, 5, 2, 4, 3, layers, bidirectional)
        for mode in _GATES
        for layers in (1, 2)
        for bidirectional in (False, True)
    ],
    *[_case(mode, 1, 1, 1, 1) for mode in _GATES],
    # MXNet's gradient of more than two plain layers is wrong in double precision (oneDNN's is right).
    *[_case(mode, 2, 1, 3, 2, layers=3, bidirectional=True) for mode in ("lstm", "gru")],
    *[_case(mode, 4, 3, 2, 5, state_outputs=False) for mode in _GATES],
    *[_case("lstm", 4, 2, 3, 4, layers, bidirectional, 2) for layers in (1, 2) for bidirectional in (False, True)],
]


def _draw_rnn(draw: Draw) -> Case:
    mode, onednn = draw.choice(tuple(_GATES)), draw.flag()
    if not onednn and draw.flag(0.1):
        return _with_dropout(draw, mode)
    time, batch, features, hidden = draw.integers(4, 1, 4)
    layers = draw.choice((1, 1, 2, 3) if onednn or not mode.startswith("rnn") else (1, 2))
    projection = draw.integer(1, 4) if mode == "lstm" and draw.flag(0.3) else None
    grad = projection is None and draw.flag(0.7)
    more = draw.given(0.2, lstm_state_clip_nan=draw.flag())
    if layers == 1 or not grad:  # elsewhere it is random, or in float32 left out by oneDNN
        more |= draw.given(0.3, p=draw.number(0, 0.9))
    if onednn:
        more |= draw.given(0.3, use_sequence_length=projection is None and draw.flag())
        if mode == "lstm" and projection is None:
            more |= draw.given(0.3, lstm_state_clip_min=-0.1, lstm_state_clip_max=draw.number(0, 0.1))
    state_outputs = draw.flag() or projection is not None
    return _case(
        mode, time, batch, features, hidden, layers, draw.flag(), projection, state_outputs, more,
        "float32" if onednn else "float64", onednn=onednn, grad=grad,
    )  # fmt: skip


def _with_dropout(draw: Draw, mode: str) -> Case:
    """Many sequences of one step and one unit: samples that do not depend on each other."""
    return _case(mode, 1, 600, 1, 1, 2, more={"p": draw.number(0.2, 0.8)}, stochastic=True, grad=True)


GENERATORS = {"RNN": _draw_rnn}

NOTES = {
    "RNN": "MXNet's CPU runs use_sequence_length, lstm_state_clip_min and lstm_state_clip_max in float32 only, by oneDNN, and "
    "takes no notice of them: the outputs are those of whole sequences, what lies behind an end included, the last states "
    "those after the last step, the reverse direction starts at the end of the array; so does gluax, in every dtype. "
    "lstm_state_clip_nan does nothing in either. oneDNN's float32 also leaves dropout (p) out, which MXNet's float64 and "
    "gluax do. Not compared: float64 gradients of three plain layers (MXNet's are wrong), a projection without "
    "state_outputs or with lengths (MXNet crashes or refuses), float32 without oneDNN (MXNet crashes or refuses).",
}
