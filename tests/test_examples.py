"""The examples run as written. Those for several processes and for Ray have tests of their own."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gluax
from tests.networks import DIGITS, DIGITS_FILES
from tests.shared_data import SHARED, requires_shared

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def test_classify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(DIGITS / "digits-test.npz") as file:
        images, labels = file["images"][:12], file["labels"][:12]
    files = [tmp_path / f"{number}.png" for number in range(len(images))]
    for file, image in zip(files, images):
        Image.fromarray((image * 15).astype("uint8")).save(file)
    options = ["--size", "8", "--mean", "0", "--std", "240", "--top", "1"]
    scores = example("classify")["main"]([*map(str, (*DIGITS_FILES, *files)), *options])
    assert (scores.argmax(axis=1) == labels).sum() >= 11
    assert capsys.readouterr().out.startswith(f"0.png  {labels[0]} ")


def test_boxes_of_a_detector() -> None:
    scores, sides = np.zeros((1, 1, 2, 3), "float32"), np.zeros((1, 4, 2, 3), "float32")
    scores[0, 0, 1, 2], sides[0, :, 1, 2] = 0.9, (1, 0.5, -1, -0.5)
    boxes = example("detect")["boxes_of"]([scores, sides], [16], [128])
    assert boxes.shape == (6, 5)
    np.testing.assert_allclose(boxes[5], [0.9, 47 - 64, 31 - 32, 47 + 64, 31 + 32], rtol=1e-6)


@requires_shared
def test_detect(tmp_path: Path) -> None:
    folder = tmp_path / "plates"
    folder.mkdir()
    for name in ("model-symbol.json", "model-0000.params"):
        (folder / name).symlink_to(SHARED / "models" / "lffd_plate_small" / name)
    picture = np.random.default_rng(0).integers(0, 255, (320, 480, 3), "uint8")
    Image.fromarray(picture).save(tmp_path / "street.png")
    arguments = [str(folder), str(tmp_path / "street.png"), "-o", str(tmp_path / "found.png"), "--score", "0.00001"]
    found = example("detect")["main"](arguments)
    assert len(found)
    assert (np.diff(found[:, 0]) <= 0).all()
    assert (found[:, 3] > found[:, 1]).all()
    assert (tmp_path / "found.png").exists()


def test_forecast() -> None:
    assert 0.7 <= example("forecast")["main"]() <= 0.9


def test_read_digits(tmp_path: Path) -> None:
    assert example("read_digits")["main"](tmp_path) >= 0.6
    reader = gluax.load(tmp_path / "reader-symbol.json", tmp_path / "reader-0000.params")
    assert reader.input_names == ("data",)


def test_sharded_inference() -> None:
    script = [sys.executable, str(EXAMPLES / "sharded_inference.py")]
    done = subprocess.run(script, capture_output=True, text=True, env={**os.environ, "JAX_PLATFORMS": "cpu"})
    assert done.returncode == 0, done.stderr
    assert "digits_dense0_weight: (10, 128) in pieces of (5, 128)" in done.stdout
    assert "100% of 96 pictures" in done.stdout
