"""Cases of gluax.ops.attention. On CPU MXNet has these products in float32 only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.oracle.case import Case
from tests.oracle.draw import Draw

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


def _drawing(name: str) -> Callable[[Draw], Case]:
    def draw_case(draw: Draw) -> Case:
        sizes = (draw.integer(1, 6), draw.integer(1, 6), draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 5))
        case = next(case for case in _cases(*sizes) if case.op == _PREFIX + name)
        inputs = tuple(draw.data(spec.shape, also=("ties",)) for spec in case.specs)
        return replace(case, inputs=inputs)

    return draw_case


GENERATORS = {_PREFIX + name: _drawing(name) for name in ("encdec_qk", "encdec_valatt", "selfatt_qk", "selfatt_valatt")}
