"""Cases of gluax.ops.numpy_ops.

Without gradients where MXNet's are wrong: matmul with both sides broadcast, rot90 by an odd number of quarters.
"""

from __future__ import annotations

from tests.oracle.case import Case, In

_MATMULS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 1, 2, 3), (4, 3, 2)),
    ((3,), (4, 3, 2)),
    ((4, 2, 3), (3,)),
]
_EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("ij,jk", (2, 3), (3, 2)),
    ("bij,bkj->bik", (2, 2, 3), (2, 4, 3)),
    ("...j,jk->...k", (4, 2, 3), (3, 2)),
    ("i,j", (2,), (3,)),
    ("i,i", (3,), (3,)),
    ("ij , jk -> ik", (2, 3), (3, 2)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
]
_STACKS = [
    ("_npi_vstack", (3,), (2, 3)),
    ("_npi_hstack", (3,), (2,)),
    ("_npi_hstack", (2, 3), (2, 1)),
    ("_npi_dstack", (3,), (3,)),
    ("_npi_dstack", (2, 3), (2, 3)),
    ("_npi_column_stack", (3,), (3, 2)),
    ("_npi_vstack", (), ()),
    ("_npi_hstack", (), ()),
]
_ONE = [
    ("_npi_flip", (2, 3), {"axis": (0, 1)}),
    ("_npi_flip", (2, 3), {"axis": ()}),
    ("_np_roll", (2, 3), {"shift": 1}),
    ("_np_roll", (2, 3), {"shift": (1, -1), "axis": (0, 1)}),
    ("_np_roll", (2, 3), {"shift": 4, "axis": -1}),
    ("_np_roll", (2, 3), {"shift": 1, "axis": (0, 1)}),
    ("_np_moveaxis", (2, 3, 4), {"source": (0,), "destination": (-1,)}),
    ("_np_moveaxis", (2, 3, 4), {"source": (0, 1), "destination": (2, 0)}),
    *[("_npi_rot90", (2, 3), {"axes": (0, 1), "k": k}) for k in (0, 2)],
    ("_npi_broadcast_to", (3,), {"shape": (2, 3)}),
    ("_npi_broadcast_to", (2, 1), {"shape": (4, 2, 3)}),
    *[("_npi_tril", (2, 3, 3), {"k": k}) for k in (0, 1, -1)],
    ("_npi_tril", (3,), {}),
    *[("_np_diag", shape, {"k": k}) for shape in [(3,), (3, 4)] for k in (0, 1)],
    ("_np_diagflat", (2, 2), {"k": -1}),
    ("_np_diagonal", (2, 3, 4), {"offset": 1}),
    ("_np_diagonal", (2, 3, 4), {"offset": -1, "axis1": 2, "axis2": 1}),
    ("_np_trace", (2, 3), {"offset": 1}),
    ("_np_trace", (2, 3, 4), {"axis1": -1, "axis2": 0}),
]

CASES = [
    *[Case("_npi_matmul", shapes, grad=shapes[0] != (2, 1, 2, 3), numpy=True) for shapes in _MATMULS],
    Case("_npi_matmul", (In((2, 3), "float64"), In((3, 2), "float64")), numpy=True),
    *[
        Case("_npi_einsum", shapes, {"num_args": len(shapes), "subscripts": subscripts}, grad=True, numpy=True)
        for subscripts, *shapes in _EINSUMS
    ],
    *[
        Case(
            "_npi_einsum",
            (In((2, 3), dtype, 0, 9), In((3, 2), dtype, 0, 9)),
            {"num_args": 2, "subscripts": "ij,jk->ik"},
            numpy=True,
        )
        for dtype in ("int32", "float16", "float64")
    ],
    Case(
        "_npi_einsum",
        ((2, 3), (3, 2), (2, 4)),
        {"num_args": 3, "subscripts": "ij,jk,kl->il", "optimize": 1},
        numpy=True,
    ),
    *[
        Case("_np_dot", shapes, grad=True, numpy=True)
        for shapes in [((2, 3), (3,)), ((2, 3), (4, 3, 2)), ((3,), (3,)), ((), (3,))]
    ],
    Case(
        "_npi_tensordot",
        ((2, 3, 4), (4, 3, 2)),
        {"a_axes_summed": (1, 2), "b_axes_summed": (1, 0)},
        grad=True,
        numpy=True,
    ),
    *[
        Case("_npi_tensordot_int_axes", shapes, {"axes": axes}, grad=True, numpy=True)
        for axes, *shapes in [(1, (2, 3), (3, 2)), (0, (2,), (3,)), (2, (4, 2, 3), (2, 3))]
    ],
    *[Case(name, tuple(shapes), {"num_args": 2}, grad=True, numpy=True) for name, *shapes in _STACKS],
    *[
        Case(f"_np_atleast_{n}d", ((), (3,), (2, 3)), {"num_args": 3}, outputs=3, grad=True, numpy=True)
        for n in (1, 2, 3)
    ],
    *[
        Case(name, (shape,), {"indices": indices, "sections": sections, "axis": axis}, outputs=2, grad=True, numpy=True)
        for name, shape, axis, indices, sections in [
            ("_npi_hsplit", (2, 4), 1, (), 2),
            ("_npi_hsplit", (4,), 0, (), 2),
            ("_npi_hsplit", (2, 4), 1, (0, 1), 0),
            ("_npi_dsplit", (1, 2, 4), 2, (), 2),
        ]
    ],
    *[Case(name, (shape,), attrs, grad=True, numpy=True) for name, shape, attrs in _ONE],
    *[Case("_npi_rot90", ((2, 3),), {"axes": (0, 1), "k": k}, numpy=True) for k in (1, 3, -1)],
    *[
        Case(name, (), {"shape": shape, "dtype": dtype}, numpy=True)
        for name in ("_npi_zeros", "_npi_ones")
        for shape, dtype in [((2, 3), "float32"), ((), "float64"), ((0, 2), "int32"), ((2,), "bool")]
    ],
    *[
        Case("_npi_full_like", ((2,),), {"fill_value": 2.5, **attrs}, numpy=True)
        for attrs in ({}, {"dtype": "int32"}, {"dtype": "bool"})
    ],
]
