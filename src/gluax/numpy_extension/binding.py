"""The ways from classic arrays and symbols to those of mx.np, and the namespaces of `F`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import gluax.ndarray
import gluax.symbol
from gluax import numpy, numpy_extension
from gluax.ndarray import NDArray
from gluax.numpy.array import ndarray
from gluax.numpy.call import symbolic
from gluax.numpy.symbols import _Symbol
from gluax.symbol import Symbol


def as_np_ndarray(self: NDArray) -> NDArray:
    """The array as an `mx.np.ndarray`: the same storage and the same gradient under that class."""
    return self._seen_as(ndarray)


def _symbol_as_np_ndarray(self: Symbol) -> _Symbol:
    """The same outputs as a symbol of mx.np."""
    return _Symbol(self._entries)


class SymbolicModule:
    """A module of mx.np or mx.npx as `mx.sym` has it: functions that need no array make symbols."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, ModuleType):
            return SymbolicModule(value)
        return symbolic(value) if callable(value) and not isinstance(value, type) else value

    def __dir__(self) -> list[str]:
        return dir(self._module)


# Arrays and symbols stand below; this is added to them when gluax is imported.
NDArray.as_np_ndarray = as_np_ndarray
Symbol.as_np_ndarray = _symbol_as_np_ndarray
for _name, _module in (("np", numpy), ("npx", numpy_extension)):
    setattr(gluax.ndarray, _name, _module)
    setattr(gluax.symbol, _name, SymbolicModule(_module))
