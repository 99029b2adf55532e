"""Cases of gluax.ops.quantized_rnn, which MXNet runs with oneDNN only."""

from __future__ import annotations

from typing import Any

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

ONEDNN = True

NOTES = {
    "_contrib_quantized_rnn": "Where layers differ in width or go both ways, MXNet takes the scales of several layers' "
    "weights from the wrong places; gluax gives each layer its own. On processors without 8-bit dot products oneDNN "
    "cuts off sums of two products beyond 16 bits, so the cases keep data and states in 0 to 128."
}

_SHIFT = 64.0


def _case(
    time: int, batch: int, features: int, size: int, *, layers: int = 1, both: bool = False, scale: float = 60.0, **attrs: Any
) -> Case:  # fmt: skip
    ways, count, width = 2 if both else 1, 0, features
    for _ in range(layers):
        count += ways * (4 * size * (width + size) + 8 * size)
        width = size * ways
    state = In((layers * ways, batch, size))
    inputs = (In((time, batch, features), "uint8", 0, 129), In((count,)), state, state, _end(scale), _end(_SHIFT))
    given = {"state_size": size, "num_layers": layers, "mode": "lstm", **({"bidirectional": True} if both else {})}
    outputs = 3 if attrs.get("state_outputs") else 1
    why = "a hidden state that rounds the other way is one quantum off, and what follows with it"
    return Case(
        "_contrib_quantized_rnn", inputs, {**given, **attrs}, outputs=outputs, rtol=1e-5, atol=2.5 / scale, why=why
    )


def _end(value: float) -> In:
    return In(values=[value])


CASES = [
    _case(4, 2, 5, 3),
    _case(3, 2, 2, 4, both=True, state_outputs=True),
    _case(3, 1, 3, 3, layers=3, state_outputs=True),
    _case(1, 1, 1, 1, scale=17.0, state_outputs=True, p=0.5),
]


def _draw(draw: Draw) -> Case:
    size, layers, both = draw.integer(1, 5), draw.choice((1, 1, 2, 3)), draw.flag(0.4)
    if layers > 1:
        both = False
    features = size if layers > 1 else draw.integer(1, 6)
    attrs = draw.given(state_outputs=True, p=draw.number(0, 0.9), lstm_state_clip_nan=True)
    times, batch = draw.integer(1, 4), draw.integer(1, 3)
    return _case(times, batch, features, size, layers=layers, both=both, scale=draw.choice((20.0, 45.5, 60.0)), **attrs)


GENERATORS = {"_contrib_quantized_rnn": _draw}
