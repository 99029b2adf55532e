"""Cases of gluax.ops.histogram. Left out: edges that do not ascend, and bin_cnt 0, for which MXNet gives nan edges."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_RANGES = [((0, 1), 10), ((0, 1), 7), ((-1, 1), 10), ((0.1, 0.7), 3), ((0, 3), 9), ((-2.3, 1.7), 13), ((1, 1), 4)]
_FLOATS = ("float32", "float64", "float16")
_INTS = ("int32", "int64", "int8", "uint8")
_ODD = In(values=[0, 0.5, 1, 1, 2, 3, 3.999, 4, 5, -1, np.nan, np.inf, -np.inf])
_EDGES = [[0, 1, 3, 4], [0, 1, 1, 4], [-1, 2.5], [1, 1]]


def _case(data: In, limits: tuple[float, float], count: int, op: str = "_histogram") -> Case:
    return Case(op, (data,), {"bin_cnt": count, "range": limits}, outputs=2)


def _on_edges(limits: tuple[float, float], count: int, dtype: str) -> In:
    """The edges themselves and their neighbours, where rounding decides.

    Not the neighbours of 0: XLA on CPU takes such denormal numbers for 0, and MXNet does not.
    """
    edges = np.linspace(*limits, count + 1).astype(dtype)
    up, down = (np.nextafter(edges, np.array(side, dtype)) for side in (np.inf, -np.inf))
    values = np.concatenate([edges, up, down])
    return In(dtype=dtype, values=values[(values == 0) | (np.abs(values) >= np.finfo(dtype).tiny)].tolist())


CASES = [
    *[_case(_on_edges(limits, count, dtype), limits, count) for limits, count in _RANGES for dtype in _FLOATS],
    *[_case(In((5, 6), dtype, 0, 9), limits, count) for dtype in _INTS for limits, count in [((0, 8), 4), ((0.5, 4.5), 3), ((1, 5), 12)]],
    *[_case(_ODD, limits, count) for limits, count in [((0, 4), 4), ((-1, 5), 1), ((3, 3), 5)]],
    _case(In((2, 3, 50)), (-1, 1), 20),
    _case(In((20,)), (-1, 1), 5, "_npi_histogram"),
    *[Case("_histogram", (_ODD, In(values=edges)), outputs=2) for edges in _EDGES],
    *[
        Case("_histogram", (In((4, 6), dtype, 0, 6), In(dtype=dtype, values=[0, 1, 3, 4])), outputs=2)
        for dtype in (*_FLOATS, *_INTS)
    ],
]  # fmt: skip


def _draw_histogram(draw: Draw) -> Case:
    dtype = draw.choice((*_FLOATS, "float32", *_INTS))
    floats, low = dtype in _FLOATS, 0 if dtype == "uint8" else -4
    # Neither the smallest numbers, which XLA on CPU takes for 0, nor the largest, whose differences overflow.
    data = draw.data(draw.shape(1, 3), dtype, low, 5, also=("ties", "nonfinite"))
    if draw.flag():
        edges = sorted(draw.number(low, 5, 2) if floats else draw.integer(low, 5) for _ in range(draw.integer(2, 6)))
        return Case("_histogram", (data, In(dtype=dtype, values=edges)), outputs=2)
    ends = sorted(draw.number(low, 5, 2) if draw.flag() else float(draw.integer(low, 5)) for _ in range(2))
    return _case(data, (ends[0], ends[1]), draw.integer(1, 12))


GENERATORS = {"_histogram": _draw_histogram}
