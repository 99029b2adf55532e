"""How RecordIO files hold records.

A record is a sequence of parts. A part is the magic number, a word of which the upper 3 bits tell the part's place
(0 whole, 1 first, 2 middle, 3 last) and the others the number of bytes, then the bytes, filled up to words. A record
is parted where a word of it is the magic number, which is then left out.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from gluax.errors import ArgumentError, ModelFormatError

_MAGIC = 0xCED7230A
_WORD = struct.pack("<I", _MAGIC)
_LENGTH = (1 << 29) - 1


def framed(record: bytes) -> bytes:
    """What a file holds of a record: its parts with their heads and filling.

    Raises:
      ArgumentError: the record has 2**29 bytes or more.
    """
    if len(record) > _LENGTH:
        raise ArgumentError(f"a record may have up to {_LENGTH} bytes, got {len(record)}")
    words = np.frombuffer(record, "<u4", len(record) // 4)
    splits = (4 * np.flatnonzero(words == _MAGIC)).tolist()
    starts, ends = [0, *(split + 4 for split in splits)], [*splits, len(record)]
    places = [0] if not splits else [1, *[2] * (len(splits) - 1), 3]
    framing = []
    for place, start, end in zip(places, starts, ends):
        framing += [_WORD, struct.pack("<I", place << 29 | end - start), record[start:end], bytes((start - end) % 4)]
    return b"".join(framing)


def read(file: BinaryIO) -> bytes | None:
    """The record at a file's place; None at its end.

    Raises:
      ModelFormatError: no record is here, or the file ends within it.
    """
    parts, done = [], False
    while not done:
        head = file.read(8)
        if not head and not parts:
            return None
        magic, word = struct.unpack("<II", head) if len(head) == 8 else (None, 0)
        if magic != _MAGIC:
            what = "ends within a record" if magic is None else "is not a RecordIO file, or is broken"
            raise ModelFormatError(f"{file.name!r} {what} at byte {file.tell() - len(head)}")
        place, length = word >> 29, word & _LENGTH
        if place > 3 or (place < 2) == bool(parts):
            raise ModelFormatError(f"{file.name!r} is broken: part {place} of a record is out of place")
        part = file.read(length + -length % 4)
        if len(part) < length + -length % 4:
            raise ModelFormatError(f"{file.name!r} ends within a record of {length} bytes")
        parts.append(part[:length])
        done = place in (0, 3)
    return _WORD.join(parts)
