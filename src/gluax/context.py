"""Contexts: MXNet's names for devices, mapped to JAX devices."""

from __future__ import annotations

from dataclasses import dataclass

import jax

from gluax.errors import DeviceError

# MXNet's pinned and shared host memory are plain host memory here.
_PLATFORMS = {"cpu": "cpu", "cpu_pinned": "cpu", "cpu_shared": "cpu", "gpu": "gpu", "tpu": "tpu"}


@dataclass(frozen=True)
class Context:
    """A device named as MXNet names it: a kind (``cpu``, ``gpu``, ``tpu``) and an index."""

    device_type: str
    device_id: int = 0

    def __post_init__(self) -> None:
        if self.device_type not in _PLATFORMS:
            raise DeviceError(f"unknown device type {self.device_type!r}; known: {sorted(_PLATFORMS)}")

    @property
    def device(self) -> jax.Device:  # pyright: ignore[reportInvalidTypeForm]
        """The JAX device.

        Raises:
          DeviceError: when this machine, or this build of JAX, has no such device.
        """
        platform = _PLATFORMS[self.device_type]
        try:
            devices = jax.devices(platform)
        except RuntimeError:
            raise DeviceError(
                f"{self}: JAX finds no {platform} here; it has {sorted({d.platform for d in jax.devices()})}. "
                + ("" if platform == "cpu" else f"Install the {platform} build of JAX, or use gluax.cpu().")
            ) from None
        if not 0 <= self.device_id < len(devices):
            raise DeviceError(f"{self}: this process has {len(devices)} {platform} devices, numbered from 0")
        return devices[self.device_id]

    def __str__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    __repr__ = __str__


def cpu(device_id: int = 0) -> Context:
    """The `device_id`-th CPU device."""
    return Context("cpu", device_id)


def gpu(device_id: int = 0) -> Context:
    """The `device_id`-th GPU."""
    return Context("gpu", device_id)


def tpu(device_id: int = 0) -> Context:
    """The `device_id`-th TPU core."""
    return Context("tpu", device_id)


def num_gpus() -> int:
    """How many GPUs JAX sees."""
    return sum(device.platform in ("gpu", "cuda", "rocm") for device in jax.devices())
