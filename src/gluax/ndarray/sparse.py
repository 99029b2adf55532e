"""The operators that MXNet also has for sparse arrays, on dense ones; there are no sparse arrays here."""

from __future__ import annotations

from typing import Any, NoReturn

from gluax.context import Context
from gluax.ndarray import creation
from gluax.ndarray.arithmetic import add, divide, multiply, subtract
from gluax.ndarray.creation import array
from gluax.ndarray.functions import namespace
from gluax.ndarray.ndarray import NDArray

_operator, _names = namespace(__name__, "_sparse_")

__all__ = ["add", "array", "csr_matrix", "divide", "empty", "multiply", "row_sparse_array", "subtract", "zeros"]


def __getattr__(name: str) -> Any:
    return _operator(name)


def __dir__() -> list[str]:
    return sorted({*_names(), *__all__})


def zeros(stype: str, shape: Any, ctx: Any = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """Zeros of storage type "default"; others raise NotImplementedError."""
    return creation.zeros(shape, ctx, dtype, stype, **kwargs)


def empty(stype: str, shape: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An array of storage type "default"; others raise NotImplementedError."""
    return creation.empty(shape, ctx, dtype, stype)


def csr_matrix(*args: Any, **kwargs: Any) -> NoReturn:
    """Not supported: gluax keeps every array dense.

    Raises:
      NotImplementedError
    """
    raise NotImplementedError("csr_matrix: gluax keeps every array dense; make one with nd.array")


def row_sparse_array(*args: Any, **kwargs: Any) -> NoReturn:
    """Not supported: gluax keeps every array dense.

    Raises:
      NotImplementedError
    """
    raise NotImplementedError("row_sparse_array: gluax keeps every array dense; make one with nd.array")
