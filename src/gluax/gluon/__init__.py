"""The Gluon door: blocks with MXNet's interface over compiled JAX functions."""

from __future__ import annotations

from gluax.gluon import contrib, data, loss, model_zoo, nn, rnn, utils
from gluax.gluon.block import Block
from gluax.gluon.constant import Constant
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.parameter import DeferredInitializationError, Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.symbol_block import SymbolBlock
from gluax.gluon.trainer import Trainer

__all__ = [
    "Block", "Constant", "DeferredInitializationError", "HybridBlock", "Parameter", "ParameterDict", "SymbolBlock",
    "Trainer", "contrib", "data", "loss", "model_zoo", "nn", "rnn", "utils",
]  # fmt: skip
