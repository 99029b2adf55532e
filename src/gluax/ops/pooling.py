"""Pooling and its predecessor Pooling_v1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating
from gluax.ops._numbers import widen
from gluax.ops._pool_forms import Span, max_pool, sum_pool
from gluax.ops._windows import Window, check_rank, is_channels_last, join_shape, make_window, split_shape
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes

Convention = Literal["valid", "full", "same"]


def _rank(shape: Sequence[int], kernel: Shape, global_pool: bool) -> int:
    """Number of spatial axes: those of the kernel, or of the data where the kernel does not count."""
    if not kernel and not global_pool:
        raise ArgumentError("kernel is missing: give one, or global_pool=True")
    rank = len(shape) - 2 if global_pool else len(kernel)
    check_rank(shape, rank)
    return rank


def _window(
    attrs_kernel: Shape, stride: Shape, pad: Shape, spatial: Sequence[int], global_pool: bool, convention: str
) -> Window:
    if global_pool:
        return make_window(tuple(spatial))
    if convention == "same":
        if len(spatial) != 1:
            raise ShapeError(f"pooling_convention='same' is for one spatial axis; the data has {len(spatial)}")
        if any(pad):
            raise ArgumentError(f"pad {pad}: pooling_convention='same' pads by itself; leave pad out")
        pad = ()
    return make_window(attrs_kernel, stride, (), pad)


def _sizes(window: Window, spatial: Sequence[int], convention: str) -> Shape:
    """Number of windows along each axis: rounded down, up ("full"), or one for every stride ("same")."""
    if convention == "valid":
        return window.sizes(spatial)
    overlap = [0 if convention == "same" else p * 2 - k for p, k in zip(window.pad, window.kernel)]
    extra = 0 if convention == "same" else 1
    return tuple(
        -1 if size < 0 else math.ceil((size + o) / s) + extra for size, o, s in zip(spatial, overlap, window.stride)
    )


def _spans(window: Window, spatial: Sequence[int], counts: Shape, first_axis: int) -> tuple[Span, ...]:
    spans = []
    for i, (size, count) in enumerate(zip(spatial, counts)):
        kernel, stride, low = window.kernel[i], window.stride[i], window.pad[i]
        high = max(0, (count - 1) * stride + kernel - size - low)
        spans.append(Span(first_axis + i, kernel, stride, low, high, count))
    return tuple(spans)


def _shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    (data,) = ins
    if data is None:
        return ins, outs
    rank = _rank(data, attrs.kernel, attrs.global_pool)
    last = is_channels_last(attrs.get("layout"), rank)
    batch, channels, spatial = split_shape(data, last)
    if attrs.global_pool:
        sizes: Shape = (1,) * rank
    else:
        window = _window(attrs.kernel, attrs.stride, attrs.pad, spatial, False, attrs.pooling_convention)
        sizes = _sizes(window, spatial, attrs.pooling_convention)
    return ins, [merge_shapes(outs[0], join_shape(batch, channels, sizes, last)), *outs[1:]]


def _outputs(attrs: Attrs) -> int:
    """MXNet's builds with oneDNN keep a hidden workspace of max pooling, which its JSON counts."""
    has_workspace = attrs.pool_type == "max" and attrs.kernel and not (attrs.layout or "").endswith("C")
    return 2 if has_workspace else 1


@operator(
    "Pooling", aliases=("_npx_pooling",), outputs=_outputs, visible=1, output_names=("output", "workspace"),
    shapes=_shapes, hints=("cudnn_off",),
)  # fmt: skip
def pooling(
    data: jax.Array,
    *,
    kernel: Shape = (),
    pool_type: Literal["max", "avg", "sum", "lp"] = "max",
    global_pool: bool = False,
    pooling_convention: Convention = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Literal["NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC"] | None = None,
) -> jax.Array | tuple[jax.Array, jax.Array]:
    """Pooling over 1, 2 or 3 spatial axes of data (N, C, *spatial), or (N, *spatial, C) by `layout`.

    No stride means 1. avg divides by what a window covers of the padded data, or of the data alone with
    count_include_pad=False; a window outside both gives 0. lp takes no absolute values, so p_value 1 is
    the sum, and knows p_value 1, 2 and 3. `global_pool` ignores kernel, stride and pad.
    """
    require_floating(data, "Pooling")
    rank = _rank(data.shape, kernel, global_pool)
    last = is_channels_last(layout, rank)
    spatial = split_shape(data.shape, last)[2]
    window = _window(kernel, stride, pad, spatial, global_pool, pooling_convention)
    convention = "valid" if global_pool else pooling_convention
    if convention != "same":
        window.check_fits(spatial)
    counts = _sizes(window, spatial, convention)
    spans = _spans(window, spatial, counts, 1 if last else 2)
    if pool_type == "max":
        out = max_pool(data, spans)
    elif pool_type == "avg":
        covered = _covered(window, spatial, counts, count_include_pad is not False)
        total = sum_pool(widen(data), spans)
        out = (total / _divisor(covered, total.dtype, last)).astype(data.dtype)
    else:
        out = sum_pool(data, spans) if pool_type == "sum" else _lp_pool(data, spans, p_value)
    attrs = Attrs({"pool_type": pool_type, "kernel": kernel, "layout": layout})
    return (out, jnp.zeros((), jnp.int32)) if _outputs(attrs) == 2 else out


def _lp_pool(data: jax.Array, spans: Sequence[Span], p_value: int | None) -> jax.Array:
    if p_value not in (1, 2, 3):
        raise ArgumentError(f"p_value {p_value}: pool_type='lp' needs 1, 2 or 3")
    if p_value == 1:
        return sum_pool(data, spans)
    total = sum_pool(widen(data) ** p_value, spans)
    # The gradient of the root is infinite at 0; MXNet makes it 0.
    root = (jnp.sqrt if p_value == 2 else jnp.cbrt)(jnp.where(total == 0, 1, total))
    return jnp.where(total == 0, 0, root).astype(data.dtype)


def _covered(window: Window, spatial: Sequence[int], counts: Shape, with_pad: bool) -> np.ndarray:
    """How many elements each window covers; 1 for one that covers none."""
    covered = np.ones((), int)
    for size, count, kernel, stride, pad in zip(spatial, counts, window.kernel, window.stride, window.pad):
        start = np.arange(count) * stride - pad
        end = np.minimum(start + kernel, size + (pad if with_pad else 0))
        lengths = end - (start if with_pad else np.maximum(start, 0))
        covered = covered[..., None] * np.maximum(lengths, 0)
    return np.maximum(covered, 1)


def _divisor(covered: np.ndarray, dtype: np.dtype, channels_last: bool) -> jax.Array | float:
    if covered.min() == covered.max():
        return float(covered.max())
    return jnp.asarray(covered[..., None] if channels_last else covered, dtype)


@operator("Pooling_v1", shapes=_shapes)
def pooling_v1(
    data: jax.Array,
    *,
    kernel: Shape = (),
    pool_type: Literal["max", "avg", "sum"] = "max",
    global_pool: bool = False,
    pooling_convention: Literal["valid", "full"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
) -> jax.Array:
    """The pooling of old models, over data (N, C, H, W) or (N, C, D, H, W).

    Unlike Pooling, padding counts as zeros in max too, nan is passed on, all of equal elements get the
    gradient, and avg always divides by the size of the kernel.
    """
    require_floating(data, "Pooling_v1")
    if _rank(data.shape, kernel, global_pool) == 1:
        raise ShapeError("Pooling_v1 needs 2 or 3 spatial axes, got 1; use Pooling")
    spatial = data.shape[2:]
    window = _window(kernel, stride, pad, spatial, global_pool, pooling_convention)
    window.check_fits(spatial)
    spans = _spans(window, spatial, _sizes(window, spatial, pooling_convention), 2)
    if pool_type == "max":
        padded = jnp.pad(data, ((0, 0), (0, 0), *window.padding))
        return _every_max(padded, tuple(Span(s.axis, s.size, s.stride, 0, s.high, s.count) for s in spans))
    total = sum_pool(widen(data), spans)
    # MXNet multiplies by the inverse in single precision, which shows in float64 data.
    return (total * float(np.float32(1 / math.prod(window.kernel))) if pool_type == "avg" else total).astype(data.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _every_max(data: jax.Array, spans: tuple[Span, ...]) -> jax.Array:
    """Largest element of each window; every element that equals it gets the gradient."""
    return jnp.max(_windows(data, spans, -math.inf), axis=-1)


@_every_max.defjvp
def _every_max_jvp(spans, primals, tangents):
    (data,), (tangent,) = primals, tangents
    largest = _every_max(data, spans)
    equal = _windows(data, spans, -math.inf) == largest[..., None]
    return largest, jnp.sum(jnp.where(equal, _windows(tangent, spans, 0.0), 0), axis=-1)


def _windows(data: jax.Array, spans: tuple[Span, ...], fill: float) -> jax.Array:
    """Every window's elements along a new last axis."""
    padding = [(0, 0), (0, 0), *((0, s.high) for s in spans)]
    pieces = [jnp.pad(data, padding, constant_values=fill)]
    for span in spans:
        last = (span.count - 1) * span.stride + 1
        pieces = [
            jax.lax.slice_in_dim(p, i, i + last, span.stride, span.axis) for p in pieces for i in range(span.size)
        ]
    return jnp.stack(pieces, axis=-1)
