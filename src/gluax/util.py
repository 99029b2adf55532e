"""MXNet's switches of numpy semantics, as ``mx.util``: of shapes (see `gluax.ir.np_shape`) and of arrays in Gluon."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar

from gluax.ir.np_shape import is_np_shape, np_shape, set_np_shape
from gluax.modes import is_np_array, set_np_array

__all__ = [
    "is_np_array", "is_np_shape", "np_array", "np_shape", "reset_np", "set_np", "set_np_array", "set_np_shape",
    "use_np", "use_np_array", "use_np_shape",
]  # fmt: skip

_Used = TypeVar("_Used", bound=Callable[..., Any])


class np_array:
    """Switch numpy arrays in Gluon on (or off) within a ``with`` block."""

    def __init__(self, active: bool = True) -> None:
        self._active = active
        self._before: list[bool] = []

    def __enter__(self) -> np_array:
        self._before.append(set_np_array(self._active))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        set_np_array(self._before.pop())


def set_np(shape: bool = True, array: bool = True) -> None:
    """Switch numpy semantics of shapes and arrays on in this thread.

    Raises:
      ValueError: for arrays without shapes.
    """
    if array and not shape:
        raise ValueError("NumPy arrays need NumPy shapes: set_np(shape=False, array=True) makes no sense")
    set_np_array(array)
    set_np_shape(shape)


def reset_np() -> None:
    """Switch numpy semantics of shapes and arrays off."""
    set_np(shape=False, array=False)


def use_np_shape(func: _Used) -> _Used:
    """Decorate a function, or the methods of a class, to run with numpy shapes."""
    return _within(func, np_shape)


def use_np_array(func: _Used) -> _Used:
    """Decorate a function, or the methods of a class, to run with numpy arrays in Gluon."""
    return _within(func, np_array)


def use_np(func: _Used) -> _Used:
    """Decorate a function, or the methods of a class, to run with numpy shapes and arrays."""
    return use_np_shape(use_np_array(func))


def _within(func: Any, scope: Callable[[], Any]) -> Any:
    if isinstance(func, type):
        for name, member in list(vars(func).items()):
            if callable(member) and not isinstance(member, (type, staticmethod, classmethod)):
                setattr(func, name, _within(member, scope))
            elif isinstance(member, property):
                accessors = [one and _within(one, scope) for one in (member.fget, member.fset, member.fdel)]
                setattr(func, name, property(*accessors, doc=member.__doc__))
        return func

    @wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with scope():
            return func(*args, **kwargs)

    return wrapper
