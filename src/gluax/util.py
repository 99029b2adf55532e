"""MXNet's switches of shape semantics, as ``mx.util``; see `gluax.ir.np_shape`."""

from __future__ import annotations

from gluax.ir.np_shape import is_np_shape, np_shape, set_np_shape

__all__ = ["is_np_shape", "np_shape", "set_np_shape"]
