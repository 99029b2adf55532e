"""`mx.recordio` and `mx.image` against MXNet 1.9.1; and what is gluax's own."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path

import pytest

import gluax as mx
from gluax.errors import ArgumentError, GluaxError, ModelFileNotFoundError, ModelFormatError
from tests.oracle.image_scenarios import MAGIC, SCENARIOS
from tests.test_training_face import near


@pytest.mark.parametrize("name", SCENARIOS)
def test_as_mxnet(name: str) -> None:
    gold = json.loads(SCENARIOS.path.read_text())[name]
    found = SCENARIOS.run(name, mx)
    # Bytes and what is drawn are the same; sums of a few float32 numbers of up to 255 may end on another last bit.
    assert near(found, gold, 1e-5), f"found {found}\nexpected {gold}"


CUT = {
    "between parts": MAGIC + struct.pack("<I", 1 << 29 | 4) + b"abcd",
    "a last part first": MAGIC + struct.pack("<I", 3 << 29 | 4) + b"abcd",
    "a whole after a first": (MAGIC + struct.pack("<I", 1 << 29)) + (MAGIC + struct.pack("<I", 0)),
    "unknown part": MAGIC + struct.pack("<I", 5 << 29),
}


@pytest.mark.parametrize("case", CUT)
def test_misplaced_parts(case: str, tmp_path: Path) -> None:
    (tmp_path / "a.rec").write_bytes(CUT[case])
    with pytest.raises(ModelFormatError, match=r"a\.rec"):
        mx.recordio.MXRecordIO(tmp_path / "a.rec", "r").read()


def test_records_in_any_order(tmp_path: Path) -> None:
    index, path = tmp_path / "a.idx", tmp_path / "a.rec"
    with mx.recordio.MXIndexedRecordIO(index, path, "w") as writer:
        for key in range(3):
            writer.write_idx(key, bytes([key]))
    with mx.recordio.MXIndexedRecordIO(index, path, "r") as reader:
        assert [reader.read_idx(2), reader.read(), reader.read_idx(0)] == [b"\2", None, b"\0"]
        copy = pickle.loads(pickle.dumps(reader))
        assert (copy.read_idx(1), copy.keys) == (b"\1", [0, 1, 2])
    with pytest.raises(GluaxError, match="closed"):
        reader.read_idx(1)
    index.write_text("0\n")
    with pytest.raises(ModelFormatError, match=r"a\.idx"):
        mx.recordio.MXIndexedRecordIO(index, path, "r")
    with pytest.raises(ModelFileNotFoundError, match=r"none\.idx"):
        mx.recordio.MXIndexedRecordIO(tmp_path / "none.idx", path, "r")


def test_headers_that_do_not_fit() -> None:
    for header in ((0, 1, -2, 3), (0, 1, 2.5, 3)):
        with pytest.raises(ArgumentError, match="IRHeader"):
            mx.recordio.pack(header, b"")
    with pytest.raises(ModelFormatError, match="3 bytes"):
        mx.recordio.unpack(b"abc")
