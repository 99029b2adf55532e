"""Cases of gluax.ops.attention. On CPU MXNet has these products in float32 only."""

from __future__ import annotations

import numpy as np

from tests.oracle.case import Case

_PREFIX = "_contrib_interleaved_matmul_"


def _cases(queries: int, keys: int, batch: int, heads: int, size: int) -> list[Case]:
    found = {
        "encdec_qk": ((queries, batch, heads * size), (keys, batch, heads * 2 * size)),
        "encdec_valatt": ((keys, batch, heads * 2 * size), (batch * heads, queries, keys)),
        "selfatt_qk": ((keys, batch, heads * 3 * size),),
        "selfatt_valatt": ((keys, batch, heads * 3 * size), (batch * heads, keys, keys)),
    }
    return [Case(_PREFIX + name, inputs, {"heads": heads}, grad=True) for name, inputs in found.items()]


CASES = [
    case for sizes in [(3, 4, 2, 2, 5), (1, 1, 1, 1, 1), (5, 2, 1, 3, 2), (2, 6, 3, 1, 4)] for case in _cases(*sizes)
]


def random_cases(random: np.random.RandomState) -> list[Case]:
    return [case for sizes in random.randint(1, 7, (4, 5)).tolist() for case in _cases(*sizes)]
