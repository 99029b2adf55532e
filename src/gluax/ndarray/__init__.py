"""Arrays with MXNet's interface, as ``mx.nd``.

Every registered operator is a function here: ``gluax.nd.FullyConnected(data, weight, bias, num_hidden=10)``.
"""

from __future__ import annotations

from typing import Any

import gluax.ops  # registers the operators  # noqa: F401
from gluax.ndarray import _internal, contrib, image, linalg, op, random, sparse
from gluax.ndarray.arithmetic import (
    add,
    divide,
    equal,
    greater,
    greater_equal,
    lesser,
    lesser_equal,
    logical_and,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    modulo,
    multiply,
    not_equal,
    power,
    subtract,
    true_divide,
)
from gluax.ndarray.creation import (
    arange,
    array,
    concatenate,
    empty,
    eye,
    from_dlpack,
    from_numpy,
    full,
    histogram,
    imdecode,
    linspace,
    moveaxis,
    onehot_encode,
    ones,
    split_v2,
    to_dlpack_for_read,
    to_dlpack_for_write,
    waitall,
    zeros,
)
from gluax.ndarray.files import load, load_frombuffer, save
from gluax.ndarray.ndarray import NDArray

__all__ = [
    "NDArray", "_internal", "add", "arange", "array", "concatenate", "contrib", "divide", "empty", "equal", "eye",
    "from_dlpack", "from_numpy", "full", "greater", "greater_equal", "histogram", "image", "imdecode", "lesser",
    "lesser_equal", "linalg", "linspace", "load", "load_frombuffer", "logical_and", "logical_or", "logical_xor",
    "maximum", "minimum", "modulo", "moveaxis", "multiply", "not_equal", "onehot_encode", "ones", "op", "power",
    "random", "save", "sparse", "split_v2", "subtract", "to_dlpack_for_read", "to_dlpack_for_write", "true_divide",
    "waitall", "zeros",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    try:
        return op.__getattr__(name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted({*__all__, *op.__dir__()})
