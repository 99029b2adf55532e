"""``mx.gluon.contrib.data``: another sampler."""

from __future__ import annotations

from gluax.gluon.contrib.data.sampler import IntervalSampler

__all__ = ["IntervalSampler"]
