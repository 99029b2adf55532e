"""`mx.recordio` and `mx.image` against MXNet 1.9.1; and what is gluax's own."""

from __future__ import annotations

import json
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

import gluax as mx
from gluax.errors import ArgumentError, GluaxError, MissingExtraError, ModelFileNotFoundError, ModelFormatError
from tests.compare import near
from tests.oracle.image_scenarios import JPEG, MAGIC, SCENARIOS, drawn, png


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "jpeg"])
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


def test_jpeg_files() -> None:
    gold = json.loads(SCENARIOS.path.read_text())["jpeg"]
    for found, expected in zip(SCENARIOS.run("jpeg", mx), gold, strict=True):
        # Versions of the JPEG library round differently: two levels are what was seen between them.
        np.testing.assert_allclose(found, expected, atol=2)


def test_images_in_records() -> None:
    """Colours are in OpenCV's order, blue first, as MXNet's are."""
    pixels, header = drawn(5, 4), (0, 3.0, 7, 0)
    packed = mx.recordio.pack_img(header, pixels, quality=9, img_fmt=".png")
    found, image = mx.recordio.unpack_img(packed)
    assert (found, image.tolist()) == (header, pixels.tolist())
    assert mx.image.imdecode(mx.recordio.unpack(packed)[1]).asnumpy().tolist() == pixels[..., ::-1].tolist()
    gray = mx.recordio.unpack_img(packed, 0)[1]
    assert (gray.shape, gray.dtype) == ((5, 4), np.uint8)
    smooth = np.full((8, 8, 3), (200, 120, 40), np.uint8)
    near_by = mx.recordio.unpack_img(mx.recordio.pack_img(header, smooth))[1].astype(int)
    assert np.abs(near_by - smooth).max() <= 3
    for shown in (drawn(5, 4, 4), drawn(5, 4)[..., 0]):
        kept = mx.recordio.unpack_img(mx.recordio.pack_img(header, shown, 1, ".PNG"))[1]
        assert kept.tolist() == shown.tolist()
    for wrong in ({"img": pixels.astype(float)}, {"img": drawn(5, 4, 4)}, {"img": pixels, "img_fmt": ".xyz"}):
        with pytest.raises(ArgumentError):
            mx.recordio.pack_img(header, **wrong)


def test_broken_pictures() -> None:
    file = png(drawn())
    for data in (file[:60], file[:20], JPEG[:300], b"text"):
        with pytest.raises(ModelFormatError, match="no picture"):
            mx.image.imdecode(data)


def test_pillow_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"gluax\[image\]"):
        mx.image.imdecode(png(drawn()))


def test_arguments_of_images() -> None:
    image = mx.nd.zeros((4, 4, 3), dtype="uint8")
    for wrong in (
        lambda: mx.image.copyMakeBorder(image, -1, 0, 0, 0), lambda: mx.image.copyMakeBorder(image, 1, 1, 1, 1, 7),
        lambda: mx.image.imresize(image, 0, 3), lambda: mx.image.imresize(image.astype("int32"), 3, 3),
        lambda: mx.image.imresize(image, 3, 3, out=image), lambda: mx.image.imdecode(b""),
    ):  # fmt: skip
        with pytest.raises(GluaxError):
            wrong()
    assert mx.image.imresize(image.astype("int32"), 3, 2, 0).shape == (2, 3, 3)
    assert mx.img is mx.image


def test_ranges_of_detection() -> None:
    """MXNet fails in making its warning."""
    image, label = mx.nd.zeros((4, 4, 3)), np.ones((1, 5), np.float32)
    for make in (lambda: mx.image.DetRandomCropAug(area_range=(0.5, 0.1)), lambda: mx.image.DetRandomPadAug((2, 1))):
        with pytest.warns(UserWarning, match="does nothing"):
            augmenter = make()
        assert augmenter(image, label) == (image, label)
