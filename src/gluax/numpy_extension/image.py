"""Image operators for numpy arrays, as ``mx.npx.image``."""

from __future__ import annotations

from gluax.numpy_extension.operators import namespace

__getattr__, __dir__ = namespace(__name__, "_npx__image_")
