"""Cases of gluax.ops.rnn.

Double precision: MXNet's own kernels (the oneDNN ones, switched off here, are the only ones that work in
float32) run in it. Left out, because MXNet refuses them there: sequence_length, state clipping, float16, and the
gradient of a projected LSTM. Float32 is checked through whole graphs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle.case import Case, In

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def _case(
    mode: str, time: int, batch: int, features: int, hidden: int, layers: int = 1, bidirectional: bool = False,
    projection: int | None = None, state_outputs: bool = True, **options: Any,
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
    outputs = (3 if mode == "lstm" else 2) if state_outputs else 1
    inputs = tuple(In(shape, "float64") for shape in shapes)
    if mode == "rnn_relu":
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


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [
        _case(mode, time, batch, features, hidden, layers, bool(bidirectional))
        for mode in _GATES
        for time, batch, features, hidden in random.randint(1, 6, (4, 4)).tolist()
        for layers, bidirectional in [random.randint((1, 0), (3, 2)).tolist()]
    ]
