"""Blocks outside of MXNet's stable interface, as ``mx.gluon.contrib``."""

from __future__ import annotations

from gluax.gluon.contrib import cnn, data, nn, rnn

__all__ = ["cnn", "data", "nn", "rnn"]
