"""gluax: run Apache MXNet models on JAX.

net = gluax.gluon.SymbolBlock.imports("model-symbol.json", ["data"], "model-0000.params")   # the Gluon door
model = gluax.load("model-symbol.json", "model-0000.params")                                # the JAX door
"""

from __future__ import annotations

from gluax import gluon, random, symbol
from gluax import symbol as sym
from gluax.context import Context, cpu, gpu, num_gpus, tpu
from gluax.errors import GluaxError, MXNetError
from gluax.lowering.model import Model, load

__version__ = "0.1.0"

__all__ = [
    "Context", "GluaxError", "MXNetError", "Model", "cpu", "gluon", "gpu", "load", "num_gpus", "random", "sym",
    "symbol", "tpu",
]  # fmt: skip
