"""The operators with a leading underscore, under their full names."""

from __future__ import annotations

from gluax.ndarray.functions import namespace

__getattr__, __dir__ = namespace(__name__, "_")
