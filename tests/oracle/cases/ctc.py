"""Cases of gluax.ops.ctc."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.oracle.case import Case, In

_DATA = In((6, 2, 5), low=-2, high=2)
_FIRST = In(values=[[1, 2, 0], [3, 3, 0]])


def _ctc(label, data=_DATA, lengths=(), op="CTCLoss", **attrs):
    label = label if isinstance(label, In) else In(values=label)
    return Case(op, (data, label, *(In(values=length) for length in lengths)), attrs, grad=(0,))


# MXNet 1.9.1 takes float32 data and lengths only. Where no alignment exists its gradient is left unwritten.
CASES = [
    _ctc(_FIRST),
    _ctc([[1, 0, 2], [3, 0, 3]]),
    _ctc([[0, 0, 0], [4, 0, 0]]),
    _ctc([[1, 2, 3], [3, 3, 4]]),
    _ctc([[1, 1, 1], [2, 2, 4]]),
    _ctc(In(dtype="int32", values=[[1, 2, 0], [3, 3, 0]])),
    _ctc([[0, 2, -1], [3, 3, -1]], blank_label="last"),
    _ctc([[-1, -1, -1], [0, 1, 0]], blank_label="last"),
    _ctc(_FIRST, blank_label="first"),
    _ctc(_FIRST, lengths=[[4, 6]], use_data_lengths=True),
    _ctc([[1, 2, 3], [3, 3, 2]], lengths=[[2, 3]], use_label_lengths=True),
    _ctc([[1, 2, 3], [3, 3, 2]], lengths=[[0, 1]], use_label_lengths=True),
    _ctc([[1, 2, 3], [3, 3, 2]], lengths=[[4, 5], [2, 3]], use_data_lengths=True, use_label_lengths=True),
    _ctc([[0, 2, 3], [3, 1, 2]], lengths=[[5, 6], [2, 3]], use_data_lengths=True, use_label_lengths=True,
         blank_label="last"),
    _ctc(_FIRST, lengths=[[0, 6]], use_data_lengths=True),
    Case("CTCLoss", (In((3, 2, 5)), In(values=[[1, 1, 1], [3, 3, 4]]))),
    Case("CTCLoss", (_DATA, _FIRST, In(values=[1, 6])), {"use_data_lengths": True}),
    _ctc([[2]], data=In((1, 1, 4))),
    _ctc([[2, 1, 2, 1, 2], [2, 2, 1, 0, 0]], data=In((20, 2, 3), low=-3, high=3)),
    replace(
        _ctc([[1, 2], [3, 0]], data=In((5, 2, 4), low=-90, high=90)),
        rtol=3e-5,
        why="losses of some 200 in float32 have an absolute error that the exponential makes a relative one",
    ),
    *[Case(op, (_DATA, _FIRST)) for op in ("ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss")],
]  # fmt: skip


def random_cases(random: np.random.RandomState) -> list[Case]:
    cases = []
    for blank in ("first", "last") * 3:
        batch, classes, width = (int(size) for size in random.randint(2, 6, 3))
        steps = int(random.randint(2 * width, 3 * width + 2))
        low = 1 if blank == "first" else 0
        label = In((batch, width), low=low, high=classes - 1 + low)
        label = In(values=random.randint(label.low, label.high, (batch, width)))
        lengths = [random.randint(2 * width - 1, steps + 1, batch), random.randint(0, width + 1, batch)]
        attrs = {"use_data_lengths": True, "use_label_lengths": True, "blank_label": blank}
        cases.append(_ctc(label, In((steps, batch, classes), low=-3, high=3), [l.tolist() for l in lengths], **attrs))
    return cases
