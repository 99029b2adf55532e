"""Sliding blocks of pictures as the columns of a matrix, and back: im2col and col2im."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating
from gluax.ops._windows import Window, check_rank, make_window
from gluax.ops.registry import operator


def _taps(window: Window) -> Iterator[Shape]:
    """Where each tap of the kernel begins to read, the last axis fastest."""
    reach = [[k * d for k in range(size)] for size, d in zip(window.kernel, window.dilate)]
    return itertools.product(*reach)


@operator("im2col")
def im2col(data: jax.Array, *, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()) -> jax.Array:
    """Blocks of data (N, C, *spatial), 1 to 3 spatial axes: (N, C * taps, number of blocks), the taps fastest.

    MXNet's CPU code fails on 1 and 3 spatial axes; its documentation has them, and so does this.
    """
    require_floating(data, "im2col")
    window = make_window(kernel, stride, dilate, pad)
    check_rank(data.shape, window.rank)
    window.check_fits(data.shape[2:])
    padded = jnp.pad(data, [(0, 0), (0, 0), *window.padding])
    sizes = window.sizes(data.shape[2:])
    batch, channels = data.shape[:2]

    def read(first: Shape) -> jax.Array:
        ends = [at + (size - 1) * step + 1 for at, size, step in zip(first, sizes, window.stride)]
        return lax.slice(padded, (0, 0, *first), (batch, channels, *ends), (1, 1, *window.stride))

    taps = jnp.stack([read(first) for first in _taps(window)], 2)
    return taps.reshape(batch, channels * taps.shape[2], math.prod(sizes))


@operator("col2im")
def col2im(
    data: jax.Array,
    *,
    output_size: Shape,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
) -> jax.Array:
    """Blocks (N, C * taps, number of blocks) added up where they came from: (N, C, *output_size).

    The transpose of `im2col`, not its inverse. MXNet's CPU code fails on 1 and 3 spatial axes; this has them.
    """
    require_floating(data, "col2im")
    window = make_window(kernel, stride, dilate, pad)
    if len(output_size) != window.rank:
        raise ShapeError(f"output_size {output_size}: expected {window.rank} sizes, one for each axis of {kernel}")
    window.check_fits(output_size)
    sizes, taps = window.sizes(output_size), math.prod(window.kernel)
    if data.ndim != 3 or data.shape[1] % taps or data.shape[2] != math.prod(sizes):
        raise ShapeError(
            f"expected data (N, C * {taps}, {math.prod(sizes)}) for output_size {output_size}, got {data.shape}"
        )
    blocks = data.reshape(data.shape[0], data.shape[1] // taps, taps, *sizes)
    zero = jnp.zeros((), data.dtype)
    total = zero
    for number, first in enumerate(_taps(window)):
        spans = zip(first, output_size, window.pad, sizes, window.stride)
        # A negative edge cuts off what falls on the padding.
        edges = [(at - p, size + p - at - (count - 1) * step - 1, step - 1) for at, size, p, count, step in spans]
        total = total + lax.pad(blocks[:, :, number], zero, [(0, 0, 0), (0, 0, 0), *edges])
    return total
