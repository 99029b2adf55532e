from __future__ import annotations

import io
import struct
import zipfile

import ml_dtypes
import numpy as np
import pytest

from gluax.errors import ModelFormatError
from gluax.ir.params_reader import read_params
from gluax.ir.params_writer import write_npz
from tests.test_params_files import VECTOR, same


def archive(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def npy(header, data=b"", version=1):
    encoded = header.encode()
    return (
        b"\x93NUMPY" + bytes((version, 0)) + struct.pack("<H" if version == 1 else "<I", len(encoded)) + encoded + data
    )


def test_npz_of_numpy(tmp_path):
    values = np.arange(6.0).reshape(2, 3)
    arrays = {"a/b": values, "fortran": np.asfortranarray(values), "big": values.astype(">f4"), "scalar": np.array(3)}
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", **arrays)
        read = read_params(tmp_path / "x.npz").arrays
        assert isinstance(read, dict)
        for name, array in arrays.items():
            same(read[name], np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape))
            assert not read[name].flags.writeable


def test_npz_is_written_for_numpy(tmp_path):
    arrays = {"file": np.arange(3), "aux:x": np.eye(2, dtype=np.float16)}
    write_npz(tmp_path / "x.npz", arrays)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as read:
        assert read.files == list(arrays)
        for name, array in arrays.items():
            same(read[name], array)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"model/data.pkl": b""}, "it is a PyTorch file"),
        ({"a.txt": b""}, "it is a zip archive, not an .npz"),
        ({"a.npy": b"short"}, "array 'a' is not a .npy file"),
        ({"a.npy": npy("{}", version=9)}, "unknown version 9"),
        ({"a.npy": npy("{'descr': '<f4'}")}, "header that cannot be understood"),
        ({"a.npy": npy("__import__('os')")}, "header that cannot be understood"),
        ({"a.npy": npy("(" * 5000, version=2)}, "header that cannot be understood"),
        ({"a.npy": npy(" " * 20_000)}, "header of 20000 bytes, which is too long"),
        ({"a.npy": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"x" * 8)}, "never unpickled"),
        (
            {"a.npy": npy("{'descr': '<U4', 'fortran_order': False, 'shape': ()}", b"x" * 16)},
            "type MXNet does not know",
        ),
        ({"a.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}")}, "impossible shape"),
        ({"a.npy": npy("{'descr': '<f4', 'fortran_order': 3, 'shape': (1,)}")}, "or order 3"),
        ({"a.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9,)}")}, "does not fit its 0 bytes"),
    ],
)
def test_broken_npz(members, message):
    with pytest.raises(ModelFormatError, match=message):
        read_params(archive(members))


def test_the_size_of_an_npz_is_limited():
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000,)}"
    content = archive({"a.npy": npy(header, bytes(1_000_000)), "b.npy": npy(header, bytes(1_000_000))})
    assert len(read_params(content).arrays) == 2
    with pytest.raises(ModelFormatError, match=r"would take 2000\d+ bytes.*max_dense_bytes="):
        read_params(content, max_dense_bytes=1_999_999)


def test_npz_with_a_wrong_checksum():
    content = bytearray(archive({"a.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", VECTOR)}))
    content[45] ^= 0xFF
    with pytest.raises(ModelFormatError, match=r"broken .npz archive"):
        read_params(bytes(content))


def test_npz_with_numpys_own_bfloat16(tmp_path):
    bits = np.array([0x3F80, 0x4020], np.uint16)
    np.savez(tmp_path / "x.npz", a=bits.view(np.dtype([("bfloat16", "<u2")])))
    arrays = read_params(tmp_path / "x.npz").arrays
    assert isinstance(arrays, dict)
    same(arrays["a"], np.array([1, 2.5], ml_dtypes.bfloat16))
