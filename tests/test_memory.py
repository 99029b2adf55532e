"""Copies of what a mapped file holds, and what memory they take."""

from __future__ import annotations

import mmap
from pathlib import Path

import jax
import numpy as np
import pytest

from gluax.gluon.parameter_arrays import as_ndarray
from gluax.ir.mapped_file import own_copy, stretch_of
from gluax.ir.params_reader import read_params
from gluax.ir.params_writer import write_params

ARRAYS = {
    "a": np.arange(30_000, dtype=np.float32).reshape(100, 300),
    "b": np.array([True, False]),
    "none": np.zeros((0, 3), np.float16),
    "wide": np.arange(5_000, dtype=np.float64),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_copies_are_right_and_leave_the_view_readable(tmp_path: Path, name: str) -> None:
    write_params(tmp_path / "x.params", ARRAYS, numpy_shape=True)
    view = read_params(tmp_path / "x.params").arrays[name]  # type: ignore[index]
    copy = own_copy(view)
    assert copy.dtype == view.dtype
    assert not np.shares_memory(copy, view)
    np.testing.assert_array_equal(copy, ARRAYS[name])
    np.testing.assert_array_equal(view, ARRAYS[name])


@pytest.mark.parametrize("shift", [0, 1, 4])
def test_views_can_be_read_again(tmp_path: Path, shift: int) -> None:
    names = {f"{name}{'x' * shift}": array for name, array in ARRAYS.items()}
    write_params(tmp_path / "x.params", names, numpy_shape=True)
    arrays = read_params(tmp_path / "x.params").arrays
    assert isinstance(arrays, dict)
    stretches = {name: stretch_of(array) for name, array in arrays.items()}
    assert {name.rstrip("x") for name, stretch in stretches.items() if stretch} >= {"a", "b"}
    for name, stretch in stretches.items():
        if stretch is not None:
            np.testing.assert_array_equal(stretch.read(), names[name])
            assert stretch.read().dtype == names[name].dtype


def test_memory_of_its_own_comes_from_no_file(tmp_path: Path) -> None:
    write_params(tmp_path / "x.params", ARRAYS, numpy_shape=True)
    view = read_params(tmp_path / "x.params").arrays["a"]  # type: ignore[index]
    unmapped = read_params(tmp_path / "x.params", memory_map=False).arrays["a"]  # type: ignore[index]
    for array in (ARRAYS["a"], view.copy(), view.T, unmapped):
        assert stretch_of(array) is None
    part = stretch_of(view[3:5])
    assert part is not None
    np.testing.assert_array_equal(part.read(), ARRAYS["a"][3:5])


def test_mappings_of_others_keep_what_was_written_to_them() -> None:
    mapped = mmap.mmap(-1, 4 * mmap.PAGESIZE)
    array = np.frombuffer(memoryview(mapped), np.float32)
    mapped[:4] = np.float32(7).tobytes()
    assert own_copy(array)[0] == array[0] == 7


def test_jax_takes_the_copy_without_another() -> None:
    copy = own_copy(np.ones((64, 64), np.float32))
    assert jax.device_put(copy, jax.devices("cpu")[0]).unsafe_buffer_pointer() == copy.ctypes.data


@pytest.mark.parametrize("writeable", [False, True])
def test_parameters_are_not_views(writeable: bool) -> None:
    owner = np.ones(1000, np.float32)
    given = owner[:]
    given.flags.writeable = writeable
    array = as_ndarray(given)
    owner[:] = 2
    assert array.asnumpy().max() == 1
