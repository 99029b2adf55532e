from __future__ import annotations

import json
import os
import struct
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from gluax.errors import DTypeError, MissingExtraError, ModelFileNotFoundError, ModelFormatError, ShapeError
from gluax.ir.params_dtypes import DTYPE_BY_FLAG
from gluax.ir.params_reader import V1_MAGIC, V2_MAGIC, V3_MAGIC, join_prefixes, read_params, split_prefixes
from gluax.ir.params_writer import write_npz, write_params, write_safetensors
from tests.shared_data import SHARED, requires_shared, shared_files, shared_id

DATA = Path(__file__).parent / "data"
VECTOR = struct.pack("<2f", 1.5, -2.0)


def container(arrays, names=(), count=None):
    body = struct.pack("<QQQ", 0x112, 0, len(arrays) if count is None else count) + b"".join(arrays)
    return body + struct.pack("<Q", len(names)) + b"".join(struct.pack("<Q", len(name)) + name for name in names)


def shape_of(*sizes):
    return struct.pack(f"<i{len(sizes)}q", len(sizes), *sizes)


def dense(sizes=(2,), flag=0, data=VECTOR, magic=V2_MAGIC, device=(1, 0), storage=0):
    head = struct.pack("<I", magic) + (b"" if magic == V1_MAGIC else struct.pack("<i", storage))
    return head + shape_of(*sizes) + struct.pack("<iii", *device, flag) + data


def sparse(storage, shape, data, *auxiliary, storage_shape=None, flags=(6, 6)):
    """An array of float32 `data` with int64 auxiliary arrays, or of the types `flags`."""
    data = np.asarray(data, np.float32)
    auxiliary = [np.asarray(array, DTYPE_BY_FLAG[flag]) for array, flag in zip(auxiliary, flags, strict=False)]
    parts = [struct.pack("<Ii", V2_MAGIC, storage), shape_of(*(data.shape if storage_shape is None else storage_shape))]
    parts += [shape_of(*shape), struct.pack("<iii", 1, 0, 0)]
    parts += [struct.pack("<i", flag) + shape_of(*array.shape) for array, flag in zip(auxiliary, flags, strict=False)]
    return b"".join([*parts, data.tobytes(), *[array.tobytes() for array in auxiliary]])


def only(content):
    (array,) = read_params(content).arrays
    return array


def same(array, expected):
    assert array.dtype == expected.dtype
    assert array.shape == expected.shape
    assert array.tobytes() == expected.tobytes()


@pytest.mark.parametrize("file", ["dense.params", "list.params", "sparse.params", "numpy.params"])
@pytest.mark.parametrize("memory_map", [True, False])
def test_reads_what_mxnet_wrote(file, memory_map):
    params = read_params(DATA / file, memory_map=memory_map)
    arrays = params.arrays if isinstance(params.arrays, dict) else dict(enumerate(params.arrays))
    with np.load(DATA / "params_expected.npz") as expected:
        names = [name for name in expected.files if name.startswith(f"{file}/")]
        assert [f"{file}/{key}" for key in arrays] == names
        for key, array in arrays.items():
            # numpy has no bfloat16: MXNet hands out its bits.
            same(array.view(np.uint16) if array.dtype == ml_dtypes.bfloat16 else array, expected[f"{file}/{key}"])
            assert array.flags.aligned
            assert not array.flags.writeable
    assert isinstance(params.arrays, list) == (file == "list.params")
    assert params.numpy_shape == (file == "numpy.params")


def test_says_which_arrays_were_sparse():
    storage = read_params(DATA / "sparse.params").storage
    assert storage == {"csr": "csr", "rows": "row_sparse", "no rows": "row_sparse", "no values": "csr"}
    assert read_params(DATA / "dense.params").storage == {}
    assert read_params(container([dense(), sparse(1, (3, 1), [[5]], [2])])).storage == {1: "row_sparse"}


@pytest.mark.parametrize("file", ["dense.params", "list.params", "numpy.params"])
def test_writes_the_bytes_mxnet_writes(file, tmp_path):
    params = read_params(DATA / file)
    write_params(tmp_path / file, params.arrays, numpy_shape=params.numpy_shape)
    assert (tmp_path / file).read_bytes() == (DATA / file).read_bytes()


def test_aligned_arrays_are_views_on_the_file():
    aligned = container([dense((2,)), dense((3,), 5, b"abc"), dense((2,))])
    first, _, behind_three_bytes = read_params(aligned).arrays
    assert np.shares_memory(first, np.frombuffer(aligned, np.uint8))
    assert not np.shares_memory(behind_three_bytes, np.frombuffer(aligned, np.uint8))
    same(behind_three_bytes, np.array([1.5, -2], np.float32))


@pytest.mark.parametrize("flag", sorted(DTYPE_BY_FLAG))
def test_every_type_flag(flag, tmp_path):
    dtype = DTYPE_BY_FLAG[flag]
    values = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    same(only(container([dense((2, 3), flag, values.tobytes())])), values)
    for write in (write_params, write_npz):
        write(tmp_path / "file", {"a": values, "b": values.T})
        arrays = read_params(tmp_path / "file").arrays
        assert isinstance(arrays, dict)
        same(arrays["a"], values)
        same(arrays["b"], np.ascontiguousarray(values.T))


def test_versions_devices_and_odd_values():
    expected = np.array([1.5, -2], np.float32)
    same(only(container([struct.pack("<IIiii", 1, 2, 1, 0, 0) + VECTOR])), expected)  # V0
    same(only(container([dense(magic=V1_MAGIC)])), expected)
    same(only(container([dense(device=(2, 7))])), expected)  # a GPU
    same(only(container([dense(device=(99, -5))])), expected)
    same(only(container([dense((4,), 7, b"\0\1\2\xff")])), np.array([False, True, True, True]))
    same(only(container([dense()]) + b"trailing bytes, which MXNet does not read"), expected)


def test_empty_arrays():
    nothing = np.empty(0, np.float32)
    unshaped = [struct.pack("<I", 0), struct.pack("<Ii", V1_MAGIC, 0), struct.pack("<Iii", V2_MAGIC, 0, 0)]
    unshaped += [struct.pack("<Iii", V3_MAGIC, 0, -1), struct.pack("<Iiiqq", V3_MAGIC, 0, 2, 3, -1)]
    unshaped += [struct.pack("<Iiii", V2_MAGIC, 1, 0, 0)]
    params = read_params(container([*unshaped, dense()]))
    assert len(params.arrays) == 7
    for array in params.arrays[:6]:
        same(array, nothing)
    same(only(container([dense((0, 3), 6, b"")])), np.empty((0, 3), np.int64))
    same(only(container([dense((), 1, struct.pack("<d", 2.5), V3_MAGIC)])), np.array(2.5))
    assert read_params(container([])).arrays == []


def test_names():
    params = read_params(container([dense(), dense((1,), 3, b"7")], [b"a", b"a"]))
    assert isinstance(params.arrays, dict)
    assert list(params.arrays) == ["a"]
    assert params.arrays["a"].dtype == np.uint8  # the last, as in MXNet
    with pytest.raises(ModelFormatError, match="has 1 names for 2 arrays"):
        read_params(container([dense(), dense()], [b"a"]))
    with pytest.raises(ModelFormatError, match=r"name 0 of 1, near byte \d+: is not UTF-8"):
        read_params(container([dense()], [b"\xff\xfe"]))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (dense((9,)), r"ends within its data of shape \(9,\) and type float32: 36 bytes wanted, 16 left"),
        (dense((2**40, 2**40)), r"ends within its data .* wanted, \d+ left .is the file truncated"),
        (dense((-2,)), r"has a negative size in its shape \(-2,\)"),
        (dense((0, 2**62, 2**62), data=b""), "has an impossible shape"),
        (dense(flag=13), "has unknown type flag 13"),
        (dense(storage=3), "has storage type 3, which does not exist"),
        (dense(storage=1, magic=V3_MAGIC), "has storage type 1, which does not exist in this version"),
        (struct.pack("<Iii", V2_MAGIC, 0, 65), "its number of dimensions would mean 65 dimensions"),
        (struct.pack("<Iii", V2_MAGIC, 0, -1), "its number of dimensions would mean -1 dimensions"),
        (b"abcd", "0x64636261 at its start would mean"),
        (sparse(1, (3, 2), [[1, 2]], [3]), "as row_sparse of shape .3, 2., row index outside 0 to 2"),
        (sparse(1, (3, 2), [[1, 2]], [-1]), "row index outside"),
        (sparse(1, (3, 2), [[1, 2]], [0, 1]), r"\(2,\) row indices do not fit rows of shape \(1, 2\)"),
        (sparse(1, (3, 2), [[1, 2]], [0.5], flags=(0,)), "row index of type float32, not an integer"),
        (sparse(2, (2, 3), [1, 2], [0, 1, 2], [0, 3]), "as csr of shape .2, 3., column index outside 0 to 2"),
        (sparse(2, (2, 3), [1, 2], [0, 3, 2], [0, 1]), "row pointer outside 0 to 2"),
        (sparse(2, (2, 3), [1, 2], [0, 2, 1], [0, 1]), "row pointers do not rise from 0 to the 2 values"),
        (sparse(2, (2, 3), [1, 2], [0, 2], [0, 1]), "2 row pointers do not fit 2 rows"),
        (sparse(2, (2, 3, 1), [1, 2], [0, 1, 2], [0, 1]), "do not fit"),
        (sparse(1, (2**40, 2), [[1, 2]], [3]), r"would take 8796093022208 bytes .* pass max_dense_bytes="),
        (sparse(1, (0, 2**62, 2**62), np.zeros((0, 2, 2)), []), "do not fit|broken"),
    ],
)
def test_broken_arrays(array, message):
    with pytest.raises(ModelFormatError, match=message) as info:
        read_params(container([dense(), array]))
    assert str(info.value).startswith("<buffer>: array 1 of 2, near byte ")


def test_csr_that_was_never_filled():
    same(only(container([sparse(2, (2, 3), [], [], [])])), np.zeros((2, 3), np.float32))


def test_every_truncation_is_an_error():
    for file in ("dense.params", "sparse.params", "numpy.params"):
        content = (DATA / file).read_bytes()
        for length in range(len(content)):
            with pytest.raises(ModelFormatError):
                read_params(content[:length])


def test_a_count_that_cannot_be_is_found_before_anything_is_allocated():
    with pytest.raises(ModelFormatError, match=r"array 1 of 18446744073709551615.*truncated"):
        read_params(container([dense()], count=2**64 - 1)[:-8])


def test_the_limit_on_dense_sizes_can_be_set():
    small = container([sparse(1, (10**5, 2), [[1, 2]], [3])])
    assert only(small).shape == (10**5, 2)
    with pytest.raises(ModelFormatError, match="would take 800000 bytes"):
        read_params(small, max_dense_bytes=799_999)
    large = container([sparse(1, (2**25, 1), [[1]], [3])] * 3)
    with pytest.raises(ModelFormatError, match=r"array 0 of 3.*would take 134217728"):
        read_params(large)
    assert read_params(large, max_dense_bytes=2**40).arrays[2][3, 0] == 1


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "it is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        (b"\n<html><body>404</body></html>", "HTML page"),
        (b'{"nodes": []}', "JSON text"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9", "pickle"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x93NUMPY\x01\x00", "single NumPy array"),
        (b"\x08\x07\x12\x07pytorch", "ONNX"),
        (bytes(257) + b"ustar", "tar archive"),
        (b"GGUF\x03", "GGUF"),
        (b"hello, world", "starts with bytes 68 65 6c 6c 6f"),
    ],
)
def test_says_what_a_foreign_file_is(content, hint, tmp_path):
    path = tmp_path / "model.params"
    path.write_bytes(content)
    with pytest.raises(ModelFormatError, match=rf"model\.params: is not a parameter file: .*{hint}"):
        read_params(path)


def test_missing_files(tmp_path):
    with pytest.raises(ModelFileNotFoundError, match=r"none\.params' does not exist"):
        read_params(tmp_path / "none.params")
    with pytest.raises(ModelFormatError, match="cannot be read: Is a directory"):
        read_params(tmp_path)
    with pytest.raises(ModelFileNotFoundError, match=r"folder .* does not exist"):
        write_params(tmp_path / "no" / "x.params", {})


def test_writers_refuse_what_the_format_cannot_hold(tmp_path):
    path = tmp_path / "x.params"
    with pytest.raises(ShapeError, match=r"array 'a' is a scalar, .*numpy_shape=True"):
        write_params(path, {"a": 3.0})
    for write in (write_params, write_npz):
        with pytest.raises(DTypeError, match=r"array 'a' has type complex128"):
            write(path, {"a": np.zeros(2, complex)})
        with pytest.raises(DTypeError, match=r"array 'a' has type object"):
            write(path, {"a": np.array([{}])})
    assert os.listdir(tmp_path) == []


def test_prefixes():
    a, b, c, d = (np.full(1, value) for value in range(4))
    split = split_prefixes({"arg:w": a, "aux:m": b, "0.weight": c, "other:x": d, "arg:": d})
    assert split == ({"w": a}, {"m": b}, {"0.weight": c, "other:x": d, "arg:": d})
    assert join_prefixes(split.arg, split.aux) == {"arg:w": a, "aux:m": b}


@requires_shared
@pytest.mark.parametrize(
    "path",
    [*shared_files("*/*/*.params"), *shared_files("params/*.params"), *shared_files("params/*.v0")],
    ids=shared_id,
)
def test_every_shared_file_loads_and_survives_a_round_trip(path, tmp_path):
    params = read_params(path)
    write_params(tmp_path / "x.params", params.arrays, numpy_shape=params.numpy_shape)
    again = read_params(tmp_path / "x.params")
    assert type(again.arrays) is type(params.arrays)
    for key in params.arrays if isinstance(params.arrays, dict) else range(len(params.arrays)):
        same(again.arrays[key], params.arrays[key])  # pyright: ignore[reportArgumentType, reportCallIssue]


@requires_shared
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("V0_legacy_ndarray.v0", "V0_legacy_ndarray.v0.expected.npz"),
        ("V1_simon_says.params", "V1_simon_says.params.expected.npz"),
        ("sparse_191_v2.params", "expected_191.npz"),
    ],
)
def test_old_and_sparse_files_hold_what_mxnet_reads(file, expected):
    arrays = read_params(SHARED / "params" / file).arrays
    found = arrays if isinstance(arrays, dict) else {str(number): array for number, array in enumerate(arrays)}
    with np.load(SHARED / "params" / expected) as values:
        assert values.files
        for name in values.files:
            same(found[name] if name in found else found[f"arg:{name}"], values[name])


# --- safetensors


def test_safetensors_agree_with_the_library(tmp_path):
    arrays = {"arg:w": np.arange(6, dtype="float32").reshape(2, 3), "aux:m": np.array([True, False]), "n": np.array(7)}
    write_safetensors(tmp_path / "a.safetensors", {**arrays, "b": np.full(3, 1.5, ml_dtypes.bfloat16)})
    found = read_params(tmp_path / "a.safetensors").arrays
    assert {name: array.dtype.name for name, array in found.items()} == {
        "arg:w": "float32", "aux:m": "bool", "n": "int64", "b": "bfloat16",
    }  # fmt: skip
    assert found["b"].tolist() == [1.5] * 3
    theirs = safetensors.numpy.save(arrays, {"format": "np"})
    write_safetensors(tmp_path / "b.safetensors", arrays)
    for read in (read_params(theirs).arrays, safetensors.numpy.load_file(tmp_path / "b.safetensors"), found):
        for name, expected in arrays.items():
            np.testing.assert_array_equal(read[name], expected)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"w": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}, "broken|types"),
        ({"w": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}}, "types.*C64"),
        ({"w": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, "broken"),
        ({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, "broken"),
        ({"w": {"dtype": "F32", "shape": [-2], "data_offsets": [8, 0]}}, "broken"),
        ({"w": {"dtype": "F32", "shape": [2]}}, "broken"),
        ({n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in "ab"}, "broken"),
    ],
)
def test_broken_safetensors(header, message):
    text = json.dumps(header).encode()
    with pytest.raises(ModelFormatError, match=message):
        read_params(struct.pack("<Q", len(text)) + text + bytes(8))
    with pytest.raises(ModelFormatError, match="broken"):
        read_params(struct.pack("<Q", len(text) + 9) + text + bytes(8))


def test_safetensors_are_an_extra(monkeypatch, tmp_path):
    content = safetensors.numpy.save({"w": np.ones(2)})
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(MissingExtraError, match=r"gluax\[safetensors\]"):
        read_params(content)
    with pytest.raises(MissingExtraError, match=r"gluax\[safetensors\]"):
        write_safetensors(tmp_path / "w.safetensors", {"w": np.ones(2)})
    assert not list(tmp_path.iterdir())
