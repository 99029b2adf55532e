"""What MXNet keeps in ``mx.contrib``, apart from operators and blocks."""

from __future__ import annotations

from gluax.contrib import quantization

__all__ = ["quantization"]
