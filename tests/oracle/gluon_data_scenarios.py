"""Scenarios of `gluon.data`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import gzip
import os
import random
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from tests.oracle.data_scenarios import facts
from tests.oracle.scenarios import Scenarios, raised, warned

SCENARIOS = Scenarios("gluon_data")
scenario = SCENARIOS.add
# Those that decode pictures or turn them.
WITH_IMAGE = {"pictures_in_folders", "pictures_in_records", "cropped", "rotated", "composed"}


def everything(data: Any) -> list[Any]:
    return [len(data), *(facts(data[number]) for number in range(len(data)))]


@scenario
def datasets(mx):
    D = mx.gluon.data
    numbers, matrix = mx.nd.arange(5), np.arange(10, dtype="int64").reshape(5, 2)
    simple, pairs = D.SimpleDataset(list(range(7))), D.ArrayDataset(numbers, matrix, list("abcde"))
    single = D.ArrayDataset(mx.nd.array(matrix))
    found = [everything(data) for data in (simple, pairs, single, D.SimpleDataset(matrix))]
    found += [facts(list(single)), facts(pairs[-1]), facts(pairs[1:3])]
    found += [raised(lambda: pairs[5]), raised(lambda: simple[7]), raised(lambda: D.ArrayDataset()),
              raised(lambda: D.ArrayDataset([1], [1, 2])), raised(lambda: D.Dataset()[0]), raised(lambda: len(D.Dataset()))]  # fmt: skip
    return found


@scenario
def transformed(mx):
    D = mx.gluon.data
    simple, pairs = D.SimpleDataset([1, 2, 3]), D.ArrayDataset([1, 2, 3], [4, 5, 6])
    calls = []

    def double(x):
        calls.append(x)
        return 2 * x

    lazy, now = simple.transform(double), simple.transform(double, lazy=False)
    found = [list(calls), everything(lazy), everything(now), list(calls), type(now).__name__]
    found += [everything(pairs.transform(lambda a, b: a * b)), everything(pairs.transform_first(double)),
              everything(simple.transform_first(double, False)), raised(lambda: pairs.transform(double)[0])]  # fmt: skip
    return [*found, everything(pairs.transform_first(str).transform(lambda a, b: (b, a)).take(2)), list(lazy)]


@scenario
def parts(mx):
    D = mx.gluon.data
    simple = D.SimpleDataset(list("abcdefg"))
    found = [everything(simple.filter(lambda x: x in "age")), everything(simple.filter(lambda x: False))]
    found += [everything(simple.shard(3, index)) for index in range(3)] + [
        everything(simple.shard(9, index)) for index in (0, 8)
    ]
    found += [everything(simple.take(count)) for count in (None, 0, 2, 20)]
    found += [everything(simple.sample(D.SequentialSampler(2, 3))), list(simple.take(3).filter(lambda x: x != "b"))]
    np.random.seed(3)
    found += [everything(simple.sample(D.RandomSampler(7)))]
    wrong = (lambda: simple.shard(3, 3), lambda: simple.shard(0, 0), lambda: simple.shard(3, -1), lambda: simple.sample([1]),
             lambda: simple.take(2)[2])  # fmt: skip
    return [*found, *map(raised, wrong)]


@scenario
def samplers(mx):
    D = mx.gluon.data
    np.random.seed(11)
    shuffled = D.RandomSampler(9)
    found = [
        [list(s), len(s)]
        for s in (D.SequentialSampler(4), D.SequentialSampler(3, 5), D.FilterSampler(lambda x: x % 2, range(7)))
    ]
    found += [[int(number) for number in shuffled] for _ in range(2)]
    for last in ("keep", "discard", "rollover"):
        for length, size in ((7, 3), (6, 3), (2, 5)):
            sampler = D.BatchSampler(D.SequentialSampler(length), size, last)
            found += [[last, len(sampler), list(sampler), len(sampler), list(sampler), len(sampler), list(sampler)]]
    wrong = D.BatchSampler(D.SequentialSampler(7), 3, "nope")
    even = D.BatchSampler(D.SequentialSampler(6), 3, "nope")
    found += [
        raised(lambda: len(wrong)),
        raised(lambda: list(iter(wrong))),
        list(iter(even)),
        raised(lambda: list(D.Sampler())),
        raised(lambda: len(D.Sampler())),
    ]
    Interval = mx.gluon.contrib.data.IntervalSampler
    found += [[list(s), len(s)] for s in (Interval(13, 3), Interval(13, interval=3, rollover=False), Interval(3, 3))]
    return [*found, raised(lambda: Interval(3, 4))]


@scenario
def loaded(mx):
    D = mx.gluon.data
    data = D.ArrayDataset(
        np.arange(10, dtype="float64").reshape(5, 2), mx.nd.arange(10).reshape((5, 2)), np.arange(5, dtype="int8")
    )
    loader = D.DataLoader(data, 2)
    found = [
        len(loader),
        facts(list(loader)),
        facts(list(loader)),
        facts(list(D.DataLoader(data, 2, last_batch="discard"))),
    ]
    rolling = D.DataLoader(data, 3, last_batch="rollover")
    found += [[len(rolling), facts(list(rolling))] for _ in range(2)]
    np.random.seed(2)
    found += [facts(list(D.DataLoader(list(range(9)), 4, shuffle=True)))]
    found += [facts(list(D.DataLoader([1, 2, 3], sampler=D.SequentialSampler(2, 1), batch_size=1)))]
    found += [facts(list(D.DataLoader([1.5, 2, 3], batch_sampler=[[0, 2], [1]])))]
    found += [
        list(D.DataLoader([1, 2, 3], 2, batchify_fn=sum)),
        facts(list(D.DataLoader(mx.nd.arange(4).reshape((2, 2)), 2))),
    ]
    nested = [((1, 2.5), [3, 4], "a"), ((5, 6), [7, 8], "b")]
    return [*found, facts(next(iter(D.DataLoader([item[:2] for item in nested], 2))))]


@scenario
def refused(mx):
    L, S = mx.gluon.data.DataLoader, mx.gluon.data.SequentialSampler(3)
    with mock.patch.object(L, "__del__", mock.Mock(), create=True):  # MXNet's fails after an error
        return [
            raised(lambda: L([1, 2])), raised(lambda: L([1, 2], 1, True, S)), raised(lambda: L([1], 1, batch_sampler=[[0]])),
            raised(lambda: L([1], shuffle=True, batch_sampler=[[0]])), raised(lambda: L([1], sampler=S, batch_sampler=[[0]])),
            raised(lambda: L([1], last_batch="keep", batch_sampler=[[0]])), raised(lambda: L([1], 1, timeout=0)),
            raised(lambda: list(L([1, 2, 3], 2, last_batch="nope"))), raised(lambda: list(L([(1, 2), 3], 2))),
        ]  # fmt: skip


@scenario
def workers(mx):
    D = mx.gluon.data
    calls = []

    def noted(x):
        calls.append(x)
        return x

    data = D.SimpleDataset(list(range(9))).transform(noted)

    def loader(**kwargs):
        return D.DataLoader(data, 2, thread_pool=True, **kwargs)

    found = [
        facts([[b.asnumpy() for b in loader(num_workers=count, prefetch=prefetch)] for prefetch in (None, 0, 1, 20)])
        for count in (1, 3)
    ]
    np.random.seed(5)
    shuffled = D.DataLoader(list(range(20)), 3, shuffle=True, num_workers=2, thread_pool=True, last_batch="rollover")
    found += [facts([b.asnumpy() for b in shuffled]) for _ in range(2)]
    calls.clear()
    reloading = loader(num_workers=0, auto_reload=True)
    found += [list(calls), [facts(b) for b in reloading], len(calls)]
    broken = D.DataLoader(data.transform(lambda x: 1 // (x - 5)), 2, num_workers=2, thread_pool=True)
    return [*found, raised(lambda: list(broken))]


@contextmanager
def published(mx: Any, calls: list[Any]) -> Iterator[str]:
    """A folder whose files count as the published ones."""

    def download(url, path, sha1_hash):
        calls.append([url.split("/gluon/")[-1], sha1_hash])
        return os.path.join(path, os.path.basename(url))

    def check(path, sha1):
        calls.append([os.path.basename(path), sha1])
        return True

    module = mx.gluon.data.vision.datasets
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(module, "download", download), \
            mock.patch.object(module, "check_sha1", check):  # fmt: skip
        yield folder


def summary(data: Any) -> list[Any]:
    picture, label = data[1]
    return [len(data), picture.shape, facts(picture)[:60], float(picture.asnumpy().astype(int).sum()), facts(label), facts(data[-1][1]),
            facts(np.asarray(data._label)), facts(data[0:2][0])[:50]]  # fmt: skip


@scenario
def mnist(mx):
    V, calls, found = mx.gluon.data.vision, [], []
    draw = np.random.RandomState(1)
    with published(mx, calls) as folder:
        for start, count in (("train", 3), ("t10k", 2)):
            pictures, labels = draw.bytes(count * 784), bytes(range(4, 4 + count))
            with gzip.open(f"{folder}/{start}-images-idx3-ubyte.gz", "wb") as stream:
                stream.write(struct.pack(">IIII", 2051, count, 28, 28) + pictures)
            with gzip.open(f"{folder}/{start}-labels-idx1-ubyte.gz", "wb") as stream:
                stream.write(struct.pack(">II", 2049, count) + labels)
        for kind in (V.MNIST, V.FashionMNIST):
            found += [summary(kind(folder)), summary(kind(root=folder, train=False))]
        data = V.MNIST(folder, transform=lambda picture, label: (picture.astype("float32") / 255, label))
        return [*found, facts(data[0][0].dtype(0)), facts(data[0][1]), calls]


@scenario
def cifar(mx):
    V, calls, found = mx.gluon.data.vision, [], []
    draw = np.random.RandomState(2)
    with published(mx, calls) as folder:
        for name in (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"):
            Path(folder, name).write_bytes(draw.bytes(2 * 3073))
        for name in ("train.bin", "test.bin"):
            Path(folder, name).write_bytes(draw.bytes(2 * 3074))
        for train in (True, False):
            found += [
                summary(V.CIFAR10(folder, train)),
                summary(V.CIFAR100(folder, False, train)),
                summary(V.CIFAR100(folder, True, train)),
            ]
        return [*found, sorted(calls)]


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of (H, W, 3) in uint8."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(*shape: int) -> np.ndarray:
    return np.random.RandomState(7).randint(0, 256, shape).astype(np.uint8)


@contextmanager
def pictures() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(
            ("cat/b.png", "cat/a.PNG", "ape/x.jpeg", "ape/note.txt", "none/y.gif", "loose.png")
        ):
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(png(picture(2 + number, 3, 3)))
        yield folder


@scenario
def folders(mx):
    with pictures() as folder:
        data, warnings = warned(lambda: mx.gluon.data.vision.ImageFolderDataset(folder))
        items = [[os.path.relpath(path, folder), label] for path, label in data.items]
        return [data.synsets, items, len(data), [[kind, text.replace(folder, "")] for kind, text in warnings]]


@scenario
def pictures_in_folders(mx):
    with pictures() as folder:
        kind = mx.gluon.data.vision.ImageFolderDataset
        data, _ = warned(lambda: kind(folder))
        grey, _ = warned(lambda: kind(folder, 0, lambda picture, label: (picture.shape, label + 10)))
        return [everything(data), everything(grey)]


@scenario
def pictures_in_records(mx):
    with tempfile.TemporaryDirectory() as folder:
        path, R = str(Path(folder, "some.rec")), mx.recordio
        record = R.MXIndexedRecordIO(str(Path(folder, "some.idx")), path, "w")
        for number in range(3):
            content = png(picture(2, 2 + number, 3))
            record.write_idx(
                number, R.pack(R.IRHeader(0, [1.0, 2.0] if number == 2 else float(number), number, 0), content)
            )
        record.close()
        V = mx.gluon.data.vision
        raw = mx.gluon.data.RecordFileDataset(path)
        found = [
            len(raw),
            [len(raw[number]) for number in range(3)],
            type(raw[0]).__name__,
            everything(V.ImageRecordDataset(path)),
        ]
        return [*found, everything(V.ImageRecordDataset(path, 0, lambda picture, label: (picture.shape, label)))]


def rounded(array: Any, digits: int = 5) -> Any:
    """Numbers of about 1 (or 100, with one digit), without the bits in which two divisions may differ."""
    return facts(array.asnumpy().astype(float).round(digits) + 0.0)


@scenario
def tensors(mx):
    T = mx.gluon.data.vision.transforms
    image = mx.nd.array(picture(3, 4, 3), dtype="uint8")
    tensor = T.ToTensor()(image)
    batch = mx.nd.stack(image, image)
    found = [rounded(tensor), rounded(T.ToTensor()(batch)), facts(T.Cast("float16")(image)), facts(T.Cast()(image))]
    normalized = (T.Normalize(), T.Normalize(0.5, 2), T.Normalize((0.25, 0.5, 0.75), (0.5, 1, 2)))
    found += [rounded(block(tensor)) for block in normalized]
    found += [facts(T.CropResize(1, 0, 2, 3)(image)), facts(T.CropResize(1, 0, 2, 3)(batch)), T.CropResize(0, 0, 2, 2, (4, 5), 1)(image).shape,
              T.CropResize(0, 0, 2, 2, 6, 1)(batch).shape, raised(lambda: T.CropResize(0, 0, 9, 2)(image)),
              raised(lambda: T.CropResize(0, 0, 2, 2, 4)(image))]  # fmt: skip
    for size, keep, how in ((5, False, 1), (5, True, 1), ((5, 2), False, 0), ((2, 6), True, 1)):
        found += [T.Resize(size, keep, how)(image).shape, str(np.dtype(T.Resize(size, keep, how)(batch).dtype))]
    return [*found, facts(T.Resize((8, 2), interpolation=0)(image)), facts(T.Resize(4)(mx.nd.ones((2, 2, 3))))]


@scenario
def cropped(mx):
    T = mx.gluon.data.vision.transforms
    image = mx.nd.array(picture(5, 6, 3), dtype="uint8")
    found = [facts(T.CenterCrop(2)(image)), facts(T.CenterCrop((4, 3))(image)), T.CenterCrop(9)(image).shape]
    return [*found, T.RandomResizedCrop(4)(image).shape, T.RandomResizedCrop((4, 3), (0.5, 0.6), (1, 1))(image).shape]


@scenario
def rotated(mx):
    T = mx.gluon.data.vision.transforms
    tensor = mx.nd.array(picture(3, 5, 5), dtype="float32")

    found = [
        rounded(T.Rotate(90)(tensor), 1),
        rounded(T.Rotate(30, zoom_in=True)(tensor), 1),
        rounded(T.Rotate(30, zoom_out=True)(tensor), 1),
    ]
    found += [
        T.RandomRotation((1, 30))(tensor).shape,
        facts(T.RandomRotation((1, 3), rotate_with_proba=0)(tensor)) == facts(tensor),
    ]
    image = tensor.astype("uint8")
    wrong = (lambda: T.Rotate(30)(image), lambda: T.RandomRotation((1, 3))(image), lambda: T.RandomRotation((3, 1)),
             lambda: T.RandomRotation((1, 3), rotate_with_proba=2))  # fmt: skip
    return [*found, *map(raised, wrong)]


@scenario
def drawn(mx):
    """What does not depend on the draw."""
    T = mx.gluon.data.vision.transforms
    image = mx.nd.array(picture(4, 4, 3), dtype="uint8")
    blocks = [T.RandomBrightness(0), T.RandomLighting(0)]
    found = [int(np.abs(block(image).asnumpy().astype(int) - image.asnumpy()).max()) <= 1 for block in blocks]
    moving = [T.RandomBrightness(0.5), T.RandomContrast(2.0), T.RandomSaturation(0.5), T.RandomHue(0.5), T.RandomColorJitter(0.1, 0.2, 0.3, 0.4),
              T.RandomLighting(0.5), T.RandomFlipLeftRight(), T.RandomFlipTopBottom()]  # fmt: skip
    found += [[block._args for block in moving[:5]], [facts(block(image)).split("]")[0] for block in moving[3:]]]
    for block, axis in ((moving[6], 1), (moving[7], 0)):
        both = {facts(np.asarray(image.asnumpy())), facts(np.ascontiguousarray(np.flip(image.asnumpy(), axis)))}
        found.append({facts(block(image).asnumpy()) for _ in range(20)} == both)
    random.seed(4)
    sometimes = T.RandomApply(T.Cast("float32"), 0.4)
    return [*found, [str(np.dtype(sometimes(image).dtype)) for _ in range(12)], repr(sometimes), sometimes.p,
            raised(lambda: T.RandomApply([T.Cast()], 1)(image))]  # fmt: skip


@scenario
def composed(mx):
    T = mx.gluon.data.vision.transforms
    image = mx.nd.array(picture(6, 8, 3), dtype="uint8")
    chains = [
        T.Compose([T.Resize(4, interpolation=0), T.ToTensor(), T.Normalize(0.5, 0.5)]), T.Compose([T.ToTensor()]),
        T.Compose([T.Cast("uint8"), T.CenterCrop(3), T.ToTensor()]), T.Compose([T.CenterCrop(5), T.CenterCrop(2)]),
        T.Compose([T.Resize(4), T.Cast(), T.CenterCrop(3), T.Cast(), T.Resize(2)]),
    ]  # fmt: skip
    found = [[repr(chain), len(chain), chain(image).shape] for chain in chains]
    data = mx.gluon.data.SimpleDataset([(image, 1), (image, 2)]).transform_first(chains[0])
    return [*found, [[pictures.shape, facts(labels)] for pictures, labels in mx.gluon.data.DataLoader(data, 2)]]
