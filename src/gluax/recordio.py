"""RecordIO files, MXNet's container of training data, and the packing of images with labels into records.

The files are MXNet's byte for byte, in both directions.
"""

from __future__ import annotations

import numbers
import os
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from gluax.errors import ArgumentError, GluaxError, ModelFileNotFoundError, ModelFormatError
from gluax.ir import pictures, records

_HEADER = struct.Struct("<IfQQ")


class MXRecordIO:
    """A RecordIO file, read or written from front to back.

    Writing goes to `uri` itself, record by record, so a program that dies leaves what it wrote so far. A file that
    was opened in another process (before a fork) is refused there, as in MXNet; `MXIndexedRecordIO` opens it again.
    Can be pickled: the copy opens the file anew.

    Args:
      uri: path of the file.
      flag: "r" to read, "w" to write; writing empties an existing file.

    Raises:
      ArgumentError: (a `ValueError`) for another flag.
      ModelFileNotFoundError: the file, or the folder to write in, does not exist.
    """

    def __init__(self, uri: str | os.PathLike[str], flag: str) -> None:
        self.is_open = False
        self.uri = os.fspath(uri)
        self.flag = flag
        self.pid: int | None = None
        self.open()

    def open(self) -> None:
        """Open the file (again): at its first record to read, empty to write."""
        if self.flag not in ("r", "w"):
            raise ArgumentError(f"Invalid flag {self.flag}: expected 'r' or 'w'")
        try:
            self._file = open(self.uri, self.flag + "b")  # noqa: SIM115  closed by close()
        except FileNotFoundError as error:
            raise ModelFileNotFoundError(f"cannot open {self.uri!r}: no such file or folder") from error
        self.writable = self.flag == "w"
        self.pid = os.getpid()
        self.is_open = True

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self.is_open:
            self._file.close()
        self.is_open, self.pid = False, None

    def reset(self) -> None:
        """Go back to the first record; a file that is written is emptied."""
        self.close()
        self.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        # As in MXNet the file is closed: two writers to one path would spoil each other's records.
        is_open = self.is_open
        self.close()
        state = {name: value for name, value in self.__dict__.items() if name != "_file"}
        return state | {"is_open": is_open}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, is_open=False)
        if state["is_open"]:
            self.open()

    def _check(self, writable: bool) -> None:
        if not self.is_open:
            raise GluaxError(f"{self.uri!r} is closed")
        if self.writable != writable:
            raise ArgumentError(f"{self.uri!r} is opened with {self.flag!r}")
        if self.pid != os.getpid():
            raise GluaxError(f"{self.uri!r} was opened in another process: open it again (reset)")

    def write(self, buf: bytes) -> None:
        """Append a record.

        Raises:
          ArgumentError: (an `AssertionError`) the file is read, or the record has 2**29 bytes or more.
          GluaxError: the file is closed, or was opened in another process.
        """
        self._check(writable=True)
        self._file.write(records.framed(memoryview(buf).tobytes()))

    def read(self) -> bytes | None:
        """The next record; None at the end of the file.

        Raises:
          ArgumentError: (an `AssertionError`) the file is written.
          ModelFormatError: no record is here, or the file ends within it. (Of a file that ends between the parts
            of a record MXNet takes the rest for its end.)
          GluaxError: the file is closed, or was opened in another process.
        """
        self._check(writable=False)
        return records.read(self._file)


class MXIndexedRecordIO(MXRecordIO):
    """A RecordIO file with an index: its records can be read in any order, by key.

    The index is a text of lines "key TAB place". `keys` lists the keys in the file's order, `idx` maps them to
    places. Threads may share a file that they read by `read_idx`.

    Args:
      idx_path: path of the index.
      uri: path of the records.
      flag: "r" to read, "w" to write both.
      key_type: makes a key of the text in the index.

    Raises:
      ArgumentError: (a `ValueError`) for another flag.
      ModelFileNotFoundError: a file, or the folder to write in, does not exist.
      ModelFormatError: the index is broken.
    """

    def __init__(
        self,
        idx_path: str | os.PathLike[str],
        uri: str | os.PathLike[str],
        flag: str,
        key_type: Callable[[Any], Any] = int,
    ) -> None:
        self.idx_path = os.fspath(idx_path)
        self.key_type = key_type
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.fidx = None
        self._lock = threading.Lock()
        super().__init__(uri, flag)

    def open(self) -> None:
        """Open both files (again) and read the index."""
        super().open()
        self.idx, self.keys = {}, []
        try:
            self.fidx = open(self.idx_path, self.flag)  # noqa: SIM115  closed by close()
        except FileNotFoundError as error:
            raise ModelFileNotFoundError(f"cannot open {self.idx_path!r}: no such file or folder") from error
        for line in () if self.writable else self.fidx:
            try:
                key, place = line.strip().split("\t")[:2]
                self.idx[self.key_type(key)] = int(place)
                self.keys.append(self.key_type(key))
            except ValueError as error:
                raise ModelFormatError(f"{self.idx_path!r}: expected a key, a tab and a place, got {line!r}") from error

    def close(self) -> None:
        """Close both files; a second time does nothing."""
        if self.is_open and self.fidx is not None:
            self.fidx.close()
        super().close()

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        del state["_lock"]
        return state | {"fidx": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._lock = threading.Lock()
        super().__setstate__(state)

    def seek(self, idx: Any) -> None:
        """Go to the record of a key; the next `read` returns it, also after the end was reached (not so in MXNet).

        Raises:
          KeyError: no such key.
          ArgumentError: (an `AssertionError`) the file is written.
        """
        if self.is_open and self.pid != os.getpid():
            self.reset()
        self._check(writable=False)
        self._file.seek(self.idx[idx])

    def tell(self) -> int:
        """Where the next record will be written.

        Raises:
          ArgumentError: (an `AssertionError`) the file is read.
        """
        self._check(writable=True)
        return self._file.tell()

    def read_idx(self, idx: Any) -> bytes:
        """The record of a key.

        Raises:
          KeyError: no such key.
          ModelFormatError: the file has no whole record there.
        """
        with self._lock:
            self.seek(idx)
            return self.read() or b""

    def write_idx(self, idx: Any, buf: bytes) -> None:
        """Append a record under a key."""
        key, place = self.key_type(idx), self.tell()
        self.write(buf)
        assert self.fidx is not None
        self.fidx.write(f"{key}\t{place}\n")
        self.idx[key] = place
        self.keys.append(key)


class IRHeader(NamedTuple):
    """What a record tells of its image.

    `flag` is the number of labels that follow the header, 0 for one label in it; `pack` sets it. `label` is a number,
    or an array of them, `id` the number of the image, and `id2` its upper bits, usually 0.
    """

    flag: int
    label: Any
    id: int
    id2: int


def pack(header: IRHeader | Sequence[Any], s: bytes) -> bytes:
    """A record of a header (flag, label, id, id2) and bytes; labels become float32.

    Raises:
      ArgumentError: (a `ValueError`) the header's numbers do not fit.
    """
    header = IRHeader(*header)
    flag, label, labels = 0, header.label, b""
    if not isinstance(label, numbers.Number):
        values = np.asarray(label, np.float32)
        flag, label, labels = values.size, 0.0, values.tobytes()
    try:
        return _HEADER.pack(flag, label, header.id, header.id2) + labels + s
    except struct.error as error:
        raise ArgumentError(f"{header}: {error}") from error


def unpack(s: bytes) -> tuple[IRHeader, bytes]:
    """Header and bytes of a record; several labels are a float32 array.

    Raises:
      ModelFormatError: (a `ValueError`) the record is too short.
    """
    if len(s) < _HEADER.size:
        raise ModelFormatError(f"a record of {len(s)} bytes has no header of {_HEADER.size}")
    header = IRHeader(*_HEADER.unpack_from(s))
    start = _HEADER.size + 4 * header.flag
    if len(s) < start:
        raise ModelFormatError(f"a record of {len(s)} bytes is too short for {header.flag} labels")
    if header.flag > 0:
        header = header._replace(label=np.frombuffer(s, np.float32, header.flag, _HEADER.size))
    return header, s[start:]


def pack_img(header: IRHeader | Sequence[Any], img: np.ndarray, quality: int = 95, img_fmt: str = ".jpg") -> bytes:
    """A record of a header and an image, encoded.

    Args:
      header: (flag, label, id, id2).
      img: bytes (H, W), (H, W, 1), (H, W, 3) in the order blue, green, red, or (H, W, 4) with alpha last (PNG only).
      quality: of a JPEG file, 1 to 100; the compression of a PNG file, 1 to 9.
      img_fmt: ".jpg", ".jpeg" or ".png". JPEG files need not be OpenCV's byte for byte.

    Raises:
      MissingExtraError: without Pillow, the extra `image`.
      ArgumentError: the image or the format cannot be encoded.
    """
    return pack(header, pictures.encode(pictures.swap(np.asarray(img)), img_fmt, quality))


def unpack_img(s: bytes, iscolor: int = -1) -> tuple[IRHeader, np.ndarray]:
    """Header and image of a record.

    Args:
      s: the record.
      iscolor: 1 for (H, W, 3) in the order blue, green, red; 0 for gray (H, W); -1 for what the file has.

    Raises:
      MissingExtraError: without Pillow, the extra `image`.
      ModelFormatError: the record holds no image.
    """
    header, encoded = unpack(s)
    return header, pictures.swap(pictures.decode(encoded, iscolor))
