"""Blocks outside of MXNet's stable interface, as ``mx.gluon.contrib``."""

from __future__ import annotations

from gluax.gluon.contrib import cnn, nn, rnn

__all__ = ["cnn", "nn", "rnn"]
