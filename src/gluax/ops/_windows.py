"""Sliding windows shared by convolution, deconvolution and pooling: sizes, layouts, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gluax.errors import ArgumentError, ShapeError
from gluax.ir.attributes import Shape


@dataclass(frozen=True)
class Window:
    """A window over 1 to 3 spatial axes; `pad` is on both sides."""

    kernel: Shape
    stride: Shape
    dilate: Shape
    pad: Shape

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.kernel)

    @property
    def extent(self) -> Shape:
        """The kernel's size with its holes."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilate))

    @property
    def padding(self) -> list[tuple[int, int]]:
        """Padding as `lax` takes it."""
        return [(p, p) for p in self.pad]

    def axes(self, start: int, end: int) -> Window:
        """The window over some of its axes."""
        return Window(*(value[start:end] for value in (self.kernel, self.stride, self.dilate, self.pad)))

    def sizes(self, spatial: Sequence[int]) -> Shape:
        """Number of windows along each axis; -1 where the size is unknown."""
        return tuple(
            -1 if size < 0 else (size + 2 * p - e) // s + 1
            for size, p, e, s in zip(spatial, self.pad, self.extent, self.stride)
        )

    def check_fits(self, spatial: Sequence[int]) -> None:
        """Raise `ShapeError` when the window is larger than the padded data; unknown sizes (-1) pass."""
        for size, p, e in zip(spatial, self.pad, self.extent):
            if 0 <= size < e - 2 * p:
                raise ShapeError(
                    f"the kernel {self.kernel} (dilate {self.dilate}) does not fit into data of size {tuple(spatial)} "
                    f"padded by {self.pad}: it spans {self.extent}; use a smaller kernel or more padding"
                )


def make_window(kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()) -> Window:
    """A window from attributes, where an empty tuple means the default.

    Raises:
      ArgumentError: when the lengths differ or a size is out of range.
    """
    rank = len(kernel)
    if not 1 <= rank <= 3:
        raise ArgumentError(f"kernel {kernel}: expected 1, 2 or 3 sizes, got {rank}")
    window = Window(kernel, stride or (1,) * rank, dilate or (1,) * rank, pad or (0,) * rank)
    for name, least in (("kernel", 1), ("stride", 1), ("dilate", 1), ("pad", 0)):
        value = getattr(window, name)
        if len(value) != rank:
            raise ArgumentError(f"{name} {value}: expected {rank} numbers, one for each axis of kernel {kernel}")
        if min(value) < least:
            raise ArgumentError(f"{name} {value}: expected numbers of at least {least}")
    return window


def is_channels_last(layout: str | None, rank: int) -> bool:
    """Whether a layout attribute puts the channels last.

    Raises:
      ArgumentError: when the layout is for another number of spatial axes.
    """
    if layout is None:
        return False
    if len(layout) != rank + 2:
        raise ArgumentError(f"layout {layout!r} is for {len(layout) - 2} spatial axes; the kernel has {rank}")
    return layout[-1] == "C"


def split_shape(shape: Sequence[int], channels_last: bool) -> tuple[int, int, Shape]:
    """Batch, channels and spatial sizes of a shape."""
    batch, *rest = shape
    return (batch, rest[-1], tuple(rest[:-1])) if channels_last else (batch, rest[0], tuple(rest[1:]))


def join_shape(batch: int, channels: int, spatial: Sequence[int], channels_last: bool) -> Shape:
    """The inverse of `split_shape`."""
    return (batch, *spatial, channels) if channels_last else (batch, channels, *spatial)


def check_rank(shape: Sequence[int], rank: int) -> None:
    """Raise `ShapeError` unless data has batch, channels and `rank` spatial axes."""
    if len(shape) != rank + 2:
        raise ShapeError(f"expected data of rank {rank + 2} (batch, channels, {rank} spatial axes), got {tuple(shape)}")


def to_channels_last(data: jax.Array) -> jax.Array:
    """(N, C, *spatial) -> (N, *spatial, C)."""
    return jnp.moveaxis(data, 1, -1)


def to_channels_first(data: jax.Array) -> jax.Array:
    """(N, *spatial, C) -> (N, C, *spatial)."""
    return jnp.moveaxis(data, -1, 1)
