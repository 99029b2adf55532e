"""Cases of gluax.ops.numpy_scalar.

Without gradients where MXNet's are wrong: _npi_rarctan2_scalar has x in the place of the number, and
_npi_where_lscalar passes the gradient where the number was taken.
"""

from __future__ import annotations

from tests.oracle.case import Case, In

_ARITHMETIC = (
    "add",
    "subtract",
    "rsubtract",
    "multiply",
    "mod",
    "rmod",
    "power",
    "rpower",
    "true_divide",
    "rtrue_divide",
)
_COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
_NUMBERS = [(2, True), (2.5, False)]
_CONDITION = In(values=[[0, 1, 0.4], [-1, 0, 2]])

CASES = [
    *[
        Case(
            f"_npi_{name}_scalar",
            (In((2, 3), low=0.5, high=3),),
            {"scalar": number, "is_int": whole},
            grad=name != "rarctan2",
            numpy=True,
        )
        for name in (*_ARITHMETIC, "arctan2", "rarctan2")
        for number, whole in _NUMBERS
    ],
    *[
        Case(f"_npi_{name}_scalar", (In((4,), dtype, 1, 6),), {"scalar": number, "is_int": whole}, numpy=True)
        for name in _ARITHMETIC
        for dtype in ("int32", "uint8")
        for number, whole in _NUMBERS
        if (name, dtype) != ("rsubtract", "uint8")
    ],
    *[
        Case(f"_npi_{name}_scalar", (In((4,), "bool", 0, 2),), {"scalar": 3}, numpy=True)
        for name in ("add", "true_divide")
    ],
    Case("_npi_multiply_scalar", (In((4,), "float16"),), {"scalar": 2.5, "is_int": False}, numpy=True),
    *[
        Case(
            f"_npi_{name}_scalar", (In(values=[1, 2, 3], dtype=dtype),), {"scalar": number, "is_int": whole}, numpy=True
        )
        for name in _COMPARISONS
        for dtype in ("float32", "int32")
        for number, whole in [*_NUMBERS, (2.5, True)]
    ],
    Case("_npi_where", (_CONDITION, (2, 3), (3,)), grad=(1, 2), numpy=True),
    Case("_npi_where", (In((3,), "bool", 0, 2), (2, 1), (3,)), grad=(1, 2), numpy=True),
    Case("_npi_where", (In((2, 3), "int8", 0, 2), (), ()), numpy=True),
    *[
        Case(f"_npi_where_{side}scalar", (_CONDITION, In((2, 3), dtype, -5, 5)), {"scalar": 2.5}, numpy=True)
        for side in "lr"
        for dtype in ("float32", "int32")
    ],
    *[
        Case(
            f"_npi_where_{side}scalar",
            (_CONDITION, (3,)),
            {"scalar": -1},
            grad=(1,) if side == "r" else False,
            numpy=True,
        )
        for side in "lr"
    ],
    Case("_npi_where_scalar2", (_CONDITION,), {"x": 2.5, "y": 3}, numpy=True),
]
