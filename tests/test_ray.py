"""`gluax.ray.Predictor`, alone and on a local Ray, and the resumable example, with a worker that is killed."""

from __future__ import annotations

import os
import runpy
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gluax
from gluax import errors
from tests.networks import DIGITS_FILES, digits_block, pictures

MODEL = (DIGITS_FILES[0], ["data"], DIGITS_FILES[1])
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "batch_inference.py"


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    return np.asarray(digits_block()(pictures(50)))


# --- alone


@pytest.mark.parametrize("rows", [0, 3, 8, 21])
def test_batches_of_any_size_in_one_program(rows: int, expected: np.ndarray) -> None:
    predictor = gluax.ray.Predictor(*MODEL, batch_size=8)
    found = predictor({"data": pictures(50)[:rows], "number": np.arange(rows)})
    assert list(found) == ["number", *predictor._block.symbol.list_outputs()]
    assert found["number"].tolist() == list(range(rows))
    np.testing.assert_allclose(found[list(found)[1]], expected[:rows], rtol=1e-5, atol=1e-5)
    statistics = predictor._block.cache_statistics
    assert statistics is not None
    assert statistics.misses == 1


def test_batches_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(errors.ArgumentError, match="at least 1, got 0"):
        gluax.ray.Predictor(*MODEL, batch_size=0)
    with pytest.raises(errors.ArgumentError, match=r"\['data'\].*\['image'\]"):
        gluax.ray.Predictor(*MODEL, batch_size=2)({"image": pictures(2)})
    (tmp_path / "sum.json").write_text(gluax.sym.sum(gluax.sym.var("data")).tojson())
    with pytest.raises(errors.ArgumentError, match="not a row for each"):
        gluax.ray.Predictor(tmp_path / "sum.json", ["data"], batch_size=2)({"data": np.ones((2, 3), "float32")})


# --- on Ray


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    ray = pytest.importorskip("ray", reason="Ray is an extra: nox -s ray")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own
        ray.init(num_cpus=2, include_dashboard=False)
        yield ray
        ray.shutdown()


def test_map_batches(ray: Any, expected: np.ndarray) -> None:
    dataset = ray.data.from_items([{"number": n, "data": image} for n, image in enumerate(pictures(50))])
    found = dataset.map_batches(
        gluax.ray.Predictor, fn_constructor_args=MODEL, fn_constructor_kwargs={"batch_size": 16}, batch_size=16,
        compute=ray.data.ActorPoolStrategy(size=1),
    ).to_pandas().sort_values("number")  # fmt: skip
    assert found["number"].tolist() == list(range(50))
    np.testing.assert_allclose(np.stack(found.iloc[:, 1].to_list()), expected, rtol=1e-5, atol=1e-5)


def test_no_row_is_lost_with_a_worker(ray: Any, expected: np.ndarray, tmp_path: Path) -> None:
    example = runpy.run_path(str(EXAMPLE))
    rows, killed = example["ROWS"], tmp_path / "killed"
    folder = tmp_path / "out"
    folder.mkdir()
    numbers = np.arange(6 * rows + 7) % 50
    np.save(tmp_path / "images.npy", pictures(50)[numbers])
    done = example["shard_file"](folder, rows)
    np.save(done, before := np.full((rows, expected.shape[1]), 7, "float32"))  # what an earlier run left

    class Dying(example["Shards"]):
        def __call__(self, batch: Any) -> Any:
            if batch["start"][0] == 3 * rows and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__call__(batch)

    outputs = example["main"](tmp_path / "images.npy", folder, shards=Dying)
    assert killed.exists()
    again = expected[numbers]
    again[rows : 2 * rows] = before
    np.testing.assert_allclose(outputs, again, rtol=1e-5, atol=1e-5)
    assert len(list(folder.iterdir())) == 7
