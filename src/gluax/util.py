"""``mx.util``: MXNet's switches of numpy semantics, of shapes (see `gluax.ir.np_shape`) and of arrays in Gluon, the
environment, and the GPUs."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar

from gluax.context import Context, gpu_memory_info, num_gpus
from gluax.errors import ArgumentError
from gluax.ir.np_shape import is_np_shape, np_shape, set_np_shape
from gluax.modes import is_np_array, set_np_array

__all__ = [
    "get_cuda_compute_capability", "get_gpu_count", "get_gpu_memory", "getenv", "is_np_array", "is_np_shape",
    "np_array", "np_shape", "reset_np", "set_np", "set_np_array", "set_np_shape", "setenv", "use_np", "use_np_array",
    "use_np_shape",
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
    """Decorate a function, or the methods and properties of a class, to run with numpy shapes.

    Raises:
      TypeError: for anything else.
    """
    return _within(func, np_shape)


def use_np_array(func: _Used) -> _Used:
    """Decorate a function, or the methods of a class, to run with numpy arrays in Gluon."""
    return _within(func, np_array)


def use_np(func: _Used) -> _Used:
    """Decorate a function, or the methods of a class, to run with numpy shapes and arrays."""
    return use_np_shape(use_np_array(func))


def _within(func: Any, scope: Callable[[], Any]) -> Any:
    if inspect.isclass(func):
        for name in dir(func):
            member = inspect.getattr_static(func, name)
            if isinstance(member, property):
                reader = member.fget and _function_within(member.fget, scope)
                setattr(func, name, property(reader, member.fset, member.fdel, member.__doc__))
            elif isinstance(member, (staticmethod, classmethod)):
                setattr(func, name, type(member)(_function_within(member.__func__, scope)))
            elif inspect.isfunction(member):
                setattr(func, name, _function_within(member, scope))
        return func
    if not callable(func):
        raise TypeError(f"functions and classes can be decorated, not {func!r}")
    return _function_within(func, scope)


def _function_within(function: Callable[..., Any], scope: Callable[[], Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with scope():
            return function(*args, **kwargs)

    return run


def getenv(name: str) -> str | None:
    """A variable of the environment, None if it is not set."""
    return os.environ.get(name)


def setenv(name: str, value: str | None) -> None:
    """Set a variable of the environment; None takes it away. Python's `os.environ` sees it too, unlike in MXNet."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def get_gpu_count() -> int:
    """How many GPUs JAX sees."""
    return num_gpus()


def get_gpu_memory(gpu_dev_id: int) -> tuple[int, int]:
    """The free and the total bytes of a GPU's memory; see `gluax.context.gpu_memory_info`."""
    return gpu_memory_info(gpu_dev_id)


def get_cuda_compute_capability(ctx: Context) -> int:
    """CUDA's number of a GPU's generation, such as 80 for 8.0.

    Raises:
      ArgumentError: (a `ValueError`) another kind of context.
      DeviceError: (a `RuntimeError`) no such GPU.
    """
    if ctx.device_type != "gpu":
        raise ArgumentError(f"{ctx} is no GPU")
    major, minor = str(ctx.device.compute_capability).split(".")
    return int(major) * 10 + int(minor)
