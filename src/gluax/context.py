"""Contexts: MXNet's names for devices, mapped to JAX devices."""

from __future__ import annotations

import re
import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, ClassVar

import jax
from jax.core import Tracer

from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import kind_of_platform
from gluax.errors import DeviceError

# MXNet's pinned and shared host memory are plain host memory here.
_PLATFORMS = {"cpu": "cpu", "cpu_pinned": "cpu", "cpu_shared": "cpu", "gpu": "gpu", "tpu": "tpu"}
_TYPE_IDS = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5, "tpu": 6}


class _Default(threading.local):
    stack: tuple[Context, ...] = ()


_default = _Default()


class _ContextClass(type):
    """Gives `Context` MXNet's deprecated class property ``default_ctx``."""

    @property
    def default_ctx(cls) -> Context:
        """The context in force. Deprecated in MXNet in favour of ``with`` and `current_context`."""
        _deprecated()
        return current_context()

    @default_ctx.setter
    def default_ctx(cls, context: Context) -> None:
        _deprecated()
        set_default_context(context)


def _deprecated() -> None:
    warnings.warn(
        "Context.default_ctx has been deprecated. Please use Context.current_context() instead.",
        DeprecationWarning,
        stacklevel=3,
    )


@dataclass(frozen=True)
class Context(metaclass=_ContextClass):
    """A device named as MXNet names it: a kind (``cpu``, ``gpu``, ``tpu``) and an index.

    As a ``with`` block it is the default context of what the thread creates inside. The numbers of CPU contexts are
    labels, as in MXNet: ``cpu(0)`` and ``cpu(1)`` are distinct, hold distinct copies, and may be the same device.
    """

    device_type: str
    device_id: int = 0

    devtype2str: ClassVar[dict[int, str]] = {number: name for name, number in _TYPE_IDS.items()}
    devstr2type: ClassVar[dict[str, int]] = _TYPE_IDS

    def __post_init__(self) -> None:
        if isinstance(self.device_type, Context):  # MXNet's Context(context) copies
            object.__setattr__(self, "device_id", self.device_type.device_id)
            object.__setattr__(self, "device_type", self.device_type.device_type)
        if self.device_type not in _PLATFORMS:
            raise DeviceError(f"unknown device type {self.device_type!r}; known: {sorted(_PLATFORMS)}")

    @property
    def device_typeid(self) -> int:
        """MXNet's number of the device type."""
        return _TYPE_IDS[self.device_type]

    @property
    def device(self) -> jax.Device:  # pyright: ignore[reportInvalidTypeForm]
        """The JAX device.

        Raises:
          DeviceError: when this machine, or this build of JAX, has no such device.
        """
        platform = _PLATFORMS[self.device_type]
        try:
            devices = jax.local_devices(backend=platform)
        except RuntimeError:
            raise DeviceError(
                f"{self}: JAX finds no {platform} here; it has {sorted({d.platform for d in jax.devices()})}. "
                + ("" if platform == "cpu" else f"Install the {platform} build of JAX, or use gluax.cpu().")
            ) from None
        if self.device_id < 0 or (platform != "cpu" and self.device_id >= len(devices)):
            raise DeviceError(f"{self}: this process has {len(devices)} {platform} devices, numbered from 0")
        return devices[self.device_id % len(devices)]

    def place(self, array: Any) -> Any:
        """Put a numpy or JAX array on this context's device; tracers stay as they are.

        JAX may take a numpy array's memory as it is, so nobody may write to it afterwards.

        On JAX's default device an array stays free to follow others (JAX calls it uncommitted): what was made without
        naming a context works together with what was put somewhere on purpose, as in MXNet, whose default is the CPU.
        """
        if isinstance(array, Tracer):
            return array
        device = self.device
        if device == _default_device() and not getattr(array, "committed", False):
            return array if isinstance(array, jax.Array) else jax.device_put(array)
        with mxnet_numbers():  # copies between devices keep 64 bits
            return jax.device_put(array, device)

    def empty_cache(self) -> None:
        """Nothing to do: JAX's allocator manages its own pool."""

    def __enter__(self) -> Context:
        _default.stack = (*_default.stack, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _default.stack = _default.stack[:-1]

    def __str__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    __repr__ = __str__


def cpu(device_id: int = 0) -> Context:
    """The CPU, under a number of the caller's choice."""
    return Context("cpu", device_id)


def cpu_pinned(device_id: int = 0) -> Context:
    """MXNet's pinned host memory: the CPU."""
    return Context("cpu_pinned", device_id)


def gpu(device_id: int = 0) -> Context:
    """The `device_id`-th GPU."""
    return Context("gpu", device_id)


def tpu(device_id: int = 0) -> Context:
    """The `device_id`-th TPU core."""
    return Context("tpu", device_id)


def num_gpus() -> int:
    """How many GPUs JAX sees, those of other processes aside."""
    return sum(kind_of_platform(device.platform) == "gpu" for device in jax.local_devices())


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """The free and the total bytes of a GPU's memory, as far as JAX's allocator may have it.

    Raises:
      DeviceError: (a `RuntimeError`) no such GPU, or one whose allocator keeps no count.
    """
    stats = gpu(device_id).device.memory_stats()
    if not stats or "bytes_limit" not in stats:
        raise DeviceError(f"{gpu(device_id)}: JAX's allocator keeps no count of its memory")
    return stats["bytes_limit"] - stats["bytes_in_use"], stats["bytes_limit"]


def current_context() -> Context:
    """The innermost context of this thread's ``with`` blocks; outside of all, that of JAX's default device.

    MXNet's default is the CPU always. Here it is the accelerator where there is one, as JAX users expect.
    """
    return _default.stack[-1] if _default.stack else default_context()


def set_default_context(ctx: Context) -> None:
    """Make `ctx` the current context of this thread, until the ``with`` block around it ends, if there is one."""
    _default.stack = (*_default.stack[:-1], ctx)


def default_context() -> Context:
    """The context of JAX's default device."""
    return _name_of(_default_device())


def _default_device() -> Any:
    chosen = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    return jax.local_devices(backend=chosen)[0] if chosen is None or isinstance(chosen, str) else chosen


def as_context(ctx: Context | str | None) -> Context:
    """A context as operators take it: itself, its text ("cpu(0)"), or None for the current one.

    Raises:
      DeviceError: for a text that names no context.
    """
    if ctx is None:
        return current_context()
    if isinstance(ctx, Context):
        return ctx
    match = re.fullmatch(r"(\w+)\((\d+)\)", str(ctx))
    if match is None:
        raise DeviceError(f"not a context: {ctx!r}; write gluax.cpu(0) or 'cpu(0)'")
    return Context(match[1], int(match[2]))


def context_of(array: Any) -> Context:
    """The context of a JAX array: of the first of its devices here, if they are several. A tracer's is the current."""
    if isinstance(array, Tracer) or not isinstance(array, jax.Array):
        return current_context()
    return _context_on(array.sharding) or current_context()


@lru_cache(maxsize=1024)
def _context_on(sharding: jax.sharding.Sharding) -> Context | None:
    devices = sharding.addressable_devices
    return _name_of(min(devices, key=lambda device: device.id)) if devices else None


@lru_cache(maxsize=1024)
def _name_of(device: Any) -> Context:
    kind = kind_of_platform(device.platform)
    number = jax.local_devices(backend=device.platform).index(device)  # ids count through all processes
    return Context(kind if kind in _PLATFORMS else "cpu", number)
