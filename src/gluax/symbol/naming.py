"""Automatic names and inherited attributes: `NameManager`, `Prefix`, `AttrScope`.

One counter per hint serves operators and, later, gluon blocks alike: ``sym.Dropout(x)`` is ``dropout0`` and a
``Dropout`` block made after it ``dropout1``. What is current is a property of the thread; a new thread
starts with fresh counters and no attributes.
"""

from __future__ import annotations

import threading
import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")


class _Current(threading.local, Generic[T]):
    """The current instance of a scope class in this thread, made when first asked for."""

    def __init__(self, make: Callable[[], T]) -> None:
        self.value: T = make()


class _ScopeClass(type):
    """Gives scope classes MXNet's deprecated class property ``current``."""

    _current: _Current[Any]

    @property
    def current(cls) -> Any:
        """The scope in force. Deprecated in MXNet 1.9 in favour of ``with``, and warned of likewise."""
        _deprecated(cls.__name__)
        return cls._current.value

    @current.setter
    def current(cls, scope: Any) -> None:
        # MXNet warns when an attribute scope is set, and does not when a name manager is.
        if issubclass(cls, AttrScope):
            _deprecated(cls.__name__)
        cls._current.value = scope


def _deprecated(name: str) -> None:
    warnings.warn(
        f"{name}.current has been deprecated. It is advised to use the `with` statement with {name}.",
        DeprecationWarning,
        stacklevel=3,
    )


class NameManager(metaclass=_ScopeClass):
    """Makes names of the form hint + number. Use as a ``with`` block to start counting afresh."""

    _current: ClassVar[_Current[NameManager]]

    def __init__(self) -> None:
        self._counter: dict[str, int] = {}
        self._outer: list[NameManager] = []

    def get(self, name: str | None, hint: str) -> str:
        """Return `name`, or when it is None or empty the next free name made from `hint`."""
        if name:
            return name
        number = self._counter.get(hint, 0)
        self._counter[hint] = number + 1
        return f"{hint}{number}"

    def __enter__(self) -> NameManager:
        self._outer.append(NameManager._current.value)
        NameManager._current.value = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        NameManager._current.value = self._outer.pop()


class Prefix(NameManager):
    """A name manager that puts `prefix` before every name, given ones included."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        """Return the prefixed name."""
        return self._prefix + super().get(name, hint)


class AttrScope(metaclass=_ScopeClass):
    """Attributes that every symbol made within the ``with`` block gets; inner scopes add to outer ones.

    Raises:
      ValueError: when a value is not a string.
    """

    _current: ClassVar[_Current[AttrScope]]
    _subgraph_names: ClassVar[dict[str, int]] = defaultdict(int)

    def __init__(self, **attrs: str) -> None:
        for value in attrs.values():
            if not isinstance(value, str):
                raise ValueError("Attributes need to be string")
        self._attr = attrs
        self._outer: list[AttrScope] = []

    def get(self, attr: Mapping[str, str] | None) -> dict[str, str]:
        """Return the scope's attributes, overridden by `attr`."""
        return {**self._attr, **(attr or {})}

    def __enter__(self) -> AttrScope:
        outer = AttrScope._current.value
        self._outer.append(outer)
        self._attr = {**outer._attr, **self._attr}
        AttrScope._current.value = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        AttrScope._current.value = self._outer.pop()


NameManager._current = _Current(NameManager)
AttrScope._current = _Current(AttrScope)


def next_name(name: str | None, hint: str) -> str:
    """Ask the current name manager for a name."""
    return NameManager._current.value.get(name, hint)


def scoped_attributes(attrs: Mapping[str, str] | None) -> dict[str, str]:
    """Ask the current attribute scope for attributes."""
    return AttrScope._current.value.get(attrs)
