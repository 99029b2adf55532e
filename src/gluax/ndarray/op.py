"""All operators without a leading underscore."""

from __future__ import annotations

from gluax.ndarray.functions import namespace

__getattr__, __dir__ = namespace(__name__, "")
