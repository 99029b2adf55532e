"""Ahead-of-time artifacts: written by a block, run without one."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import gluax
from gluax import nd
from gluax.errors import ArgumentError, MissingExtraError, ModelFileNotFoundError, ModelFormatError
from gluax.gluon import nn

DATA = np.random.RandomState(0).randn(5, 3, 8, 8).astype("float32")


def network(**flags: object) -> nn.HybridSequential:
    block = nn.HybridSequential()
    block.add(nn.Conv2D(4, 3, in_channels=3), nn.BatchNorm(in_channels=4), nn.Dense(2, in_units=4 * 6 * 6))
    block.initialize()
    block.hybridize(**flags)
    return block


@pytest.mark.parametrize("flags", [{}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}], ids=str)
def test_an_artifact_computes_what_the_block_does(flags: dict[str, object], tmp_path: Path) -> None:
    block, path = network(**flags), tmp_path / "model.gluax"
    block.save_compiled(path, (1, 3, 8, 8), (5, 3, 8, 8))
    model = gluax.load_compiled(path)
    assert model.input_names == ("data",)
    assert model.signatures == ((((1, 3, 8, 8), "float32"),), (((5, 3, 8, 8), "float32"),))
    for rows in (1, 5):
        np.testing.assert_allclose(model(DATA[:rows]), block(nd.array(DATA[:rows])).asnumpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(ArgumentError, match=r"float32\[2, 3, 8, 8\]; it has float32\[1, 3, 8, 8\]; float32\[5"):
        model(DATA[:2])


def test_forms_chosen_by_the_first_shape_serve_all_signatures(tmp_path: Path) -> None:
    block, path = nn.Conv2D(64, 3, padding=1, in_channels=64), tmp_path / "model.gluax"
    block.initialize()
    data = np.random.RandomState(0).randn(8, 64, 8, 8).astype("float32")
    expected = block(nd.array(data)).asnumpy()
    block.hybridize(static_alloc=True, static_shape=True)
    block.save_compiled(path, (1, 64, 8, 8), (8, 64, 8, 8))  # alone, each would get weights of another Winograd form
    model = gluax.load_compiled(path)
    for rows in (1, 8):
        np.testing.assert_allclose(model(data[:rows]), expected[:rows], rtol=0, atol=2e-5 * np.abs(expected).max())


class Several(nn.HybridBlock):
    def hybrid_forward(self, F, x, y):
        return x + y, x * y


def test_several_inputs_and_outputs_of_any_dtype(tmp_path: Path) -> None:
    block, path = Several(), tmp_path / "model.gluax"
    block.hybridize()
    block.save_compiled(path, [(2,), (2,)], dtype="int64")
    found = gluax.load_compiled(path)(np.array([2, 1 << 40]), np.array([3, 5]))
    assert [array.tolist() for array in found] == [[5, (1 << 40) + 5], [6, 5 << 40]]


def test_parameters_in_half_precision(tmp_path: Path) -> None:
    block, path = nn.Dense(2, in_units=3), tmp_path / "model.gluax"
    block.initialize("ones")
    block.cast("bfloat16")
    block.hybridize(static_alloc=True)
    block.save_compiled(path, (1, 3), dtype="bfloat16")
    found = gluax.load_compiled(path)(jnp.ones((1, 3), "bfloat16"))
    assert (found.dtype.name, found.tolist()) == ("bfloat16", [[3, 3]])


def test_a_later_process_neither_traces_nor_needs_the_block(tmp_path: Path) -> None:
    block, path = network(static_alloc=True), tmp_path / "model.gluax"
    block.save_compiled(path, DATA.shape)
    np.save(tmp_path / "data.npy", DATA)
    program = (
        "import gluax, gluax.ops.registry as r, numpy as np, sys\n"
        "r.resolve = None\n"  # no graph can be lowered
        "model = gluax.load_compiled(sys.argv[1])\n"
        "np.save(sys.argv[3], model(np.load(sys.argv[2])))\n"
    )
    files = [str(tmp_path / name) for name in ("model.gluax", "data.npy", "out.npy")]
    subprocess.run([sys.executable, "-c", program, *files], check=True)
    np.testing.assert_allclose(np.load(files[2]), block(nd.array(DATA)).asnumpy(), rtol=1e-5, atol=1e-6)


def test_only_deterministic_hybridized_blocks_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.gluax"
    block = network()
    with pytest.raises(ArgumentError, match="at least one shape"):
        block.save_compiled(path)
    block.hybridize(False)
    with pytest.raises(ArgumentError, match="hybridized"):
        block.save_compiled(path, DATA.shape)

    class Noise(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.Dropout(x, p=0.5, mode="always")

    noise = Noise()
    noise.hybridize()
    with pytest.raises(ArgumentError, match="random"):
        noise.save_compiled(path, (2, 2))
    assert not path.exists()


def broken(path: Path, kind: str) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    match kind:
        case "not a zip":
            path.write_bytes(b"nothing")
            return
        case "cut":
            path.write_bytes(path.read_bytes()[:-100])
            return
        case "another format":
            members["manifest.json"] = json.dumps({**manifest, "format": 3}).encode()
        case "another variable":
            members["1.npy"] = members["0.npy"]
        case "no list":
            members["manifest.json"] = b"[]"
        case "an array missing":
            del members["0.npy"]
        case "a program of noise":
            members["0.program"] = bytes(range(200))
        case "an object array":
            members["0.npy"] = (
                b"\x93NUMPY\x01\x00v\x00"
                + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
                + b"\n"
            )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    "kind",
    [
        "not a zip",
        "cut",
        "another format",
        "another variable",
        "no list",
        "an array missing",
        "a program of noise",
        "an object array",
    ],
)
def test_broken_artifacts_are_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gluax"
    network().save_compiled(path, (1, 3, 8, 8))
    broken(path, kind)
    with pytest.raises(ModelFormatError, match=r"model\.gluax"):
        gluax.load_compiled(path)


def test_a_missing_artifact(tmp_path: Path) -> None:
    with pytest.raises(ModelFileNotFoundError, match="nothing"):
        gluax.load_compiled(tmp_path / "nothing")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    path = tmp_path / "model.gluax"
    with pytest.raises(MissingExtraError, match=r"pip install 'gluax\[export\]'"):
        network().save_compiled(path, (1, 3, 8, 8))
    assert not path.exists()
    with pytest.raises(MissingExtraError, match=r"pip install 'gluax\[export\]'"):
        gluax.load_compiled(path)
