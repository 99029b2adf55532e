"""gluax: run Apache MXNet models on JAX.

net = gluax.gluon.SymbolBlock.imports("model-symbol.json", ["data"], "model-0000.params")   # the Gluon door
model = gluax.load("model-symbol.json", "model-0000.params")                                # the JAX door
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gluax import (
    autograd,
    callback,
    context,
    contrib,
    executor,
    gluon,
    image,
    initializer,
    io,
    lr_scheduler,
    metric,
    model,
    module,
    monitor,
    ndarray,
    numpy,
    numpy_extension,
    optimizer,
    random,
    recordio,
    rnn,
    symbol,
    util,
    visualization,
)
from gluax import image as img
from gluax import initializer as init
from gluax import module as mod
from gluax import monitor as mon
from gluax import ndarray as nd
from gluax import numpy as np
from gluax import numpy_extension as npx
from gluax import optimizer as opt
from gluax import symbol as sym
from gluax import visualization as viz
from gluax.compile.artifact import Artifact, load_compiled
from gluax.compile.options import set_compilation_cache_dir
from gluax.context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus, tpu
from gluax.errors import GluaxError, MXNetError
from gluax.exporting import export, save_variables
from gluax.jax_model import Model, load, param_mask
from gluax.onnx_export import save_onnx
from gluax.ops.custom import register_op
from gluax.passes.backends import register_pass
from gluax.passes.partition import register_subgraph
from gluax.symbol import naming as attribute
from gluax.symbol import naming as name
from gluax.symbol.naming import AttrScope
from gluax.util import is_np_shape, np_shape, set_np_shape, use_np_shape

__version__ = "0.1.0"

__all__ = [
    "Artifact", "AttrScope", "Context", "GluaxError", "MXNetError", "Model", "attribute", "autograd", "callback",
    "context", "contrib", "cpu", "cpu_pinned", "current_context", "executor", "export", "gluon", "gpu", "image",
    "img", "init", "initializer", "io", "is_np_shape", "load", "load_compiled", "lr_scheduler", "metric", "mod",
    "model", "module", "mon", "monitor", "name", "nd", "ndarray", "np", "np_shape", "npx", "num_gpus", "numpy",
    "numpy_extension", "opt", "optimizer", "param_mask", "random", "recordio", "register_op", "register_pass",
    "register_subgraph", "rnn", "save_onnx", "save_variables", "set_compilation_cache_dir", "set_np_shape", "sym",
    "symbol", "tpu", "use_np_shape", "util", "visualization", "viz",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("flax", "ray", "test_utils"):  # imported when they are asked for
        return import_module(f"gluax.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
