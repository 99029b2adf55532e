"""Linear algebra: the operators ``_linalg_X`` as ``X``."""

from __future__ import annotations

from gluax.ndarray.functions import namespace

__getattr__, __dir__ = namespace(__name__, "_linalg_")
