"""`mx.io` and `gluon.data` against MXNet 1.9.1; and what is gluax's own."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tarfile
import threading
from pathlib import Path

import jax
import numpy as np
import pytest

import gluax as mx
from gluax.errors import ArgumentError, DownloadError, ModelFormatError, ShapeError
from tests.oracle import data_scenarios, gluon_data_scenarios
from tests.oracle.scenarios import Scenarios

T = mx.gluon.data.vision.transforms
CASES = [(family.SCENARIOS, name) for family in (data_scenarios, gluon_data_scenarios) for name in family.SCENARIOS]


@pytest.mark.parametrize(("scenarios", "name"), CASES, ids=[name for _, name in CASES])
def test_as_mxnet(scenarios: Scenarios, name: str) -> None:
    scenarios.check(name, mx)


def test_colours_have_operators() -> None:
    # The scenario runs one of these, since each compiles for long.
    for kind in (T.RandomBrightness, T.RandomContrast, T.RandomSaturation, T.RandomHue):
        assert callable(getattr(mx.nd.image, kind._operator))


def test_compose_leaves_its_list_alone() -> None:
    blocks = [T.ToTensor(), T.Cast()]
    T.Compose(blocks)
    assert len(blocks) == 2  # MXNet appends None


def test_errors_of_iterators(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for content, error in (
        ("", ModelFormatError),
        ("1,2\n3\n", ModelFormatError),
        ("a,b\n", ModelFormatError),
        ("1\n2\n", ShapeError),
    ):
        path.write_text(content)
        with pytest.raises(error):
            mx.io.CSVIter(data_csv=str(path), data_shape=(2,), batch_size=1)
    with pytest.raises(FileNotFoundError):
        mx.io.MNISTIter(image=str(tmp_path / "none"))
    for content in (b"", b"\0\0\x08\x03", b"\0\0\x08\x01\0\0\0\x02.", b"\0\0\x09\x01\0\0\0\x01."):
        path.write_bytes(content)
        with pytest.raises(ModelFormatError):
            mx.io.MNISTIter(image=str(path), label=str(path))
    with pytest.raises(ArgumentError, match="fewer than 3"):  # MXNet fails at the last batch
        mx.io.NDArrayIter(np.zeros(3), np.zeros(2), 2)
    rounds = mx.io.PrefetchingIter(mx.io.ResizeIter(Broken(), 2))
    with pytest.raises(ZeroDivisionError):  # MXNet waits forever
        next(rounds)


class Broken(mx.io.DataIter):
    provide_data = provide_label = (mx.io.DataDesc("data", (2,)),)

    def iter_next(self) -> bool:
        raise ZeroDivisionError


def test_shuffled_mnist_has_every_image(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(struct.pack(">4I", 2051, 9, 1, 1) + bytes(range(9)))
    (tmp_path / "label").write_bytes(struct.pack(">2I", 2049, 9) + bytes(range(9)))
    made = mx.io.MNISTIter(image=str(tmp_path / "image"), label=str(tmp_path / "label"), batch_size=3, seed=1)
    batches = [(batch.data[0].asnumpy().ravel() * 256, batch.label[0].asnumpy()) for batch in made]
    labels = np.concatenate([label for _, label in batches])
    np.testing.assert_array_equal(np.concatenate([data for data, _ in batches]), labels)
    assert sorted(labels) == list(range(9)) != list(labels)


def test_batches_cost_no_compilation() -> None:
    made = mx.io.NDArrayIter(np.arange(40), np.arange(40), 5)
    next(made)
    with jax.log_compiles(), jax.no_tracing():
        assert [int(batch.data[0].asnumpy()[0]) for batch in made] == [5, 10, 15, 20, 25, 30, 35]


def test_workers_run_side_by_side_in_the_callers_context() -> None:
    meeting = threading.Barrier(3)

    def example(number: int) -> tuple[int, str, bool]:
        meeting.wait(20)
        return number, str(mx.current_context()), mx.is_np_shape()

    data = mx.gluon.data.SimpleDataset([0, 1, 2]).transform(example)
    loader = mx.gluon.data.DataLoader(data, 1, num_workers=3, batchify_fn=list)
    with mx.cpu(1), mx.np_shape():
        found = list(loader)
    assert found == [[(number, "cpu(1)", True)] for number in range(3)]


def test_slow_worker() -> None:
    going_on = threading.Event()
    loader = mx.gluon.data.DataLoader(
        mx.gluon.data.SimpleDataset([1]).transform(lambda x: going_on.wait(20)), 1, num_workers=1, timeout=0.01
    )
    with pytest.raises(TimeoutError, match=r"0\.01 seconds"):
        list(loader)
    going_on.set()


def test_pinned_batches() -> None:
    (batch,) = mx.gluon.data.DataLoader([(1, 2), (3, 4)], 2, pin_memory=True)
    assert [str(array.context) for array in batch] == ["cpu_pinned(0)"] * 2


def test_published_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published, rows = tmp_path / "gluon" / "dataset" / "cifar10", bytes([7]) + bytes(range(256)) * 12
    published.mkdir(parents=True)
    with tarfile.open(published / "some.tar.gz", "w:gz") as archive:
        for name in ("train", "test", "../other"):
            member = tarfile.TarInfo(name)
            member.size = len(rows)
            archive.addfile(member, io.BytesIO(rows))
    digest = hashlib.sha1(rows).hexdigest()
    kind = mx.gluon.data.vision.CIFAR10
    packed = hashlib.sha1((published / "some.tar.gz").read_bytes()).hexdigest()
    monkeypatch.setattr(kind, "_archive", ("some.tar.gz", packed))
    monkeypatch.setattr(kind, "_files", {True: (("train", digest),), False: (("test", digest),)})
    monkeypatch.setenv("MXNET_GLUON_REPO", tmp_path.as_uri())
    root = tmp_path / "home" / "root"
    picture, label = kind(str(root))[0]
    assert picture.shape == (32, 32, 3)
    assert label == 7
    assert sorted(os.listdir(root)) == ["some.tar.gz", "test", "train"]
    assert os.listdir(root.parent) == ["root"]  # the third member would be here
    (published / "some.tar.gz").unlink()
    kind(str(root), train=False)  # all is there already
    with pytest.raises(DownloadError, match=r"Wanted is the file some\.tar\.gz"):
        kind(str(tmp_path / "another"))
