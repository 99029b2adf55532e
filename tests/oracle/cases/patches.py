"""Cases of gluax.ops.patches."""

from __future__ import annotations

import math

from tests.oracle.case import Case
from tests.oracle.draw import Draw, Shape

NOTES = dict.fromkeys(
    ("im2col", "col2im"),
    "MXNet's CPU code fails on 1 and 3 spatial axes, which its documentation has; "
    "gluax has them, tested by definition (tests/test_operators_by_definition.py).",
)

CASES = [
    Case("im2col", ((2, 3, 4, 5),), {"kernel": (2, 3)}, grad=True),
    Case("im2col", ((1, 2, 6, 5),), {"kernel": (2, 3), "stride": (2, 1), "dilate": (1, 2), "pad": (1, 2)}, grad=True),
    Case("col2im", ((2, 12, 6),), {"kernel": (2, 3), "output_size": (3, 5)}, grad=True),
    Case(
        "col2im",
        ((1, 8, 9),),
        {"output_size": (5, 3), "kernel": (2, 2), "stride": (3, 1), "dilate": (1, 2), "pad": (2, 1)},
        grad=True,
    ),
]


def _draw_window(draw: Draw) -> tuple[dict[str, Shape], Shape, Shape]:
    """Attributes of a window, a picture's size that it fits, and how many times."""
    kernel, stride, dilate = (tuple(draw.integer(1, 3) for _ in range(2)) for _ in range(3))
    pad = tuple(draw.integer(0, 2) for _ in range(2))
    given = draw.given(stride=stride, dilate=dilate, pad=pad)
    steps, holes, edges = given.get("stride", (1, 1)), given.get("dilate", (1, 1)), given.get("pad", (0, 0))
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, holes)]
    size = tuple(max(e - 2 * p, 1) + draw.integer(0, 3) for e, p in zip(extent, edges))
    counts = tuple((n + 2 * p - e) // s + 1 for n, p, e, s in zip(size, edges, extent, steps))
    return {"kernel": kernel, **given}, size, counts


def _draw_im2col(draw: Draw) -> Case:
    attrs, size, _ = _draw_window(draw)
    data = draw.data((draw.integer(1, 3), draw.integer(1, 3), *size), draw.choice(("float32", "float64", "float16")))
    return Case("im2col", (data,), attrs, grad=True)


def _draw_col2im(draw: Draw) -> Case:
    attrs, size, counts = _draw_window(draw)
    shape = (draw.integer(1, 3), draw.integer(1, 3) * math.prod(attrs["kernel"]), math.prod(counts))
    data = draw.data(shape, draw.choice(("float32", "float64", "float16")), also=("ties", "nonfinite"))
    return Case("col2im", (data,), {"output_size": size, **attrs}, grad=True)


GENERATORS = {"im2col": _draw_im2col, "col2im": _draw_col2im}
