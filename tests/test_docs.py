"""The documents' Python runs as written, and says what is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from tests.networks import digits_model, pictures
from tests.pages import run_page

DOCS = Path(__file__).resolve().parents[1] / "docs"
EXPECTED = np.asarray(digits_model().apply(digits_model().variables, pictures()))


def run(name: str, folder: Path) -> dict[str, Any]:
    return run_page(DOCS / f"{name}.md", folder, {"pictures": pictures(), "model": digits_model()})


def assert_same(found: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), EXPECTED, rtol=0, atol=2e-5 * np.abs(EXPECTED).max())


def test_coming_from_mxnet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run("start-mxnet", tmp_path)
    assert_same(found["y"].asnumpy())
    assert_same(found["scores"].asnumpy())
    assert found["sure"].shape[1] == 10
    np.testing.assert_allclose(found["three"].asnumpy(), EXPECTED[:3], rtol=0, atol=1e-4)
    printed = capsys.readouterr().out
    assert "digits_dense0_fwd_output" in printed
    assert "Convolution (1, 16, 8, 8)" in printed


def test_coming_from_jax(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run("start-jax", tmp_path)
    assert_same(found["y"])
    assert_same(found["single"])
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4), found["saved"], found["gradients"]
    )
    assert found["change"].shape == EXPECTED.shape
    assert sum(jax.tree.leaves(found["trainable"])) == 2
    assert "'digits_conv0_fwd_output': (4, 16, 8, 8)" in capsys.readouterr().out
    assert (tmp_path / "tuned-0000.params").exists()


def test_many_devices(tmp_path: Path) -> None:
    found = run("many-devices", tmp_path)
    assert_same(found["y"])
    assert_same(np.concatenate([output.asnumpy() for output in found["outputs"]]))
