"""Cases of gluax.ops.histogram. Left out: edges that do not ascend, and bin_cnt 0, for which MXNet gives nan edges."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case, In

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


def random_cases(random: np.random.RandomState) -> list[Case]:
    shapes = [tuple(random.randint(1, 9, random.randint(1, 4))) for _ in range(6)]
    limits = [tuple(sorted(random.uniform(-3, 3, 2).round(2).tolist())) for _ in shapes]
    return [
        *[_case(In(shape, low=-3, high=3), ends, int(random.randint(1, 30))) for shape, ends in zip(shapes, limits)],
        *[
            Case("_histogram", (In(shape, low=-3, high=3), In(values=np.sort(random.uniform(-3, 3, 5)).tolist())), outputs=2)
            for shape in shapes[:3]
        ],
    ]  # fmt: skip
