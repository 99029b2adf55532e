from __future__ import annotations

import os
import stat

import numpy as np
import pytest

from gluax.ir.atomic import atomic_write
from gluax.ir.params_reader import read_params
from gluax.ir.params_writer import write_params


def test_atomic_write_replaces_only_on_success(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(0o640)

    def fail_halfway():
        with atomic_write(path) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert path.read_bytes() == b"old"
    with atomic_write(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["x"]


def test_atomic_write_follows_links_and_long_names(tmp_path):
    target, link = tmp_path / ("n" * 255), tmp_path / "link"
    link.symlink_to(target)
    with atomic_write(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_mapped_file_may_be_replaced(tmp_path):
    path = tmp_path / "x.params"
    write_params(path, {"a": np.zeros(5, np.float32)})
    old = read_params(path).arrays
    assert isinstance(old, dict)
    write_params(path, {"a": old["a"] + 1})
    assert old["a"].tolist() == [0] * 5
    arrays = read_params(path).arrays
    assert isinstance(arrays, dict)
    assert arrays["a"].tolist() == [1] * 5
