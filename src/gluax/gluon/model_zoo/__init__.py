"""Predefined and pretrained networks."""

from __future__ import annotations

from gluax.gluon.model_zoo import model_store, vision

__all__ = ["model_store", "vision"]
