"""`nd.save` and `nd.load` beyond what the scenarios hold: old and sparse files, and what a failure leaves behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gluax.ndarray as nd
from gluax.errors import DTypeError, ModelFormatError, ShapeError
from gluax.ir.np_shape import np_shape

DATA = Path(__file__).parent / "data"


def only(path: Path) -> nd.NDArray:
    loaded = nd.load(path)
    assert isinstance(loaded, list)
    (array,) = loaded
    return array


def test_sparse_arrays_become_dense_with_one_warning() -> None:
    with pytest.warns(UserWarning, match="sparse arrays are loaded as dense") as caught:
        loaded = nd.load(DATA / "sparse.params")
    assert len(caught) == 1
    assert isinstance(loaded, dict)
    expected = np.load(DATA / "params_expected.npz")
    for name, array in loaded.items():
        assert array.stype == "default"
        np.testing.assert_array_equal(array.asnumpy(), expected[f"sparse.params/{name}"])


def test_every_dtype_comes_back(tmp_path: Path) -> None:
    names = ["float16", "float32", "float64", "bfloat16", "int8", "int32", "int64", "uint8", "bool"]
    arrays = {name: nd.array([0, 1, 3], dtype=name) for name in names}
    nd.save(tmp_path / "all.nd", arrays)
    loaded = nd.load(tmp_path / "all.nd")
    assert isinstance(loaded, dict)
    for name, array in loaded.items():
        assert array.dtype is arrays[name].dtype
        np.testing.assert_array_equal(array.asnumpy(), arrays[name].asnumpy())


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "arrays.nd"
    nd.save(path, nd.ones((2,)))
    before = path.read_bytes()
    with pytest.raises(ShapeError, match="scalar"):
        nd.save(path, {"a": nd.ones((2,)), "b": nd.array(3.0)})
    with pytest.raises(DTypeError, match="complex64"):
        nd.save(path, [nd.array([1], dtype="complex64")])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_scalars_need_np_shape(tmp_path: Path) -> None:
    with np_shape():
        nd.save(tmp_path / "scalar.nd", [nd.array(3.0)])
        assert only(tmp_path / "scalar.nd").shape == ()


@pytest.mark.parametrize("cut", [0, 7, 24, 40, -1])
def test_truncated_buffers_are_refused(tmp_path: Path, cut: int) -> None:
    nd.save(tmp_path / "arrays.nd", {"a": nd.ones((2, 3))})
    with pytest.raises(ModelFormatError):
        nd.load_frombuffer((tmp_path / "arrays.nd").read_bytes()[:cut])


def test_loaded_arrays_are_the_callers_own(tmp_path: Path) -> None:
    path = tmp_path / "arrays.nd"
    nd.save(path, nd.ones((64,)))
    loaded = only(path)
    nd.save(path, nd.zeros((64,)))
    loaded[0] = 5
    assert loaded.asnumpy().tolist() == [5] + [1] * 63
