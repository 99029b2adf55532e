"""MXNet's sparse operators. Everything is dense here: each is its dense counterpart of the same name."""

from __future__ import annotations

from gluax.symbol.namespaces import namespace

__getattr__, __dir__ = namespace(__name__, "")
