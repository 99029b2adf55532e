"""The README's Python runs as written, in order, in one namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from tests.networks import DIGITS_FILES, pictures
from tests.pages import run_page

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(scope="module")
def namespace(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is left after running every block."""
    folder = tmp_path_factory.mktemp("readme")
    return run_page(README, folder, {"pictures": pictures(), "folder": folder})


def test_compiled_file_gives_the_same(namespace: dict[str, Any]) -> None:
    found, expected = np.asarray(namespace["compiled_out"]), namespace["out2"].asnumpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5 * np.abs(expected).max())  # Winograd's rounding


def test_resnet_exported_and_imported_gives_the_same(namespace: dict[str, Any]) -> None:
    assert namespace["out1"].shape == (1, 1000)
    np.testing.assert_allclose(namespace["out2"].asnumpy(), namespace["out1"].asnumpy(), rtol=1e-5, atol=1e-6)


def test_features_share_parameters_with_the_network(namespace: dict[str, Any]) -> None:
    features, alexnet = namespace["features"], namespace["alexnet"]
    assert [feature.shape for feature in features] == [(2, 4096), (2, 4096)]
    assert float(features[0].max().asscalar()) > 0
    shared = namespace["feat_model"].collect_params()["model_dense1_bias"]
    assert shared is alexnet.collect_params()["model_dense1_bias"]


def test_a_backend_of_ones_own_changes_little(namespace: dict[str, Any]) -> None:
    half, whole = namespace["out3"].asnumpy(), namespace["net1"](namespace["image"]).asnumpy()
    assert 0 < np.abs(whole - half).max() < 0.02 * np.abs(whole).max()


def test_the_jax_door_gives_what_the_gluon_door_gives(namespace: dict[str, Any]) -> None:
    model = namespace["model"]
    from gluax.gluon import SymbolBlock

    block = SymbolBlock.imports(DIGITS_FILES[0], ["data"], DIGITS_FILES[1])
    np.testing.assert_allclose(
        jax.jit(model.apply)(model.variables, pictures()), block(pictures()), rtol=1e-5, atol=1e-5
    )


def test_fine_tuned_files_load(namespace: dict[str, Any]) -> None:
    files = [namespace["folder"] / name for name in ("parity-symbol.json", "parity-0000.params")]
    again = namespace["gluax"].load(*files)
    assert again.apply(again.variables, pictures()).shape == (4, 2)
    assert sum(jax.tree.leaves(namespace["frozen"])) == 2
