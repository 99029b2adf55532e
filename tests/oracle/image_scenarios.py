"""Scenarios of `mx.recordio` and `mx.image`; see `tests.oracle.scenarios`. Pictures are drawn here, as PNG files."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("image")
scenario = SCENARIOS.add

MAGIC = struct.pack("<I", 0xCED7230A)
RECORDS = [b"", b"abc", MAGIC, b"abcd" + MAGIC, MAGIC + MAGIC, b"a" + MAGIC + b"b", b"abcd" + MAGIC + b"efg" + MAGIC,
           b"abcd" + MAGIC + b"efgh" + MAGIC + b"x", bytes(range(256))]  # fmt: skip
BROKEN = {
    "no magic": b"x" * 20, "zeros": bytes(8), "half a head": MAGIC, "unfilled": MAGIC + struct.pack("<I", 3) + b"abc",
    "short": MAGIC + struct.pack("<I", 1000) + b"abc",
}  # fmt: skip


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def write(mx: Any, path: Path, records: list[bytes]) -> bytes:
    writer = mx.recordio.MXRecordIO(str(path), "w")
    for record in records:
        writer.write(record)
    writer.close()
    return path.read_bytes()


def read(mx: Any, path: Path) -> list[str]:
    reader, found = mx.recordio.MXRecordIO(str(path), "r"), []
    while (record := reader.read()) is not None:
        found.append(record.hex())
    return found


@scenario
def records(mx):
    path = folder() / "a.rec"
    found = [write(mx, path, RECORDS).hex(), read(mx, path)]
    reader = mx.recordio.MXRecordIO(str(path), "r")
    reader.read(), reader.read()
    reader.reset()
    found += [reader.read().hex(), reader.read().hex(), reader.is_open, reader.writable]
    reader.close()
    return [*found, reader.is_open, write(mx, path, []).hex(), read(mx, path)]


@scenario
def broken_records(mx):
    path, found = folder() / "a.rec", []
    for data in BROKEN.values():
        path.write_bytes(data)
        found.append(raised(lambda: read(mx, path)))
    R = mx.recordio.MXRecordIO
    return [
        *found, raised(lambda: R(str(path.parent / "none.rec"), "r")), raised(lambda: R(str(path.parent / "none" / "a.rec"), "w")),
        raised(lambda: R(str(path), "a")), raised(lambda: R(str(path), "r").write(b"")),
        raised(lambda: R(str(path), "w").write("text")), raised(lambda: R(str(path), "w").read()),
    ]  # fmt: skip


@scenario
def indexed_records(mx):
    place = folder()
    index, path = str(place / "a.idx"), str(place / "a.rec")
    writer, places = mx.recordio.MXIndexedRecordIO(index, path, "w"), []
    for number, record in enumerate(RECORDS):
        writer.write_idx(2 * number, record)
        places.append(writer.tell())
    writer.close()
    writer.close()
    reader = mx.recordio.MXIndexedRecordIO(index, path, "r")
    found = [places, Path(index).read_text(), reader.keys, [reader.read_idx(key).hex() for key in (4, 0, 16, 14)]]
    reader.seek(2)
    found += [reader.read().hex(), reader.read().hex(), raised(lambda: reader.read_idx(1)), raised(reader.tell)]
    text = mx.recordio.MXIndexedRecordIO(index, path, "r", key_type=str)
    return [*found, text.keys, text.idx, text.read_idx("4").hex()]


@scenario
def headers(mx):
    found, Header = [], mx.recordio.IRHeader
    for label in (3, 3.5, np.float32(2), True, [1, 2], np.array([1.5, 2]), np.array(4.0), [], (1,), [[1, 2], [3, 4]]):
        packed = mx.recordio.pack(Header(7, label, 9, 1), b"xyz")
        header, rest = mx.recordio.unpack(packed)
        found.append([packed.hex(), header.flag, np.asarray(header.label).tolist(), header.id, header.id2, rest.hex()])
    pack, unpack = mx.recordio.pack, mx.recordio.unpack
    return [
        found, pack((0, 1, 2, 3), b"").hex(), Header(1, 2, 3, 4)._fields, raised(lambda: pack((0, "a", 2, 3), b"")),
        raised(lambda: unpack(struct.pack("<IfQQ", 5, 0, 0, 0) + b"abc")), raised(lambda: pack((0, 1, 2, 3), "text")),
    ]  # fmt: skip
