"""Initializers of parameters, as ``mx.init``."""

from __future__ import annotations

from gluax.initializer.base import InitDesc, Initializer, alias, create, register
from gluax.initializer.combined import Load, Mixed
from gluax.initializer.fused_rnn import FusedRNN
from gluax.initializer.rules import (
    Bilinear,
    Constant,
    LSTMBias,
    MSRAPrelu,
    Normal,
    One,
    Orthogonal,
    Uniform,
    Xavier,
    Zero,
)

__all__ = [
    "Bilinear", "Constant", "FusedRNN", "InitDesc", "Initializer", "LSTMBias", "Load", "MSRAPrelu", "Mixed", "Normal",
    "One", "Orthogonal", "Uniform", "Xavier", "Zero", "alias", "create", "register",
]  # fmt: skip
