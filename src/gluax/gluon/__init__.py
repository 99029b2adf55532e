"""The Gluon door: blocks with MXNet's interface over compiled JAX functions."""

from __future__ import annotations

from gluax.gluon.parameter import Parameter, ParameterDict
from gluax.gluon.symbol_block import SymbolBlock

__all__ = ["Parameter", "ParameterDict", "SymbolBlock"]
