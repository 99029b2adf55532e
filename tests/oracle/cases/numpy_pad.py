"""Cases of gluax.ops.numpy_pad."""

from __future__ import annotations

from tests.oracle.case import Case, In
from tests.oracle.draw import NUMBERS, Draw

_MODES = ("constant", "edge", "reflect", "symmetric", "maximum", "minimum")
_WIDTHS = ((1, 2), (0, 3))

CASES = [
    *[Case("_npi_pad", ((2, 3),), {"pad_width": _WIDTHS, "mode": mode}, numpy=True) for mode in _MODES],
    *[Case("_npi_pad", ((2, 3),), {"pad_width": ((3, 5), (4, 6)), "mode": mode}, numpy=True) for mode in _MODES[1:4]],
    Case("_npi_pad", ((2, 3),), {"pad_width": _WIDTHS, "constant_value": 2.5}, grad=True, numpy=True),
    Case("_npi_pad", ((2, 3),), {"pad_width": ((0, 0), (-1, 2))}, numpy=True),
    Case("_npi_pad", ((3,),), {"pad_width": (1, 2)}, grad=True, numpy=True),
    Case("_npi_pad", ((1, 2),), {"pad_width": _WIDTHS, "mode": "reflect", "reflect_type": "odd"}, numpy=True),
    *[
        Case("_npi_pad", (In((2, 3), dtype, 0, 2),), {"pad_width": _WIDTHS, "constant_value": 2.7}, numpy=True)
        for dtype in ("int32", "bool")
    ],
]


def _draw_pad(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, 4, 4)[:5], draw.choice((*NUMBERS, "bool"))
    attrs = draw.given(mode=draw.choice(_MODES), constant_value=draw.number(0, 9), reflect_type="odd")
    most = 4 if len(shape) < 3 else 2
    widths = tuple((draw.integer(0, most), draw.integer(0, most)) for _ in shape)
    attrs["pad_width"] = widths[0] if len(shape) == 1 else widths
    constant = attrs.get("mode", "constant") == "constant"
    kinds = ("ties", "extreme", *["nonfinite"] * constant) if dtype != "bool" else ()
    high = 2 if dtype == "bool" else 9
    return Case(
        "_npi_pad", (draw.data(shape, dtype, 0, high, also=kinds),), attrs, grad=constant and draw.flag(), numpy=True
    )


GENERATORS = {"_npi_pad": _draw_pad}

NOTES = {
    "_npi_pad": "MXNet has no gradient but that of the constant mode (a wrong one where negative pads crop), and its maximum and minimum pass over a nan or "
    "not as it comes; gluax has every gradient, and nan wins. MXNet takes up to five axes.",
}
