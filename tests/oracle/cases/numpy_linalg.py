"""Cases of gluax.ops.numpy_linalg.

Left out: what MXNet refuses (complex eigenvalues, singular systems); eigenvectors of equal eigenvalues, which are
arbitrary; numbers of which two vector components of largest size would decide a sign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.case import Case, In
from tests.oracle.draw import Draw

_KINDS = ("float32", "float64")
_INTS = ("int8", "int32", "int64")
_SPREAD = "the condition of the matrices multiplies rounding"


def spread(shape: tuple[int, ...], seed: int, *, symmetric: bool = False, factor: float = 1.0) -> list[Any]:
    """Values of matrices (..., m, n) whose singular values, or eigenvalues, are far apart and far from 0."""
    random = np.random.RandomState(seed)
    *batch, rows, columns = shape
    size = min(rows, columns)
    left = np.linalg.qr(random.normal(size=(*batch, rows, size)))[0]
    right = left if symmetric else np.linalg.qr(random.normal(size=(*batch, columns, size)))[0]
    values = random.permutation(size) * 0.8 + random.uniform(0.6, 1.0, size)
    return (factor * (left * values) @ np.swapaxes(right, -1, -2)).astype("float32").tolist()


def _matrices(shape: tuple[int, ...], dtype: str, seed: int = 0, *, symmetric: bool = False) -> In:
    factor = 9.0 if np.dtype(dtype).kind in "iu" else 1.0
    return In(shape, dtype, values=spread(shape, seed, symmetric=symmetric, factor=factor))


def _case(op: str, inputs: tuple[Any, ...], attrs: dict[str, Any] | None = None, **options: Any) -> Case:
    """Loose for float32: systems multiply rounding by their condition."""
    single = any(spec.dtype == "float32" for spec in inputs)
    loose: dict[str, Any] = {"rtol": 5e-5, "why": _SPREAD} if single else {}
    return Case(f"_npi_{op}", inputs, attrs or {}, numpy=True, **{**loose, **options})


def _by_matrix(attrs: dict[str, Any]) -> bool:
    """Whether it is a norm of matrices whose gradient MXNet gets wrong (see `NOTES`)."""
    return len(attrs.get("axis", (0, 1))) == 2 and attrs.get("flag", -1) in (-1, 0)


CASES = [
    *[
        _case(op, (_matrices(shape, dtype, symmetric=True),), attrs, outputs=outputs, grad=True)
        for shape, dtype in [((3, 3), "float32"), ((2, 4, 4), "float64")]
        for op, attrs, outputs in [
            ("cholesky", {}, 1),
            ("cholesky", {"lower": False}, 1),
            ("eig", {}, 2),
            ("eigvals", {}, 1),
            ("eigh", {}, 2),
            ("eigvalsh", {"UPLO": "U"}, 1),
        ]
    ],
    *[
        _case(op, (_matrices(shape, "float64"),), outputs=outputs, grad=True)
        for shape in [(3, 3), (2, 3, 3)]
        for op, outputs in [("det", 1), ("slogdet", 2)]
    ],
    *[_case(op, (_matrices((3, 3), "int32", 2),), {"UPLO": "U"}, outputs=n) for op, n in [("eigh", 2), ("eigvalsh", 1)]],
    *[_case(op, (In(values=[[2, 1], [4, 3]], dtype="int64"),), outputs=n) for op, n in [("eig", 2), ("eigvals", 1)]],
    _case("eigh", (_matrices((2, 3, 3), "float64", 3),), outputs=2),
    *[
        _case("svd", (_matrices(shape, dtype),), outputs=3, grad=True)
        for shape, dtype in [((3, 3), "float64"), ((2, 2, 4), "float32"), ((1, 3), "float64")]
    ],
    *[
        _case("solve", (_matrices((*batch, 3, 3), dtype), In((*batch, 3, 2), dtype)), grad=True)
        for batch, dtype in [((), "float32"), ((2,), "float64")]
    ],
    *[_case("solve", (_matrices((2, 3, 3), a), In((2, 3), b, 1, 9))) for a, b in [("float32", "float32"), ("int64", "float32")]],
    *[
        _case("tensorinv", (In(shape, "float64", values=np.reshape(spread((6, 6), 1), shape).tolist()),), attrs, grad=True)
        for shape, attrs in [((2, 3, 6), {}), ((6, 3, 2), {"ind": 1}), ((3, 2, 2, 3), {"ind": 2})]
    ],
    *[
        _case("tensorsolve", (In(shape, "float64", values=np.reshape(spread((6, 6), 1), shape).tolist()), In(b, "float64")), attrs, grad=True)
        for shape, b, attrs in [((2, 3, 6), (2, 3), {}), ((2, 6, 3), (6,), {"a_axes": (0, 2)}), ((2, 6, 3), (6,), {"a_axes": (0,)})]
    ],
    *[
        _case("pinv_scalar_rcond", (_matrices(shape, dtype),), attrs, grad=True)
        for shape, dtype, attrs in [((2, 3), "float64", {}), ((2, 3, 2), "float32", {"rcond": 0.5}), ((2, 2), "float32", {"hermitian": True})]
    ],
    _case("pinv", (_matrices((2, 3, 2), "float64"), In(dtype="float64", values=[0.9, 0.1])), grad=True),
    _case("pinv", (_matrices((2, 3), "float32"), In(dtype="float32", values=0.1))),
    *[
        _case("norm", (_matrices((2, 3, 4), dtype),), attrs, grad=not _by_matrix(attrs))
        for dtype, attrs in [
            ("float64", {}),
            ("float32", {"flag": -2}),
            ("float64", {"flag": -2, "keepdims": True}),
            *[("float64", {"ord": order, "axis": (1,)}) for order in (0, 1, 2, -1, 0.5, 3)],
            *[("float64", {"ord": order, "axis": (-1, 0), "flag": 0}) for order in (1, -1, "inf", "-inf")],
            ("float32", {"ord": 2, "axis": (0, 2), "flag": 1, "keepdims": True}),
            ("float64", {"ord": -2, "axis": (0, 2), "flag": 0}),
            ("float64", {"ord": 2, "axis": (1, 2), "flag": 2}),
        ]
    ],
]  # fmt: skip


def _batch(draw: Draw) -> tuple[int, ...]:
    return tuple(draw.integer(1, 3) for _ in range(draw.choice((0, 0, 1, 2))))


def _draw_eigen(op: str, outputs: int) -> Callable[[Draw], Case]:
    """Symmetric matrices: their eigenvalues are real. Of the eigenvalues and eigenvectors MXNet has no gradient."""

    def generate(draw: Draw) -> Case:
        dtype = draw.choice(_INTS[1:] if op.startswith("eig") and draw.flag(0.2) else _KINDS)
        # The order of eigenvalues is that in which LAPACK's iteration finds them: in large matrices rounding changes it.
        largest = 3 if dtype == "float32" and op in ("eig", "eigvals") else 5
        shape = (*_batch(draw), *[draw.integer(1, largest)] * 2)
        data = _matrices(shape, dtype, draw.integer(0, 10**6), symmetric=True)
        attrs: dict[str, Any] = {"lower": draw.flag()} if op == "cholesky" else {}
        attrs |= {"UPLO": draw.choice("LU")} if op in ("eigh", "eigvalsh") else {}
        grad = dtype in _KINDS and draw.flag()
        return _case(op, (data,), draw.given(**attrs), outputs=outputs, grad=grad)

    return generate


def _draw_svd(draw: Draw) -> Case:
    rows = draw.integer(1, 4)
    shape = (*_batch(draw), rows, draw.integer(rows, 5))
    return _case("svd", (_matrices(shape, draw.choice(_KINDS), draw.integer(0, 10**6)),), outputs=3, grad=draw.flag())


def _draw_solve(draw: Draw) -> Case:
    batch, size = _batch(draw), draw.integer(1, 4)
    kinds = [draw.choice((*_KINDS, *_INTS)) for _ in range(2)] if draw.flag(0.3) else [draw.choice(_KINDS)] * 2
    first = _matrices((*batch, size, size), kinds[0], draw.integer(0, 10**6))
    columns = (draw.integer(1, 3),) if draw.flag(0.7) else ()
    second = draw.data((*batch, size, *columns), kinds[1], -1 if kinds[1] in _KINDS else 1, 2, also=("ties",))
    # MXNet's own gradient fails for vectors, and on types that differ.
    return _case(
        "solve", (first, second), grad=bool(columns) and kinds[0] == kinds[1] and kinds[0] in _KINDS and draw.flag()
    )


_SPLITS = [
    ((2, 3), (6,)),
    ((6,), (3, 2)),
    ((4,), (2, 2)),
    ((2, 2), (4, 1)),
    ((3,), (3,)),
    ((2, 3), (3, 2)),
    ((1,), (1,)),
]


def _tensor(draw: Draw, front: tuple[int, ...], back: tuple[int, ...], places: tuple[int, ...]) -> In:
    """A well conditioned matrix from the axes of `back`, which are put at `places`, to those of `front`."""
    size, rank = int(np.prod(front)), len(front) + len(back)
    values = np.reshape(spread((size, size), draw.integer(0, 10**6)), (*front, *back))
    moved = np.moveaxis(values, range(len(front), rank), places)
    return In(moved.shape, draw.choice(_KINDS), values=moved.tolist())


def _last(front: tuple[int, ...], back: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(len(front), len(front) + len(back)))


def _draw_tensorinv(draw: Draw) -> Case:
    front, back = draw.choice(_SPLITS)
    attrs = draw.given(ind=2) if len(front) == 2 else {"ind": len(front)}
    return _case("tensorinv", (_tensor(draw, front, back, _last(front, back)),), attrs, grad=draw.flag())


def _draw_tensorsolve(draw: Draw) -> Case:
    front, back = draw.choice(_SPLITS)
    last = _last(front, back)
    moved = draw.some(range(last[-1] + 1), len(back), len(back)) if draw.flag() else last
    data = _tensor(draw, front, back, moved)
    attrs = draw.given(a_axes=()) if moved == last else {"a_axes": moved}
    return _case("tensorsolve", (data, draw.data(front, data.dtype, also=())), attrs, grad=draw.flag())


def _draw_pinv(draw: Draw) -> Case:
    batch = _batch(draw)
    shape, dtype = (*batch, draw.integer(1, 4), draw.integer(1, 4)), draw.choice(_KINDS)
    # Singular values are 0.6 to 1.0 and multiples of 0.8 more: a cutoff between two of them.
    cutoffs = In((draw.choice((batch[-1], 1)),) if batch and draw.flag() else (), dtype, 0.0, 0.25)
    return _case(
        "pinv",
        (_matrices(shape, dtype, draw.integer(0, 10**6)), cutoffs),
        draw.given(hermitian=False),
        grad=draw.flag(),
    )


def _draw_pinv_scalar(draw: Draw) -> Case:
    shape, dtype = (*_batch(draw), draw.integer(1, 4), draw.integer(1, 4)), draw.choice(_KINDS)
    attrs = draw.given(rcond=draw.choice((0.0, 0.1, 0.3)), hermitian=draw.flag())
    return _case("pinv_scalar_rcond", (_matrices(shape, dtype, draw.integer(0, 10**6)),), attrs, grad=draw.flag())


def _draw_norm(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, 4, 4), draw.choice(_KINDS)
    rank, kinds = len(shape), ("all", "vector", "matrix", "frobenius", "nuclear")
    kind = draw.choice(kinds if rank > 1 else kinds[:2])
    attrs: dict[str, Any] = draw.given(keepdims=draw.flag())
    axes = tuple(axis - draw.choice((0, rank)) for axis in draw.some(range(rank), 2, 2)) if rank > 1 else (0,)
    if kind == "all":
        attrs |= {"flag": -2, **draw.given(ord=2)}
    elif kind == "vector":
        order = draw.choice((0, 1, 2, 3, 0.5, -1, -2, 1.5))
        attrs |= {"axis": axes[:1], **draw.given(flag=-1, ord=order)}
    elif kind == "matrix":
        order = draw.choice((1, -1, 2, -2, "inf", "-inf"))
        attrs |= {**draw.given(0.8, axis=axes), **draw.given(ord=order, flag=0)}
    else:
        attrs |= {"flag": 1 if kind == "frobenius" else 2, "ord": 2, **draw.given(0.8, axis=axes)}
    spectral = kind in ("matrix", "nuclear") and attrs.get("ord", 2) in (2, -2)
    if spectral and shape[attrs.get("axis", (-2, -1))[0]] > shape[attrs.get("axis", (-2, -1))[1]]:
        attrs["ord"], attrs["flag"], spectral = 1, 0, False  # MXNet has the singular values of wide matrices only
    # MXNet gets the gradient of most norms of matrices wrong, see `NOTES`.
    grad = not (kind in ("matrix", "nuclear") and attrs.get("flag", -1) != 2) and draw.flag()
    return _case("norm", (draw.data(shape, dtype, also=() if spectral else ("ties",)),), attrs, grad=grad)


_FACTORED = [("cholesky", 1), ("det", 1), ("slogdet", 2), ("eig", 2), ("eigvals", 1), ("eigh", 2), ("eigvalsh", 1)]

GENERATORS = {
    **{f"_npi_{op}": _draw_eigen(op, outputs) for op, outputs in _FACTORED},
    "_npi_svd": _draw_svd,
    "_npi_solve": _draw_solve,
    "_npi_tensorinv": _draw_tensorinv,
    "_npi_tensorsolve": _draw_tensorsolve,
    "_npi_pinv": _draw_pinv,
    "_npi_pinv_scalar_rcond": _draw_pinv_scalar,
    "_npi_norm": _draw_norm,
}

_REAL = "MXNet stops with an error for complex eigenvalues; gluax, which cannot raise in a compiled program, gives nan."

NOTES = {
    **dict.fromkeys(("_npi_eig", "_npi_eigvals"), f"{_REAL} The order is LAPACK's, which rounding may change."),
    "_npi_eigh": "MXNet's gradient is 0; the largest component of each eigenvector is positive.",
    "_npi_svd": "The largest component of each row of V is positive.",
    "_npi_solve": "MXNet fails in the gradient for vectors and for mixed types; gluax has it.",
    "_npi_norm": "MXNet's gradient of the norms of matrices by ord 1, -1, 2, -2, inf and -inf holds the head gradient twice, "
    "gluax's once; it has the spectral and nuclear norms of wide matrices only; norms of integers are wrong in MXNet, "
    "truncated in gluax.",
}
