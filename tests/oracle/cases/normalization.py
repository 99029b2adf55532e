"""Cases of gluax.ops.normalization. MXNet has no kernels for integers; InstanceNorm and LRN take float32 only."""

from __future__ import annotations

from dataclasses import replace

from tests.oracle.case import Case, In
from tests.oracle.draw import FLOATS, Draw


def _case(op, shape, count, dtype="float32", low=-1.0, **attrs) -> Case:
    inputs = (In(shape, dtype, low, low + 2), *(In((count,), dtype) for _ in range(2 if count else 0)))
    return Case(op, inputs, attrs, 3 if attrs.get("output_mean_var") else 1, grad=True)


CASES = [
    *[
        _case("LayerNorm", shape, shape[axis], axis=axis, eps=eps)
        for shape, axis in [((7,), 0), ((3, 5), -1), ((2, 3, 4), -1), ((2, 3, 4), 1), ((3, 4, 5), 0)]
        for eps in (1e-5, 0.1)
    ],
    *[
        _case("LayerNorm", (2, 3, 4), 4, output_mean_var=True),
        replace(_case("LayerNorm", (2, 3), 3, low=50.0), atol=1e-4, why="data far from 0"),
    ],
    *[_case("LayerNorm", (2, 3, 4), 3, axis=-2, output_mean_var=True), _case("_npx_layer_norm", (3, 5), 5)],
    *[_case("LayerNorm", (3, 8), 8, dtype) for dtype in ("float64", "float16")],
    *[_case("LayerNorm", (2, 3, 1), 1), _case("LayerNorm", (2, 300), 300)],
    *[_case("GroupNorm", (2, 6, *rest), groups, num_groups=groups) for groups in (1, 2, 6) for rest in ((4,), (3, 4))],
    *[_case("GroupNorm", (2, 6, 4), 3, num_groups=3, output_mean_var=True, eps=0.1)],
    _case("GroupNorm", (2, 6, 4), 2, "float64", num_groups=2),
    *[_case("InstanceNorm", (2, 3, *rest), 3, eps=eps) for rest in ((4,), (3, 4), (2, 2, 3)) for eps in (0.001, 0.1)],
    *[
        _case("L2Normalization", shape, 0, dtype, mode=mode, eps=eps)
        for mode in ("instance", "channel", "spatial")
        for shape in ((2, 3, 4), (2, 3, 4, 5))
        for dtype, eps in (("float32", 1e-10), ("float64", 0.1))
    ],
    *[_case("L2Normalization", (3, 4), 0), _case("L2Normalization", (2, 3, 4), 0, "float16", mode="channel")],
    *[Case("L2Normalization", (In(values=[[0.0, 0.0], [3.0, 4.0]]),), {}, grad=True)],
    *[_case("LRN", (2, 7, 3, 2), 0, nsize=nsize) for nsize in (1, 3, 5, 7)],
    *[
        _case("LRN", (2, 7, 3, 2), 0, low=2.0, nsize=5, alpha=0.5, beta=beta, knorm=knorm)
        for beta, knorm in [(0.75, 1.0), (1.2, 0.3)]
    ],
]


_CANCEL = {
    "float32": {"atol": 1e-5, "why": "gradients are small differences of large terms"},
    "float16": {
        "rtol": 1e-2,
        "atol": 5e-2,
        "why": "gradients are small differences of large terms, rounded one by one",
    },
}


def _parameters(draw: Draw, shape: tuple[int, ...], count: int, dtype: str) -> tuple[In, ...]:
    low = -1.0 if dtype == "float16" else draw.number(-3, 3)  # MXNet rounds the differences from the mean to it
    return (draw.data(shape, dtype, low, low + 2, also=()), *(In((count,), dtype) for _ in range(2)))


def _draw_layer_norm(draw: Draw) -> Case:
    shape, dtype = draw.shape(), draw.choice(FLOATS)
    axis = draw.choice((-1, draw.axis(len(shape))))
    # The gradient of fewer than three numbers is next to nothing, the small difference of large terms.
    shape = tuple(max(3, size) if i == axis % len(shape) else size for i, size in enumerate(shape))
    attrs = {
        **({"axis": axis} if axis != -1 else draw.given(axis=-1)),
        **draw.given(eps=draw.number(0.001, 0.1), output_mean_var=draw.flag()),
    }
    inputs = _parameters(draw, shape, shape[axis], dtype)
    return Case(
        "LayerNorm", inputs, attrs, 3 if attrs.get("output_mean_var") else 1, grad=True, **_CANCEL.get(dtype, {})
    )


def _draw_group_norm(draw: Draw) -> Case:
    groups, dtype = draw.integer(1, 3), draw.choice(FLOATS)
    shape = (draw.integer(1, 3), groups * draw.integer(1, 3), *draw.shape(1, 3, 4))
    attrs = draw.given(eps=draw.number(0.001, 0.1), output_mean_var=draw.flag())
    attrs |= {"num_groups": groups} if groups > 1 else draw.given(num_groups=1)
    inputs = _parameters(draw, shape, groups, dtype)
    return Case(
        "GroupNorm", inputs, attrs, 3 if attrs.get("output_mean_var") else 1, grad=True, **_CANCEL.get(dtype, {})
    )


def _draw_instance_norm(draw: Draw) -> Case:
    shape = draw.shape(3, 4)
    return Case(
        "InstanceNorm",
        _parameters(draw, shape, shape[1], "float32"),
        draw.given(eps=draw.number(0.001, 0.1)),
        grad=True,
    )


def _draw_l2(draw: Draw) -> Case:
    mode, dtype = draw.choice(("instance", "channel", "spatial", None)), draw.choice(FLOATS)
    low = draw.choice((0.2, -2.0))  # small norms make large derivatives
    data = draw.data(
        draw.shape(2 if mode in ("instance", None) else 3), dtype, low, low + 1.8, also=("ties", "nonfinite")
    )
    attrs = {**({"mode": mode} if mode else {}), **draw.given(eps=draw.number(0.001, 0.1))}
    return Case("L2Normalization", (data,), attrs, grad=True, **_CANCEL.get(dtype, {}))


def _draw_lrn(draw: Draw) -> Case:
    nsize = draw.choice((1, 3, 5))
    shape = (draw.integer(1, 3), nsize + draw.integer(0, 3), draw.integer(1, 3), draw.integer(1, 3))
    attrs = draw.given(alpha=draw.number(0, 1), beta=draw.number(0, 2), knorm=draw.number(0.1, 2))
    return Case("LRN", (draw.data(shape, also=("ties",)),), {"nsize": nsize, **attrs}, grad=True)


GENERATORS = {
    "LayerNorm": _draw_layer_norm,
    "GroupNorm": _draw_group_norm,
    "InstanceNorm": _draw_instance_norm,
    "L2Normalization": _draw_l2,
    "LRN": _draw_lrn,
}

NOTES = {
    "L2Normalization": "In float16 MXNet's default eps is 0, and a norm of 0 gives nan; gluax computes in float32: 0 stays 0.",
}
