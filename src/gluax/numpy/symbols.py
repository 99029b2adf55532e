"""The numpy symbol: a symbol whose methods and operators are those of mx.np."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gluax.numpy.call import call
from gluax.numpy.methods import Methods, without_classic_methods
from gluax.symbol import Symbol
from gluax.symbol.fluent import Fluent


class _Symbol(Methods, Symbol):  # type: ignore[misc]
    """A `Symbol` for the functions of `mx.sym.np` and `mx.sym.npx`; `as_nd_ndarray` gives the classic one."""

    __slots__ = ()

    def __neg__(self) -> Any:
        return self * -1.0  # of integers float64, as in MXNet

    def as_nd_ndarray(self) -> Symbol:
        """The same outputs as a classic symbol."""
        return Symbol(self._entries)

    def __len__(self) -> int:
        if len(self._entries) == 1:
            raise TypeError(f"{self} is not a list and does not support len().")
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        if len(self._entries) == 1:
            raise TypeError(f"'{self}' is not iterable.")
        return super().__iter__()

    def __repr__(self) -> str:
        return super().__repr__().replace("<Symbol", "<_Symbol", 1)

    def __getitem__(self, key: Any) -> Any:
        """A slice of the array, or an output when there are several.

        Raises:
          IndexError: for anything but integers, slices and tuples of them.
        """
        if len(self._entries) > 1:
            return super().__getitem__(key)
        if isinstance(key, tuple) and not key:
            return self
        entries = key if isinstance(key, tuple) else (key,)
        begin: list[Any] = []
        end: list[Any] = []
        step: list[Any] = []
        shape: list[int] = []
        for entry in entries:
            if isinstance(entry, slice):
                begin.append(entry.start)
                end.append(entry.stop)
                step.append(entry.step)
                shape.append(-2)  # kept
            elif isinstance(entry, (int, np.integer)):
                # From the end a step backwards: -1 has no end that is a number on the right.
                begin.append(int(entry))
                end.append(int(entry) + (1 if entry >= 0 else -1))
                step.append(1 if entry >= 0 else -1)
                shape.append(-3)  # dropped
            else:
                raise IndexError(f"integers, slices and tuples of them index a symbol, not {key!r}")
        sliced = call("_npi_slice", (self,), {"begin": tuple(begin), "end": tuple(end), "step": tuple(step)})
        if -3 not in shape:
            return sliced
        return call("_npx_reshape", (sliced,), {"newshape": (*shape, -4)})


without_classic_methods(_Symbol, Fluent, {})
