"""Writing a file so that readers see the old one or the new one, never half of either."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from typing import BinaryIO

from gluax.errors import ModelFileNotFoundError


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yield a binary file that takes the place of `path` when the block ends without an exception.

    The bytes go to a new file in the same folder, reach the disk, and are then renamed over `path`. When the
    block or the writing fails, `path` is as it was and the new file is gone. A symbolic link is followed: the
    file it points to is replaced. An existing file's permissions are kept.
    """
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    # A name of our own, not one derived from the target's, which may already be as long as names can be.
    temporary = os.path.join(folder, f".gluax-{secrets.token_hex(8)}.tmp")
    try:
        # Not tempfile: its files are private to the user, while a model file obeys the umask.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except FileNotFoundError:
        raise ModelFileNotFoundError(f"cannot write {os.fspath(path)!r}: folder {folder!r} does not exist") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _sync_folder(folder: str) -> None:
    # Makes the rename itself durable. Not every platform and file system can open or sync a folder.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
