"""All operators without a leading underscore."""

from __future__ import annotations

from gluax.symbol.namespaces import namespace

__getattr__, __dir__ = namespace(__name__, "")
