"""Cases of gluax.ops.ctc."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

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
        rtol=1e-4,
        why="losses of some 200 in float32 have an absolute error that the exponential makes a relative one",
    ),
    *[Case(op, (_DATA, _FIRST)) for op in ("ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss")],
]  # fmt: skip


def _draw_ctc(draw: Draw) -> Case:
    """Every row can be aligned, unless nobody asks for a gradient: MXNet leaves that of other rows unwritten."""
    batch, width, classes = draw.integer(1, 4), draw.integer(1, 5), draw.integer(2, 6)
    first, grad = draw.flag(), draw.flag(0.8)
    low = 1 if first else 0
    rows = [list(draw.integers(width, low, classes - 2 + low)) for _ in range(batch)]
    letters = (draw.integer(1, width), *draw.integers(batch - 1, 0, width))
    least = [n + sum(a == b for a, b in pairwise(row[:n])) if grad else 0 for row, n in zip(rows, letters)]
    steps = max(width, *least) + draw.integer(0, 4)
    attrs = {} if first and draw.flag() else {"blank_label": "first" if first else "last"}
    attrs |= draw.given(use_data_lengths=draw.flag(0.8), use_label_lengths=draw.flag(0.8))
    lengths = []
    if attrs.get("use_data_lengths"):
        lengths.append([draw.integer(max(n, 1), steps) for n in least])
    if attrs.get("use_label_lengths"):
        lengths.append(letters)
    else:
        rows = [row[:n] + [0 if first else -1] * (width - n) for row, n in zip(rows, letters)]
    kinds = (
        ("float32",) if lengths else ("float32", "int32", "int64", "float64", "float16", "uint8" if first else "int8")
    )
    label = In(values=rows, dtype=draw.choice(kinds))
    data = draw.data((steps, batch, classes), "float32", -3, 3, also=("ties",))
    return replace(_ctc(label, data, lengths, **attrs), grad=(0,) if grad else False)


GENERATORS = {"CTCLoss": _draw_ctc}

NOTES = {
    "CTCLoss": "MXNet's CPU takes float32 only; gluax takes every floating dtype. Where no alignment exists MXNet leaves "
    "the gradient unwritten, and where all label rows are empty, or such a row has no frame, MXNet's losses and "
    "gradients are accidents of memory; gluax gives zeros, and what the definition says.",
}
