"""Storages without their array: what came from a file is read from it again when somebody asks for it."""

from __future__ import annotations

import weakref
from typing import Any

import jax

from gluax.compile.numbers import mxnet_numbers
from gluax.context import Context
from gluax.ir.mapped_file import Stretch
from gluax.ndarray.windows import Storage


class Source:
    """Where a storage's array of a certain version can be read."""

    def __init__(self, stretch: Stretch, ctx: Context, version: int) -> None:
        self.stretch = stretch
        self.ctx = ctx
        self.version = version
        self.last: weakref.ref[Any] | None = None

    def read(self) -> Any:
        """The array; the one that was read before, while anybody has it."""
        array = self.last() if self.last is not None else None
        if array is None:
            # Within somebody's trace too it is an array, which may outlive the trace.
            with jax.ensure_compile_time_eval(), mxnet_numbers():
                array = self.ctx.place(self.stretch.read())
            self.last = weakref.ref(array)
        return array


_slot: Any = Storage.__dict__["array"]


class _Released(Storage):
    """A storage in another class for as long as it has no array: others need not ask whether they have one."""

    __slots__ = ()

    @property
    def array(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.source.read()

    @array.setter
    def array(self, array: Any) -> None:
        _slot.__set__(self, array)
        self.__class__ = Storage  # type: ignore[assignment]


def set_source(storage: Storage, stretch: Stretch, ctx: Context) -> None:
    """Note what the storage's present array was read from, and for which context."""
    storage.source = Source(stretch, ctx, storage.version)


def source_of(storage: Storage) -> Source | None:
    """Where the storage's array was read from; None when it was not, or got another since."""
    source = getattr(storage, "source", None)
    return source if source is not None and source.version == storage.version else None


def release(storage: Storage) -> None:
    """Let go of the array if it can be read again; the storage's handles notice nothing."""
    source = source_of(storage)
    if source is None or type(storage) is not Storage or not source.stretch.origin.hold():
        return
    source.last = weakref.ref(storage.array)
    storage.__class__ = _Released
    _slot.__delete__(storage)
