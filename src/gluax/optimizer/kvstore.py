"""The check of MXNet's `kvstore` arguments: gluax has no kvstore."""

from __future__ import annotations

from typing import Any

from gluax.errors import ArgumentError


def require_local(kvstore: Any) -> None:
    """Refuse the kvstores that join several processes; those within one need none here.

    Raises:
      TypeError: for anything but a name or None.
      ArgumentError: for a distributed one.
    """
    if kvstore is not None and not isinstance(kvstore, str):
        raise TypeError(f"kvstore must be a name or None, got {kvstore!r}")
    if kvstore is not None and kvstore.startswith(("dist", "horovod", "byteps")):
        raise ArgumentError(
            f"kvstore={kvstore!r}: gluax trains in several processes by sharding arrays over their devices, see "
            "docs/many-devices.md"
        )
